//! Matching over a real store: what is suggested, what people decided, what comes of renames.

use protocol::ids::Moment;
use protocol::import::List;
use protocol::mapping::{
    MappingChoice, MappingQuery, MappingRow, MappingState, MappingTable, MappingWindow, Reason,
};

use super::{address, rematch_after, shown};
use crate::portal_records::kind::Kind;
use crate::portal_records::record::PortalRecord;
use crate::portal_records::{Kept, begin, keep};
use crate::store::StoreError;
use crate::store::fixture::{Fixture, fixture, record};
use crate::store::mappings::{Decisions, Laid};
use crate::store::records::NewRecord;

const CUSTOMERS: MappingTable = MappingTable::Customers;

fn portal(id: &str, name: &str) -> PortalRecord {
    PortalRecord { id: id.into(), name: name.into(), ..PortalRecord::default() }
}

async fn upsert(fixture: &Fixture, table: MappingTable, records: Vec<PortalRecord>) -> Kept {
    let tenant = fixture.books.tenant();
    fixture
        .store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let upload = begin(&mut db, tenant, Kind::of(table)).await?;
                keep(&mut db, &upload, &records, Moment(1)).await
            })
        })
        .await
        .unwrap()
}

async fn rematch(fixture: &Fixture, table: MappingTable) {
    let mut after = Some(String::new());
    while let Some(place) = after {
        let books = fixture.books.clone();
        after = fixture
            .store
            .write::<_, StoreError, _>(move |mut db| {
                Box::pin(async move { rematch_after(&mut db, &books, table, &place).await })
            })
            .await
            .unwrap();
    }
}

async fn decide(fixture: &Fixture, source: &'static str, choice: MappingChoice) {
    let books = fixture.books.clone();
    fixture
        .store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let rows = [(source, &choice)];
                let decisions = Decisions { table: CUSTOMERS, rows: &rows, by: "Ann", now: Moment(2) };
                db.decide(&books, decisions).await
            })
        })
        .await
        .unwrap();
}

async fn read(fixture: &Fixture, query: MappingQuery) -> MappingWindow {
    let books = fixture.books.clone();
    fixture
        .store
        .read::<_, StoreError, _>(|mut db| {
            Box::pin(async move { db.mapping_window(&books, &query, &Laid::default()).await })
        })
        .await
        .unwrap()
}

fn query(table: MappingTable) -> MappingQuery {
    MappingQuery { table, search: String::new(), state: None, drafted: false, offset: 0, limit: 50 }
}

async fn rows(fixture: &Fixture) -> Vec<MappingRow> {
    read(fixture, query(CUSTOMERS)).await.rows
}

fn brief(rows: &[MappingRow]) -> Vec<(&str, MappingState, Option<&str>)> {
    rows.iter()
        .map(|row| (row.source.id.as_str(), row.state, row.target.as_ref().map(|target| target.id.as_str())))
        .collect()
}

#[test]
fn a_text_is_shown_whole_as_far_as_it_fits() {
    assert_eq!(shown(" abcdef ", 9), "abcdef");
    assert_eq!(shown("abcdefg", 9), "abcdef…");
    assert_eq!(shown("abcde\u{e9}", 9), "abcde…", "no letter is cut in two");
    assert_eq!(shown("a\tb\u{85}c", 9), "a b c");
}

#[test]
fn an_address_has_neither_spaces_nor_control_characters() {
    assert_eq!(address(" Zoe@Z.example\n").as_deref(), Some("zoe@z.example"));
    for none in ["zoe", "zoe @z.example", "zoe@z\u{0}.example", "zoe@z\u{7f}.example"] {
        assert_eq!(address(none), None, "{none:?}");
    }
}

#[tokio::test]
async fn names_and_addresses_are_suggested_after_an_import() {
    let fixture = fixture().await;
    let mut mail = portal("b", "Something else");
    mail.email = Some("Books@B.example".into());
    let counts =
        upsert(&fixture, CUSTOMERS, vec![portal("a", "ACME Limited"), mail, portal("c", "Nobody")]).await;
    assert_eq!(counts, Kept { added: 3, ..Kept::default() });
    let bird = NewRecord { email: Some("books@b.example".into()), ..record("2", "Bird") };
    fixture.import(1, List::Customers, vec![record("1", "Acme, Ltd."), bird]).await;
    rematch(&fixture, CUSTOMERS).await;
    let window = read(&fixture, query(CUSTOMERS)).await;
    let expected = [
        ("a", MappingState::Suggested, Some("1")),
        ("c", MappingState::Unmatched, None),
        ("b", MappingState::Suggested, Some("2")),
    ];
    assert_eq!(brief(&window.rows), expected);
    assert_eq!(window.counts.scores, [(90, 1), (85, 1)]);
    assert_eq!(window.counts.states, [(MappingState::Unmatched, 1), (MappingState::Suggested, 2)]);
    let suggested = MappingQuery { state: Some(MappingState::Suggested), limit: 1, ..query(CUSTOMERS) };
    let part = read(&fixture, suggested).await;
    assert_eq!((part.total, part.rows.len()), (2, 1));
}

#[tokio::test]
async fn a_tax_number_is_more_than_a_name() {
    let fixture = fixture().await;
    let mut ours = portal("a", "Harbour Trading");
    ours.tax_number = Some("GB 123 4567 89".into());
    let mut unknown = portal("b", "Nobody");
    unknown.tax_number = Some("n/a".into());
    upsert(&fixture, CUSTOMERS, vec![ours, unknown]).await;
    let taxed = NewRecord { tax_key: Some("GB123456789".into()), ..record("1", "Harbourside Supplies") };
    fixture.import(1, List::Customers, vec![taxed, record("2", "Harbour Trading")]).await;
    rematch(&fixture, CUSTOMERS).await;
    let rows = rows(&fixture).await;
    assert_eq!(brief(&rows)[0], ("a", MappingState::Suggested, Some("1")));
    assert_eq!((rows[0].score, rows[0].reasons.as_slice()), (95, [Reason::TaxNumber].as_slice()));
    assert_eq!(rows[1].state, MappingState::Unmatched, "what is no number is equal to nothing");
}

#[tokio::test]
async fn a_decision_by_hand_is_never_overwritten() {
    let fixture = fixture().await;
    upsert(&fixture, CUSTOMERS, vec![portal("a", "Acme"), portal("b", "Bird")]).await;
    fixture.import(1, List::Customers, vec![record("1", "Acme"), record("2", "Bird")]).await;
    rematch(&fixture, CUSTOMERS).await;
    decide(&fixture, "a", MappingChoice::Link("2".into())).await;
    decide(&fixture, "b", MappingChoice::Ignore).await;
    upsert(&fixture, CUSTOMERS, vec![portal("a", "Acme 2")]).await;
    rematch(&fixture, CUSTOMERS).await;
    let rows = rows(&fixture).await;
    assert_eq!(brief(&rows), [("a", MappingState::Confirmed, Some("2")), ("b", MappingState::Ignored, None)]);
    assert_eq!(rows[0].by.as_deref(), Some("Ann"));
}

#[tokio::test]
async fn two_that_claim_one_are_a_conflict() {
    let fixture = fixture().await;
    fixture.import(1, List::Customers, vec![record("1", "Acme")]).await;
    upsert(&fixture, CUSTOMERS, vec![portal("a", "Acme")]).await;
    upsert(&fixture, CUSTOMERS, vec![portal("b", "ACME Inc")]).await;
    let both = rows(&fixture).await;
    assert_eq!(
        brief(&both),
        [("a", MappingState::Conflict, Some("1")), ("b", MappingState::Conflict, Some("1"))]
    );
    upsert(&fixture, CUSTOMERS, vec![portal("b", "Bird")]).await;
    let after = rows(&fixture).await;
    assert_eq!(
        brief(&after),
        [("a", MappingState::Suggested, Some("1")), ("b", MappingState::Unmatched, None)]
    );
}

#[tokio::test]
async fn a_vanished_target_breaks_and_mends() {
    let fixture = fixture().await;
    upsert(&fixture, CUSTOMERS, vec![portal("a", "Acme")]).await;
    fixture.import(1, List::Customers, vec![record("1", "Acme")]).await;
    decide(&fixture, "a", MappingChoice::Link("1".into())).await;
    fixture.import(2, List::Customers, vec![]).await;
    rematch(&fixture, CUSTOMERS).await;
    let broken = rows(&fixture).await;
    assert_eq!(brief(&broken), [("a", MappingState::Broken, Some("1"))]);
    assert!(broken[0].target.as_ref().unwrap().vanished);
    fixture.import(3, List::Customers, vec![record("1", "Renamed")]).await;
    rematch(&fixture, CUSTOMERS).await;
    assert_eq!(brief(&rows(&fixture).await), [("a", MappingState::Confirmed, Some("1"))]);
}

#[tokio::test]
async fn taxes_may_share_a_code_and_show_a_mismatch() {
    let fixture = fixture().await;
    let code = NewRecord { rate: Some(2000), ..record("3", "20.0% S") };
    fixture.import(1, List::TaxCodes, vec![code]).await;
    let tax = |id: &str, name: &str, rate| PortalRecord { rate: Some(rate), ..portal(id, name) };
    upsert(
        &fixture,
        MappingTable::Taxes,
        vec![tax("1", "20.0% S", 2000), tax("2", "Standard", 2000), tax("3", "20.0% S", 1750)],
    )
    .await;
    let rows = read(&fixture, query(MappingTable::Taxes)).await.rows;
    assert!(rows.iter().all(|row| row.state == MappingState::Suggested), "{rows:?}");
    let mut facts: Vec<_> = rows
        .iter()
        .map(|row| (row.source.id.as_str(), row.rate_mismatch, row.source.detail.as_deref()))
        .collect();
    facts.sort_unstable();
    assert_eq!(facts, [("1", false, Some("20 %")), ("2", false, Some("20 %")), ("3", true, Some("17.5 %"))]);
}

#[tokio::test]
async fn a_reverse_charge_books_nothing_and_is_no_mismatch() {
    let fixture = fixture().await;
    let code = |id: &str, name: &str, rate| NewRecord { rate: Some(rate), ..record(id, name) };
    let codes = vec![code("1", "20.0% S", 2000), code("2", "20.0% RC", 0)];
    fixture.import(1, List::TaxCodes, codes).await;
    let tax = PortalRecord { rate: Some(2000), ..portal("1", "Domestic reverse charge 20 %") };
    upsert(&fixture, MappingTable::Taxes, vec![tax]).await;
    let row = read(&fixture, query(MappingTable::Taxes)).await.rows.remove(0);
    assert_eq!((row.target.map(|code| code.id).as_deref(), row.rate_mismatch), (Some("2"), false));
    assert!(row.score >= 90, "{}", row.score);
}

#[tokio::test]
async fn the_same_records_again_change_nothing() {
    let fixture = fixture().await;
    let records = vec![portal("a", "Acme"), portal("b", "Bird"), portal("a", "Acme")];
    assert_eq!(upsert(&fixture, CUSTOMERS, records.clone()).await.added, 2);
    let again = upsert(&fixture, CUSTOMERS, records).await;
    assert_eq!(again, Kept { unchanged: 2, repeated: 1, ..Kept::default() });
}

#[tokio::test]
async fn matching_many_rows_takes_time_in_proportion() {
    let fixture = fixture().await;
    let many = 20_000;
    let names = (0..many).map(|id| (id.to_string(), format!("Customer {id} Ltd")));
    upsert(&fixture, CUSTOMERS, names.map(|(id, name)| portal(&id, &name)).collect()).await;
    let records = (0..many).map(|id| record(&id.to_string(), &format!("customer {id}"))).collect();
    fixture.import(1, List::Customers, records).await;
    let watch = crate::clock::Stopwatch::start();
    rematch(&fixture, CUSTOMERS).await;
    // Row against row would take minutes; a debug build on a busy machine takes three seconds.
    assert!(watch.elapsed().as_secs() < 30, "{:?}", watch.elapsed());
    let counts = read(&fixture, query(CUSTOMERS)).await.counts;
    assert_eq!(counts.states, [(MappingState::Suggested, many)]);
}
