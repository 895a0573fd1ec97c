//! An organisation's connections, configurations and mappings as lines of JSON, for whoever takes them
//! along. Tokens are not among the columns that are read.

use protocol::ids::Moment;
use serde_json::{Value, json};

use super::ids::TenantId;
use super::{Db, StoreError};
use crate::clock::rfc3339;

#[derive(sqlx::FromRow)]
struct Connection {
    integration: String,
    registration: Option<String>,
    state: String,
    company_id: Option<String>,
    company: Option<String>,
    connected_by: Option<String>,
    connected_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Configuration {
    integration: String,
    company_id: String,
    version: i64,
    body: String,
    saved_by: String,
    saved_at: i64,
}

#[derive(sqlx::FromRow)]
struct Mapping {
    integration: String,
    company_id: String,
    kind: String,
    source: String,
    target: Option<String>,
    state: String,
    by_hand: bool,
    decided_by: Option<String>,
    decided_at: Option<i64>,
}

fn at(moment: i64) -> String {
    rfc3339(Moment(moment.cast_unsigned()))
}

/// JSON as it is kept; null where it cannot be read.
fn kept(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

impl Db<'_> {
    /// Every line of one organisation: itself, its connections, every saved version, every mapping.
    pub async fn export_tenant(
        &mut self,
        portal: &str,
        external_id: &str,
    ) -> Result<Vec<String>, StoreError> {
        let Some(tenant) = self.tenant(portal, external_id).await? else { return Ok(Vec::new()) };
        let name = self.names_of(tenant).await?.map(|names| names.organisation);
        let mut lines = vec![json!({ "tenant": external_id, "organisation": { "name": name } })];
        for row in self.exported_connections(tenant).await? {
            lines.push(json!({ "tenant": external_id, "connection": {
                "integration": row.integration, "registration": row.registration, "state": row.state,
                "company_id": row.company_id, "company": kept(row.company.as_deref()),
                "connected_by": row.connected_by, "connected_at": row.connected_at.map(at),
            } }));
        }
        for row in self.exported_configurations(tenant).await? {
            lines.push(json!({ "tenant": external_id, "configuration": {
                "integration": row.integration, "company_id": row.company_id, "version": row.version,
                "values": kept(Some(&row.body)), "saved_by": row.saved_by, "saved_at": at(row.saved_at),
            } }));
        }
        for row in self.mappings_of_tenant(tenant).await? {
            lines.push(json!({ "tenant": external_id, "mapping": {
                "integration": row.integration, "company_id": row.company_id, "kind": row.kind,
                "source": row.source, "target": row.target, "state": row.state, "by_hand": row.by_hand,
                "decided_by": row.decided_by, "decided_at": row.decided_at.map(at),
            } }));
        }
        Ok(lines.into_iter().map(|line| format!("{line}\n")).collect())
    }

    async fn exported_connections(&mut self, tenant: TenantId) -> Result<Vec<Connection>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT integration, registration, state, company_id, company, connected_by, connected_at
             FROM connections WHERE tenant = ? ORDER BY integration",
        );
        Ok(rows.bind(tenant.0).fetch_all(&mut *self.0).await?)
    }

    async fn exported_configurations(&mut self, tenant: TenantId) -> Result<Vec<Configuration>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT c.integration, s.company_id, s.version, s.body, s.saved_by, s.saved_at
             FROM configurations s JOIN connections c ON c.id = s.connection WHERE c.tenant = ?
             ORDER BY c.integration, s.company_id, s.version",
        );
        Ok(rows.bind(tenant.0).fetch_all(&mut *self.0).await?)
    }

    async fn mappings_of_tenant(&mut self, tenant: TenantId) -> Result<Vec<Mapping>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT c.integration, m.company_id, m.kind, m.source, m.target, m.state, m.by_hand,
                    m.decided_by, m.decided_at
             FROM mappings m JOIN connections c ON c.id = m.connection WHERE c.tenant = ?
             ORDER BY c.integration, m.company_id, m.kind, m.source",
        );
        Ok(rows.bind(tenant.0).fetch_all(&mut *self.0).await?)
    }
}
