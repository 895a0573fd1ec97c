//! What records are matched by, in a table of its own: normalised names and e-mail addresses.
//!
//! Names and addresses come in no order. Put into an index row by row, each lands on a page of its own, and a list
//! of a million takes ten times as long as its rows. So a list that is read for the first time gets its keys at its
//! end, sorted; after that they are kept with each page, which then has few that are new.

use std::collections::HashMap;

use protocol::import::List;

use super::NewRecord;
use super::changes::{Change, ids};
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

/// What a record is matched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Its name, normalised.
    Name,
    /// Its e-mail address.
    Email,
}

/// Keys that are handed over at once: a transaction's worth.
pub(super) const BATCH: i64 = 4000;

/// Keys of a list, as a JSON object of the provider's ids, each with its key. Those of a whole list go so from the
/// connection that sorts them to the one that writes: row by row, that takes longer than sorting and writing.
pub struct Keys(String);

#[cfg(test)]
impl Keys {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        serde_json::from_str::<HashMap<String, String>>(&self.0).unwrap().len()
    }
}

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

    fn sort(self) -> &'static str {
        match self {
            Self::Name => {
                "CREATE TEMP TABLE sorted_keys AS SELECT matching AS key, provider_id FROM records
                 WHERE connection = ? AND company_id = ? AND list = ? ORDER BY matching, provider_id"
            }
            Self::Email => {
                "CREATE TEMP TABLE sorted_keys AS SELECT email AS key, provider_id FROM records
                 WHERE connection = ? AND company_id = ? AND list = ? AND email IS NOT NULL
                 ORDER BY email, provider_id"
            }
        }
    }
}

impl Db<'_> {
    /// Sorts the keys of a list aside, where this connection alone sees them. They are gone with a reader's snapshot,
    /// or with the next that are sorted.
    pub async fn sort_keys(&mut self, books: &Books, list: List, kind: KeyKind) -> Result<(), StoreError> {
        sqlx::query("DROP TABLE IF EXISTS temp.sorted_keys").execute(&mut *self.0).await?;
        sqlx::query(kind.sort())
            .bind(books.connection.0)
            .bind(&books.company)
            .bind(list_name(list))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// The nth batch of what was sorted aside, from 0; none when there are no more.
    pub async fn sorted_keys(&mut self, nth: i64) -> Result<Option<Keys>, StoreError> {
        let (many, keys): (i64, String) = sqlx::query_as(
            "SELECT COUNT(*), json_group_object(provider_id, key) FROM temp.sorted_keys
             WHERE rowid > ?1 * ?2 AND rowid <= (?1 + 1) * ?2",
        )
        .bind(nth)
        .bind(BATCH)
        .fetch_one(&mut *self.0)
        .await?;
        Ok((many > 0).then_some(Keys(keys)))
    }

    /// Everything that a list is matched by, as text.
    #[cfg(test)]
    pub(crate) async fn all_indexed(&mut self, books: &Books, list: List) -> Result<Vec<String>, StoreError> {
        let query = "SELECT kind || ' ' || key || ' ' || provider_id FROM record_keys
            WHERE connection = ? AND company_id = ? AND list = ? ORDER BY 1";
        let found = sqlx::query_scalar(query).bind(books.connection.0).bind(&books.company);
        Ok(found.bind(list_name(list)).fetch_all(&mut *self.0).await?)
    }

    /// Every column of the records of a list and of their objects, as text.
    #[cfg(test)]
    pub(crate) async fn all_rows(&mut self, list: List) -> Result<Vec<String>, StoreError> {
        let query =
            "SELECT json_array(r.provider_id, name, number, kind, detail, email, rate, matching, search,
                 sync_token, active, seen_import, vanished_at, tax_key, facts, body)
             FROM records r JOIN record_bodies USING (connection, company_id, list, provider_id)
             WHERE list = ? ORDER BY 1";
        Ok(sqlx::query_scalar(query).bind(list_name(list)).fetch_all(&mut *self.0).await?)
    }

    /// Keeps keys of a list. Those that are there already stay.
    pub async fn add_keys(
        &mut self,
        books: &Books,
        list: List,
        (kind, keys): (KeyKind, Keys),
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO record_keys (connection, company_id, list, kind, key, provider_id)
             SELECT ?, ?, ?, ?, value, key FROM json_each(?) WHERE true ON CONFLICT DO NOTHING",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(kind.name())
        .bind(keys.0)
        .execute(&mut *self.0)
        .await?;
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
            let records = changes.iter().map(|change| change.record);
            let keys = records.filter_map(|record| Some((record.id.as_str(), kind.of(record)?)));
            let keys = Keys(json(&keys.collect::<HashMap<_, _>>())?);
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
