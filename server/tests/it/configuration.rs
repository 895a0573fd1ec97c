//! The configuration page's other end: opened, drafted, saved, disputed, kept.

use protocol::ids::IntegrationId;
use protocol::import::List;
use protocol::mapping::{MappingChoice, MappingQuery, MappingState, MappingTable, MappingWindow};
use protocol::message::{Answer, FaultKind};
use protocol::record::{RecordOrder, RecordQuery, RecordWindow};
use protocol::schema::{Change, Configuration, Draft, FieldValue, ProblemCause};
use protocol::store::{ConnectionState, Permissions};
use sandbox::UK_COMPANY;
use server::portal_records::kind::Kind;
use server::portal_records::record::PortalRecord;
use server::store::StoreError;
use server::{configuration, mapping, portal_records};

use crate::imports::ended;
use crate::quick::{Quick, qbo};
use crate::world::{ALL, Person, START};

async fn ready() -> (Quick, Person) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    (quick, ann)
}

pub(crate) async fn open(quick: &Quick, person: &Person) -> Configuration {
    let answer = quick.does(person, |db, app, who| {
        Box::pin(async move { configuration::open(db, app, who, &qbo()).await })
    });
    match answer.await.expect("it opens") {
        Answer::Configuration(page) => *page,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn save(
    quick: &Quick,
    person: &Person,
    base: u32,
    changes: Vec<Change>,
) -> Result<Answer, FaultKind> {
    let answer = quick.does(person, move |db, app, who| {
        let draft = Draft { base, changes };
        Box::pin(async move { configuration::save(db, app, who, &qbo(), draft).await })
    });
    answer.await.map_err(|refusal| refusal.kind())
}

async fn records(quick: &Quick, person: &Person, list: List, kind: &str, search: &str) -> RecordWindow {
    let kinds = Some(kind.to_owned()).into_iter().filter(|kind| !kind.is_empty()).collect();
    let query = RecordQuery {
        list,
        search: search.to_owned(),
        kinds,
        all: false,
        changed_in: None,
        order: RecordOrder::default(),
        offset: 0,
        limit: 10,
    };
    let answer = quick.does(person, move |db, app, who| {
        Box::pin(async move { configuration::read_records(db, app, who, &qbo(), &query).await })
    });
    match answer.await.expect("they are read") {
        Answer::Records(window) => window,
        other => panic!("{other:?}"),
    }
}

fn every_row(table: MappingTable) -> MappingQuery {
    MappingQuery { table, search: String::new(), state: None, drafted: false, offset: 0, limit: 50 }
}

pub(crate) async fn mappings(quick: &Quick, person: &Person, table: MappingTable) -> MappingWindow {
    look_for(quick, person, every_row(table)).await
}

async fn look_for(quick: &Quick, person: &Person, query: MappingQuery) -> MappingWindow {
    let answer = quick.does(person, move |db, app, who| {
        Box::pin(async move { configuration::read_mappings(db, app, who, &qbo(), &query).await })
    });
    match answer.await.expect("they are read") {
        Answer::Mappings(window) => window,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn portal(quick: &Quick, person: &Person, table: MappingTable, records: Vec<PortalRecord>) {
    let (app, tenant) = (quick.world.app(), person.tenant);
    let kept = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let upload = portal_records::begin(&mut db, tenant, Kind::of(table)).await?;
            portal_records::keep(&mut db, &upload, &records, START).await
        })
    });
    kept.await.expect("they are kept");
}

pub(crate) fn customer(id: &str, name: &str) -> PortalRecord {
    PortalRecord { id: id.into(), name: name.into(), ..PortalRecord::default() }
}

fn set(key: &str, value: FieldValue) -> Change {
    Change::Field { key: key.into(), value: Some(value) }
}

/// The changes that make a configuration whole.
pub(crate) async fn required(quick: &Quick, person: &Person) -> Vec<Change> {
    let mut changes = Vec::new();
    for (key, kind) in [
        ("account-sales", "Income"),
        ("account-cost-of-goods-sold", "Cost of Goods Sold"),
        ("account-stock-on-hand", "Other Current Asset"),
    ] {
        let account = records(quick, person, List::Accounts, kind, "").await.rows.remove(0);
        changes.push(set(key, FieldValue::Record(account.id)));
    }
    changes
}

fn saved(answer: Result<Answer, FaultKind>) -> Configuration {
    match answer {
        Ok(Answer::Saved(page)) => *page,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_whole_configuration_makes_the_connection_active() {
    let (quick, ann) = ready().await;
    let page = open(&quick, &ann).await;
    assert_eq!((page.version, page.sections.len()), (0, 5));
    let missing: Vec<&str> = page
        .problems
        .iter()
        .filter(|problem| problem.blocks && problem.cause == ProblemCause::Missing)
        .map(|problem| problem.key.as_str())
        .collect();
    assert_eq!(missing, ["account-sales", "account-cost-of-goods-sold", "account-stock-on-hand"]);
    let changes = required(&quick, &ann).await;
    let page = saved(save(&quick, &ann, 0, changes[1..].to_vec()).await);
    assert_eq!(page.version, 1);
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
    let page = saved(save(&quick, &ann, 1, changes[..1].to_vec()).await);
    assert_eq!((page.version, page.chosen.len(), page.problems.len()), (2, 3, 0));
    let view = quick.view(&ann).await;
    assert_eq!(view.state, ConnectionState::Active);
    assert_eq!(view.saved.expect("a stamp").by, "Ann");
}

#[tokio::test]
async fn a_tax_that_comes_later_asks_for_its_code() {
    let (quick, ann) = ready().await;
    let changes = required(&quick, &ann).await;
    saved(save(&quick, &ann, 0, changes).await);
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Active);
    let sent = quick
        .world
        .http
        .post(quick.world.at("/api/v1/tenants/acme/records/taxes"))
        .bearer_auth(&quick.world.key)
        .header("content-type", "application/x-ndjson")
        .body(r#"{"id":"t1","name":"20.0% S","rate":2000}"#);
    assert_eq!(sent.send().await.expect("an answer").status().as_u16(), 200);
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
    let accept = Change::AcceptSuggestions { table: MappingTable::Taxes, at_least: 100 };
    saved(save(&quick, &ann, 1, vec![accept]).await);
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Active);
}

#[tokio::test]
async fn st_16_a_save_on_top_of_anothers_is_told_and_loses_neither() {
    let (quick, ann) = ready().await;
    let bob = quick.world.person("acme", "Bob", ALL).await;
    let hers = set("prices-include-tax", FieldValue::Switch(true));
    saved(save(&quick, &ann, 0, vec![hers.clone()]).await);
    let his = set("customers-on", FieldValue::Switch(false));
    let Ok(Answer::Conflict(conflict)) = save(&quick, &bob, 0, vec![his.clone()]).await else {
        panic!("no conflict");
    };
    assert_eq!((conflict.version, conflict.saved.by.as_str()), (1, "Ann"));
    assert_eq!(conflict.theirs, [hers]);
    let page = saved(save(&quick, &bob, 1, vec![his]).await);
    let keys: Vec<&str> = page.values.iter().map(|entry| entry.key.as_str()).collect();
    assert!(keys.contains(&"prices-include-tax") && keys.contains(&"customers-on"), "{keys:?}");
    assert_eq!(save(&quick, &bob, 9, vec![]).await, Err(FaultKind::Invalid));
}

#[tokio::test]
async fn mappings_are_kept_over_switching_off_and_on() {
    let (quick, ann) = ready().await;
    let target = records(&quick, &ann, List::Customers, "", "stonemasons").await.rows.remove(0);
    let other = records(&quick, &ann, List::Customers, "", "").await.rows.remove(0);
    portal(
        &quick,
        &ann,
        MappingTable::Customers,
        vec![
            customer("c1", &target.name.to_uppercase()),
            customer("c2", "Nobody We Know"),
            customer("c3", "Third"),
        ],
    )
    .await;
    let window = mappings(&quick, &ann, MappingTable::Customers).await;
    assert_eq!(window.rows[0].state, MappingState::Suggested, "{:?}", window.rows[0]);
    assert_eq!(window.rows[0].target.as_ref(), Some(&target));
    let map =
        |source: &str, choice| Change::Map { table: MappingTable::Customers, source: source.into(), choice };
    let changes = vec![
        Change::AcceptSuggestions { table: MappingTable::Customers, at_least: 80 },
        map("c2", MappingChoice::CreateNew),
        map("c3", MappingChoice::Link(other.id.clone())),
    ];
    saved(save(&quick, &ann, 0, changes).await);
    let decided = mappings(&quick, &ann, MappingTable::Customers).await.rows;
    let states: Vec<MappingState> = decided.iter().map(|row| row.state).collect();
    assert_eq!(states, [MappingState::Confirmed, MappingState::CreateNew, MappingState::Confirmed]);
    assert!(decided.iter().all(|row| row.by.as_deref() == Some("Ann")));
    quick.disconnect(&ann).await;
    assert_eq!(save(&quick, &ann, 1, vec![]).await, Err(FaultKind::NotNow));
    assert_eq!(open(&quick, &ann).await.version, 1, "it can be read while it is off");
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    assert_eq!(mappings(&quick, &ann, MappingTable::Customers).await.rows, decided);
}

#[tokio::test]
async fn a_change_that_cannot_be_is_refused_whole() {
    let (quick, ann) = ready().await;
    let map = |source: &str, target: &str| Change::Map {
        table: MappingTable::Customers,
        source: source.into(),
        choice: MappingChoice::Link(target.into()),
    };
    portal(&quick, &ann, MappingTable::Customers, vec![customer("c1", "One")]).await;
    for change in [
        set("account-sales", FieldValue::Record("999999".into())),
        set("account-sales", FieldValue::Text("79".into())),
        set("nonsense", FieldValue::Switch(true)),
        map("c1", "999999"),
        map("nobody", "1"),
    ] {
        let changes = vec![set("customers-on", FieldValue::Switch(false)), change.clone()];
        assert_eq!(save(&quick, &ann, 0, changes).await, Err(FaultKind::Invalid), "{change:?}");
    }
    assert_eq!(open(&quick, &ann).await.version, 0);
}

#[tokio::test]
async fn a_draft_is_the_visitors_own_until_it_is_saved() {
    let (quick, ann) = ready().await;
    let bob = quick.world.person("acme", "Bob", ALL).await;
    let changes = vec![set("prices-include-tax", FieldValue::Switch(true))];
    let draft = Draft { base: 0, changes: changes.clone() };
    let kept = draft.clone();
    let answer = quick.does(&ann, move |db, app, who| {
        Box::pin(async move { configuration::keep_draft(db, app, who, &qbo(), Some(kept)).await })
    });
    assert_eq!(answer.await.unwrap(), Answer::Nothing);
    assert_eq!(open(&quick, &ann).await.draft, Some(draft));
    assert_eq!(open(&quick, &bob).await.draft, None);
    assert_eq!(saved(save(&quick, &ann, 0, changes).await).draft, None);
}

async fn keep(quick: &Quick, person: &Person, changes: Vec<Change>) {
    let draft = Some(Draft { base: 0, changes });
    let answer = quick.does(person, move |db, app, who| {
        Box::pin(async move { configuration::keep_draft(db, app, who, &qbo(), draft).await })
    });
    assert_eq!(answer.await.expect("it is kept"), Answer::Nothing);
}

/// Three taxes that are suggested with certainty, one that is not, and decisions about two of them.
async fn half_decided(quick: &Quick, person: &Person) -> Vec<Change> {
    let tax = |id: &str, name: &str, rate| PortalRecord { rate: Some(rate), ..customer(id, name) };
    let taxes = vec![
        tax("t1", "20.0% S", 2000),
        tax("t2", "5.0% R", 500),
        tax("t3", "0.0% Z", 0),
        tax("t4", "Hospitality", 1250),
    ];
    portal(quick, person, MappingTable::Taxes, taxes).await;
    let row =
        |source: &str, choice| Change::Map { table: MappingTable::Taxes, source: source.into(), choice };
    vec![
        Change::AcceptSuggestions { table: MappingTable::Taxes, at_least: 100 },
        row("t1", MappingChoice::Undecided),
        row("t4", MappingChoice::Ignore),
    ]
}

#[tokio::test]
async fn rows_are_found_by_where_the_draft_puts_them() {
    let (quick, ann) = ready().await;
    let bob = quick.world.person("acme", "Bob", ALL).await;
    let changes = half_decided(&quick, &ann).await;
    keep(&quick, &ann, changes).await;
    let found = async |person: &Person, state, drafted| {
        let window =
            look_for(&quick, person, MappingQuery { state, drafted, ..every_row(MappingTable::Taxes) });
        let window = window.await;
        let mut ids: Vec<String> = window.rows.into_iter().map(|row| row.source.id).collect();
        ids.sort_unstable();
        assert_eq!(usize::try_from(window.total), Ok(ids.len()));
        ids
    };
    assert_eq!(found(&ann, Some(MappingState::Confirmed), false).await, ["t2", "t3"], "by the rule");
    assert_eq!(found(&ann, Some(MappingState::Suggested), false).await, ["t1"], "taken back by hand");
    assert_eq!(found(&ann, Some(MappingState::Ignored), false).await, ["t4"]);
    assert_eq!(found(&ann, None, true).await, ["t1", "t4"], "those decided one by one");
    assert_eq!(found(&bob, Some(MappingState::Suggested), false).await, ["t1", "t2", "t3"], "his own draft");
    assert_eq!(found(&bob, None, true).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_rule_leaves_a_row_that_was_taken_back_by_hand() {
    let (quick, ann) = ready().await;
    let changes = half_decided(&quick, &ann).await;
    saved(save(&quick, &ann, 0, changes).await);
    let rows = mappings(&quick, &ann, MappingTable::Taxes).await.rows;
    let state = |id: &str| rows.iter().find(|row| row.source.id == id).map(|row| row.state);
    assert_eq!(state("t1"), Some(MappingState::Suggested));
    assert_eq!(state("t2"), Some(MappingState::Confirmed));
}

#[tokio::test]
async fn warnings_alone_ask_for_nobodys_attention() {
    let (quick, ann) = ready().await;
    let changes = required(&quick, &ann).await;
    saved(save(&quick, &ann, 0, changes).await);
    let name = records(&quick, &ann, List::Customers, "", "stonemasons").await.rows.remove(0).name;
    portal(&quick, &ann, MappingTable::Customers, vec![customer("a", &name), customer("b", &name)]).await;
    let page = saved(save(&quick, &ann, 1, vec![set("prices-include-tax", FieldValue::Switch(true))]).await);
    let warned: Vec<_> = page.problems.iter().map(|problem| (problem.cause, problem.blocks)).collect();
    assert_eq!(warned, [(ProblemCause::Conflict, false)]);
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Active);
}

#[tokio::test]
async fn who_may_not_does_not_and_others_see_nothing() {
    let (quick, ann) = ready().await;
    let reader =
        quick.world.person("acme", "Rita", Permissions { view: true, ..Permissions::default() }).await;
    assert_eq!(open(&quick, &reader).await.version, 0);
    assert_eq!(save(&quick, &reader, 0, vec![]).await, Err(FaultKind::NotAllowed));
    let eve = quick.world.person("other", "Eve", ALL).await;
    assert_eq!(save(&quick, &eve, 0, vec![]).await, Err(FaultKind::NotNow));
    let unknown = IntegrationId::new("unknown").unwrap();
    let answer = quick.does(&ann, move |db, app, who| {
        Box::pin(async move { configuration::open(db, app, who, &unknown).await })
    });
    assert_eq!(answer.await.unwrap_err().kind(), FaultKind::NotFound);
}

#[tokio::test]
async fn taxes_are_matched_by_name_and_rate_and_block_until_decided() {
    let (quick, ann) = ready().await;
    let tax = |id: &str, name: &str, rate| PortalRecord { rate: Some(rate), ..customer(id, name) };
    let taxes = vec![tax("t1", "20.0% S", 2000), tax("t2", "Reduced", 500), tax("t3", "Old standard", 1750)];
    portal(&quick, &ann, MappingTable::Taxes, taxes).await;
    let rows = mappings(&quick, &ann, MappingTable::Taxes).await.rows;
    let found = |id: &str| rows.iter().find(|row| row.source.id == id).expect("a row");
    assert_eq!((found("t1").score, found("t1").state), (100, MappingState::Suggested));
    assert_eq!(found("t2").target.as_ref().expect("a code").detail.as_deref(), Some("5 %"));
    assert_eq!(found("t3").state, MappingState::Unmatched, "the code of that rate is hidden");
    let page = open(&quick, &ann).await;
    let blocked = page.problems.iter().find(|problem| problem.key == "taxes").expect("a problem");
    assert_eq!((blocked.cause, blocked.blocks, blocked.count), (ProblemCause::Undecided, true, 3));
    assert_eq!(mapping::rate_text(2000), "20 %");
}
