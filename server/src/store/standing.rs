//! How everything stands, in numbers over all portals: for the operator's figures.

use super::{Db, StoreError};

/// Connections of one portal and integration in one state.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Group {
    /// The portal's id.
    pub portal: String,
    /// The catalogue's entry.
    pub integration: String,
    /// A word of `connections::machine`.
    pub state: String,
    /// How many.
    pub count: i64,
}

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Connections by portal, integration and state.
    pub connections: Vec<Group>,
    /// Tokens that are still to be revoked.
    pub revocations: i64,
    /// Imports that have not ended.
    pub imports: i64,
}

impl Db<'_> {
    /// Counts everything.
    pub async fn standing(&mut self) -> Result<Standing, StoreError> {
        let connections = sqlx::query_as(
            "SELECT t.portal, c.integration, c.state, count(*) AS count
             FROM connections c JOIN tenants t ON t.id = c.tenant WHERE t.erased_as IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        )
        .fetch_all(&mut *self.0)
        .await?;
        let (revocations, imports) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM revocations WHERE ended_at IS NULL)
                    + (SELECT count(*) FROM orphaned_tokens),
                    (SELECT count(*) FROM imports WHERE state = 'running')",
        )
        .fetch_one(&mut *self.0)
        .await?;
        Ok(Standing { connections, revocations, imports })
    }
}
