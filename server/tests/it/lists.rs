//! All lists of both companies through the real server: what there is of each, which a company lacks and why,
//! and what becomes of a list that is switched off later.

use protocol::import::{ImportSnapshot, ImportState, List, ListState, SkipReason, Trigger};
use protocol::message::Answer;
use protocol::record::{Record, RecordQuery};
use protocol::store::{CompanySettings, ListAge, TaxMode};
use sandbox::{Change, Failure, Mischief, UK_COMPANY, US_COMPANY, US_REALM};
use serde_json::json;
use server::config::Config;
use server::oauth::revoke::send_due;
use server::{configuration, imports};

use crate::client::BOUND;
use crate::imports::{ended, until};
use crate::quick::{Quick, REVOKE, qbo};
use crate::world::Person;

/// Records of a whole list, also those that are not in use.
async fn records(quick: &Quick, person: &Person, list: List) -> Vec<Record> {
    let answer = quick.does(person, move |db, app, who| {
        Box::pin(async move {
            let query = RecordQuery {
                list,
                search: String::new(),
                kinds: Vec::new(),
                all: true,
                changed_in: None,
                order: protocol::record::RecordOrder::default(),
                offset: 0,
                limit: protocol::WINDOW_LIMIT,
            };
            configuration::read_records(db, app, who, &qbo(), &query).await
        })
    });
    match answer.await.expect("a window") {
        Answer::Records(window) => window.rows,
        other => panic!("no records: {other:?}"),
    }
}

/// Reads lists again; all when none are named.
pub(crate) async fn again(quick: &Quick, person: &Person, lists: &'static [List]) -> ImportSnapshot {
    let before = ended(quick, person).await.import;
    let started = quick.does(person, move |db, app, who| {
        Box::pin(async move { imports::start(db, app, who, &qbo(), lists).await })
    });
    started.await.expect("it starts");
    until(quick, person, |import| import.import != before && import.state != ImportState::Running).await
}

fn states(import: &ImportSnapshot) -> Vec<(List, u32, ListState)> {
    import.lists.iter().map(|list| (list.list, list.done, list.state.clone())).collect()
}

fn state(import: &ImportSnapshot, list: List) -> ListState {
    import.lists.iter().find(|progress| progress.list == list).expect("it is there").state.clone()
}

fn named<'a>(records: &'a [Record], name: &str) -> &'a Record {
    records.iter().find(|record| record.name == name).unwrap_or_else(|| panic!("no {name}: {records:?}"))
}

const OFF: ListState = ListState::Skipped(SkipReason::SwitchedOff);
const LACKING: ListState = ListState::Skipped(SkipReason::Edition);

#[tokio::test]
async fn every_list_of_an_american_company_is_read() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    let import = ended(&quick, &ann).await;
    let counts = [
        (List::Company, 1),
        (List::Accounts, 92),
        (List::TaxCodes, 4),
        (List::TaxRates, 3),
        (List::TaxAgencies, 2),
        (List::Terms, 5),
        (List::PaymentMethods, 7),
        (List::Currencies, 2),
        (List::Classes, 3),
        (List::Locations, 3),
        (List::Customers, 29),
        (List::Suppliers, 26),
        (List::Items, 18),
    ];
    assert_eq!(states(&import), counts.map(|(list, count)| (list, count, ListState::Done)));
    assert!(import.lists.iter().all(|list| list.outcome.added == list.done), "{import:#?}");
    let view = quick.view(&ann).await;
    assert_eq!(view.lists.iter().map(|age| (age.list, age.count)).collect::<Vec<_>>(), counts);
    let settings = CompanySettings {
        multi_currency: Some(true),
        classes: Some(true),
        locations: Some(true),
        custom_numbers: Some(false),
        tax: Some(TaxMode::Automated),
        closed_until: None,
        year_begins: Some("January".into()),
    };
    assert_eq!(view.company.expect("a company").settings, settings);
}

#[tokio::test]
async fn records_of_every_list_say_what_tells_them_apart() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    ended(&quick, &ann).await;
    for (list, name, number, detail) in [
        (List::TaxCodes, "Tucson", None, Some("9.1 %")),
        (List::TaxRates, "AZ State tax", None, Some("7.1 %")),
        (List::TaxAgencies, "Board of Equalization", None, None),
        (List::Terms, "Net 30", None, Some("30 days")),
        (List::PaymentMethods, "Visa", None, Some("Credit card")),
        (List::Currencies, "Euro", Some("EUR"), None),
        (List::Classes, "Landscaping:Gardens", None, None),
        (List::Locations, "Half Moon Bay:Nursery", None, None),
        (List::Items, "Rock Fountain", None, Some("Inventory")),
    ] {
        let records = records(&quick, &ann, list).await;
        let record = named(&records, name);
        assert_eq!((record.number.as_deref(), record.detail.as_deref()), (number, detail), "{name}");
        assert_eq!(record.link, None, "our own QuickBooks has no such pages");
    }
}

#[tokio::test]
async fn a_british_company_skips_what_is_switched_off() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let import = ended(&quick, &ann).await;
    let done = |list, count| (list, count, ListState::Done);
    let lists = [
        done(List::Company, 1),
        done(List::Accounts, 73),
        done(List::TaxCodes, 7),
        done(List::TaxRates, 15),
        done(List::TaxAgencies, 2),
        done(List::Terms, 6),
        done(List::PaymentMethods, 5),
        (List::Currencies, 0, OFF),
        (List::Classes, 0, OFF),
        (List::Locations, 0, OFF),
        done(List::Customers, 243),
        done(List::Suppliers, 82),
        done(List::Items, 20),
    ];
    assert_eq!(states(&import), lists);
    assert_eq!(import.state, ImportState::Done, "a list that is not there is no failure");
    let asked = quick.sandbox.ledger().to("/query");
    let lacking = ["CompanyCurrency", "Class", "Department"];
    let of = |entry: &sandbox::Entry, entity: &str| {
        entry.query_pairs().iter().any(|(_, text)| text.contains(&format!(" FROM {entity} ")))
    };
    assert!(asked.iter().any(|entry| of(entry, "Term")), "the ledger is read right");
    assert!(
        !asked.iter().any(|entry| lacking.iter().any(|entity| of(entry, entity))),
        "nobody asked for them"
    );
    let view = quick.view(&ann).await;
    assert_eq!(view.lists.len(), 10);
    let settings = view.company.expect("a company").settings;
    assert_eq!((settings.closed_until.as_deref(), settings.tax), (Some("2024-03-31"), Some(TaxMode::Manual)));
    let rope = records(&quick, &ann, List::Items).await;
    assert_eq!(named(&rope, "Braided Polyester Rope 10 mm").number.as_deref(), Some("ROP-10"));
}

#[tokio::test]
async fn an_edition_that_lacks_lists_has_them_skipped() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().set_edition(US_REALM, "QuickBooks Online Essentials").expect("it changes");
    quick.connect(&ann, US_COMPANY).await;
    let import = ended(&quick, &ann).await;
    let found = [List::Currencies, List::Classes, List::Locations].map(|list| state(&import, list));
    assert_eq!(found, [ListState::Done, LACKING, LACKING]);
    assert_eq!(import.state, ImportState::Done);
    quick.sandbox.control().set_edition(US_REALM, "QuickBooks Online Simple Start").expect("it changes");
    assert_eq!(state(&again(&quick, &ann, &[]).await, List::Currencies), LACKING);
}

#[tokio::test]
async fn a_refusal_that_says_so_skips_a_list_as_well() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    ended(&quick, &ann).await;
    for path in ["/cdc", "/query"] {
        let mischief = Mischief::Fault { code: "5030".into(), message: None, detail: None };
        quick.sandbox.control().fail(Failure { mischief, ..Failure::new(path, 400, 1) });
    }
    let import = again(&quick, &ann, &[List::Classes]).await;
    assert_eq!((import.state, state(&import, List::Classes)), (ImportState::Done, LACKING));
}

#[tokio::test]
async fn a_list_that_is_switched_off_later_is_gone_until_it_is_back() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    ended(&quick, &ann).await;
    let switch = |on: bool| {
        let record = json!({ "AccountingInfoPrefs": { "TrackDepartments": on } });
        let serde_json::Value::Object(record) = record else { panic!("an object") };
        let edit = Change::Edit { entity: "Preferences".into(), id: "1".into(), record };
        quick.sandbox.control().change(US_REALM, edit).expect("it changes");
    };
    switch(false);
    let off = again(&quick, &ann, &[]).await;
    let places = off.lists.iter().find(|list| list.list == List::Locations).expect("it is there");
    assert_eq!((&places.state, places.outcome.vanished), (&OFF, 3));
    assert!(records(&quick, &ann, List::Locations).await.iter().all(|record| record.vanished));
    let has = |lists: &[ListAge]| lists.iter().any(|age| age.list == List::Locations);
    assert!(!has(&quick.view(&ann).await.lists));
    switch(true);
    let on = again(&quick, &ann, &[]).await;
    assert_eq!(state(&on, List::Locations), ListState::Done);
    assert!(records(&quick, &ann, List::Locations).await.iter().all(|record| !record.vanished));
    assert!(has(&quick.view(&ann).await.lists));
}

#[tokio::test]
async fn a_skipped_list_is_nothing_to_try_again() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let import = ended(&quick, &ann).await.import;
    let retried = quick
        .does(&ann, move |db, app, who| Box::pin(async move { imports::retry(db, app, who, import).await }));
    assert_eq!(retried.await.expect_err("refused").kind(), protocol::message::FaultKind::NotNow);
}

#[tokio::test]
async fn a_refresh_of_one_list_knows_what_the_company_lacks() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    let before = quick.calls("/query");
    let import = again(&quick, &ann, &[List::Classes]).await;
    assert_eq!((states(&import), import.trigger), (vec![(List::Classes, 0, OFF)], Trigger::Person));
    assert_eq!(quick.calls("/query"), before, "there was nothing to ask");
}

#[tokio::test]
async fn records_lead_to_their_page_where_quickbooks_has_one() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    // Switched off, and revoked here, before the same books are looked at as those of a production company.
    quick.disconnect(&ann).await;
    send_due(&quick.world.app()).await.expect("worked on");
    quick.sandbox.ledger().answered_to(REVOKE, 1, BOUND).await;
    let Quick { world, sandbox } = quick;
    let production = |config: &mut Config| {
        for registration in &mut config.registrations {
            (registration.environment, registration.origin) = ("production".to_owned(), None);
        }
    };
    let quick = Quick { world: world.restart_with(production).await, sandbox };
    let link = async |list| records(&quick, &ann, list).await.remove(0);
    let customer = link(List::Customers).await;
    let page = format!("https://app.qbo.intuit.com/app/customerdetail?nameId={}", customer.id);
    assert_eq!(customer.link, Some(page));
    assert_eq!(link(List::Items).await.link.as_deref(), Some("https://app.qbo.intuit.com/app/items"));
    assert_eq!(link(List::Terms).await.link, None);
}
