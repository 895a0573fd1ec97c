//! Mapping tables of what only some companies have: terms, currencies, classes, locations.

use protocol::mapping::{MappingChoice, MappingRow, MappingState, MappingTable, Reason};
use protocol::schema::{Change, Configuration};
use sandbox::{Change as Edit, UK_COMPANY, US_COMPANY, US_REALM};
use serde_json::{Value, json};

use crate::configuration::{customer as record, mappings, open, portal, save};
use crate::imports::ended;
use crate::lists::again;
use crate::quick::Quick;
use crate::world::Person;

fn keys(page: &Configuration) -> Vec<&str> {
    page.sections.iter().map(|section| section.key.as_str()).collect()
}

/// What Northwind Stock has of each kind; one of each is in QuickBooks under the same name or code.
async fn send_all(quick: &Quick, person: &Person) {
    let mut euro = record("c1", "Common currency");
    euro.code = Some("EUR".into());
    portal(quick, person, MappingTable::Terms, vec![record("t1", "NET 30"), record("t2", "Ninety days")])
        .await;
    portal(quick, person, MappingTable::Currencies, vec![euro, record("c2", "Pound")]).await;
    portal(quick, person, MappingTable::Classes, vec![record("g1", "Pest control"), record("g2", "Bulbs")])
        .await;
    let places = vec![record("w1", "Bayshore"), record("w2", "bayshore."), record("w3", "Mill")];
    portal(quick, person, MappingTable::Locations, places).await;
}

async fn row(quick: &Quick, person: &Person, table: MappingTable, source: &str) -> MappingRow {
    let rows = mappings(quick, person, table).await.rows;
    rows.into_iter().find(|row| row.source.id == source).expect("a row")
}

#[tokio::test]
async fn tables_are_shown_where_both_sides_have_something() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    ended(&quick, &ann).await;
    let usual = ["accounts", "taxes", "customers", "suppliers", "items"];
    assert_eq!(keys(&open(&quick, &ann).await), usual, "the portal has none of these");
    send_all(&quick, &ann).await;
    let page = open(&quick, &ann).await;
    assert_eq!(keys(&page)[5..], ["terms", "currencies", "classes", "locations"]);
    assert!(
        page.problems
            .iter()
            .all(|problem| !problem.blocks || !keys(&page)[5..].contains(&problem.key.as_str()))
    );
}

#[tokio::test]
async fn a_company_without_them_is_not_asked_about_them() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    send_all(&quick, &ann).await;
    let page = open(&quick, &ann).await;
    assert_eq!(keys(&page)[5..], ["terms"]);
    let hidden = |key: &str| ["currencies", "classes", "locations"].contains(&key);
    assert!(!page.problems.iter().any(|problem| hidden(&problem.key)), "{:?}", page.problems);
}

#[tokio::test]
async fn what_has_the_same_name_or_code_is_suggested() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    ended(&quick, &ann).await;
    send_all(&quick, &ann).await;
    for (table, source, target, reason) in [
        (MappingTable::Terms, "t1", "Net 30", Reason::Name),
        (MappingTable::Currencies, "c1", "Euro", Reason::Code),
        (MappingTable::Classes, "g1", "Pest Control", Reason::Name),
        (MappingTable::Locations, "w1", "Bayshore", Reason::Name),
    ] {
        let row = row(&quick, &ann, table, source).await;
        assert_eq!(
            (row.state, row.reasons.as_slice()),
            (MappingState::Suggested, [reason].as_slice()),
            "{table:?}"
        );
        assert_eq!(row.target.expect("a target").name, target);
    }
    for (table, source) in
        [(MappingTable::Terms, "t2"), (MappingTable::Classes, "g2"), (MappingTable::Locations, "w3")]
    {
        assert_eq!(row(&quick, &ann, table, source).await.state, MappingState::Unmatched);
    }
    // Two warehouses may be one location, as two customers may not be one customer.
    assert_eq!(row(&quick, &ann, MappingTable::Locations, "w2").await.state, MappingState::Suggested);
}

#[tokio::test]
async fn a_decision_waits_for_a_list_that_is_switched_off() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    ended(&quick, &ann).await;
    send_all(&quick, &ann).await;
    let mill = Change::Map {
        table: MappingTable::Locations,
        source: "w3".into(),
        choice: MappingChoice::Link("2".into()),
    };
    save(&quick, &ann, 0, vec![mill]).await.expect("it is saved");
    let switch = |on: bool| {
        let Value::Object(record) = json!({ "AccountingInfoPrefs": { "TrackDepartments": on } }) else {
            panic!("an object")
        };
        let edit = Edit::Edit { entity: "Preferences".into(), id: "1".into(), record };
        quick.sandbox.control().change(US_REALM, edit).expect("it changes");
    };
    switch(false);
    again(&quick, &ann, &[]).await;
    assert_eq!(row(&quick, &ann, MappingTable::Locations, "w3").await.state, MappingState::Broken);
    assert!(!keys(&open(&quick, &ann).await).contains(&"locations"));
    switch(true);
    again(&quick, &ann, &[]).await;
    let back = row(&quick, &ann, MappingTable::Locations, "w3").await;
    assert_eq!((back.state, back.by.as_deref()), (MappingState::Confirmed, Some("Ann")));
}
