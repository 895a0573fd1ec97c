//! What records are matched by, in a table of its own: normalised names and e-mail addresses.
//!
//! Names and addresses come in no order. Put into an index row by row, each lands on a page of its own, and a list
//! of a million takes ten times as long as its rows. So a list that is read for the first time gets its keys at its
//! end, sorted; after that they are kept with each page, which then has few that are new.

use futures_util::TryStreamExt as _;
use protocol::import::List;
use tokio::sync::mpsc;

use super::NewRecord;
use super::changes::{Change, ids};
use super::insert::{Rows, STAYS, Table, chunks};
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError};

/// What a record is matched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Its name, normalised.
    Name,
    /// Its e-mail address.
    Email,
}

/// A key, and the provider's id of its record.
pub type Key = (String, String);

const KEYS: Table = Table {
    insert: "INSERT INTO record_keys (key, provider_id, connection, company_id, list, kind)",
    own: 2,
    common: 4,
};
/// Keys that are handed over at once: a transaction's worth.
const BATCH: usize = 8000;

impl KeyKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Name, Self::Email];

    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
        }
    }

    fn of(self, record: &NewRecord) -> Option<&str> {
        match self {
            Self::Name => Some(&record.matching),
            Self::Email => record.email.as_deref(),
        }
    }

    fn sorted(self) -> &'static str {
        match self {
            Self::Name => {
                "SELECT matching, provider_id FROM records
                 WHERE connection = ? AND company_id = ? AND list = ? ORDER BY matching, provider_id"
            }
            Self::Email => {
                "SELECT email, provider_id FROM records
                 WHERE connection = ? AND company_id = ? AND list = ? AND email IS NOT NULL
                 ORDER BY email, provider_id"
            }
        }
    }
}

impl Db<'_> {
    /// Hands over the keys of a list in their order, until all are read or nobody takes them any more.
    pub async fn sorted_keys(
        &mut self,
        books: &Books,
        list: List,
        (kind, out): (KeyKind, &mpsc::Sender<Vec<Key>>),
    ) -> Result<(), StoreError> {
        let mut keys = sqlx::query_as::<_, Key>(kind.sorted())
            .bind(books.connection.0)
            .bind(&books.company)
            .bind(list_name(list))
            .fetch(&mut *self.0);
        let mut batch = Vec::new();
        while let Some(key) = keys.try_next().await? {
            batch.push(key);
            if batch.len() == BATCH && out.send(std::mem::take(&mut batch)).await.is_err() {
                return Ok(());
            }
        }
        // Whoever does not take the last ones has gone, and comes back to all of them.
        drop(out.send(batch).await);
        Ok(())
    }

    /// The keys of a list in their order, at once.
    #[cfg(test)]
    pub(crate) async fn all_keys(
        &mut self,
        books: &Books,
        list: List,
        kind: KeyKind,
    ) -> Result<Vec<Key>, StoreError> {
        let keys = sqlx::query_as(kind.sorted())
            .bind(books.connection.0)
            .bind(&books.company)
            .bind(list_name(list))
            .fetch_all(&mut *self.0)
            .await?;
        Ok(keys)
    }

    /// Everything that a list is matched by, as text.
    #[cfg(test)]
    pub(crate) async fn all_indexed(&mut self, books: &Books, list: List) -> Result<Vec<String>, StoreError> {
        let query = "SELECT kind || ' ' || key || ' ' || provider_id FROM record_keys
            WHERE connection = ? AND company_id = ? AND list = ? ORDER BY 1";
        let found = sqlx::query_scalar(query).bind(books.connection.0).bind(&books.company);
        Ok(found.bind(list_name(list)).fetch_all(&mut *self.0).await?)
    }

    /// Keeps keys of a list. Those that are there already stay.
    pub async fn add_keys(
        &mut self,
        books: &Books,
        list: List,
        (kind, keys): (KeyKind, Vec<Key>),
    ) -> Result<(), StoreError> {
        for chunk in chunks(keys) {
            let mut rows = Rows::of_pairs(chunk.into_iter())?.of_list(books, list)?;
            rows.push(kind.name())?;
            self.insert(&KEYS, rows, STAYS).await?;
        }
        Ok(())
    }

    /// Keeps the keys of records that are about to be kept, new or changed, and drops those that they had. Not for
    /// a list that was never read to its end: it gets its keys there.
    pub(super) async fn keep_keys(
        &mut self,
        books: &Books,
        list: List,
        changes: &[Change<'_>],
    ) -> Result<(), StoreError> {
        self.drop_keys(books, list, changes).await?;
        for kind in KeyKind::ALL {
            let key = |record: &NewRecord| Some((kind.of(record)?.to_owned(), record.id.clone()));
            let keys: Vec<Key> = changes.iter().filter_map(|change| key(change.record)).collect();
            self.add_keys(books, list, (kind, keys)).await?;
        }
        Ok(())
    }

    async fn drop_keys(
        &mut self,
        books: &Books,
        list: List,
        changes: &[Change<'_>],
    ) -> Result<(), StoreError> {
        sqlx::query(
            "WITH old AS (SELECT r.matching, r.email, r.provider_id FROM json_each(?4) w CROSS JOIN records r
                 ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3 AND r.provider_id = w.value)
             DELETE FROM record_keys WHERE connection = ?1 AND company_id = ?2 AND list = ?3
               AND (kind, key, provider_id) IN (
                   SELECT 'name', matching, provider_id FROM old
                   UNION ALL SELECT 'email', email, provider_id FROM old WHERE email IS NOT NULL)",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(ids(changes)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
