//! Portals, their API keys, and what their keys register: tenants and visitors.

use protocol::ids::Moment;

use super::ids::{TenantId, VisitorId};
use super::{Db, StoreError};

/// A portal as the operator set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// Its public name.
    pub id: String,
    /// Its name on screen.
    pub name: String,
    /// Where "Back to ..." leads.
    pub return_url: Option<String>,
}

/// A person, as a portal names them.
#[derive(Debug, Clone)]
pub struct NewVisitor<'a> {
    /// The portal's id.
    pub external_id: &'a str,
    /// Name on screen.
    pub name: &'a str,
    /// E-mail address.
    pub email: Option<&'a str>,
}

impl Db<'_> {
    /// Sets up a portal, or changes it; its origins are replaced.
    pub async fn put_portal(
        &mut self,
        portal: &Portal,
        origins: &[String],
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO portals (id, name, return_url, created_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, return_url = excluded.return_url",
        )
        .bind(&portal.id)
        .bind(&portal.name)
        .bind(portal.return_url.as_deref())
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        sqlx::query("DELETE FROM portal_origins WHERE portal = ?")
            .bind(&portal.id)
            .execute(&mut *self.0)
            .await?;
        for origin in origins {
            sqlx::query("INSERT OR IGNORE INTO portal_origins (portal, origin) VALUES (?, ?)")
                .bind(&portal.id)
                .bind(origin)
                .execute(&mut *self.0)
                .await?;
        }
        Ok(())
    }

    /// A portal by its public name.
    pub async fn portal(&mut self, id: &str) -> Result<Option<Portal>, StoreError> {
        let row: Option<(String, String, Option<String>)> =
            sqlx::query_as("SELECT id, name, return_url FROM portals WHERE id = ?")
                .bind(id)
                .fetch_optional(&mut *self.0)
                .await?;
        Ok(row.map(|(id, name, return_url)| Portal { id, name, return_url }))
    }

    /// The origins that may embed the store of a portal, in order.
    pub async fn portal_origins(&mut self, id: &str) -> Result<Vec<String>, StoreError> {
        let origins =
            sqlx::query_scalar("SELECT origin FROM portal_origins WHERE portal = ? ORDER BY origin")
                .bind(id)
                .fetch_all(&mut *self.0)
                .await?;
        Ok(origins)
    }

    /// Adds an API key by its hash. `prefix` is what is shown of it.
    pub async fn add_api_key(
        &mut self,
        portal: &str,
        hash: [u8; 32],
        prefix: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO api_keys (portal, hash, prefix, scopes, created_at) VALUES (?, ?, ?, 'api', ?)",
        )
        .bind(portal)
        .bind(hash.as_slice())
        .bind(prefix)
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The portal whose key this is; none for an unknown or revoked key.
    pub async fn portal_of_key(&mut self, hash: [u8; 32]) -> Result<Option<String>, StoreError> {
        let portal = sqlx::query_scalar("SELECT portal FROM api_keys WHERE hash = ? AND revoked_at IS NULL")
            .bind(hash.as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(portal)
    }

    /// A tenant of a portal, by the portal's own id for it.
    pub async fn tenant(&mut self, portal: &str, external_id: &str) -> Result<Option<TenantId>, StoreError> {
        let id: Option<i64> =
            sqlx::query_scalar("SELECT id FROM tenants WHERE portal = ? AND external_id = ?")
                .bind(portal)
                .bind(external_id)
                .fetch_optional(&mut *self.0)
                .await?;
        Ok(id.map(TenantId))
    }

    /// Registers a tenant, or renames it.
    pub async fn put_tenant(
        &mut self,
        portal: &str,
        external_id: &str,
        name: &str,
    ) -> Result<TenantId, StoreError> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO tenants (portal, external_id, name) VALUES (?, ?, ?)
             ON CONFLICT (portal, external_id) DO UPDATE SET name = excluded.name RETURNING id",
        )
        .bind(portal)
        .bind(external_id)
        .bind(name)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(TenantId(id))
    }

    /// Registers a person of a tenant, or renames them.
    pub async fn put_visitor(
        &mut self,
        tenant: TenantId,
        visitor: &NewVisitor<'_>,
    ) -> Result<VisitorId, StoreError> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO visitors (tenant, external_id, name, email) VALUES (?, ?, ?, ?)
             ON CONFLICT (tenant, external_id) DO UPDATE SET name = excluded.name, email = excluded.email
             RETURNING id",
        )
        .bind(tenant.0)
        .bind(visitor.external_id)
        .bind(visitor.name)
        .bind(visitor.email)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(VisitorId(id))
    }
}
