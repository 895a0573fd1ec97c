//! What is kept of a list over several imports.

use protocol::ids::ImportId;
use protocol::import::{List, Outcome};
use protocol::record::{ChangeKind, ChangedIn, RecordColumn, RecordOrder, RecordQuery};

use crate::store::StoreError;
use crate::store::fixture::{Fixture, fixture, record};
use crate::store::records::keys::{BATCH, KeyKind};
use crate::store::records::{FirstPage, NewRecord};

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
    assert_eq!(second, Outcome { added: 1, changed: 1, renamed: 1, unchanged: 1, ..Outcome::default() });
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
async fn in_04_hostile_keys_are_kept_as_they_are() {
    let fixture = fixture().await;
    let texts =
        ["a\"b\\c", "null", "1e5", "{\"x\":1}", "\u{1f600}\u{202e}", "it's", "\u{7f}\u{85}", "\\u0041", "/"];
    let hostile = |token: &str, ending: &str| {
        let record = |text: &&str| NewRecord {
            matching: format!("{text}{ending}"),
            email: Some((*text).to_owned()),
            sync_token: Some(token.to_owned()),
            ..record(text, "Ann")
        };
        texts.iter().map(record).collect::<Vec<_>>()
    };
    let expected = |ending: &str| {
        let of = |text: &&str| [format!("email {text} {text}"), format!("name {text}{ending} {text}")];
        let mut all: Vec<String> = texts.iter().flat_map(of).collect();
        all.sort();
        all
    };
    fixture.import(1, List::Customers, hostile("0", "")).await;
    assert_eq!(names_found_by(&fixture).await, expected(""));
    // The keys of a change go with its page.
    fixture.import(2, List::Customers, hostile("1", "'")).await;
    assert_eq!(names_found_by(&fixture).await, expected("'"));
}

/// A record of which everything is known.
fn full(number: usize) -> NewRecord {
    let text = |what: &str| Some(format!("{what} {number}"));
    NewRecord {
        number: text("number"),
        kind: text("kind"),
        detail: text("detail"),
        email: text("email"),
        rate: Some(2000),
        sync_token: text("token"),
        tax_key: text("tax"),
        facts: Some(format!("{{\"level\":{number}}}")),
        raw: format!("{{\"Id\":\"{number}\"}}").into(),
        ..record(&number.to_string(), &format!("Name {number}"))
    }
}

/// Records and their objects as they lie in the database.
async fn lying(fixture: &Fixture) -> Vec<String> {
    let rows = fixture
        .store
        .read::<_, StoreError, _>(|mut db| Box::pin(async move { db.all_rows(List::Customers).await }));
    rows.await.unwrap()
}

#[tokio::test]
async fn a_first_page_is_kept_as_any_other_is() {
    let (first, other) = (fixture().await, fixture().await);
    // As many as need statements of every size.
    let records: Vec<NewRecord> = (0..221).map(full).collect();
    let keep = async |page: Vec<NewRecord>| {
        let books = first.books.clone();
        let kept = first.store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                db.keep_first_records(&books, List::Customers, ImportId(1), FirstPage::new(page)?).await
            })
        });
        kept.await.unwrap()
    };
    let twice = NewRecord { name: "Another".into(), ..full(7) };
    let page = [records.clone(), vec![twice.clone()]].concat();
    assert_eq!(keep(page).await, Outcome { added: 221, ..Outcome::default() });
    assert_eq!(keep(vec![twice]).await, Outcome::default(), "it is here already");
    assert_eq!(keep(vec![]).await, Outcome::default());
    other.import(1, List::Customers, records).await;
    let rows = lying(&first).await;
    assert_eq!(rows.len(), 221);
    assert_eq!(rows, lying(&other).await);
}

#[tokio::test]
async fn keys_are_sorted_aside_in_batches() {
    let fixture = fixture().await;
    for (run, many) in (1..).zip([BATCH, BATCH + 1]) {
        let records: Vec<NewRecord> = (0..many).map(|n| record(&n.to_string(), &format!("a{n}"))).collect();
        fixture.import(run, List::Customers, records).await;
        // Twice, by whichever reader: what one sorts is gone with its snapshot.
        for _ in 0..2 {
            let books = fixture.books.clone();
            let batches = fixture.store.read::<_, StoreError, _>(|mut db| {
                Box::pin(async move {
                    db.sort_keys(&books, List::Customers, KeyKind::Name).await?;
                    let mut sizes = Vec::new();
                    for nth in 0.. {
                        let Some(keys) = db.sorted_keys(nth).await? else { break };
                        sizes.push(keys.len());
                    }
                    Ok(sizes)
                })
            });
            let whole = usize::try_from(BATCH).unwrap();
            let expected = if many == BATCH { vec![whole] } else { vec![whole, 1] };
            assert_eq!(batches.await.unwrap(), expected);
        }
    }
    let expected = (0..=BATCH).map(|n| format!("name a{n} {n}"));
    let mut expected: Vec<String> = expected.collect();
    expected.sort();
    assert_eq!(names_found_by(&fixture).await, expected);
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

/// A window's names in an order.
async fn ordered(fixture: &Fixture, by: RecordColumn, descending: bool) -> Vec<String> {
    let order = RecordOrder { by, descending };
    window(fixture, RecordQuery { order, all: true, ..all() }).await.1
}

#[tokio::test]
async fn a_window_is_read_in_every_order_with_what_is_empty_last() {
    use RecordColumn::{Detail, Name, Number, State};

    let fixture = fixture().await;
    let records = || {
        let ann = NewRecord { number: Some("20".into()), ..record("1", "Ann") };
        let bob =
            NewRecord { number: Some("10".into()), detail: Some("b@x.example".into()), ..record("2", "bob") };
        let cid = NewRecord { detail: Some("A@x.example".into()), active: false, ..record("3", "Cid") };
        vec![ann, bob, cid, record("4", "Dan")]
    };
    fixture.import(1, List::Customers, records()).await;
    fixture.import(2, List::Customers, records()[..3].to_vec()).await;
    for (by, ascending, descending) in [
        (Name, ["Ann", "bob", "Cid", "Dan"], ["Dan", "Cid", "bob", "Ann"]),
        (Number, ["bob", "Ann", "Cid", "Dan"], ["Ann", "bob", "Cid", "Dan"]),
        (Detail, ["Cid", "bob", "Ann", "Dan"], ["bob", "Cid", "Ann", "Dan"]),
        (State, ["Ann", "bob", "Cid", "Dan"], ["Dan", "Cid", "Ann", "bob"]),
    ] {
        assert_eq!(ordered(&fixture, by, false).await, ascending, "{by:?}");
        assert_eq!(ordered(&fixture, by, true).await, descending, "{by:?}");
    }
}

/// What a run changed: name, kind, name before.
async fn changed(
    fixture: &Fixture,
    run: u64,
    kind: Option<ChangeKind>,
) -> Vec<(String, ChangeKind, Option<String>)> {
    let books = fixture.books.clone();
    let query = RecordQuery { changed_in: Some(ChangedIn { import: ImportId(run), kind }), ..all() };
    let read = fixture
        .store
        .read::<_, StoreError, _>(|mut db| Box::pin(async move { db.record_window(&books, &query).await }));
    let rows = read.await.unwrap().rows.into_iter();
    rows.filter_map(|row| row.change.map(|change| (row.name, change.kind, change.name_before))).collect()
}

#[tokio::test]
async fn a_window_of_a_run_shows_what_it_did_to_each_record() {
    use ChangeKind::{Added, Changed, Renamed, Vanished};

    let fixture = fixture().await;
    let first = ["Ann", "Bob", "Cid", "Dan"].iter().zip(1..);
    let first: Vec<NewRecord> = first.map(|(name, id)| record(&id.to_string(), name)).collect();
    fixture.import(1, List::Customers, first.clone()).await;
    assert_eq!(changed(&fixture, 1, None).await, [], "of a first read everything is new");
    let token = |record: NewRecord| NewRecord { sync_token: Some("1".into()), ..record };
    let second =
        vec![first[0].clone(), token(record("2", "Bo")), token(first[2].clone()), record("5", "Eve")];
    let outcome = fixture.import(2, List::Customers, second.clone()).await;
    let expected = Outcome { added: 1, changed: 2, renamed: 1, unchanged: 1, vanished: 1, unreadable: 0 };
    assert_eq!(outcome, expected);
    let told = |name: &str, kind, before: Option<&str>| (name.to_owned(), kind, before.map(str::to_owned));
    let all = [
        told("Bo", Renamed, Some("Bob")),
        told("Cid", Changed, None),
        told("Dan", Vanished, None),
        told("Eve", Added, None),
    ];
    assert_eq!(changed(&fixture, 2, None).await, all);
    assert_eq!(changed(&fixture, 2, Some(Renamed)).await, all[..1]);
    fixture.import(3, List::Customers, second).await;
    assert_eq!(changed(&fixture, 2, None).await, all, "what changed nothing leaves no mark");
    assert_eq!(changed(&fixture, 3, None).await, []);
}

#[tokio::test]
async fn facts_stand_beside_their_record_and_are_renewed_with_it() {
    let fixture = fixture().await;
    let facts = async || {
        let found = fixture.store.read::<_, StoreError, _>(|db| {
            Box::pin(async move {
                let query = sqlx::query_scalar("SELECT facts FROM records ORDER BY provider_id");
                Ok(query.fetch_all(&mut *db.0).await?)
            })
        });
        let found: Vec<Option<String>> = found.await.unwrap();
        found
    };
    let known = |level| NewRecord { facts: Some(format!(r#"{{"level":{level}}}"#)), ..record("1", "A:B") };
    fixture.import(1, List::Classes, vec![known(1), record("2", "C")]).await;
    assert_eq!(facts().await, [Some(r#"{"level":1}"#.to_owned()), None]);
    // Also where the SyncToken is the same: what is read of an object may have grown since.
    fixture.import(2, List::Classes, vec![known(2), record("2", "C")]).await;
    assert_eq!(facts().await, [Some(r#"{"level":2}"#.to_owned()), None]);
}
