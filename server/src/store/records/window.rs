//! Windows of imported records, for tables and pickers.

use protocol::WINDOW_LIMIT;
use protocol::ids::ImportId;
use protocol::record::{Record, RecordChange, RecordColumn, RecordOrder, RecordQuery, RecordWindow};
use sqlx::{FromRow, QueryBuilder, Sqlite};

use super::changes::{kind_name, kind_named};
use crate::mapping::similarity::fold;
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

#[derive(FromRow)]
struct Row {
    provider_id: String,
    name: String,
    number: Option<String>,
    detail: Option<String>,
    active: i64,
    vanished_at: Option<i64>,
    changed_in: Option<i64>,
    change_kind: Option<String>,
    name_before: Option<String>,
}

impl Db<'_> {
    /// Reads the records that match. A provider's id finds its record, so that a change which names
    /// one can be told in words. Records that a run changed are shown whatever has become of them.
    pub async fn record_window(
        &mut self,
        books: &Books,
        query: &RecordQuery,
    ) -> Result<RecordWindow, StoreError> {
        let mut counting = matching("SELECT count(*)", books, query)?;
        let total: i64 = counting.build_query_scalar().fetch_one(&mut *self.0).await?;
        let mut reading = matching(
            "SELECT provider_id, name, number, detail, active, vanished_at, changed_in, change_kind, name_before",
            books,
            query,
        )?;
        reading.push(order(query.order));
        reading.push(" LIMIT ").push_bind(i64::from(query.limit.min(WINDOW_LIMIT)));
        reading.push(" OFFSET ").push_bind(i64::from(query.offset));
        let rows: Vec<Row> = reading.build_query_as().fetch_all(&mut *self.0).await?;
        Ok(RecordWindow {
            total: u32::try_from(total).unwrap_or(u32::MAX),
            offset: query.offset,
            rows: rows.into_iter().map(record).collect::<Result<_, _>>()?,
        })
    }
}

/// A statement over the records that match.
fn matching(
    select: &'static str,
    books: &Books,
    query: &RecordQuery,
) -> Result<QueryBuilder<Sqlite>, StoreError> {
    let mut built = QueryBuilder::new(select);
    built.push(" FROM records WHERE connection = ").push_bind(books.connection.0);
    built.push(" AND company_id = ").push_bind(books.company.clone());
    built.push(" AND list = ").push_bind(list_name(query.list));
    if let Some(changed) = query.changed_in {
        built.push(" AND changed_in = ").push_bind(changed.import.0.cast_signed());
        if let Some(kind) = changed.kind {
            built.push(" AND change_kind = ").push_bind(kind_name(kind));
        }
    } else if !query.all {
        built.push(" AND active = 1 AND vanished_at IS NULL");
    }
    let search = fold(&query.search);
    if !search.is_empty() {
        built.push(" AND (instr(search, ").push_bind(search).push(") > 0 OR provider_id = ");
        built.push_bind(query.search.clone()).push(")");
    }
    if !query.kinds.is_empty() {
        built.push(" AND kind IN (SELECT value FROM json_each(").push_bind(json(&query.kinds)?).push("))");
    }
    Ok(built)
}

/// By name along an index in both directions. What has no such text comes last in both.
fn order(order: RecordOrder) -> &'static str {
    match (order.by, order.descending) {
        (RecordColumn::Name, false) => " ORDER BY name COLLATE NOCASE, provider_id",
        (RecordColumn::Name, true) => " ORDER BY name COLLATE NOCASE DESC, provider_id DESC",
        (RecordColumn::Number, false) => {
            " ORDER BY number IS NULL, number COLLATE NOCASE, name COLLATE NOCASE, provider_id"
        }
        (RecordColumn::Number, true) => {
            " ORDER BY number IS NULL, number COLLATE NOCASE DESC, name COLLATE NOCASE, provider_id"
        }
        (RecordColumn::Detail, false) => {
            " ORDER BY detail IS NULL, detail COLLATE NOCASE, name COLLATE NOCASE, provider_id"
        }
        (RecordColumn::Detail, true) => {
            " ORDER BY detail IS NULL, detail COLLATE NOCASE DESC, name COLLATE NOCASE, provider_id"
        }
        (RecordColumn::State, false) => {
            " ORDER BY vanished_at IS NOT NULL, active DESC, name COLLATE NOCASE, provider_id"
        }
        (RecordColumn::State, true) => {
            " ORDER BY vanished_at IS NOT NULL DESC, active, name COLLATE NOCASE, provider_id"
        }
    }
}

fn record(row: Row) -> Result<Record, StoreError> {
    let change = row.changed_in.zip(row.change_kind).map(|(import, kind)| {
        Ok::<_, StoreError>(RecordChange {
            import: ImportId(import.cast_unsigned()),
            kind: kind_named(&kind)?,
            name_before: row.name_before,
        })
    });
    Ok(Record {
        id: row.provider_id,
        name: row.name,
        number: row.number,
        detail: row.detail,
        active: row.active == 1,
        vanished: row.vanished_at.is_some(),
        change: change.transpose()?,
        ..Record::default()
    })
}
