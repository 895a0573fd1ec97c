//! Portals, and what their keys register: tenants and visitors.

use protocol::ids::Moment;

use super::ids::{TenantId, VisitorId};
use super::sessions::IDLE;
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

/// What an organisation's people read around everything else.
#[derive(Debug, Clone, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Names {
    /// The portal's name on screen.
    pub portal: String,
    /// Where "Back to ..." leads.
    pub return_url: Option<String>,
    /// The organisation's name.
    pub organisation: String,
}

/// How much hangs on a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Weight {
    /// Organisations, with all that they imported, mapped and saved.
    pub tenants: i64,
    /// Keys that are not revoked.
    pub keys: i64,
    /// Sessions that are not over.
    pub sessions: i64,
    /// Links and session tokens that nobody has used yet.
    pub invitations: i64,
    /// Connections whose tokens are kept for use.
    pub live: i64,
    /// Disconnections that the provider has not been told of yet.
    pub revocations: i64,
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

    /// Gives a portal another name and way back.
    pub async fn change_portal(&mut self, portal: &Portal) -> Result<(), StoreError> {
        sqlx::query("UPDATE portals SET name = ?, return_url = ? WHERE id = ?")
            .bind(&portal.name)
            .bind(portal.return_url.as_deref())
            .bind(&portal.id)
            .execute(&mut *self.0)
            .await?;
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

    /// The names around a tenant; none when it is gone.
    pub async fn names_of(&mut self, tenant: TenantId) -> Result<Option<Names>, StoreError> {
        let names = sqlx::query_as(
            "SELECT p.name AS portal, p.return_url, t.name AS organisation
             FROM tenants t JOIN portals p ON p.id = t.portal WHERE t.id = ?",
        )
        .bind(tenant.0)
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(names)
    }

    /// Every portal, by id.
    pub async fn portals(&mut self) -> Result<Vec<Portal>, StoreError> {
        let rows: Vec<(String, String, Option<String>)> =
            sqlx::query_as("SELECT id, name, return_url FROM portals ORDER BY id")
                .fetch_all(&mut *self.0)
                .await?;
        Ok(rows.into_iter().map(|(id, name, return_url)| Portal { id, name, return_url }).collect())
    }

    /// What goes with a portal when it is removed.
    pub async fn weigh_portal(&mut self, id: &str, now: Moment) -> Result<Weight, StoreError> {
        let weight = sqlx::query_as(
            "WITH t AS (SELECT id FROM tenants WHERE portal = ?1),
                  v AS (SELECT id FROM visitors WHERE tenant IN t),
                  c AS (SELECT id, live FROM connections WHERE tenant IN t)
             SELECT (SELECT count(*) FROM t) AS tenants,
                    (SELECT count(*) FROM api_keys WHERE portal = ?1 AND revoked_at IS NULL) AS keys,
                    (SELECT count(*) FROM sessions WHERE visitor IN v AND ended_at IS NULL
                       AND seen_at > ?3 AND ends_at > ?2) AS sessions,
                    (SELECT count(*) FROM links WHERE visitor IN v AND used_at IS NULL AND expires_at > ?2)
                    + (SELECT count(*) FROM session_tokens
                       WHERE visitor IN v AND used_at IS NULL AND expires_at > ?2) AS invitations,
                    (SELECT count(*) FROM c WHERE live = 1) AS live,
                    (SELECT count(*) FROM revocations
                       WHERE ended_at IS NULL AND connection IN (SELECT id FROM c)) AS revocations",
        )
        .bind(id)
        .bind(now.0.cast_signed())
        .bind(now.0.saturating_sub(IDLE).cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(weight)
    }

    /// Removes a portal and everything that belongs to it; the audit log stays.
    pub async fn remove_portal(&mut self, id: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM portals WHERE id = ?").bind(id).execute(&mut *self.0).await?;
        Ok(())
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
