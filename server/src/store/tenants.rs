//! Organisations as an operator sees them, and their end.

use protocol::ids::Moment;

use super::ids::{ConnectionId, TenantId};
use super::sessions::IDLE;
use super::{Db, StoreError};

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Sight {
    /// Its portal.
    pub portal: String,
    /// The portal's own id of it.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Connections whose tokens are kept for use.
    pub live: i64,
}

/// How much hangs on an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Load {
    /// People.
    pub people: i64,
    /// Sessions that are not over.
    pub sessions: i64,
    /// Connections, of whatever state.
    pub connections: i64,
    /// Of those, connections whose tokens are kept for use.
    pub live: i64,
    /// Imported records.
    pub records: i64,
    /// Records that the portal sent.
    pub portal_records: i64,
    /// Mappings.
    pub mappings: i64,
    /// Saved versions of configurations.
    pub versions: i64,
    /// Notifications.
    pub notifications: i64,
    /// Lines of the audit log.
    pub audit: i64,
}

/// A connection as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Link {
    /// The catalogue's entry.
    pub integration: String,
    /// A word of the machine.
    pub state: String,
    /// The client registration.
    pub registration: Option<String>,
    /// The provider's id of the company.
    pub company_id: Option<String>,
}

impl Db<'_> {
    /// The organisations of a portal, or of all, by portal and id.
    pub async fn tenants(&mut self, portal: Option<&str>) -> Result<Vec<Sight>, StoreError> {
        let sights = sqlx::query_as(
            "SELECT t.portal, t.external_id, t.name,
                    (SELECT count(*) FROM connections c WHERE c.tenant = t.id AND c.live = 1) AS live
             FROM tenants t WHERE (?1 IS NULL OR t.portal = ?1) AND t.erased_as IS NULL ORDER BY t.portal, t.external_id",
        )
        .bind(portal)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(sights)
    }

    /// What goes with an organisation when it is erased.
    pub async fn weigh_tenant(&mut self, tenant: TenantId, now: Moment) -> Result<Load, StoreError> {
        let load = sqlx::query_as(
            "WITH c AS (SELECT id, live FROM connections WHERE tenant = ?1),
                  v AS (SELECT id FROM visitors WHERE tenant = ?1)
             SELECT (SELECT count(*) FROM v) AS people,
                    (SELECT count(*) FROM sessions WHERE visitor IN v AND ended_at IS NULL
                       AND seen_at > ?3 AND ends_at > ?2) AS sessions,
                    (SELECT count(*) FROM c) AS connections,
                    (SELECT count(*) FROM c WHERE live = 1) AS live,
                    (SELECT count(*) FROM records WHERE connection IN (SELECT id FROM c)) AS records,
                    (SELECT count(*) FROM portal_records WHERE tenant = ?1) AS portal_records,
                    (SELECT count(*) FROM mappings WHERE connection IN (SELECT id FROM c)) AS mappings,
                    (SELECT count(*) FROM configurations WHERE connection IN (SELECT id FROM c)) AS versions,
                    (SELECT count(*) FROM notifications WHERE tenant = ?1) AS notifications,
                    (SELECT count(*) FROM audit a JOIN tenants t ON t.portal = a.portal
                       AND t.external_id = a.tenant WHERE t.id = ?1) AS audit",
        )
        .bind(tenant.0)
        .bind(now.0.cast_signed())
        .bind(now.0.saturating_sub(IDLE).cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(load)
    }

    /// The rows of an organisation's connections.
    pub async fn connections_of(&mut self, tenant: TenantId) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM connections WHERE tenant = ?")
            .bind(tenant.0)
            .fetch_all(&mut *self.0)
            .await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }

    /// The connections of an organisation.
    pub async fn links_of(&mut self, tenant: TenantId) -> Result<Vec<Link>, StoreError> {
        let links = sqlx::query_as(
            "SELECT integration, state, registration, company_id FROM connections WHERE tenant = ?
             ORDER BY integration",
        )
        .bind(tenant.0)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(links)
    }
}
