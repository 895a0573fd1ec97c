//! The books: one company of one connection. Everything imported, mapped and saved belongs to one,
//! and no query on those tables can be asked without it, so none can leave its tenant.

use protocol::ids::IntegrationId;

use super::ids::{ConnectionId, TenantId};
use super::{Db, StoreError};

/// A company of a connection, found by who may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    pub(in crate::store) connection: ConnectionId,
    pub(in crate::store) company: String,
    tenant: TenantId,
    integration: IntegrationId,
    live: bool,
}

impl Books {
    /// The connection.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The company's id at the provider.
    pub fn company(&self) -> &str {
        &self.company
    }

    /// Whose they are.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Of which integration.
    pub fn integration(&self) -> &IntegrationId {
        &self.integration
    }

    /// Tokens are kept for use: the provider can be asked.
    pub fn live(&self) -> bool {
        self.live
    }
}

type Row = (i64, String, i64, String, i64);

fn books((connection, company, tenant, integration, live): Row) -> Result<Books, StoreError> {
    Ok(Books {
        connection: ConnectionId(connection),
        company,
        tenant: TenantId(tenant),
        integration: IntegrationId::new(integration).map_err(|_| StoreError::Unreadable("integration"))?,
        live: live == 1,
    })
}

impl Db<'_> {
    /// The books of a tenant at an integration; none while it never had a company.
    pub async fn books(
        &mut self,
        tenant: TenantId,
        integration: &IntegrationId,
    ) -> Result<Option<Books>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, company_id, tenant, integration, live FROM connections
             WHERE tenant = ? AND integration = ? AND company_id IS NOT NULL",
        )
        .bind(tenant.0)
        .bind(integration.as_str())
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(books).transpose()
    }

    /// The books of a connection, for work that began from the connection itself.
    pub async fn books_of(&mut self, connection: ConnectionId) -> Result<Option<Books>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, company_id, tenant, integration, live FROM connections
             WHERE id = ? AND company_id IS NOT NULL",
        )
        .bind(connection.0)
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(books).transpose()
    }

    /// All books of a tenant.
    pub async fn books_of_tenant(&mut self, tenant: TenantId) -> Result<Vec<Books>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, company_id, tenant, integration, live FROM connections
             WHERE tenant = ? AND company_id IS NOT NULL ORDER BY id",
        )
        .bind(tenant.0)
        .fetch_all(&mut *self.0)
        .await?;
        rows.into_iter().map(books).collect()
    }
}
