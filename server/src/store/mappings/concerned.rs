//! Which mappings the changes of a refresh concern: those of records that it changed, and those of
//! portal records that are, or were, like one of these.

use std::collections::HashSet;

use protocol::mapping::MappingTable;

use super::{list_of, table_name};
use crate::mapping::tax_key;
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

impl Db<'_> {
    /// Whether any record of a table's list changed since its mappings were last looked at.
    pub async fn any_touched(&mut self, books: &Books, table: MappingTable) -> Result<bool, StoreError> {
        let any = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM touched_records WHERE connection = ? AND company_id = ? AND list = ?)",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list_of(table)))
        .fetch_one(&mut *self.0)
        .await?;
        Ok(any)
    }

    /// Portal records after an id, in order of ids, that changes concern. One walk over the portal's
    /// records each time, which costs less than to keep an index for every likeness.
    pub async fn concerned_after(
        &mut self,
        books: &Books,
        table: MappingTable,
        (after, limit): (&str, u32),
    ) -> Result<Vec<String>, StoreError> {
        let taxed = self.taxed_after(books, table, after).await?;
        let sources = sqlx::query_scalar(
            "WITH changed (id, matching, email, number, rate) AS MATERIALIZED (
                 SELECT provider_id, matching, email, number, rate FROM touched_records
                 WHERE connection = ?1 AND company_id = ?2 AND list = ?3),
             likely (id, matching, email, number, rate) AS MATERIALIZED (
                 SELECT * FROM changed UNION ALL
                 SELECT r.provider_id, r.matching, r.email, r.number, r.rate
                 FROM (SELECT DISTINCT id FROM changed) c CROSS JOIN records r
                     ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id = c.id)
             SELECT p.external_id FROM portal_records p
             WHERE p.tenant = ?4 AND p.kind = ?5 AND p.external_id > ?6 AND (
                 p.matching IN (SELECT matching FROM likely WHERE matching IS NOT NULL)
                 OR p.email IN (SELECT email FROM likely WHERE email IS NOT NULL)
                 OR lower(p.code) IN (SELECT lower(number) FROM likely WHERE number IS NOT NULL)
                 OR p.rate IN (SELECT rate FROM likely WHERE rate IS NOT NULL)
                 OR p.external_id IN (SELECT value FROM json_each(?8))
                 OR p.external_id IN (
                     SELECT m.source FROM likely CROSS JOIN mappings m INDEXED BY mappings_by_target
                         ON m.connection = ?1 AND m.company_id = ?2 AND m.kind = ?5 AND m.target = likely.id))
             ORDER BY p.external_id LIMIT ?7",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list_of(table)))
        .bind(books.tenant().0)
        .bind(table_name(table))
        .bind(after)
        .bind(i64::from(limit))
        .bind(json(&taxed)?)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(sources)
    }

    /// Portal records after an id which have the number at the tax office that a changed record has or had.
    /// What a portal sent is folded here; most refreshes change no number and look at none.
    async fn taxed_after(
        &mut self,
        books: &Books,
        table: MappingTable,
        after: &str,
    ) -> Result<Vec<String>, StoreError> {
        let keys: HashSet<String> = sqlx::query_scalar(
            "SELECT tax_key FROM touched_records
             WHERE connection = ?1 AND company_id = ?2 AND list = ?3 AND tax_key IS NOT NULL
             UNION SELECT r.tax_key FROM touched_records t CROSS JOIN records r
                 ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id = t.provider_id
             WHERE t.connection = ?1 AND t.company_id = ?2 AND t.list = ?3 AND r.tax_key IS NOT NULL",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list_of(table)))
        .fetch_all(&mut *self.0)
        .await?
        .into_iter()
        .collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT external_id, tax_number FROM portal_records
             WHERE tenant = ? AND kind = ? AND external_id > ? AND tax_number IS NOT NULL",
        )
        .bind(books.tenant().0)
        .bind(table_name(table))
        .bind(after)
        .fetch_all(&mut *self.0)
        .await?;
        let same =
            rows.into_iter().filter(|(_, number)| tax_key(number).is_some_and(|key| keys.contains(&key)));
        Ok(same.map(|(id, _)| id).collect())
    }

    /// Decisions for a changed record that vanished or is inactive become broken, and those for one that
    /// is back are mended.
    pub async fn settle_touched(&mut self, books: &Books, table: MappingTable) -> Result<(), StoreError> {
        sqlx::query(
            "WITH changed (id, alive) AS MATERIALIZED (
                 SELECT r.provider_id, r.active = 1 AND r.vanished_at IS NULL
                 FROM (SELECT DISTINCT provider_id AS id FROM touched_records
                     WHERE connection = ?1 AND company_id = ?2 AND list = ?3) t
                 CROSS JOIN records r
                     ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id = t.id),
             settled (claimant, after) AS MATERIALIZED (
                 SELECT m.source, iif(alive, 'confirmed', 'broken')
                 FROM changed CROSS JOIN mappings m INDEXED BY mappings_by_target
                     ON m.connection = ?1 AND m.company_id = ?2 AND m.kind = ?4 AND m.target = changed.id
                 WHERE m.state = iif(alive, 'broken', 'confirmed'))
             UPDATE mappings SET state = after FROM settled
             WHERE connection = ?1 AND company_id = ?2 AND kind = ?4 AND source = claimant",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list_of(table)))
        .bind(table_name(table))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The mappings have been looked at after all changes there were.
    pub async fn forget_touched(&mut self, books: &Books, table: MappingTable) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM touched_records WHERE connection = ? AND company_id = ? AND list = ?")
            .bind(books.connection.0)
            .bind(&books.company)
            .bind(list_name(list_of(table)))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
