//! Refresh tokens whose tenant was erased: what is left to do is to revoke them. They lie sealed as
//! they did before, so that whoever erases needs no key; their rows go when they are revoked.

use protocol::ids::Moment;

use super::ids::{ConnectionId, TenantId};
use super::{Db, StoreError};

/// A token that is still to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The row.
    pub id: i64,
    /// The client registration that it was issued to.
    pub registration: String,
    /// The company it opens.
    pub company_id: String,
    /// Where it was sealed: the portal,
    pub portal: String,
    /// the tenant's row, which is gone,
    pub tenant: TenantId,
    /// the connection's row, which is gone too,
    pub connection: ConnectionId,
    /// table and column,
    pub place: String,
    /// and the generation.
    pub generation: u64,
    /// The token, sealed.
    pub token_sealed: Vec<u8>,
    /// How often it was tried in vain.
    pub tries: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    registration: String,
    company_id: String,
    portal: String,
    tenant: i64,
    connection: i64,
    place: String,
    generation: i64,
    token_sealed: Vec<u8>,
    tries: i64,
}

impl From<Row> for Orphan {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            registration: row.registration,
            company_id: row.company_id,
            portal: row.portal,
            tenant: TenantId(row.tenant),
            connection: ConnectionId(row.connection),
            place: row.place,
            generation: row.generation.cast_unsigned(),
            token_sealed: row.token_sealed,
            tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
        }
    }
}

impl Db<'_> {
    /// Keeps every refresh token of a tenant for its revocation: those in use, those that wait for the
    /// company guard's answer, those that were to be revoked already. Says how many.
    pub async fn orphan_tokens(&mut self, tenant: TenantId, now: Moment) -> Result<u64, StoreError> {
        let kept = sqlx::query(
            "INSERT INTO orphaned_tokens
               (registration, company_id, portal, tenant, connection, place, generation, token_sealed, next_at)
             SELECT s.registration, s.company_id, t.portal, t.id, s.connection, s.place, s.generation, s.sealed, ?2
             FROM tenants t JOIN connections c ON c.tenant = t.id JOIN (
               SELECT id AS connection, registration, company_id, 'connections.refresh' AS place,
                      generation, refresh_sealed AS sealed FROM connections
               UNION ALL
               SELECT connection, registration, company_id, 'decisions.refresh', expires_at, refresh_sealed
               FROM decisions
               UNION ALL
               SELECT connection, registration, company_id, 'revocations.token', generation, token_sealed
               FROM revocations WHERE ended_at IS NULL
             ) s ON s.connection = c.id
             WHERE t.id = ?1 AND s.sealed IS NOT NULL AND s.registration IS NOT NULL
               AND s.company_id IS NOT NULL",
        )
        .bind(tenant.0)
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(kept.rows_affected())
    }

    /// Those whose time has come, the oldest first.
    pub async fn due_orphans(&mut self, now: Moment) -> Result<Vec<Orphan>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, registration, company_id, portal, tenant, connection, place, generation,
                    token_sealed, tries
             FROM orphaned_tokens WHERE next_at <= ? ORDER BY id LIMIT 100",
        )
        .bind(now.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows.into_iter().map(Orphan::from).collect())
    }

    /// When the next one is due.
    pub async fn next_orphan(&mut self) -> Result<Option<Moment>, StoreError> {
        let next: Option<i64> =
            sqlx::query_scalar("SELECT min(next_at) FROM orphaned_tokens").fetch_one(&mut *self.0).await?;
        Ok(next.map(|at| Moment(at.cast_unsigned())))
    }

    /// It could not be revoked; it is due again then.
    pub async fn postpone_orphan(&mut self, id: i64, due: Moment) -> Result<(), StoreError> {
        sqlx::query("UPDATE orphaned_tokens SET tries = tries + 1, next_at = ? WHERE id = ?")
            .bind(due.0.cast_signed())
            .bind(id)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// It is over; nothing of it stays.
    pub async fn end_orphan(&mut self, id: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM orphaned_tokens WHERE id = ?").bind(id).execute(&mut *self.0).await?;
        Ok(())
    }
}
