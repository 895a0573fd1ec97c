//! Intents that were done, with their answers, so that one sent again happens once (CN-07).

use protocol::Envelope;
use protocol::ids::{Moment, RequestId};
use protocol::message::Answer;

use super::ids::SessionId;
use super::{Db, StoreError};

/// How long an answer is remembered, in milliseconds.
const REMEMBERED: u64 = 600_000;

impl Db<'_> {
    /// The answer to this id within this session, if it was given in the last ten minutes.
    pub async fn remembered(
        &mut self,
        session: SessionId,
        id: &RequestId,
        now: Moment,
    ) -> Result<Option<Answer>, StoreError> {
        let kept: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT answer FROM intents WHERE session = ? AND request_id = ? AND at > ?")
                .bind(session.0)
                .bind(id.as_str())
                .bind(now.0.saturating_sub(REMEMBERED).cast_signed())
                .fetch_optional(&mut *self.0)
                .await?;
        let read = |bytes: Vec<u8>| protocol::decode::<Answer>(&bytes).map(|envelope| envelope.message);
        kept.map(read).transpose().map_err(|_| StoreError::Unreadable("answer"))
    }

    /// Remembers an answer, in the transaction of its effect.
    pub async fn remember(
        &mut self,
        session: SessionId,
        id: &RequestId,
        answer: &Answer,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT OR REPLACE INTO intents (session, request_id, answer, at) VALUES (?, ?, ?, ?)")
            .bind(session.0)
            .bind(id.as_str())
            .bind(protocol::encode(&Envelope::unasked(answer)))
            .bind(now.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Forgets answers that are no longer asked for.
    pub async fn sweep_intents(&mut self, now: Moment) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM intents WHERE at <= ?")
            .bind(now.0.saturating_sub(REMEMBERED).cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
