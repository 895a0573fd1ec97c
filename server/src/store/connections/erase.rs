//! Erasing what belongs to a connection: all of its companies' records, mappings and settings.

use crate::store::ids::ConnectionId;
use crate::store::{Db, StoreError};

/// Of what hangs on a connection and is the organisation's. Lists of runs go with their runs.
const BELONGINGS: [&str; 9] = [
    "DELETE FROM record_keys WHERE connection = ?",
    "DELETE FROM record_bodies WHERE connection = ?",
    "DELETE FROM records WHERE connection = ?",
    "DELETE FROM mappings WHERE connection = ?",
    "DELETE FROM list_ages WHERE connection = ?",
    "DELETE FROM drafts WHERE connection = ?",
    "DELETE FROM configurations WHERE connection = ?",
    "DELETE FROM imports WHERE connection = ?",
    // That it was loaded goes on being counted.
    "UPDATE legacy SET company_id = '', content = x'' WHERE connection = ?",
];

impl Db<'_> {
    /// Erases everything that was imported, decided and saved, of every company it ever had, and what
    /// the connection knows of its company. Revocations stay: they are not over.
    pub async fn erase_belongings(&mut self, id: ConnectionId) -> Result<(), StoreError> {
        for delete in BELONGINGS {
            sqlx::query(delete).bind(id.0).execute(&mut *self.0).await?;
        }
        sqlx::query(
            "UPDATE connections SET company_id = NULL, company = NULL, registration = NULL,
                 connected_by = NULL, connected_at = NULL, last_failure = NULL, subscription_ended = 0,
                 revision = revision + 1
             WHERE id = ?",
        )
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
