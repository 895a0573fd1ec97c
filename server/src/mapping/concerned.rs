//! Matching anew after a refresh: only the portal records that its changes concern, so that one which
//! changed nothing looks at none.

use protocol::mapping::MappingTable;

use super::{CHUNK, rematch_after, rematch_among};
use crate::store::books::Books;
use crate::store::{Db, StoreError};

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every portal record that nobody decided about.
    All,
    /// Those that changes concern.
    Concerned,
}

/// How much there is to look at after a list was read; none when nothing changed. Taxes are matched by
/// what their names mean among all others, and are few.
pub async fn reach(db: &mut Db<'_>, books: &Books, table: MappingTable) -> Result<Option<Reach>, StoreError> {
    if !db.was_read(books, crate::store::mappings::list_of(table)).await? {
        return Ok(Some(Reach::All));
    }
    let reach = if table == MappingTable::Taxes { Reach::All } else { Reach::Concerned };
    Ok(db.any_touched(books, table).await?.then_some(reach))
}

/// Matches the portal records after an id anew that are in reach, a bounded number of them. Answers the
/// id to go on after; none at the end, when what people decided is settled too.
pub async fn rematch_within(
    db: &mut Db<'_>,
    books: &Books,
    table: MappingTable,
    reach: Reach,
    after: &str,
) -> Result<Option<String>, StoreError> {
    let last = match reach {
        Reach::All => rematch_after(db, books, table, after).await?,
        Reach::Concerned => {
            let sources = db.concerned_after(books, table, (after, CHUNK)).await?;
            let ids: Vec<&str> = sources.iter().map(String::as_str).collect();
            rematch_among(db, books, table, &ids).await?;
            if sources.is_empty() {
                db.settle_touched(books, table).await?;
            }
            sources.into_iter().next_back()
        }
    };
    if last.is_none() {
        db.forget_touched(books, table).await?;
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use protocol::ids::Moment;
    use protocol::import::List;
    use protocol::mapping::{MappingChoice, MappingQuery, MappingState};

    use super::*;
    use crate::portal_records::kind::Kind;
    use crate::portal_records::record::PortalRecord;
    use crate::portal_records::{begin, keep};
    use crate::store::fixture::{Fixture, fixture, record};
    use crate::store::mappings::{Decisions, Laid};
    use crate::store::records::NewRecord;

    const CUSTOMERS: MappingTable = MappingTable::Customers;

    /// A portal with so many customers, `p1` called "Name 1" and so on.
    async fn portal(fixture: &Fixture, many: u32) {
        let named = |number: u32| PortalRecord {
            id: format!("p{number}"),
            name: format!("Name {number}"),
            ..PortalRecord::default()
        };
        let records: Vec<_> = (1..=many).map(named).collect();
        uploaded(fixture, records).await;
    }

    async fn uploaded(fixture: &Fixture, records: Vec<PortalRecord>) {
        let tenant = fixture.books.tenant();
        let upload = fixture.store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let upload = begin(&mut db, tenant, Kind::of(CUSTOMERS)).await?;
                keep(&mut db, &upload, &records, Moment(1)).await
            })
        });
        upload.await.unwrap();
    }

    /// What is done when a list has been read, and how many portal records it concerned.
    async fn settle(fixture: &Fixture) -> (Option<Reach>, usize) {
        let books = fixture.books.clone();
        let settled = fixture.store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let Some(reach) = reach(&mut db, &books, CUSTOMERS).await? else { return Ok((None, 0)) };
                let concerned = db.concerned_after(&books, CUSTOMERS, ("", CHUNK)).await?.len();
                let mut after = Some(String::new());
                while let Some(place) = after {
                    after = rematch_within(&mut db, &books, CUSTOMERS, reach, &place).await?;
                }
                Ok((Some(reach), concerned))
            })
        });
        settled.await.unwrap()
    }

    /// Source, state and target of each row, in order of names.
    async fn states(fixture: &Fixture) -> Vec<(String, MappingState, Option<String>)> {
        let books = fixture.books.clone();
        let query = MappingQuery {
            table: CUSTOMERS,
            search: String::new(),
            state: None,
            drafted: false,
            offset: 0,
            limit: 50,
        };
        let read = fixture.store.read::<_, StoreError, _>(|mut db| {
            Box::pin(async move { db.mapping_window(&books, &query, &Laid::default()).await })
        });
        let rows = read.await.unwrap().rows.into_iter();
        rows.map(|row| (row.source.id, row.state, row.target.map(|target| target.id))).collect()
    }

    fn renamed(id: &str, name: &str) -> NewRecord {
        NewRecord { sync_token: Some("1".into()), ..record(id, name) }
    }

    fn names(many: u32) -> Vec<NewRecord> {
        (1..=many).map(|number| record(&number.to_string(), &format!("Name {number}"))).collect()
    }

    #[tokio::test]
    async fn a_refresh_that_changed_nothing_looks_at_no_mapping() {
        let fixture = fixture().await;
        portal(&fixture, 9).await;
        fixture.import(1, List::Customers, names(9)).await;
        fixture.import(2, List::Customers, names(9)).await;
        assert_eq!(settle(&fixture).await, (None, 0));
    }

    #[tokio::test]
    async fn what_a_record_is_like_now_and_what_it_was_like_are_both_concerned() {
        let fixture = fixture().await;
        portal(&fixture, 9).await;
        fixture.import(1, List::Customers, names(8)).await;
        rematch_everything(&fixture).await;
        let mut next = names(8);
        next[0] = renamed("1", "Name 9");
        fixture.import(2, List::Customers, next).await;
        assert_eq!(settle(&fixture).await, (Some(Reach::Concerned), 2));
        let after = states(&fixture).await;
        assert_eq!(after[0].2, None, "its record is called otherwise now: {after:?}");
        assert_eq!(after[8].2.as_deref(), Some("1"), "and is like this one: {after:?}");
        assert_eq!(settle(&fixture).await, (None, 0), "that was all");
        rematch_everything(&fixture).await;
        assert_eq!(states(&fixture).await, after, "looking at everything says the same");
    }

    #[tokio::test]
    async fn a_number_at_the_tax_office_concerns_who_has_it_however_it_is_written() {
        let fixture = fixture().await;
        portal(&fixture, 3).await;
        let taxed = PortalRecord {
            id: "vat".into(),
            name: "Zed".into(),
            tax_number: Some("gb 123-4567.89".into()),
            ..PortalRecord::default()
        };
        uploaded(&fixture, vec![taxed]).await;
        let unlike = || record("9", "Harbourside");
        fixture.import(1, List::Customers, vec![unlike()]).await;
        rematch_everything(&fixture).await;
        let known = NewRecord { tax_key: Some("GB123456789".into()), ..unlike() };
        let outcome = fixture.import(2, List::Customers, vec![known]).await;
        assert_eq!(outcome.changed, 1, "its SyncToken is the same, and it is read for the first time");
        assert_eq!(settle(&fixture).await, (Some(Reach::Concerned), 1));
        assert_eq!(states(&fixture).await[3], ("vat".into(), MappingState::Suggested, Some("9".into())));
        fixture.import(3, List::Customers, vec![unlike()]).await;
        assert_eq!(settle(&fixture).await, (Some(Reach::Concerned), 1));
        assert_eq!(states(&fixture).await[3].2, None);
    }

    #[tokio::test]
    async fn a_decision_breaks_with_its_record_and_is_mended_with_it() {
        let fixture = fixture().await;
        portal(&fixture, 3).await;
        fixture.import(1, List::Customers, names(3)).await;
        rematch_everything(&fixture).await;
        decide(&fixture, "p1", "2").await;
        let without: Vec<NewRecord> = names(3).into_iter().filter(|record| record.id != "2").collect();
        fixture.import(2, List::Customers, without).await;
        settle(&fixture).await;
        let broken = states(&fixture).await;
        assert_eq!(broken[0], ("p1".into(), MappingState::Broken, Some("2".into())), "kept, and told");
        fixture.import(3, List::Customers, names(3)).await;
        settle(&fixture).await;
        assert_eq!(states(&fixture).await[0], ("p1".into(), MappingState::Confirmed, Some("2".into())));
    }

    async fn decide(fixture: &Fixture, source: &'static str, target: &'static str) {
        let books = fixture.books.clone();
        let decided = fixture.store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let choice = MappingChoice::Link(target.to_owned());
                let rows = [(source, &choice)];
                db.decide(&books, Decisions { table: CUSTOMERS, rows: &rows, by: "Ann", now: Moment(2) })
                    .await
            })
        });
        decided.await.unwrap();
    }

    async fn rematch_everything(fixture: &Fixture) {
        let books = fixture.books.clone();
        let matched = fixture.store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let mut after = Some(String::new());
                while let Some(place) = after {
                    after = rematch_within(&mut db, &books, CUSTOMERS, Reach::All, &place).await?;
                }
                Ok(())
            })
        });
        matched.await.unwrap();
    }
}
