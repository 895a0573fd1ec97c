//! The upgrade campaign as portals load it and visitors go through it: what is shown, what is kept.

use protocol::ids::Moment;
use protocol::mapping::{MappingState, MappingTable};
use protocol::message::{Intent, ServerMessage};
use protocol::notification::Event;
use protocol::schema::FieldValue;
use protocol::store::ConnectionState;
use sandbox::{UK_COMPANY, UK_REALM, US_COMPANY, US_REALM};
use serde_json::{Value, json};
use server::config::{Consumer, Registration};
use server::portal_records::record::PortalRecord;
use server::store::StoreError;
use server::store::legacy::CampaignStanding;
use server::vault::Secret;

use crate::configuration::{mappings, open, portal};
use crate::imports::ended;
use crate::portals::audit;
use crate::quick::{CLIENT, Quick, SECRET, qbo, quickbooks, registration};
use crate::world::{ALL, PORTAL, Person, Plan};

/// Our keys under OAuth 1.0a.
pub(crate) const KEY: &str = "qyprdConsumerOfTheTests";
pub(crate) const CONSUMER: &str = "consumer secret: %2F+ &= \u{20ac}";
/// The end of a day, as a moment.
const DEADLINE: ConnectionState = ConnectionState::Legacy { deadline: Some(Moment(1_801_439_999_000)) };

/// A proxy and a QuickBooks that both remember OAuth 1.0a. The proxy's clock is the test's, and years off.
pub(crate) async fn old_quick() -> Quick {
    let plan = Plan::new().await;
    let redirect = format!("{}/callback/qbo", plan.url());
    let client = sandbox::Client::new(CLIENT, SECRET, vec![redirect]).with_consumer(KEY, CONSUMER);
    let settings = sandbox::Config { oauth1_seconds: u64::MAX, ..quickbooks(vec![client]) };
    let sandbox = sandbox::start(settings).await.expect("the sandbox starts");
    let world = plan.register(old_registration(sandbox.url())).start().await;
    Quick { world, sandbox }
}

pub(crate) fn old_registration(origin: &str) -> Registration {
    let consumer = Some(Consumer { key: KEY.to_owned(), secret: Secret::new(CONSUMER) });
    Registration { consumer, ..registration("qbo", origin) }
}

/// A line for the British company, with all that its accounts and customers were set to.
pub(crate) fn line(tenant: &str) -> Value {
    json!({
        "tenant": tenant, "tenant_name": format!("{tenant} Cycles"),
        "company_id": UK_REALM, "company_name": "Harbourside, as it was called",
        "deadline": "2027-01-31",
        "configuration": {
            "account-sales": "1", "account-cost-of-goods-sold": "10", "account-stock-on-hand": "25",
            "prices-include-tax": true,
        },
        "mappings": [
            { "kind": "customers", "source": "C-1", "target": "4" },
            { "kind": "customers", "source": "C-2", "target": "4711" },
            { "kind": "customers", "source": "C-3", "decision": "create_new" },
        ],
    })
}

fn with(tenant: &str, field: &str, value: Value) -> Value {
    let mut line = line(tenant);
    line[field] = value;
    line
}

/// Loads lines over the API; the status and the answer.
pub(crate) async fn load(quick: &Quick, query: &str, lines: &[Value]) -> (u16, Value) {
    let body: Vec<String> = lines.iter().map(Value::to_string).collect();
    let asked = quick.world.http.post(quick.world.at(&format!("/api/v1/legacy{query}")));
    let asked = asked.bearer_auth(&quick.world.key).header("content-type", "application/x-ndjson");
    let answer = asked.body(body.join("\n")).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// Loads lines of which none is wrong.
pub(crate) async fn loaded(quick: &Quick, lines: &[Value]) -> Value {
    let (status, told) = load(quick, "", lines).await;
    assert_eq!((status, &told["errors"]), (200, &json!([])), "{told}");
    told
}

/// How far the one portal's campaign is.
pub(crate) async fn campaign(quick: &Quick) -> CampaignStanding {
    let (app, now) = (quick.world.app(), quick.world.clock.now());
    let read = app.store.read::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { db.campaign(Some(PORTAL), now).await })
    });
    read.await.expect("read").pop().unwrap_or_default()
}

/// The portal's customers of the lines.
async fn customers(quick: &Quick, person: &Person) {
    let record =
        |id: &str| PortalRecord { id: id.into(), name: format!("Customer {id}"), ..PortalRecord::default() };
    portal(quick, person, MappingTable::Customers, ["C-1", "C-2", "C-3"].map(record).to_vec()).await;
}

/// The states of the mapped customers.
async fn states(quick: &Quick, person: &Person) -> Vec<MappingState> {
    let window = mappings(quick, person, MappingTable::Customers).await;
    window.rows.into_iter().map(|row| row.state).collect()
}

#[tokio::test]
async fn a_loaded_connection_says_upgrade_required_and_whose_company_it_is() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    let mut socket = quick.world.socket(&ann).await;
    let told = loaded(&quick, &[line("acme")]).await;
    assert_eq!((&told["added"], &told["taken"]), (&json!(1), &json!(true)));
    let seen = |message: &ServerMessage| match message {
        ServerMessage::Connection(now) => Some(now.clone()),
        _ => None,
    };
    let view = socket.until(seen).await;
    assert_eq!((view.state, view.settings_kept), (DEADLINE, true));
    let company = view.company.expect("a company");
    assert_eq!((company.name.as_str(), company.id_tail.as_str()), ("Harbourside, as it was called", "9002"));
    let (company, deadline) = ("Harbourside, as it was called".to_owned(), Some(Moment(1_801_439_999_000)));
    assert_eq!(quick.events(&ann).await, [Event::UpgradeRequired { company, deadline }]);
    let page = open(&quick, &ann).await;
    assert_eq!((page.version, page.saved.expect("a save").by.as_str()), (1, "import"));
    assert!(page.values.iter().any(|entry| entry.key == "customers-on"), "with the defaults");
    assert_eq!(campaign(&quick).await.outstanding, 1);
}

#[tokio::test]
async fn the_same_line_changes_nothing_and_another_deadline_is_told() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    loaded(&quick, &[line("acme")]).await;
    let (view, lines) = (quick.view(&ann).await, audit(&quick.world).await.len());
    assert_eq!(loaded(&quick, &[line("acme")]).await["unchanged"], 1);
    assert_eq!(quick.view(&ann).await, view);
    assert_eq!((audit(&quick.world).await.len(), quick.events(&ann).await.len()), (lines, 1));
    let later = with("acme", "deadline", json!("2027-02-28T12:00:00Z"));
    assert_eq!(loaded(&quick, &[later]).await["changed"], 1);
    let deadline = Some(Moment(1_803_816_000_000));
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Legacy { deadline });
    assert!(
        matches!(&quick.events(&ann).await[0], Event::UpgradeRequired { deadline: told, .. } if *told == deadline)
    );
    let mut mended = line("acme");
    mended["configuration"]["account-sales"] = json!("2");
    mended["mappings"][0]["target"] = json!("5");
    assert_eq!(loaded(&quick, &[mended]).await["changed"], 1);
    let page = open(&quick, &ann).await;
    let sales = page.values.iter().find(|entry| entry.key == "account-sales").expect("a value");
    assert_eq!((page.version, &sales.value), (2, &FieldValue::Record("2".to_owned())));
}

#[tokio::test]
async fn connecting_the_same_company_keeps_settings_and_mappings() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    loaded(&quick, &[line("acme")]).await;
    customers(&quick, &ann).await;
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    assert!(matches!(&quick.events(&ann).await[..], [.., Event::UpgradeRequired { .. }]));
    let upgraded = Event::Upgraded { company: UK_COMPANY.to_owned() };
    assert!(quick.events(&ann).await.contains(&upgraded), "{:?}", quick.events(&ann).await);
    ended(&quick, &ann).await;
    let view = quick.view(&ann).await;
    assert_eq!(view.state, ConnectionState::Active, "nothing is left to set");
    assert_eq!(view.company.expect("a company").name, UK_COMPANY);
    let page = open(&quick, &ann).await;
    assert_eq!(page.version, 1);
    assert!(page.values.iter().any(|entry| entry.value == FieldValue::Record("25".to_owned())));
    let wanted = [MappingState::Confirmed, MappingState::Broken, MappingState::CreateNew];
    assert_eq!(states(&quick, &ann).await, wanted, "what the import did not bring is told");
    let standing = campaign(&quick).await;
    assert_eq!((standing.by_visitor, standing.outstanding, standing.loaded), (1, 0, 1));
    let (_, again) = load(&quick, "", &[with("acme", "deadline", json!("2028-01-01"))]).await;
    assert_eq!(again["left_alone"][0]["problem"], "it is connected under OAuth 2.0 already");
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Active);
}

#[tokio::test]
async fn another_company_is_asked_about_by_the_name_in_the_file() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    loaded(&quick, &[line("acme")]).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    let view = quick.view(&ann).await;
    let asked = view.decision.expect("a question");
    assert_eq!((asked.before.as_str(), asked.chosen.as_str()), ("Harbourside, as it was called", US_COMPANY));
    assert_eq!(view.state, DEADLINE);
    quick.decide(&ann, false).await.expect("kept");
    assert_eq!(quick.view(&ann).await.state, DEADLINE);
    assert_eq!(campaign(&quick).await.outstanding, 1);
    quick.connect(&ann, US_COMPANY).await;
    quick.decide(&ann, true).await.expect("replaced");
    assert_eq!(campaign(&quick).await.by_visitor, 1);
    assert_eq!(open(&quick, &ann).await.version, 0, "the other company begins anew");
}

#[tokio::test]
async fn what_was_cancelled_waits_on_and_what_was_switched_off_is_left_alone() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    loaded(&quick, &[line("acme")]).await;
    quick.leave(&ann, "").await;
    let (_, told) = load(&quick, "", &[with("acme", "deadline", json!("2028-01-01"))]).await;
    assert!(told["left_alone"][0]["problem"].as_str().expect("text").contains("signs in just now"), "{told}");
    quick.cancel(&ann).await;
    assert_eq!(quick.view(&ann).await.state, DEADLINE);
    quick.disconnect(&ann).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Disconnected);
    let standing = campaign(&quick).await;
    assert_eq!((standing.switched_off, standing.outstanding, standing.loaded), (1, 0, 1));
    let (_, told) = load(&quick, "", &[line("acme")]).await;
    assert_eq!(told["left_alone"][0]["problem"], "it was switched off");
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(campaign(&quick).await.by_visitor, 1, "it has moved all the same");
    assert_eq!(open(&quick, &ann).await.version, 1, "and its settings are there");
}

#[tokio::test]
async fn what_a_person_decided_is_never_overwritten() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    customers(&quick, &ann).await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    let change = protocol::schema::Change::Map {
        table: MappingTable::Customers,
        source: "C-1".to_owned(),
        choice: protocol::mapping::MappingChoice::Ignore,
    };
    crate::configuration::save(&quick, &ann, 0, vec![change]).await.expect("saved");
    // As if the old system's connection came back for the books that Ann has worked on.
    quick.world.by_another_program(
        "UPDATE connections SET state = 'available', detail = NULL, live = 0, access_sealed = NULL, refresh_sealed = NULL",
    ).await;
    loaded(&quick, &[line("acme")]).await;
    let page = open(&quick, &ann).await;
    assert_eq!((page.version, page.saved.expect("a save").by.as_str()), (1, "Ann"));
    assert_eq!(states(&quick, &ann).await[0], MappingState::Ignored);
}

#[tokio::test]
async fn every_line_that_cannot_be_taken_is_told_by_its_number() {
    let quick = old_quick().await;
    let zoe = quick.world.person("zoe", "Zoe", ALL).await;
    quick.connect(&zoe, US_COMPANY).await;
    let lines = [
        line("acme"),
        with("acme", "company_id", json!("1111111111")),
        line("bolt"),
        with("cafe", "company_id", json!(US_REALM)),
        with("zoe", "company_id", json!("2222222222")),
        with("dora", "portal", json!("other")),
        with("dora", "integration", json!("xero")),
        with("dora", "company_id", json!("12")),
        with("dora", "configuration", json!({ "colour": 1 })),
        with("dora", "company_id", json!("3333333333")),
    ];
    let (status, told) = load(&quick, "", &lines).await;
    assert_eq!((status, &told["received"], &told["added"]), (200, &json!(10), &json!(2)));
    let errors = told["errors"].as_array().expect("errors");
    for ((number, words), error) in [
        (2, "tenant \"acme\" stands in line 1 already"),
        (3, "stands in line 1 already, for another tenant"),
        (4, "belongs to another tenant's connection"),
        (6, "portal \"other\" is not the one"),
        (7, "no integration \"xero\""),
        (8, "10 to 19 digits"),
        (9, "no field \"colour\""),
    ]
    .into_iter()
    .zip(errors)
    {
        assert_eq!(error["line"], number, "{told}");
        assert!(error["problem"].as_str().expect("text").contains(words), "{words}: {error}");
    }
    assert_eq!(errors.len(), 7);
    assert_eq!(
        told["left_alone"],
        json!([{ "line": 5, "problem": "it is connected under OAuth 2.0 already" }])
    );
    // A second file cannot have the company of the first either.
    let (_, told) = load(&quick, "", &[line("emil")]).await;
    assert!(told["errors"][0]["problem"].as_str().expect("text").contains("another tenant"), "{told}");
}

#[tokio::test]
async fn a_dry_run_and_all_or_nothing_write_nothing() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    quick.connect(&quick.world.person("zoe", "Zoe", ALL).await, US_COMPANY).await;
    let before = audit(&quick.world).await;
    let lines = [line("acme"), with("cafe", "company_id", json!(US_REALM))];
    for query in ["?dry_run=true", "?all_or_nothing=true", "?dry_run=true&all_or_nothing=true"] {
        let (status, told) = load(&quick, query, &lines).await;
        assert_eq!(
            (status, &told["taken"], &told["added"]),
            (200, &json!(false), &json!(1)),
            "{query}: {told}"
        );
        assert_eq!(told["errors"][0]["line"], 2);
        assert_eq!(audit(&quick.world).await, before, "{query}");
        assert_eq!(quick.events(&ann).await, [], "{query}");
    }
    let (_, told) = load(&quick, "?all_or_nothing=true", &lines[..1]).await;
    assert_eq!((&told["taken"], &told["added"]), (&json!(true), &json!(1)));
    assert_eq!(quick.view(&ann).await.state, DEADLINE);
    for query in ["?dry_run=yes", "?dryrun=true", "?dry_run=true&dry_run=false"] {
        assert_eq!(load(&quick, query, &lines).await.0, 422, "{query}");
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_counted() {
    let quick = old_quick().await;
    loaded(&quick, &[with("acme", "deadline", json!("2025-11-24"))]).await;
    assert_eq!(campaign(&quick).await.past_deadline, 0);
    quick.world.clock.advance(24 * 3_600_000);
    assert_eq!(campaign(&quick).await.past_deadline, 1);
}

#[tokio::test]
async fn a_thousand_lines_are_loaded_at_once() {
    let quick = old_quick().await;
    let numbered = |number: usize| {
        let mut line = with(&format!("tenant-{number}"), "company_id", json!(format!("{:012}", number)));
        line["configuration"] = json!({});
        line["mappings"] = json!([]);
        line
    };
    let lines: Vec<Value> = (0..1000).map(numbered).collect();
    assert_eq!(loaded(&quick, &lines).await["added"], 1000);
    assert_eq!(loaded(&quick, &lines).await["unchanged"], 1000);
    assert_eq!(campaign(&quick).await.loaded, 1000);
}

#[tokio::test]
async fn a_legacy_connection_is_switched_off_like_any_other() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    loaded(&quick, &[line("acme")]).await;
    let mut socket = quick.world.socket(&ann).await;
    socket.ask(Intent::Disconnect { integration: qbo() }).await.expect("switched off");
    let events = quick.events(&ann).await;
    assert!(matches!(&events[..], [Event::Disconnected, Event::UpgradeRequired { .. }]), "{events:?}");
}
