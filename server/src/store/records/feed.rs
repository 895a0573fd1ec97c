//! Records in the order in which they changed. One writer commits in order and all that a transaction
//! touched have its number, so whoever has read up to a number misses nothing that has it or a smaller one.

use futures_util::TryStreamExt as _;
use protocol::import::List;

use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError};

/// Bytes of objects on a page; the record that goes beyond is the last.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// How far a list has come.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Extent {
    /// Another one after everything was erased.
    pub epoch: String,
    /// The number of the newest change.
    pub newest: i64,
}

/// Where a reader of a list stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The number of the last change read.
    pub change: i64,
    /// The provider's id of the last record read.
    pub id: String,
    /// The newest number when the reader began: what had vanished by then was never read.
    pub begun: i64,
}

/// A record that changed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Changed {
    /// The number of its last change.
    pub change: i64,
    /// The provider's id.
    pub provider_id: String,
    /// Name as shown.
    pub name: String,
    /// Number or code.
    pub number: Option<String>,
    /// What it is, in the provider's words.
    pub kind: Option<String>,
    /// What tells two of a name apart.
    pub detail: Option<String>,
    /// E-mail address in lower case.
    pub email: Option<String>,
    /// Tax rate in basis points.
    pub rate: Option<i64>,
    /// In use.
    pub active: bool,
    /// Gone at the provider.
    pub vanished: bool,
    /// The object as it came, JSON.
    pub body: Option<String>,
}

impl Db<'_> {
    /// The number of a change that is about to be made.
    pub(super) async fn next_change(&mut self, books: &Books, list: List) -> Result<i64, StoreError> {
        let number = sqlx::query_scalar(
            "INSERT INTO record_feeds (connection, company_id, list, epoch, newest)
             VALUES (?, ?, ?, lower(hex(randomblob(8))), 1)
             ON CONFLICT (connection, company_id, list) DO UPDATE SET newest = newest + 1 RETURNING newest",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .fetch_one(&mut *self.0)
        .await?;
        Ok(number)
    }

    /// Every list has another epoch: those who read one begin again.
    pub async fn renew_feeds(&mut self) -> Result<(), StoreError> {
        sqlx::query("UPDATE record_feeds SET epoch = lower(hex(randomblob(8)))")
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// How far a list has come; none while nothing of it was ever read.
    pub async fn feed_extent(&mut self, books: &Books, list: List) -> Result<Option<Extent>, StoreError> {
        let extent = sqlx::query_as(
            "SELECT epoch, newest FROM record_feeds WHERE connection = ? AND company_id = ? AND list = ?",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(extent)
    }

    /// What changed after a place, in the order of changes, at most `limit`; and whether there is more.
    pub async fn changed_after(
        &mut self,
        books: &Books,
        list: List,
        (place, limit): (&Place, u32),
    ) -> Result<(Vec<Changed>, bool), StoreError> {
        let mut rows = sqlx::query_as::<_, Changed>(
            "SELECT r.change, r.provider_id, r.name, r.number, r.kind, r.detail, r.email, r.rate, r.active,
                    r.vanished_at IS NOT NULL AS vanished, b.body
             FROM records r INDEXED BY records_by_change
             LEFT JOIN record_bodies b ON b.connection = r.connection AND b.company_id = r.company_id
                 AND b.list = r.list AND b.provider_id = r.provider_id
             WHERE r.connection = ? AND r.company_id = ? AND r.list = ? AND (r.change, r.provider_id) > (?, ?)
               AND (r.vanished_at IS NULL OR r.change > ?)
             ORDER BY r.change, r.provider_id",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(place.change)
        .bind(&place.id)
        .bind(place.begun)
        .fetch(&mut *self.0);
        let (mut page, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await? {
            if page.len() >= limit as usize || bytes > PAGE_BYTES {
                return Ok((page, true));
            }
            bytes += row.body.as_ref().map_or(0, String::len);
            page.push(row);
        }
        Ok((page, false))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::store::fixture::{Fixture, fixture, record};
    use crate::store::records::NewRecord;

    const LIST: List = List::Customers;

    async fn read(fixture: &Fixture, place: &Place, limit: u32) -> (Vec<Changed>, bool) {
        let (books, place) = (fixture.books.clone(), place.clone());
        let page = fixture.store.read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.changed_after(&books, LIST, (&place, limit)).await })
        });
        page.await.unwrap()
    }

    async fn newest(fixture: &Fixture) -> i64 {
        let books = fixture.books.clone();
        let extent = fixture.store.read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.feed_extent(&books, LIST).await })
        });
        extent.await.unwrap().map_or(0, |extent| extent.newest)
    }

    fn names(page: &[Changed]) -> Vec<(&str, bool)> {
        page.iter().map(|row| (row.name.as_str(), row.vanished)).collect()
    }

    fn after(page: &[Changed], begun: i64) -> Place {
        let last = page.last().unwrap();
        Place { change: last.change, id: last.provider_id.clone(), begun }
    }

    #[tokio::test]
    async fn what_is_as_before_is_no_change() {
        let fixture = fixture().await;
        fixture.import(1, LIST, vec![record("1", "Ann"), record("2", "Bob")]).await;
        let (all, _) = read(&fixture, &Place::default(), 10).await;
        let place = after(&all, newest(&fixture).await);
        let renamed = NewRecord { sync_token: Some("1".into()), ..record("2", "Robert") };
        fixture.import(2, LIST, vec![record("1", "Ann"), renamed.clone(), record("3", "Cid")]).await;
        let (changed, more) = read(&fixture, &place, 10).await;
        assert_eq!((names(&changed), more), (vec![("Robert", false), ("Cid", false)], false));
        let place = after(&changed, place.begun);
        // A rate that is worked out from other records changes without a new token.
        let taxed = NewRecord { rate: Some(2000), ..record("1", "Ann") };
        fixture.import(3, LIST, vec![taxed, renamed]).await;
        let (changed, _) = read(&fixture, &place, 10).await;
        assert_eq!(names(&changed), [("Ann", false), ("Cid", true)]);
    }

    #[tokio::test]
    async fn what_vanished_before_a_reader_began_is_not_told_and_what_vanishes_later_is() {
        let fixture = fixture().await;
        fixture.import(1, LIST, vec![record("1", "Ann"), record("2", "Bob"), record("3", "Cid")]).await;
        fixture.import(2, LIST, vec![record("1", "Ann"), record("2", "Bob")]).await;
        let begun = Place { begun: newest(&fixture).await, ..Place::default() };
        let (first, more) = read(&fixture, &begun, 1).await;
        assert_eq!((names(&first), more), (vec![("Ann", false)], true));
        fixture.import(3, LIST, vec![record("2", "Bob")]).await;
        let (rest, more) = read(&fixture, &after(&first, begun.begun), 10).await;
        assert_eq!((names(&rest), more), (vec![("Bob", false), ("Ann", true)], false));
        fixture.import(4, LIST, vec![record("1", "Ann"), record("2", "Bob")]).await;
        let (back, _) = read(&fixture, &after(&rest, begun.begun), 10).await;
        assert_eq!(names(&back), [("Ann", false)], "it is there again");
    }

    #[tokio::test]
    async fn a_page_ends_by_its_bytes_as_well() {
        let fixture = fixture().await;
        let large =
            |id: &str| NewRecord { raw: format!("\"{}\"", "x".repeat(PAGE_BYTES)).into(), ..record(id, id) };
        fixture.import(1, LIST, vec![large("1"), large("2"), large("3")]).await;
        let (page, more) = read(&fixture, &Place::default(), 10).await;
        assert_eq!((page.len(), more), (1, true));
        let (page, more) = read(&fixture, &after(&page, 0), 10).await;
        assert_eq!((names(&page), more), (vec![("2", false)], true));
    }

    /// Names of all records by id, and whether they are gone, as the table has them.
    async fn table(fixture: &Fixture) -> BTreeMap<String, (String, bool)> {
        let (all, _) = read(fixture, &Place::default(), u32::MAX).await;
        all.into_iter().map(|row| (row.provider_id, (row.name, row.vanished))).collect()
    }

    #[tokio::test]
    async fn ws_09_a_reader_that_goes_on_while_records_change_ends_with_what_is_there() {
        let fixture = fixture().await;
        let (mut place, mut known, mut dice) = (Place::default(), BTreeMap::new(), 7_u64);
        for run in 1..60 {
            let mut records = Vec::new();
            for id in 0..12 {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let version = (dice >> 33) % 4;
                let name = format!("{id} v{version}");
                let new =
                    NewRecord { sync_token: Some(version.to_string()), ..record(&id.to_string(), &name) };
                records.extend((version > 0).then_some(new));
            }
            fixture.import(run, LIST, records).await;
            let (page, _) = read(&fixture, &place, u32::try_from(dice >> 40).unwrap() % 9).await;
            if let Some(last) = page.last() {
                place = after(std::slice::from_ref(last), 0);
            }
            known.extend(page.into_iter().map(|row| (row.provider_id, (row.name, row.vanished))));
        }
        let (rest, _) = read(&fixture, &place, 100).await;
        known.extend(rest.into_iter().map(|row| (row.provider_id, (row.name, row.vanished))));
        assert_eq!(known, table(&fixture).await);
    }
}
