//! Connections as a portal's backend finds them: by their public ids, and never another portal's.

use protocol::store::Stamp;

use super::{ConnectionRow, Row, moment};
use crate::store::ids::ConnectionId;
use crate::store::{Db, StoreError};

/// A connection, and what its portal calls the organisation.
#[derive(Debug, Clone)]
pub struct NamedConnection {
    /// The connection.
    pub row: ConnectionRow,
    /// The portal's own id of the organisation.
    pub tenant: String,
}

/// Which connections are looked for. What is not said does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this organisation, by the portal's own id.
    pub tenant: Option<String>,
    /// Of this integration.
    pub integration: Option<String>,
    /// In the state of this word, see [`crate::connections::machine::State`].
    pub state: Option<String>,
    /// Those after this one: organisation and integration of the last one that was read.
    pub after: Option<(String, String)>,
    /// At most so many.
    pub limit: u32,
}

#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    row: Row,
    external_id: String,
}

impl TryFrom<Found> for NamedConnection {
    type Error = StoreError;

    fn try_from(found: Found) -> Result<Self, StoreError> {
        Ok(Self { row: found.row.try_into()?, tenant: found.external_id })
    }
}

impl Db<'_> {
    /// A portal's connection by its public id; none for another portal's.
    pub async fn portal_connection(
        &mut self,
        portal: &str,
        public_id: &str,
    ) -> Result<Option<NamedConnection>, StoreError> {
        let found: Option<Found> = sqlx::query_as(
            "SELECT c.*, t.portal, t.external_id FROM connections c JOIN tenants t ON t.id = c.tenant
             WHERE c.public_id = ? AND t.portal = ?",
        )
        .bind(public_id)
        .bind(portal)
        .fetch_optional(&mut *self.0)
        .await?;
        found.map(NamedConnection::try_from).transpose()
    }

    /// A portal's connections, by organisation and integration.
    pub async fn portal_connections(
        &mut self,
        portal: &str,
        wanted: &Wanted,
    ) -> Result<Vec<NamedConnection>, StoreError> {
        let (tenant, integration) = wanted.after.as_ref().map(|(t, i)| (t.as_str(), i.as_str())).unzip();
        let found: Vec<Found> = sqlx::query_as(
            "SELECT c.*, t.portal, t.external_id FROM tenants t JOIN connections c ON c.tenant = t.id
             WHERE t.portal = ?1 AND t.erased_as IS NULL AND (?2 IS NULL OR t.external_id = ?2)
               AND (?3 IS NULL OR c.integration = ?3) AND (?4 IS NULL OR c.state = ?4)
               AND t.external_id >= coalesce(?5, '') AND (?5 IS NULL OR t.external_id > ?5 OR c.integration > ?6)
             ORDER BY t.external_id, c.integration LIMIT ?7",
        )
        .bind(portal)
        .bind(&wanted.tenant)
        .bind(&wanted.integration)
        .bind(&wanted.state)
        .bind(tenant)
        .bind(integration)
        .bind(wanted.limit)
        .fetch_all(&mut *self.0)
        .await?;
        found.into_iter().map(NamedConnection::try_from).collect()
    }

    /// The newest saved version of a company's configuration: its number, who saved it and when.
    pub async fn saved_version(
        &mut self,
        connection: ConnectionId,
        company: &str,
    ) -> Result<Option<(u32, Stamp)>, StoreError> {
        let row: Option<(u32, String, i64)> = sqlx::query_as(
            "SELECT version, saved_by, saved_at FROM configurations
             WHERE connection = ? AND company_id = ? ORDER BY version DESC LIMIT 1",
        )
        .bind(connection.0)
        .bind(company)
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(row.map(|(version, by, at)| (version, Stamp { by, at: moment(at) })))
    }
}
