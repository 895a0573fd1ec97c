//! Connect tickets: a minute, one use, bound to a session and an integration.

use protocol::ids::{IntegrationId, Moment};

use super::ids::SessionId;
use super::{Db, StoreError};

impl Db<'_> {
    /// Keeps a ticket by its hash, and forgets those that ran out.
    pub async fn add_ticket(
        &mut self,
        hash: [u8; 32],
        session: SessionId,
        integration: &IntegrationId,
        (now, expires): (Moment, Moment),
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM tickets WHERE expires_at <= ?")
            .bind(now.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        sqlx::query("INSERT INTO tickets (hash, session, integration, expires_at) VALUES (?, ?, ?, ?)")
            .bind(hash.as_slice())
            .bind(session.0)
            .bind(integration.as_str())
            .bind(expires.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Takes a ticket, whatever it is for, and tells whose it was. None when there is no such
    /// ticket for this integration at this time.
    pub async fn take_ticket(
        &mut self,
        hash: [u8; 32],
        integration: &IntegrationId,
        now: Moment,
    ) -> Result<Option<SessionId>, StoreError> {
        let row: Option<(i64, String, i64)> =
            sqlx::query_as("DELETE FROM tickets WHERE hash = ? RETURNING session, integration, expires_at")
                .bind(hash.as_slice())
                .fetch_optional(&mut *self.0)
                .await?;
        Ok(row
            .filter(|(_, bound, expires)| bound == integration.as_str() && *expires > now.0.cast_signed())
            .map(|(session, ..)| SessionId(session)))
    }
}
