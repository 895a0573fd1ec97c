//! The refresh journal: written before a refresh token leaves the house, because an answer that
//! never came does not mean that the token was not used.

use std::collections::BTreeSet;

use protocol::ids::Moment;

use super::ids::ConnectionId;
use super::leases::Owner;
use super::{Db, StoreError};

/// What came of sending a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// A new pair is kept.
    Kept,
    /// The provider refused, or nothing was sent: the token is what it was.
    Unused,
    /// Nobody knows whether the provider has used it.
    Lost,
}

impl RefreshOutcome {
    fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Unused => "unused",
            Self::Lost => "lost",
        }
    }
}

impl Db<'_> {
    /// A refresh token is about to be sent.
    pub async fn begin_refresh(
        &mut self,
        connection: ConnectionId,
        generation: u64,
        token_hash: [u8; 32],
        now: Moment,
    ) -> Result<i64, StoreError> {
        let id = sqlx::query_scalar(
            "INSERT INTO refresh_journal (connection, generation, token_hash, begun_at)
             VALUES (?, ?, ?, ?) RETURNING id",
        )
        .bind(connection.0)
        .bind(generation.cast_signed())
        .bind(token_hash.as_slice())
        .bind(now.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(id)
    }

    /// What came of it. A pair that is kept makes the connection's older entries history.
    pub async fn end_refresh(
        &mut self,
        id: i64,
        outcome: RefreshOutcome,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE refresh_journal SET ended_at = ?, outcome = ? WHERE id = ?")
            .bind(now.0.cast_signed())
            .bind(outcome.word())
            .bind(id)
            .execute(&mut *self.0)
            .await?;
        if outcome == RefreshOutcome::Kept {
            sqlx::query(
                "DELETE FROM refresh_journal WHERE id < ?1
                 AND connection = (SELECT connection FROM refresh_journal WHERE id = ?1)",
            )
            .bind(id)
            .execute(&mut *self.0)
            .await?;
        }
        Ok(())
    }

    /// Whether the token of this generation was sent before without an answer.
    pub async fn was_lost(&mut self, connection: ConnectionId, generation: u64) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM refresh_journal
             WHERE connection = ? AND generation = ? AND outcome = 'lost'",
        )
        .bind(connection.0)
        .bind(generation.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(found > 0)
    }

    /// Entries of this connection that are open are of a holder that is gone: nobody knows what came of
    /// them.
    pub async fn lose_open_refresh(
        &mut self,
        connection: ConnectionId,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE refresh_journal SET ended_at = ?, outcome = 'lost'
             WHERE connection = ? AND ended_at IS NULL",
        )
        .bind(now.0.cast_signed())
        .bind(connection.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// On start: entries that a previous life left open are lost. Tells whose they were.
    pub async fn lose_refreshes_of_others(
        &mut self,
        me: Owner,
        now: Moment,
    ) -> Result<BTreeSet<ConnectionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "UPDATE refresh_journal SET ended_at = ?, outcome = 'lost'
             WHERE ended_at IS NULL AND connection NOT IN (SELECT connection FROM leases WHERE owner = ?)
             RETURNING connection",
        )
        .bind(now.0.cast_signed())
        .bind(me.0.as_slice())
        .fetch_all(&mut *self.0)
        .await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }
}
