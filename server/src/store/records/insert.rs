//! The statements that put rows of a list into the database, many at once.

use protocol::ids::ImportId;
use protocol::import::{List, Outcome};
use sqlx::{QueryBuilder, Sqlite};

use super::NewRecord;
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError};

/// Rows per statement: SQLite takes 32,766 values, and a row binds up to eighteen. Only these sizes, because every
/// size is a statement that is kept prepared.
const CHUNKS: [usize; 3] = [200, 20, 1];

/// Cuts rows into as many as a statement takes.
pub(super) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = CHUNKS.into_iter().find(|size| *size <= rows.len())?;
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

/// What becomes of a record that is here already: it is renewed. On the right of SET stands what is here: a row that
/// stays as it is keeps its number.
pub(super) const RENEWED: &str =
    ") WHERE true ON CONFLICT (connection, company_id, list, provider_id) DO UPDATE SET
     name = excluded.name, number = excluded.number, kind = excluded.kind,
     detail = excluded.detail, email = excluded.email, rate = excluded.rate,
     matching = excluded.matching, search = excluded.search, sync_token = excluded.sync_token,
     active = excluded.active, tax_key = excluded.tax_key, facts = excluded.facts,
     seen_import = excluded.seen_import, vanished_at = NULL,
     change = CASE WHEN vanished_at IS NULL
         AND (name, number, kind, detail, email, rate, sync_token, active, facts) IS (excluded.name,
         excluded.number, excluded.kind, excluded.detail, excluded.email, excluded.rate,
         excluded.sync_token, excluded.active, excluded.facts) THEN change ELSE excluded.change END";
/// The same of its object.
pub(super) const BODY_RENEWED: &str =
    ") WHERE true ON CONFLICT (connection, company_id, list, provider_id) DO UPDATE SET body = excluded.body";
/// It stays as it is.
const STAYS: &str = ") WHERE true ON CONFLICT DO NOTHING";

/// The start of a statement that inserts rows of a list. What they have in common is bound once for all of them.
pub(super) fn rows_of((books, list): (&Books, List), insert: &str) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(insert);
    query.push(" SELECT ").push_bind(books.connection.0).push(", ").push_bind(&books.company);
    query.push(", ").push_bind(list_name(list));
    query
}

impl Db<'_> {
    /// Keeps a page of a list of which only this import has brought anything: nothing is compared, and what it has
    /// brought already stays.
    pub async fn keep_first_records(
        &mut self,
        books: &Books,
        list: List,
        import: ImportId,
        records: &[NewRecord],
    ) -> Result<Outcome, StoreError> {
        let mut outcome = Outcome::default();
        if records.is_empty() {
            return Ok(outcome);
        }
        let change = self.next_change(books, list).await?;
        let records: Vec<&NewRecord> = records.iter().collect();
        for chunk in chunks(&records) {
            let added = self.insert((books, list), (import, change), chunk, STAYS).await?;
            outcome.added = outcome.added.saturating_add(u32::try_from(added).unwrap_or(u32::MAX));
            self.insert_bodies((books, list), chunk, STAYS).await?;
        }
        Ok(outcome)
    }

    /// Answers how many rows were written.
    pub(super) async fn insert(
        &mut self,
        (books, list): (&Books, List),
        (import, change): (ImportId, i64),
        records: &[&NewRecord],
        conflict: &str,
    ) -> Result<u64, StoreError> {
        let mut query = rows_of(
            (books, list),
            "INSERT INTO records (connection, company_id, list, seen_import, change, provider_id, name, number,
             kind, detail, email, rate, matching, search, sync_token, active, tax_key, facts)",
        );
        query.push(", ").push_bind(import.0.cast_signed()).push(", ").push_bind(change);
        query.push(", * FROM (");
        query.push_values(records, |mut row, record| {
            row.push_bind(&record.id).push_bind(&record.name).push_bind(&record.number);
            row.push_bind(&record.kind).push_bind(&record.detail).push_bind(&record.email);
            row.push_bind(record.rate).push_bind(&record.matching).push_bind(&record.search);
            row.push_bind(&record.sync_token).push_bind(i64::from(record.active));
            row.push_bind(&record.tax_key).push_bind(&record.facts);
        });
        query.push(conflict);
        Ok(query.build().execute(&mut *self.0).await?.rows_affected())
    }

    pub(super) async fn insert_bodies(
        &mut self,
        (books, list): (&Books, List),
        records: &[&NewRecord],
        conflict: &str,
    ) -> Result<(), StoreError> {
        let mut query = rows_of(
            (books, list),
            "INSERT INTO record_bodies (connection, company_id, list, provider_id, body)",
        );
        query.push(", * FROM (");
        query.push_values(records, |mut row, record| {
            row.push_bind(&record.id).push_bind(&record.raw);
        });
        query.push(conflict);
        query.build().execute(&mut *self.0).await?;
        Ok(())
    }
}
