//! What is kept of a list over several imports.

use protocol::import::{List, Outcome};
use protocol::record::{RecordOrder, RecordQuery};

use crate::store::StoreError;
use crate::store::fixture::{Fixture, fixture, record};
use crate::store::records::NewRecord;

async fn window(fixture: &Fixture, query: RecordQuery) -> (u32, Vec<String>) {
    let books = fixture.books.clone();
    let window = fixture
        .store
        .read::<_, StoreError, _>(|mut db| Box::pin(async move { db.record_window(&books, &query).await }))
        .await
        .unwrap();
    (window.total, window.rows.into_iter().map(|row| row.name).collect())
}

fn all() -> RecordQuery {
    RecordQuery {
        list: List::Customers,
        search: String::new(),
        kinds: vec![],
        all: false,
        changed_in: None,
        order: RecordOrder::default(),
        offset: 0,
        limit: 50,
    }
}

#[tokio::test]
async fn a_list_read_again_is_compared() {
    let fixture = fixture().await;
    let first = fixture.import(1, List::Customers, vec![record("1", "Ann"), record("2", "Bob")]).await;
    assert_eq!(first, Outcome { added: 2, ..Outcome::default() });
    let renamed = NewRecord { sync_token: Some("1".into()), ..record("2", "Robert") };
    let second =
        fixture.import(2, List::Customers, vec![record("1", "Ann"), renamed, record("3", "Cid")]).await;
    assert_eq!(second, Outcome { added: 1, changed: 1, unchanged: 1, ..Outcome::default() });
    let names = window(&fixture, all()).await;
    assert_eq!(names, (3, vec!["Ann".into(), "Cid".into(), "Robert".into()]));
}

#[tokio::test]
async fn what_is_gone_is_marked_and_comes_back() {
    let fixture = fixture().await;
    fixture.import(1, List::Customers, vec![record("1", "Ann"), record("2", "Bob")]).await;
    let outcome = fixture.import(2, List::Customers, vec![record("1", "Ann")]).await;
    assert_eq!((outcome.unchanged, outcome.vanished), (1, 1));
    assert_eq!(window(&fixture, all()).await.0, 1);
    assert_eq!(window(&fixture, RecordQuery { all: true, ..all() }).await.0, 2);
    let outcome = fixture.import(3, List::Customers, vec![record("1", "Ann"), record("2", "Bob")]).await;
    assert_eq!((outcome.changed, outcome.vanished), (1, 0));
    assert_eq!(window(&fixture, all()).await.0, 2);
}

async fn names_found_by(fixture: &Fixture) -> Vec<String> {
    let books = fixture.books.clone();
    let keys = fixture.store.read::<_, StoreError, _>(|mut db| {
        Box::pin(async move { db.all_indexed(&books, List::Customers).await })
    });
    keys.await.unwrap()
}

#[tokio::test]
async fn what_a_list_is_matched_by_follows_its_records() {
    let fixture = fixture().await;
    let mut ann = record("1", "Ann");
    ann.email = Some("ann@a.example".into());
    fixture.import(1, List::Customers, vec![ann.clone(), record("2", "Bob")]).await;
    assert_eq!(names_found_by(&fixture).await, ["email ann@a.example 1", "name ann 1", "name bob 2"]);
    let renamed = NewRecord { sync_token: Some("1".into()), ..record("2", "Robert") };
    ann.sync_token = Some("1".into());
    ann.email = None;
    fixture.import(2, List::Customers, vec![ann, renamed, record("3", "Cid")]).await;
    assert_eq!(names_found_by(&fixture).await, ["name ann 1", "name cid 3", "name robert 2"]);
}

#[tokio::test]
async fn a_page_that_repeats_is_counted_once() {
    let fixture = fixture().await;
    let twice = vec![record("1", "Ann"), record("1", "Ann")];
    assert_eq!(fixture.import(1, List::Customers, twice.clone()).await.added, 1);
    assert_eq!(fixture.import(1, List::Customers, twice).await, Outcome::default());
}

#[tokio::test]
async fn in_04_hostile_names_are_kept_as_text() {
    let fixture = fixture().await;
    let names =
        ["<script>alert(1)</script>", "'; DROP TABLE records; --", "=cmd|' /C calc'!A0", "\u{202e}evil"];
    let records = names.iter().enumerate().map(|(id, name)| record(&id.to_string(), name)).collect();
    fixture.import(1, List::Customers, records).await;
    let (total, mut found) = window(&fixture, all()).await;
    found.sort();
    let mut expected = names.to_vec();
    expected.sort_unstable();
    assert_eq!((total, found), (4, expected.into_iter().map(String::from).collect()));
    let percent = RecordQuery { search: "%".into(), ..all() };
    assert_eq!(window(&fixture, percent).await.0, 0);
}

#[tokio::test]
async fn a_search_looks_past_case_and_accents() {
    let fixture = fixture().await;
    fixture.import(1, List::Customers, vec![record("1", "Café Zoë"), record("2", "Other")]).await;
    let found = window(&fixture, RecordQuery { search: "CAFE z".into(), ..all() }).await;
    assert_eq!(found, (1, vec!["Café Zoë".into()]));
}

#[tokio::test]
async fn a_record_is_found_by_its_id() {
    let fixture = fixture().await;
    fixture.import(1, List::Customers, vec![record("58", "Ann"), record("580", "Bob")]).await;
    let found = window(&fixture, RecordQuery { search: "58".into(), ..all() }).await;
    assert_eq!(found, (1, vec!["Ann".into()]));
}

#[tokio::test]
async fn kinds_filter_accounts() {
    let fixture = fixture().await;
    let income = NewRecord { kind: Some("Income".into()), ..record("1", "Sales") };
    let bank = NewRecord { kind: Some("Bank".into()), ..record("2", "Checking") };
    fixture.import(1, List::Accounts, vec![income, bank]).await;
    let query = RecordQuery { list: List::Accounts, kinds: vec!["Income".into()], ..all() };
    assert_eq!(window(&fixture, query).await, (1, vec!["Sales".into()]));
}
