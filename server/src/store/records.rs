//! Imported records: kept a page at a time, named by values, read in windows.

mod changes;
pub mod feed;
mod insert;
pub mod keys;
#[cfg(test)]
mod tests;
mod whole;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use protocol::ids::{ImportId, Moment};
use protocol::import::{List, Outcome};
use protocol::record::{ChangeKind, Record};

use super::books::Books;
use super::lists::list_name;
use super::{Db, StoreError};
use changes::Change;
pub use insert::FirstPage;
use insert::{BODY_RENEWED, RENEWED, Values, chunks};

/// A record about to be kept, with the texts it will be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// The provider's id.
    pub id: String,
    /// Name as shown.
    pub name: String,
    /// Account number, SKU, code.
    pub number: Option<String>,
    /// What filters pickers.
    pub kind: Option<String>,
    /// What tells two of a name apart.
    pub detail: Option<String>,
    /// E-mail address in lower case.
    pub email: Option<String>,
    /// Tax rate in basis points.
    pub rate: Option<i64>,
    /// Normalised name.
    pub matching: String,
    /// Folded text for searching.
    pub search: String,
    /// Changes with every change of the object.
    pub sync_token: Option<String>,
    /// In use.
    pub active: bool,
    /// Number at the tax office, for comparing.
    pub tax_key: Option<String>,
    /// What else is known of it, JSON.
    pub facts: Option<String>,
    /// The object as it came.
    pub raw: Arc<str>,
}

/// A record that a picker's value names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickedRecord {
    /// As shown.
    pub record: Record,
    /// Account type.
    pub kind: Option<String>,
}

type KnownRow = (String, Option<String>, String, Option<i64>, i64, i64, Option<i64>, Option<String>);
type PickedRow = (String, String, Option<String>, Option<String>, i64, i64, Option<String>);

impl Db<'_> {
    /// Keeps a page of a list, comparing each record with what was here. Records that this import
    /// has brought already are not counted again.
    pub async fn keep_records(
        &mut self,
        books: &Books,
        list: List,
        import: ImportId,
        records: &[NewRecord],
    ) -> Result<Outcome, StoreError> {
        let known = self.known(books, list, records).await?;
        let mut outcome = Outcome::default();
        let mut changes = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut fresh = Vec::new();
        for record in records.iter().filter(|record| seen.insert(record.id.as_str())) {
            let before = known.get(&record.id);
            if before.is_some_and(|before| before.seen == import.0.cast_signed()) {
                continue;
            }
            match before.map_or(Some(ChangeKind::Added), |before| before.change(record)) {
                None => outcome.unchanged += 1,
                Some(kind) => {
                    changes::count(&mut outcome, kind);
                    let name_before = before.map(|before| before.name.as_str());
                    changes.push(Change { record, kind, name_before });
                }
            }
            fresh.push(record);
        }
        let told = !changes.is_empty() && self.was_read(books, list).await?;
        if told {
            self.touch(books, list, &changes).await?;
            self.keep_keys(books, list, &changes).await?;
        }
        let change = if fresh.is_empty() { 0 } else { self.next_change(books, list).await? };
        for chunk in chunks(fresh) {
            let rows = Values::of_records(chunk.into_iter())?;
            self.insert_records((books, list), (import, change), rows, RENEWED).await?;
        }
        for chunk in chunks(changes.iter().map(|change| change.record).collect()) {
            let body = |record: &NewRecord| (record.id.clone(), Arc::clone(&record.raw));
            let bodies = Values::of_bodies(chunk.into_iter().map(body))?;
            self.insert_bodies((books, list), bodies, BODY_RENEWED).await?;
        }
        if told {
            self.mark_changed((books, list), import, &changes).await?;
        }
        Ok(outcome)
    }

    async fn known(
        &mut self,
        books: &Books,
        list: List,
        records: &[NewRecord],
    ) -> Result<HashMap<String, Known>, StoreError> {
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let rows: Vec<KnownRow> = sqlx::query_as(
            "SELECT provider_id, sync_token, name, vanished_at, seen_import, active, rate, tax_key
             FROM records
             WHERE connection = ? AND company_id = ? AND list = ?
               AND provider_id IN (SELECT value FROM json_each(?))",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(super::json(&ids)?)
        .fetch_all(&mut *self.0)
        .await?;
        let known = rows.into_iter().map(|(id, sync_token, name, vanished, seen, active, rate, tax_key)| {
            let (vanished, active) = (vanished.is_some(), active == 1);
            (id, Known { sync_token, name, vanished, seen, active, rate, tax_key })
        });
        Ok(known.collect())
    }

    /// Marks what this import did not see as gone at the provider. Nothing is deleted.
    pub async fn mark_vanished(
        &mut self,
        books: &Books,
        list: List,
        import: ImportId,
        now: Moment,
    ) -> Result<u32, StoreError> {
        let change = self.next_change(books, list).await?;
        let done = sqlx::query(
            "UPDATE records SET vanished_at = ?1, change = ?2, changed_in = ?6, change_kind = 'vanished', name_before = NULL
             WHERE connection = ?3 AND company_id = ?4 AND list = ?5 AND seen_import <> ?6 AND vanished_at IS NULL",
        )
        .bind(now.0.cast_signed())
        .bind(change)
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(import.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        self.touch_vanished(books, list, import).await?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }

    /// Records of a list that values name.
    pub async fn picked(
        &mut self,
        books: &Books,
        list: List,
        ids: &[&str],
    ) -> Result<Vec<PickedRecord>, StoreError> {
        let rows: Vec<PickedRow> = sqlx::query_as(
            "SELECT provider_id, name, number, detail, active, vanished_at IS NOT NULL, kind
                 FROM records WHERE connection = ? AND company_id = ? AND list = ?
                   AND provider_id IN (SELECT value FROM json_each(?))",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(super::json(&ids)?)
        .fetch_all(&mut *self.0)
        .await?;
        let picked = rows.into_iter().map(|(id, name, number, detail, active, vanished, kind)| {
            let record = Record {
                id,
                name,
                number,
                detail,
                active: active == 1,
                vanished: vanished == 1,
                ..Record::default()
            };
            PickedRecord { record, kind }
        });
        Ok(picked.collect())
    }

    /// Sales rates in basis points by the provider's id, of the tax rates that are here.
    pub async fn tax_rates(&mut self, books: &Books) -> Result<HashMap<String, i64>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT provider_id, rate FROM records
             WHERE connection = ? AND company_id = ? AND list = 'tax_rates' AND rate IS NOT NULL",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows.into_iter().collect())
    }
}

/// What is here of a record.
struct Known {
    sync_token: Option<String>,
    name: String,
    vanished: bool,
    seen: i64,
    active: bool,
    rate: Option<i64>,
    tax_key: Option<String>,
}

impl Known {
    /// What happened to the object; none when it is the one that is here. A few built-in objects have
    /// no SyncToken, the rate of a tax code is that of others, and a number at the tax office may not have
    /// been read before: what records are shown and matched by speaks for them.
    fn change(&self, record: &NewRecord) -> Option<ChangeKind> {
        let same = !self.vanished
            && self.sync_token == record.sync_token
            && self.active == record.active
            && self.rate == record.rate
            && self.tax_key == record.tax_key;
        if self.name == record.name {
            (!same).then_some(ChangeKind::Changed)
        } else {
            Some(ChangeKind::Renamed)
        }
    }
}
