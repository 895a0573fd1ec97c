//! Lists that are here already: refreshed by what changed where QuickBooks tells it, else whole, and
//! every change counted and listed.

#[cfg(feature = "deep")]
mod deep;
mod hostile;
mod large;

use protocol::import::{ImportSnapshot, ImportState, List, ListProgress, ListState, Outcome, Reading};
use protocol::record::{ChangeKind, ChangedIn, Record, RecordOrder, RecordQuery};
use sandbox::{Change, UK_COMPANY};
use serde_json::{Map, Value, json};
use server::imports;
use server::store::StoreError;
use server::store::books::Books;

use crate::imports::{ended, until};
use crate::quick::{Quick, qbo};
use crate::world::Person;

const CUSTOMER: &str = "Customer";

/// A proxy whose one company has been read.
async fn read() -> (Quick, Person) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(ended(&quick, &ann).await.state, ImportState::Done);
    (quick, ann)
}

/// Has these lists refreshed, or all, and waits for the end.
pub(crate) async fn refreshed(quick: &Quick, person: &Person, lists: &[List]) -> ImportSnapshot {
    let lists = lists.to_vec();
    let before = crate::imports::newest(quick, person).await.expect("it was read").import;
    let start = quick.does(person, move |db, app, who| {
        Box::pin(async move { imports::start(db, app, who, &qbo(), &lists).await })
    });
    start.await.expect("it begins");
    until(quick, person, |run| run.import != before && run.state != ImportState::Running).await
}

fn list(run: &ImportSnapshot, list: List) -> &ListProgress {
    run.lists.iter().find(|progress| progress.list == list).expect("it is in the run")
}

async fn books(quick: &Quick, person: &Person) -> Books {
    let tenant = person.tenant;
    let store = &quick.world.app().store;
    let read =
        store.read::<_, StoreError, _>(|mut db| Box::pin(async move { db.books(tenant, &qbo()).await }));
    read.await.expect("read").expect("books")
}

/// What a run changed of the customers, by name.
async fn changed(
    quick: &Quick,
    person: &Person,
    run: &ImportSnapshot,
    kind: Option<ChangeKind>,
) -> Vec<Record> {
    let books = books(quick, person).await;
    let query = RecordQuery {
        list: List::Customers,
        search: String::new(),
        kinds: vec![],
        all: false,
        changed_in: Some(ChangedIn { import: run.import, kind }),
        order: RecordOrder::default(),
        offset: 0,
        limit: protocol::WINDOW_LIMIT,
    };
    let store = &quick.world.app().store;
    let read = store
        .read::<_, StoreError, _>(|mut db| Box::pin(async move { db.record_window(&books, &query).await }));
    read.await.expect("read").rows
}

/// Somebody changes something inside QuickBooks; gives the record's id.
async fn inside(quick: &Quick, person: &Person, change: Change) -> String {
    let realm = quick.row(person).await.company_id.expect("a company");
    let record = quick.sandbox.control().change(&realm, change).expect("it is changed");
    record["Id"].as_str().expect("an id").to_owned()
}

fn named(name: &str) -> Map<String, Value> {
    json!({ "DisplayName": name }).as_object().expect("an object").clone()
}

fn renamed(id: &str, name: &str) -> Change {
    Change::Edit { entity: CUSTOMER.into(), id: id.into(), record: named(name) }
}

#[tokio::test]
async fn only_what_changed_is_read_and_each_change_is_told() {
    let (quick, ann) = read().await;
    let before = list(&ended(&quick, &ann).await, List::Customers).done;
    let one = inside(&quick, &ann, Change::Create { entity: CUSTOMER.into(), record: named("Aaa") }).await;
    let first = refreshed(&quick, &ann, &[List::Customers]).await;
    let outcome = Outcome { added: 1, unchanged: before, ..Outcome::default() };
    assert_eq!((list(&first, List::Customers).outcome, list(&first, List::Customers).done), (outcome, 1));

    let two = inside(&quick, &ann, Change::Create { entity: CUSTOMER.into(), record: named("Bbb") }).await;
    inside(&quick, &ann, renamed(&one, "Ccc")).await;
    let three = inside(&quick, &ann, Change::Create { entity: CUSTOMER.into(), record: named("Ddd") }).await;
    refreshed(&quick, &ann, &[List::Customers]).await;
    inside(&quick, &ann, Change::Deactivate { entity: CUSTOMER.into(), id: two.clone() }).await;
    inside(&quick, &ann, Change::Merge { entity: CUSTOMER.into(), id: three.clone() }).await;
    let note = json!({ "Notes": "pays late" }).as_object().expect("an object").clone();
    inside(&quick, &ann, Change::Edit { entity: CUSTOMER.into(), id: one.clone(), record: note }).await;
    let pages = quick.calls("/query");
    let run = refreshed(&quick, &ann, &[List::Customers]).await;
    assert_eq!(quick.calls("/query"), pages, "no page and no count was asked for");
    let customers = list(&run, List::Customers);
    // QuickBooks calls it " (deleted)" from then on.
    let outcome = Outcome { changed: 2, renamed: 1, vanished: 1, unchanged: before, ..Outcome::default() };
    assert_eq!((customers.reading, customers.outcome), (Reading::Changes, outcome), "{customers:?}");

    let told = changed(&quick, &ann, &run, None).await;
    let kinds: Vec<_> = told.iter().map(|record| (&record.id, record.change.clone().unwrap().kind)).collect();
    let expected = [(&two, ChangeKind::Renamed), (&one, ChangeKind::Changed), (&three, ChangeKind::Vanished)];
    assert_eq!(kinds, expected, "in order of their names");
    assert_eq!(told[0].change.as_ref().unwrap().name_before.as_deref(), Some("Bbb"));
    assert!(!told[0].active && told[2].vanished);
    assert_eq!(changed(&quick, &ann, &run, Some(ChangeKind::Vanished)).await, told[2..]);
    assert_eq!(changed(&quick, &ann, &first, None).await, [], "what came later counts");
}

#[tokio::test]
async fn a_refresh_of_everything_asks_once_for_what_changed() {
    let (quick, ann) = read().await;
    let before = quick.sandbox.ledger().entries().len();
    let run = refreshed(&quick, &ann, &[]).await;
    let asked = quick.sandbox.ledger().entries();
    let paths: Vec<&str> =
        asked[before..].iter().map(|entry| entry.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(paths.iter().filter(|path| **path == "cdc").count(), 1, "{paths:?}");
    assert!(paths.len() < 10, "{paths:?}");
    let by_changes = |progress: &&ListProgress| progress.reading == Reading::Changes;
    let lists: Vec<List> = run.lists.iter().filter(by_changes).map(|progress| progress.list).collect();
    let told =
        [List::Accounts, List::Terms, List::PaymentMethods, List::Customers, List::Suppliers, List::Items];
    assert_eq!(lists, told);
    for progress in run.lists.iter().filter(|progress| progress.state == ListState::Done) {
        let Outcome { unchanged, added, changed, vanished, .. } = progress.outcome;
        assert_eq!((added, changed, vanished), (0, 0, 0), "{progress:?}");
        assert!(unchanged > 0, "{progress:?}");
    }
}

#[tokio::test]
async fn a_whole_read_tells_the_same_of_a_list_whose_changes_are_too_old() {
    let (quick, ann) = read().await;
    let one = inside(&quick, &ann, Change::Create { entity: "Term".into(), record: term("Net 77") }).await;
    quick.world.by_another_program("UPDATE list_ages SET at = at - 29 * 86400000").await;
    let asked = quick.calls("/cdc");
    let run = refreshed(&quick, &ann, &[List::Terms]).await;
    assert_eq!(quick.calls("/cdc"), asked);
    let terms = list(&run, List::Terms);
    assert_eq!((terms.reading, terms.outcome.added), (Reading::Whole, 1));
    assert_eq!(terms.outcome.unchanged, terms.done - 1);
    // From here on its changes are asked for again.
    inside(&quick, &ann, Change::Edit { entity: "Term".into(), id: one, record: term("Net 78") }).await;
    let run = refreshed(&quick, &ann, &[List::Terms]).await;
    let terms = list(&run, List::Terms);
    assert_eq!((terms.reading, terms.outcome.changed, terms.outcome.renamed), (Reading::Changes, 1, 1));
}

fn term(name: &str) -> Map<String, Value> {
    json!({ "Name": name, "DueDays": 7 }).as_object().expect("an object").clone()
}
