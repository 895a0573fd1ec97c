//! Windows of mapping rows, and what their tables count.

use std::collections::BTreeMap;

use protocol::WINDOW_LIMIT;
use protocol::mapping::{
    MappingChoice, MappingQuery, MappingRow, MappingState, MappingTable, MappingWindow, Source, TableCounts,
};
use protocol::record::Record;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{decided, list_of, reasons_read, state_name, state_named, table_name};
use crate::mapping::rate_text;
use crate::mapping::similarity::fold;
use crate::mapping::taxes::Tax;
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

/// What a draft decides of a table, to be laid over the rows as saved.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    /// Rows decided one by one, by the portal's ids.
    pub rows: Vec<(String, MappingChoice)>,
    /// The least score of the suggestions that are accepted, if any are.
    pub at_least: Option<u8>,
}

impl Laid {
    /// Portal ids and the states that they take; "unmatched" is a decision that was taken back.
    fn json(&self) -> Result<String, StoreError> {
        let rows = self.rows.iter().map(|(source, choice)| (source.as_str(), decided(choice).0));
        json(&rows.collect::<Vec<_>>())
    }

    /// The score from which on suggestions are accepted: one that none has, where none are.
    fn score(&self) -> i64 {
        self.at_least.map_or(i64::MAX, i64::from)
    }
}

/// A statement over the portal records of a table that match a query. A row's state is that of the
/// draft where it decides the row, by hand or by its rule, or else as saved.
macro_rules! matching {
    ($select:literal, $order:literal) => {
        concat!(
            "WITH laid (source, state) AS MATERIALIZED (
                 SELECT d.value ->> 0, CASE
                     WHEN d.value ->> 1 <> 'unmatched' THEN d.value ->> 1
                     WHEN m.state IN ('suggested', 'needs_review') THEN m.state ELSE 'unmatched' END
                 FROM json_each(?8) d LEFT JOIN mappings m
                     ON m.connection = ?1 AND m.company_id = ?2 AND m.kind = ?4 AND m.source = d.value ->> 0) ",
            $select,
            " FROM portal_records p WHERE tenant = ?3 AND kind = ?4
               AND (?5 = '' OR instr(search, ?5) > 0 OR external_id = ?7)
               AND (NOT ?10 OR external_id IN (SELECT source FROM laid))
               AND (?6 = '' OR CASE WHEN external_id IN (SELECT source FROM laid)
                   THEN external_id IN (SELECT source FROM laid WHERE state = ?6)
                   ELSE ?6 = coalesce((
                       SELECT iif(m.state = 'suggested' AND m.score >= ?9, 'confirmed', m.state) FROM mappings m
                       WHERE m.connection = ?1 AND m.company_id = ?2 AND m.kind = p.kind
                         AND m.source = p.external_id), 'unmatched') END)",
            $order
        )
    };
}

impl Db<'_> {
    /// Reads the rows that match, by the portal record's name. The portal's id finds its row.
    pub async fn mapping_window(
        &mut self,
        books: &Books,
        query: &MappingQuery,
        laid: &Laid,
    ) -> Result<MappingWindow, StoreError> {
        let search = fold(&query.search);
        let state = query.state.map(state_name).unwrap_or_default();
        let decided = laid.json()?;
        let total: i64 = sqlx::query_scalar(matching!("SELECT count(*)", ""))
            .bind(books.connection.0)
            .bind(&books.company)
            .bind(books.tenant().0)
            .bind(table_name(query.table))
            .bind(&search)
            .bind(state)
            .bind(&query.search)
            .bind(&decided)
            .bind(laid.score())
            .bind(query.drafted)
            .fetch_one(&mut *self.0)
            .await?;
        let page: Vec<String> = sqlx::query_scalar(matching!(
            "SELECT external_id",
            " ORDER BY name COLLATE NOCASE, external_id LIMIT ?11 OFFSET ?12"
        ))
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(books.tenant().0)
        .bind(table_name(query.table))
        .bind(&search)
        .bind(state)
        .bind(&query.search)
        .bind(&decided)
        .bind(laid.score())
        .bind(query.drafted)
        .bind(i64::from(query.limit.min(WINDOW_LIMIT)))
        .bind(i64::from(query.offset))
        .fetch_all(&mut *self.0)
        .await?;
        Ok(MappingWindow {
            total: u32::try_from(total).unwrap_or(u32::MAX),
            offset: query.offset,
            counts: self.table_counts(books, query.table).await?,
            rows: self.mapping_rows(books, query.table, &page).await?,
        })
    }

    /// Rows by the portal's ids, by the portal record's name.
    async fn mapping_rows(
        &mut self,
        books: &Books,
        table: MappingTable,
        ids: &[String],
    ) -> Result<Vec<MappingRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.external_id, p.name, p.code, p.email, p.rate, m.state, m.score, m.reasons, m.decided_by,
                    r.provider_id, r.name AS target_name, r.number, r.detail, r.active,
                    r.vanished_at IS NOT NULL AS vanished, r.rate AS target_rate
             FROM json_each(?6) page CROSS JOIN portal_records p
                 ON p.tenant = ?3 AND p.kind = ?4 AND p.external_id = page.value
             LEFT JOIN mappings m
                 ON m.connection = ?1 AND m.company_id = ?2 AND m.kind = p.kind AND m.source = p.external_id
             LEFT JOIN records r ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?5 AND r.provider_id = m.target
             ORDER BY p.name COLLATE NOCASE, p.external_id",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(books.tenant().0)
        .bind(table_name(table))
        .bind(list_name(list_of(table)))
        .bind(json(&ids)?)
        .fetch_all(&mut *self.0)
        .await?;
        rows.iter().map(|row| mapping_row(row, table)).collect()
    }

    /// How many rows of a table stand where, and the scores of its suggestions.
    pub async fn table_counts(
        &mut self,
        books: &Books,
        table: MappingTable,
    ) -> Result<TableCounts, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT state, score, count(*) FROM mappings
             WHERE connection = ? AND company_id = ? AND kind = ? GROUP BY state, score ORDER BY score DESC",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(table_name(table))
        .fetch_all(&mut *self.0)
        .await?;
        let all: i64 =
            sqlx::query_scalar("SELECT count(*) FROM portal_records WHERE tenant = ? AND kind = ?")
                .bind(books.tenant().0)
                .bind(table_name(table))
                .fetch_one(&mut *self.0)
                .await?;
        let mut states: BTreeMap<MappingState, i64> = BTreeMap::new();
        let mut scores = Vec::new();
        for (state, score, count) in rows {
            let state = state_named(&state)?;
            *states.entry(state).or_default() += count;
            if state == MappingState::Suggested {
                scores.push((u8::try_from(score).unwrap_or_default(), number(count)));
            }
        }
        // A portal record that matching has not looked at yet has no row.
        let unseen = all - states.values().sum::<i64>();
        *states.entry(MappingState::Unmatched).or_default() += unseen.max(0);
        let states = states.into_iter().filter(|(_, count)| *count > 0);
        Ok(TableCounts {
            table,
            states: states.map(|(state, count)| (state, number(count))).collect(),
            scores,
        })
    }

    /// Confirmed taxes whose rate differs from their tax code's.
    pub async fn rate_mismatches(&mut self, books: &Books) -> Result<u32, StoreError> {
        let differ: Vec<(i64, String)> = sqlx::query_as(
            "SELECT p.rate, r.name FROM mappings m
             JOIN portal_records p ON p.tenant = ?3 AND p.kind = 'taxes' AND p.external_id = m.source
             JOIN records r ON r.connection = ?1 AND r.company_id = ?2 AND r.list = 'tax_codes' AND r.provider_id = m.target
             WHERE m.connection = ?1 AND m.company_id = ?2 AND m.kind = 'taxes' AND m.state = 'confirmed'
               AND p.rate <> r.rate",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(books.tenant().0)
        .fetch_all(&mut *self.0)
        .await?;
        let differ = differ.iter().filter(|(rate, code)| !Tax::of(code).has_named(*rate));
        Ok(u32::try_from(differ.count()).unwrap_or(u32::MAX))
    }
}

fn number(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn mapping_row(row: &SqliteRow, table: MappingTable) -> Result<MappingRow, StoreError> {
    let state: Option<String> = row.try_get("state")?;
    let rate: Option<i64> = row.try_get("rate")?;
    let target_rate: Option<i64> = row.try_get("target_rate")?;
    let detail = match table {
        MappingTable::Taxes => rate.map(rate_text),
        _ => row.try_get("email")?,
    };
    let code: Option<String> = row.try_get("target_name")?;
    let is_named = |rate| code.as_deref().is_some_and(|code| Tax::of(code).has_named(rate));
    let target: Option<String> = row.try_get("provider_id")?;
    let target = target.map(|id| read_target(row, id)).transpose()?;
    Ok(MappingRow {
        source: Source {
            id: row.try_get("external_id")?,
            name: row.try_get("name")?,
            code: row.try_get("code")?,
            detail,
        },
        state: state.as_deref().map_or(Ok(MappingState::Unmatched), state_named)?,
        rate_mismatch: target.is_some()
            && rate.zip(target_rate).is_some_and(|(ours, theirs)| ours != theirs && !is_named(ours)),
        target,
        score: u8::try_from(row.try_get::<Option<i64>, _>("score")?.unwrap_or_default()).unwrap_or_default(),
        reasons: reasons_read(&row.try_get::<Option<String>, _>("reasons")?.unwrap_or_default()),
        by: row.try_get("decided_by")?,
    })
}

fn read_target(row: &SqliteRow, id: String) -> Result<Record, sqlx::Error> {
    Ok(Record {
        id,
        name: row.try_get("target_name")?,
        number: row.try_get("number")?,
        detail: row.try_get("detail")?,
        active: row.try_get::<i64, _>("active")? == 1,
        vanished: row.try_get::<i64, _>("vanished")? == 1,
        ..Record::default()
    })
}
