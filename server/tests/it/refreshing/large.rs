//! A large company: what is asked and what is written follows what changed, not what there is.

use protocol::import::{ImportSnapshot, ImportState, List, Outcome, Reading};
use sandbox::Generated;
use server::clock::Stopwatch;
use server::mapping::similarity::{fold, normalise};
use server::providers::ImportedRecord;
use server::store::records::NewRecord;
use std::time::Duration;

use super::{books, inside, list, refreshed, renamed};
use crate::imports::{ended, until};
use crate::quick::Quick;
use crate::tokens::access;
use crate::world::Person;

/// What an import of a company with so many customers leaves, without its pace.
pub(super) async fn company(customers: u32) -> (Quick, Person) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let company = Generated { customers, ..Generated::new(7) };
    quick.sandbox.control().generate(&company).expect("it is made");
    quick.sandbox.control().pause_queries();
    quick.connect(&ann, &company.name).await;
    let run = until(&quick, &ann, |run| list(run, List::Company).done == 1).await;
    let cancel = quick.does(&ann, move |db, app, who| {
        Box::pin(async move { server::imports::cancel(db, app, who, run.import).await })
    });
    cancel.await.expect("it is stopped");
    quick.sandbox.control().resume_queries();
    let small = List::ALL.into_iter().filter(|list| *list != List::Customers).collect::<Vec<_>>();
    assert_eq!(refreshed(&quick, &ann, &small).await.state, ImportState::Done);
    customers_read(&quick, &ann, customers).await;
    (quick, ann)
}

/// Reads the customers in Intuit's own pages.
async fn customers_read(quick: &Quick, person: &Person, customers: u32) {
    let door = access(quick, person).await.expect("a token");
    let provider = quick.world.app().catalogue.provider(&crate::quick::qbo()).expect("a provider");
    let import = ended(quick, person).await.import;
    let now = quick.world.clock.now();
    for start in (1..=customers).step_by(1000) {
        let page = provider.page(&door, List::Customers, start, 1000).await.expect("a page");
        let rows: Vec<NewRecord> = page.records.into_iter().map(row).collect();
        let books = books(quick, person).await;
        let keep = quick.world.write(move |mut db| {
            Box::pin(async move { db.keep_records(&books, List::Customers, import, &rows).await })
        });
        keep.await;
    }
    let books = books(quick, person).await;
    let end = quick
        .world
        .write(move |mut db| Box::pin(async move { db.list_read(&books, List::Customers, now).await }));
    end.await;
    let since = "UPDATE list_ages SET since = (SELECT s.since FROM list_ages s WHERE s.list = 'terms')
                 WHERE list = 'customers'";
    quick.world.by_another_program(since).await;
}

fn row(record: ImportedRecord) -> NewRecord {
    NewRecord {
        matching: normalise(&record.name),
        search: fold(&record.name),
        id: record.id,
        name: record.name,
        number: record.number,
        kind: record.kind,
        detail: record.detail,
        email: record.email,
        rate: record.rate,
        sync_token: record.sync_token,
        active: record.active,
        tax_key: None,
        facts: None,
        raw: record.raw,
    }
}

/// A refresh of everything, the requests that it made and how long it took.
pub(super) async fn measured(quick: &Quick, person: &Person) -> (ImportSnapshot, usize, Duration) {
    let (before, watch) = (quick.sandbox.ledger().entries().len(), Stopwatch::start());
    let run = refreshed(quick, person, &[]).await;
    let took = watch.elapsed();
    assert_eq!(run.state, ImportState::Done, "{run:#?}");
    (run, quick.sandbox.ledger().entries().len() - before, took)
}

/// An unchanged company is refreshed in few requests; after some changes exactly those rows change.
pub(super) async fn refreshed_twice(customers: u32, changes: u32) -> Vec<Duration> {
    let (quick, ann) = company(customers).await;
    let (run, requests, first) = measured(&quick, &ann).await;
    let unchanged = Outcome { unchanged: customers, ..Outcome::default() };
    let progress = list(&run, List::Customers);
    assert_eq!((progress.reading, progress.outcome), (Reading::Changes, unchanged));
    assert!(requests < 10, "{requests} requests");
    let mut ids = Vec::new();
    for place in 0..changes {
        let id = format!("{}", 1 + place * (customers / changes));
        ids.push(inside(&quick, &ann, renamed(&id, &format!("Changed {place:04}"))).await);
    }
    let (run, requests, second) = measured(&quick, &ann).await;
    assert!(requests < 10, "{requests} requests");
    let expected =
        Outcome { changed: changes, renamed: changes, unchanged: customers - changes, ..Outcome::default() };
    assert_eq!(list(&run, List::Customers).outcome, expected);
    let mut told = everything_changed(&quick, &ann).await;
    told.sort();
    ids.sort();
    assert_eq!(told, ids, "exactly these rows, and no other");
    vec![first, second]
}

/// The ids of all rows that any run has marked.
async fn everything_changed(quick: &Quick, person: &Person) -> Vec<String> {
    let run = ended(quick, person).await;
    let mut ids = Vec::new();
    let books = books(quick, person).await;
    loop {
        let (books, offset) = (books.clone(), u32::try_from(ids.len()).expect("few"));
        let query = protocol::record::RecordQuery {
            list: List::Customers,
            search: String::new(),
            kinds: vec![],
            all: false,
            changed_in: Some(protocol::record::ChangedIn { import: run.import, kind: None }),
            order: protocol::record::RecordOrder::default(),
            offset,
            limit: protocol::WINDOW_LIMIT,
        };
        let read =
            quick.world.write(move |mut db| Box::pin(async move { db.record_window(&books, &query).await }));
        let window = read.await;
        ids.extend(window.rows.into_iter().map(|row| row.id));
        if ids.len() >= usize::try_from(window.total).expect("few") {
            return ids;
        }
    }
}

#[tokio::test]
async fn a_refresh_of_thousands_asks_for_what_changed_and_changes_no_other_row() {
    let took = refreshed_twice(5000, 50).await;
    assert!(took.iter().all(|took| *took < Duration::from_secs(2)), "{took:?}");
}
