//! What matching reads and writes: sources, candidates, verdicts. Set by set, never row by row.

use std::collections::HashMap;

use protocol::mapping::MappingTable;
use sqlx::{QueryBuilder, Sqlite};

use super::{list_of, reasons_text, state_name, table_name};
use crate::mapping::suggest::{Candidate, Verdict, Wanted};
use crate::mapping::tax_key;
use crate::mapping::taxes::Tax;
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

type WantedRow = (String, String, Option<String>, Option<String>, Option<i64>, String, Option<String>);
type CodeRow = (String, String, Option<String>, Option<i64>, String);
type CandidateRow = (String, String, String, Option<String>, Option<String>, Option<i64>, Option<String>);

/// Rows per statement; each binds eight values.
const CHUNK: usize = 1000;

impl Db<'_> {
    /// Portal records after one id, in order of ids, that nobody has decided about.
    pub async fn undecided_after(
        &mut self,
        books: &Books,
        table: MappingTable,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Wanted>, StoreError> {
        let rows: Vec<WantedRow> = sqlx::query_as(
            "SELECT p.external_id, p.matching, p.email, p.code, p.rate, p.name, p.tax_number FROM portal_records p
             LEFT JOIN mappings m ON m.connection = ?1 AND m.company_id = ?2 AND m.kind = p.kind AND m.source = p.external_id
             WHERE p.tenant = ?3 AND p.kind = ?4 AND p.external_id > ?5 AND coalesce(m.by_hand, 0) = 0
             ORDER BY p.external_id LIMIT ?6",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(books.tenant().0)
        .bind(table_name(table))
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows.into_iter().map(|row| wanted(table, row)).collect())
    }

    /// Those of these portal records that nobody has decided about.
    pub async fn undecided_among(
        &mut self,
        books: &Books,
        table: MappingTable,
        ids: &[&str],
    ) -> Result<Vec<Wanted>, StoreError> {
        let rows: Vec<WantedRow> = sqlx::query_as(
            "SELECT p.external_id, p.matching, p.email, p.code, p.rate, p.name, p.tax_number FROM portal_records p
             LEFT JOIN mappings m ON m.connection = ?1 AND m.company_id = ?2 AND m.kind = p.kind AND m.source = p.external_id
             WHERE p.tenant = ?3 AND p.kind = ?4 AND p.external_id IN (SELECT value FROM json_each(?5))
               AND coalesce(m.by_hand, 0) = 0",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(books.tenant().0)
        .bind(table_name(table))
        .bind(json(&ids)?)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows.into_iter().map(|row| wanted(table, row)).collect())
    }

    /// Provider records that share a name, an address, a tax number, a code or a rate with these. Of each kind of
    /// likeness a few are enough, since two as good are never linked. The plan is
    /// written out (CROSS JOIN, INDEXED BY): without statistics SQLite walks whole lists instead.
    pub async fn candidates(
        &mut self,
        books: &Books,
        table: MappingTable,
        sources: &[Wanted],
    ) -> Result<HashMap<String, Vec<Candidate>>, StoreError> {
        let keyed: Vec<_> = sources.iter().map(|source| (&source.id, &source.tax_key)).collect();
        let rows: Vec<CandidateRow> = sqlx::query_as(
            "WITH wanted AS MATERIALIZED (
                 SELECT p.*, w.value ->> 1 AS tax_key FROM json_each(?5) w CROSS JOIN portal_records p
                     ON p.tenant = ?4 AND p.kind = ?6 AND p.external_id = w.value ->> 0
             ), likely (source, target) AS MATERIALIZED (
                 SELECT w.external_id, r.provider_id FROM wanted w CROSS JOIN records r
                     ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id IN (
                        SELECT c.provider_id FROM record_keys k CROSS JOIN records c
                            ON c.connection = ?1 AND c.company_id = ?2 AND c.list = ?3 AND c.provider_id = k.provider_id
                        WHERE k.connection = ?1 AND k.company_id = ?2 AND k.list = ?3
                          AND k.kind = 'name' AND k.key = w.matching
                          AND c.matching = w.matching AND c.active = 1 AND c.vanished_at IS NULL LIMIT 5)
                 UNION SELECT w.external_id, r.provider_id FROM wanted w CROSS JOIN records r
                     ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id IN (
                        SELECT c.provider_id FROM record_keys k CROSS JOIN records c
                            ON c.connection = ?1 AND c.company_id = ?2 AND c.list = ?3 AND c.provider_id = k.provider_id
                        WHERE k.connection = ?1 AND k.company_id = ?2 AND k.list = ?3
                          AND k.kind = 'email' AND k.key = w.email
                          AND c.email = w.email AND c.active = 1 AND c.vanished_at IS NULL LIMIT 5)
                 UNION SELECT w.external_id, r.provider_id FROM wanted w CROSS JOIN records r
                     ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id IN (
                        SELECT c.provider_id FROM records c INDEXED BY records_by_tax
                        WHERE c.connection = ?1 AND c.company_id = ?2 AND c.list = ?3
                          AND c.tax_key = w.tax_key AND c.active = 1 AND c.vanished_at IS NULL LIMIT 5)
                 UNION SELECT w.external_id, r.provider_id FROM wanted w CROSS JOIN records r
                     ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id IN (
                        SELECT c.provider_id FROM records c INDEXED BY records_by_number
                        WHERE c.connection = ?1 AND c.company_id = ?2 AND c.list = ?3
                          AND c.number = w.code COLLATE NOCASE AND c.active = 1 AND c.vanished_at IS NULL LIMIT 5)
                 UNION SELECT w.external_id, r.provider_id FROM wanted w CROSS JOIN records r
                     ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id IN (
                        SELECT c.provider_id FROM records c INDEXED BY records_by_rate
                        WHERE c.connection = ?1 AND c.company_id = ?2 AND c.list = ?3
                          AND c.rate = w.rate AND c.active = 1 AND c.vanished_at IS NULL LIMIT 50)
             )
             SELECT likely.source, r.provider_id, r.matching, r.email, r.number, r.rate, r.tax_key
             FROM likely CROSS JOIN records r
                 ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id = likely.target",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list_of(table)))
        .bind(books.tenant().0)
        .bind(json(&keyed)?)
        .bind(table_name(table))
        .fetch_all(&mut *self.0)
        .await?;
        let mut by_source: HashMap<String, Vec<Candidate>> = HashMap::new();
        for (source, id, matching, email, number, rate, tax_key) in rows {
            let code = number.map(|number| number.to_lowercase());
            by_source.entry(source).or_default().push(Candidate {
                id,
                matching,
                email,
                code,
                tax_key,
                rate,
                tax: Tax::default(),
            });
        }
        Ok(by_source)
    }

    /// Every tax code that can be chosen, as far as a company has a sensible number of them.
    pub async fn tax_codes(&mut self, books: &Books) -> Result<Vec<Candidate>, StoreError> {
        let rows: Vec<CodeRow> = sqlx::query_as(
            "SELECT provider_id, matching, number, rate, name FROM records
             WHERE connection = ? AND company_id = ? AND list = ? AND active = 1 AND vanished_at IS NULL
             ORDER BY provider_id LIMIT 500",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list_of(MappingTable::Taxes)))
        .fetch_all(&mut *self.0)
        .await?;
        let code = |(id, matching, number, rate, name): CodeRow| {
            let code = number.map(|number| number.to_lowercase());
            Candidate { id, matching, code, rate, tax: Tax::of(&name), ..Candidate::default() }
        };
        Ok(rows.into_iter().map(code).collect())
    }

    /// Writes verdicts. Rows that a person decided stay as they are.
    pub async fn put_verdicts(
        &mut self,
        books: &Books,
        table: MappingTable,
        verdicts: &[(String, Verdict)],
    ) -> Result<(), StoreError> {
        for chunk in verdicts.chunks(CHUNK) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO mappings (connection, company_id, kind, source, target, state, score, reasons) ",
            );
            query.push_values(chunk, |mut row, (source, verdict)| {
                row.push_bind(books.connection.0).push_bind(&books.company).push_bind(table_name(table));
                row.push_bind(source).push_bind(&verdict.target).push_bind(state_name(verdict.state));
                row.push_bind(i64::from(verdict.score)).push_bind(reasons_text(&verdict.reasons));
            });
            query.push(
                " ON CONFLICT (connection, company_id, kind, source) DO UPDATE SET target = excluded.target,
                 state = excluded.state, score = excluded.score, reasons = excluded.reasons WHERE by_hand = 0",
            );
            query.build().execute(&mut *self.0).await?;
        }
        Ok(())
    }

    /// What rows of these sources are mapped to, or were suggested for.
    pub async fn targets_of(
        &mut self,
        books: &Books,
        table: MappingTable,
        sources: &[&str],
    ) -> Result<Vec<String>, StoreError> {
        let targets = sqlx::query_scalar(
            "SELECT DISTINCT m.target FROM json_each(?4) w CROSS JOIN mappings m
                 ON m.connection = ?1 AND m.company_id = ?2 AND m.kind = ?3 AND m.source = w.value
             WHERE m.target IS NOT NULL",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(table_name(table))
        .bind(json(&sources)?)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(targets)
    }

    /// Suggestions that claim one of these records which another row claims too become conflicts, and
    /// those whose rival is gone become suggestions again. Where one may stand for several nobody claims.
    pub async fn settle_claims(
        &mut self,
        books: &Books,
        table: MappingTable,
        targets: &[String],
    ) -> Result<(), StoreError> {
        if !table.is_one_to_one() {
            return Ok(());
        }
        sqlx::query(
            "WITH rows (claimant, claims) AS MATERIALIZED (
                 SELECT m.source, count(*) OVER (PARTITION BY m.target)
                 FROM (SELECT DISTINCT value AS target FROM json_each(?4)) t
                 CROSS JOIN mappings m INDEXED BY mappings_by_target
                     ON m.connection = ?1 AND m.company_id = ?2 AND m.kind = ?3 AND m.target = t.target)
             UPDATE mappings SET state = CASE WHEN claims > 1 THEN 'conflict' ELSE 'suggested' END FROM rows
             WHERE connection = ?1 AND company_id = ?2 AND kind = ?3 AND source = claimant
               AND by_hand = 0 AND ((claims > 1 AND state = 'suggested') OR (claims = 1 AND state = 'conflict'))",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(table_name(table))
        .bind(json(targets)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Decisions whose record vanished or is inactive become broken, and are mended when it is back.
    pub async fn settle_broken(&mut self, books: &Books, table: MappingTable) -> Result<(), StoreError> {
        for (before, after, alive) in [("confirmed", "broken", 0), ("broken", "confirmed", 1)] {
            sqlx::query(
                "UPDATE mappings SET state = ?5
                 WHERE connection = ?1 AND company_id = ?2 AND kind = ?3 AND state = ?4 AND ?7 = EXISTS (
                     SELECT 1 FROM records r WHERE r.connection = ?1 AND r.company_id = ?2 AND r.list = ?6
                     AND r.provider_id = mappings.target AND r.active = 1 AND r.vanished_at IS NULL)",
            )
            .bind(books.connection.0)
            .bind(&books.company)
            .bind(table_name(table))
            .bind(before)
            .bind(after)
            .bind(list_name(list_of(table)))
            .bind(alive)
            .execute(&mut *self.0)
            .await?;
        }
        Ok(())
    }
}

fn wanted(table: MappingTable, row: WantedRow) -> Wanted {
    let (id, matching, email, code, rate, name, tax_number) = row;
    let tax = if table == MappingTable::Taxes { Tax::of(&name) } else { Tax::default() };
    let tax_key = tax_number.as_deref().and_then(tax_key);
    Wanted { id, matching, email, code: code.map(|code| code.to_lowercase()), tax_key, rate, tax }
}
