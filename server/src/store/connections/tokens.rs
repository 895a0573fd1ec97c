//! The sealed tokens of connections: kept, swapped under a generation, erased.

use super::{NewTokens, SealedTokens, number, write};
use crate::store::ids::ConnectionId;
use crate::store::{Db, StoreError};

impl Db<'_> {
    /// Whether another connection, of any tenant, uses this company under this registration.
    pub async fn company_is_live(
        &mut self,
        registration: &str,
        company_id: &str,
        except: Option<ConnectionId>,
    ) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM connections
             WHERE live = 1 AND registration = ? AND company_id = ? AND id <> ?",
        )
        .bind(registration)
        .bind(company_id)
        .bind(except.map_or(0, |id| id.0))
        .fetch_one(&mut *self.0)
        .await?;
        Ok(found > 0)
    }

    /// Keeps the tokens of a proven company.
    pub async fn put_tokens(&mut self, new: NewTokens<'_>) -> Result<(), StoreError> {
        self.finish_erasure(new.connection).await?;
        sqlx::query(
            "UPDATE connections SET live = 1, registration = ?, company_id = ?, company = ?,
                 generation = ?, access_sealed = ?, refresh_sealed = ?, access_expires_at = ?,
                 refresh_expires_at = ?, hard_expires_at = ?, connected_by = ?, connected_at = ?,
                 last_failure = NULL, subscription_ended = 0, revision = revision + 1
             WHERE id = ?",
        )
        .bind(new.registration)
        .bind(new.company_id)
        .bind(write("company", new.company)?)
        .bind(new.generation.cast_signed())
        .bind(&new.tokens.access)
        .bind(&new.tokens.refresh)
        .bind(number(new.tokens.access_expires))
        .bind(new.tokens.refresh_expires.map(number))
        .bind(new.tokens.hard_expires.map(number))
        .bind(&new.connected.by)
        .bind(number(new.connected.at))
        .bind(new.connection.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Keeps a refreshed pair, sealed under the generation after `old`. False when the connection
    /// has gone on without this one: another pair is there, or it was switched off.
    pub async fn swap_tokens(
        &mut self,
        id: ConnectionId,
        old: u64,
        tokens: &SealedTokens,
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE connections SET generation = ?1 + 1, access_sealed = ?2, refresh_sealed = ?3,
                 access_expires_at = ?4, refresh_expires_at = ?5, hard_expires_at = ?6
             WHERE id = ?7 AND generation = ?1 AND live = 1",
        )
        .bind(old.cast_signed())
        .bind(&tokens.access)
        .bind(&tokens.refresh)
        .bind(number(tokens.access_expires))
        .bind(tokens.refresh_expires.map(number))
        .bind(tokens.hard_expires.map(number))
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Erases the tokens. The generation grows, so that a refresh on its way cannot bring any back.
    pub async fn erase_tokens(&mut self, id: ConnectionId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE connections SET live = 0, generation = generation + 1, access_sealed = NULL,
                 refresh_sealed = NULL, access_expires_at = NULL, refresh_expires_at = NULL,
                 hard_expires_at = NULL, revision = revision + 1
             WHERE id = ?",
        )
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        self.drop_care(id).await
    }
}
