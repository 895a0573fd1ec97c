//! The statements that put rows of a list into the database, many at once.

use std::sync::Arc;

use protocol::ids::ImportId;
use protocol::import::{List, Outcome};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Encode, Sqlite, Type};

use super::NewRecord;
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError};

/// Rows per statement: SQLite takes 32,766 values, and a row has up to thirteen of its own. Only these sizes, because
/// every size is a statement that is kept prepared.
const CHUNKS: [usize; 3] = [200, 20, 1];

/// Cuts rows into as many as a statement takes.
pub(super) fn chunks<T>(rows: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let size = CHUNKS.into_iter().find(|size| *size <= rows.len())?;
        Some(rows.by_ref().take(size).collect())
    })
}

/// A table that rows are put into.
struct Table {
    /// Names first the columns that each row has of its own, then those that all of them have in common.
    insert: &'static str,
    /// So many of its own.
    own: usize,
    /// So many in common.
    common: usize,
}

const RECORDS: Table = Table {
    insert: "INSERT INTO records (provider_id, name, number, kind, detail, email, rate, matching, search, sync_token,
             active, tax_key, facts, connection, company_id, list, seen_import, change)",
    own: 13,
    common: 5,
};
const BODIES: Table = Table {
    insert: "INSERT INTO record_bodies (provider_id, body, connection, company_id, list)",
    own: 2,
    common: 3,
};

/// What becomes of a record that is here already: it is renewed. On the right of SET stands what is here: a row that
/// stays as it is keeps its number.
pub(super) const RENEWED: &str = "ON CONFLICT (connection, company_id, list, provider_id) DO UPDATE SET
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
    "ON CONFLICT (connection, company_id, list, provider_id) DO UPDATE SET body = excluded.body";
/// It stays as it is.
const STAYS: &str = "ON CONFLICT DO NOTHING";

impl Table {
    /// The statement for so many rows.
    fn statement(&self, rows: usize, conflict: &str) -> String {
        let marks = |columns| vec!["?"; columns].join(", ");
        let (values, common) = (vec![format!("({})", marks(self.own)); rows].join(", "), marks(self.common));
        // WHERE, so that ON is not taken for a join's (<https://www.sqlite.org/lang_upsert.html>, parsing ambiguity).
        let rows = format!("SELECT * FROM (VALUES {values}) CROSS JOIN (SELECT {common}) WHERE true");
        [self.insert, &rows, conflict].join(" ")
    }
}

/// Rows on their way into a table, as many as a statement takes. They can be made before there is a transaction, so
/// that the one who writes copies no text.
#[derive(Default)]
pub(super) struct Values {
    size: usize,
    values: SqliteArguments,
}

impl Values {
    /// Values of [`RECORDS`].
    pub(super) fn of_records<'r>(
        records: impl ExactSizeIterator<Item = &'r NewRecord>,
    ) -> Result<Self, StoreError> {
        let mut values = Self { size: records.len(), ..Self::default() };
        for record in records {
            values.push_text(&*record.id)?;
            values.push_text(&*record.name)?;
            values.push_text(record.number.as_deref())?;
            values.push_text(record.kind.as_deref())?;
            values.push_text(record.detail.as_deref())?;
            values.push_text(record.email.as_deref())?;
            values.push(record.rate)?;
            values.push_text(&*record.matching)?;
            values.push_text(&*record.search)?;
            values.push_text(record.sync_token.as_deref())?;
            values.push(i64::from(record.active))?;
            values.push_text(record.tax_key.as_deref())?;
            values.push_text(record.facts.as_deref())?;
        }
        Ok(values)
    }

    /// Values of [`BODIES`].
    pub(super) fn of_bodies(
        bodies: impl ExactSizeIterator<Item = (String, Arc<str>)>,
    ) -> Result<Self, StoreError> {
        let mut values = Self { size: bodies.len(), ..Self::default() };
        for (id, body) in bodies {
            values.push(id)?;
            values.push(body)?;
        }
        Ok(values)
    }

    /// The list that all of them are of.
    fn push_list(&mut self, books: &Books, list: List) -> Result<(), StoreError> {
        self.push(books.connection.0)?;
        self.push(books.company.as_str())?;
        self.push(list_name(list))
    }

    /// In one piece of memory: a `&str` would take two, and there are millions of them.
    fn push_text<'t>(&mut self, text: impl Into<Option<&'t str>>) -> Result<(), StoreError> {
        self.push(text.into().map(Arc::<str>::from))
    }

    /// The next that they have in common, or the next of a row.
    fn push<'v>(&mut self, value: impl Encode<'v, Sqlite> + Type<Sqlite>) -> Result<(), StoreError> {
        self.values.add(value).map_err(|error| StoreError::Database(sqlx::Error::Encode(error)))
    }
}

/// A page of a list of which only one run has brought anything, ready to be written.
pub struct FirstPage {
    /// Records and their objects.
    chunks: Vec<(Values, Values)>,
}

impl FirstPage {
    /// Of these records.
    pub fn new(records: Vec<NewRecord>) -> Result<Self, StoreError> {
        let chunk = |records: Vec<NewRecord>| {
            let rows = Values::of_records(records.iter())?;
            let bodies = Values::of_bodies(records.into_iter().map(|record| (record.id, record.raw)))?;
            Ok((rows, bodies))
        };
        Ok(Self { chunks: chunks(records).map(chunk).collect::<Result<_, StoreError>>()? })
    }
}

impl Db<'_> {
    /// Keeps a page of a list of which only this import has brought anything: nothing is compared, and what it has
    /// brought already stays.
    pub async fn keep_first_records(
        &mut self,
        books: &Books,
        list: List,
        import: ImportId,
        page: FirstPage,
    ) -> Result<Outcome, StoreError> {
        let mut outcome = Outcome::default();
        if page.chunks.is_empty() {
            return Ok(outcome);
        }
        let change = self.next_change(books, list).await?;
        for (rows, bodies) in page.chunks {
            let added = self.insert_records((books, list), (import, change), rows, STAYS).await?;
            outcome.added = outcome.added.saturating_add(u32::try_from(added).unwrap_or(u32::MAX));
            self.insert_bodies((books, list), bodies, STAYS).await?;
        }
        Ok(outcome)
    }

    /// Answers how many rows were written.
    pub(super) async fn insert_records(
        &mut self,
        (books, list): (&Books, List),
        (import, change): (ImportId, i64),
        mut values: Values,
        conflict: &str,
    ) -> Result<u64, StoreError> {
        values.push_list(books, list)?;
        values.push(import.0.cast_signed())?;
        values.push(change)?;
        self.insert(&RECORDS, values, conflict).await
    }

    pub(super) async fn insert_bodies(
        &mut self,
        (books, list): (&Books, List),
        mut values: Values,
        conflict: &str,
    ) -> Result<u64, StoreError> {
        values.push_list(books, list)?;
        self.insert(&BODIES, values, conflict).await
    }

    /// Answers how many rows were written.
    async fn insert(
        &mut self,
        table: &Table,
        Values { size, values }: Values,
        conflict: &str,
    ) -> Result<u64, StoreError> {
        // What is missing would be NULL, and nobody would say so.
        debug_assert_eq!(values.len(), size * table.own + table.common, "{}", table.insert);
        let statement = AssertSqlSafe(table.statement(size, conflict));
        Ok(sqlx::query_with(statement, values).execute(&mut *self.0).await?.rows_affected())
    }
}
