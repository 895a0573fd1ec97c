//! Portal records that are gone. What people decided about them is set aside and comes back with the
//! record; what matching alone said goes with it.

use protocol::mapping::MappingTable;

use crate::portal_records::Upload;
use crate::portal_records::kind::Kind;
use crate::store::books::Books;
use crate::store::ids::TenantId;
use crate::store::mappings::table_name;
use crate::store::{Db, StoreError, json};

impl Db<'_> {
    /// Ids after one, in their order, that neither this upload nor a later one has named.
    pub async fn portal_records_unnamed(
        &mut self,
        upload: &Upload,
        (after, limit): (&str, u32),
    ) -> Result<Vec<String>, StoreError> {
        let ids = sqlx::query_scalar(
            "SELECT external_id FROM portal_records
             WHERE tenant = ? AND kind = ? AND external_id > ? AND seen < ? ORDER BY external_id LIMIT ?",
        )
        .bind(upload.tenant.0)
        .bind(upload.kind.kept())
        .bind(after)
        .bind(upload.number)
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(ids)
    }

    /// Deletes those of these records that were last named before this upload; answers which.
    pub async fn delete_portal_records(
        &mut self,
        (tenant, kind): (TenantId, Kind),
        ids: &[&str],
        before: i64,
    ) -> Result<Vec<String>, StoreError> {
        let gone = sqlx::query_scalar(
            "DELETE FROM portal_records WHERE tenant = ? AND kind = ?
               AND external_id IN (SELECT value FROM json_each(?)) AND seen < ? RETURNING external_id",
        )
        .bind(tenant.0)
        .bind(kind.kept())
        .bind(json(&ids)?)
        .bind(before)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(gone)
    }

    /// The rows of these records leave their table of mappings; those that a person decided are set aside.
    pub async fn set_mappings_aside(
        &mut self,
        books: &Books,
        table: MappingTable,
        sources: &[&str],
    ) -> Result<(), StoreError> {
        let sources = json(&sources)?;
        for statement in [
            "INSERT OR REPLACE INTO gone_decisions
                 (connection, company_id, kind, source, target, state, decided_by, decided_at)
             SELECT connection, company_id, kind, source, target, state, decided_by, decided_at FROM mappings
             WHERE connection = ?1 AND company_id = ?2 AND kind = ?3 AND by_hand = 1
               AND source IN (SELECT value FROM json_each(?4))",
            "DELETE FROM mappings WHERE connection = ?1 AND company_id = ?2 AND kind = ?3
               AND source IN (SELECT value FROM json_each(?4))",
        ] {
            sqlx::query(statement)
                .bind(books.connection.0)
                .bind(&books.company)
                .bind(table_name(table))
                .bind(&sources)
                .execute(&mut *self.0)
                .await?;
        }
        Ok(())
    }

    /// What was decided about these records is in its table again. Answers how many rows came back.
    pub async fn bring_mappings_back(
        &mut self,
        books: &Books,
        table: MappingTable,
        sources: &[&str],
    ) -> Result<u64, StoreError> {
        let sources = json(&sources)?;
        let mut back = 0;
        for statement in [
            "INSERT OR IGNORE INTO mappings
                 (connection, company_id, kind, source, target, state, by_hand, decided_by, decided_at)
             SELECT connection, company_id, kind, source, target, state, 1, decided_by, decided_at
             FROM gone_decisions WHERE connection = ?1 AND company_id = ?2 AND kind = ?3
               AND source IN (SELECT value FROM json_each(?4))",
            "DELETE FROM gone_decisions WHERE connection = ?1 AND company_id = ?2 AND kind = ?3
               AND source IN (SELECT value FROM json_each(?4))",
        ] {
            let done = sqlx::query(statement)
                .bind(books.connection.0)
                .bind(&books.company)
                .bind(table_name(table))
                .bind(&sources)
                .execute(&mut *self.0)
                .await?;
            back = done.rows_affected();
        }
        Ok(back)
    }
}
