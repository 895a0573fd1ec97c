//! Connections that are moved without a visitor: which are due, which are under way, what came of it.

use protocol::ids::Moment;

use super::SealedCredentials;
use crate::store::ids::ConnectionId;
use crate::store::{Db, StoreError};

/// Who moved a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mover {
    /// A visitor connected again.
    Visitor,
    /// The proxy, with the old credentials.
    Patchbay,
}

/// A connection whose move begins.
#[derive(Debug, Clone)]
pub struct DueMove {
    /// What it is moved with.
    pub credentials: SealedCredentials,
    /// How often it was tried, this time included.
    pub tries: u32,
}

type Row = (Vec<u8>, Vec<u8>, Vec<u8>, i64, i64);

impl Db<'_> {
    /// Some connections that are due to be moved, the longest due first.
    pub async fn due_moves(&mut self, now: Moment, limit: u32) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT l.connection FROM legacy l JOIN connections c ON c.id = l.connection
             WHERE l.moved_at IS NULL AND l.next_at <= ? AND l.token_sealed IS NOT NULL
               AND c.state IN ('legacy', 'authorizing')
             ORDER BY l.next_at, l.connection LIMIT ?",
        )
        .bind(now.0.cast_signed())
        .bind(i64::from(limit))
        .fetch_all(&mut *self.0)
        .await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }

    /// When the next one is due.
    pub async fn next_move(&mut self) -> Result<Option<Moment>, StoreError> {
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT min(l.next_at) FROM legacy l JOIN connections c ON c.id = l.connection
             WHERE l.moved_at IS NULL AND l.next_at IS NOT NULL AND l.token_sealed IS NOT NULL
               AND c.state IN ('legacy', 'authorizing')",
        )
        .fetch_one(&mut *self.0)
        .await?;
        Ok(next.map(|at| Moment(at.cast_unsigned())))
    }

    /// The request is about to leave: a crash in between is seen on the next start. None when it is no longer due.
    pub async fn begin_move(&mut self, id: ConnectionId, now: Moment) -> Result<Option<DueMove>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "UPDATE legacy SET sending_at = ?2, tries = tries + 1
             WHERE connection = ?1 AND moved_at IS NULL AND next_at <= ?2 AND sending_at IS NULL
               AND token_sealed IS NOT NULL AND secret_sealed IS NOT NULL
             RETURNING token_sealed, secret_sealed, credentials, generation, tries",
        )
        .bind(id.0)
        .bind(now.0.cast_signed())
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(|(token, secret, digest, generation, tries)| {
            let digest = digest.try_into().map_err(|_| StoreError::Unreadable("legacy credentials"))?;
            let generation = generation.cast_unsigned();
            let credentials = SealedCredentials { token, secret, digest, generation };
            Ok(DueMove { credentials, tries: u32::try_from(tries).unwrap_or(u32::MAX) })
        })
        .transpose()
    }

    /// It did not move; `next` says when it is tried again, if ever.
    pub async fn fail_move(
        &mut self,
        id: ConnectionId,
        failure: &str,
        next: Option<Moment>,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE legacy SET sending_at = NULL, failure = ?, next_at = ? WHERE connection = ?")
            .bind(failure)
            .bind(next.map(|at| at.0.cast_signed()))
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// It is not its turn yet, for no fault of its own.
    pub async fn postpone_move(&mut self, id: ConnectionId, next: Moment) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE legacy SET next_at = ?1,
                 tries = CASE WHEN sending_at IS NULL THEN tries ELSE tries - 1 END, sending_at = NULL
             WHERE connection = ?2 AND moved_at IS NULL",
        )
        .bind(next.0.cast_signed())
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// On start: requests that a previous life left open. Nobody knows what the provider did.
    pub async fn lose_open_moves(&mut self, next: Moment) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE legacy SET sending_at = NULL, failure = 'answer_lost', next_at = ?
             WHERE sending_at IS NOT NULL AND moved_at IS NULL",
        )
        .bind(next.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// It is connected under OAuth 2.0; its old credentials are erased. Nothing happens to what was never loaded.
    pub async fn legacy_moved(&mut self, id: ConnectionId, by: Mover, now: Moment) -> Result<(), StoreError> {
        let by = match by {
            Mover::Visitor => "visitor",
            Mover::Patchbay => "patchbay",
        };
        sqlx::query(
            "UPDATE legacy SET moved_at = ?, moved_by = ?, failure = NULL WHERE connection = ? AND moved_at IS NULL",
        )
        .bind(now.0.cast_signed())
        .bind(by)
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        self.erase_legacy_credentials(id).await
    }

    /// Tries again what had failed for good, now. Answers how many.
    pub async fn retry_moves(&mut self, portal: Option<&str>, now: Moment) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "UPDATE legacy SET next_at = ?2, tries = 0
             WHERE moved_at IS NULL AND failure IS NOT NULL AND token_sealed IS NOT NULL AND connection IN
                 (SELECT c.id FROM connections c JOIN tenants t ON t.id = c.tenant
                  WHERE c.state IN ('legacy', 'authorizing') AND (?1 IS NULL OR t.portal = ?1))",
        )
        .bind(portal)
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(done.rows_affected())
    }
}
