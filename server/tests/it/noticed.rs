//! What Intuit tells is read by itself: from a change in QuickBooks to the record here, once for a burst, after
//! a run that is going, when a pause ends, and never for a company that is off.

use std::time::Duration;

use futures_util::future::join_all;
use protocol::ids::Moment;
use protocol::import::{ImportSnapshot, ImportState, List};
use sandbox::{Change, Delivery, DeliveryState, US_COMPANY, US_REALM, WebhookFormat};
use serde_json::json;
use server::connections;
use tokio::net::TcpListener;

use crate::client::BOUND;
use crate::imports::{ended, newest, until};
use crate::notices::{TOKEN, event, rested, sign, told};
use crate::quick::{CLIENT, Quick, SECRET, qbo, quickbooks};
use crate::world::{Person, Plan, World};

/// A proxy that the sandbox tells of changes, and a company that is imported.
async fn watched(format: WebhookFormat) -> (Quick, Person, ImportSnapshot) {
    let plan = Plan::new().await;
    let url = plan.url();
    let client = sandbox::Client::new(CLIENT, SECRET, vec![format!("{url}/callback/qbo")]);
    let clients = vec![client.with_webhooks(format!("{url}/notices/qbo"), TOKEN)];
    let settings = sandbox::Config { webhook_format: format, ..quickbooks(clients) };
    let sandbox = sandbox::start(settings).await.expect("the sandbox starts");
    let world = plan.register(told(sandbox.url())).start().await;
    let quick = Quick { world, sandbox };
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    let first = ended(&quick, &ann).await;
    (quick, ann, first)
}

fn renamed(id: &str, name: &str) -> Change {
    let record = json!({ "DisplayName": name }).as_object().expect("an object").clone();
    Change::Edit { entity: "Customer".to_owned(), id: id.to_owned(), record }
}

/// The run after another, once it has ended.
async fn after(quick: &Quick, ann: &Person, before: &ImportSnapshot) -> ImportSnapshot {
    rested(quick, ann, before).await;
    let other = |run: &ImportSnapshot| run.import != before.import && run.state != ImportState::Running;
    let run = until(quick, ann, other).await;
    assert_eq!(run.import.0, before.import.0 + 1, "one run, and no other");
    run
}

fn lists(run: &ImportSnapshot) -> Vec<List> {
    run.lists.iter().map(|list| list.list).collect()
}

/// Posts events that Intuit would have sent.
async fn tell(world: &World, events: &[serde_json::Value]) {
    let body = json!(events).to_string();
    let request =
        world.http.post(world.at("/notices/qbo")).header("intuit-signature", sign(TOKEN, body.as_bytes()));
    let request = request.header("content-type", "application/cloudevents+json").body(body);
    assert_eq!(request.send().await.expect("an answer").status(), 200);
}

async fn count(quick: &Quick, statement: &'static str, name: Option<&str>) -> i64 {
    use sqlx::Connection as _;

    let file = quick.world.dir.path().join("patchbay.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    let mut database = sqlx::SqliteConnection::connect_with(&options).await.expect("the database opens");
    sqlx::query_scalar(statement).bind(name).fetch_one(&mut database).await.expect("counted")
}

async fn is_here(quick: &Quick, name: &str) -> bool {
    count(quick, "SELECT count(*) FROM records WHERE name = ?", Some(name)).await == 1
}

/// Whether something was noticed that no run is planned for.
async fn waits(quick: &Quick) -> bool {
    count(quick, "SELECT count(*) FROM noticed WHERE ?1 IS NULL", None).await > 0
}

async fn a_change_arrives(format: WebhookFormat) {
    let (quick, ann, first) = watched(format).await;
    quick.sandbox.control().change(US_REALM, renamed("5", "Renamed inside QuickBooks")).expect("changed");
    let second = after(&quick, &ann, &first).await;
    assert_eq!((lists(&second), second.state), (vec![List::Customers], ImportState::Done));
    assert_eq!(second.lists[0].outcome.changed, 1);
    assert!(is_here(&quick, "Renamed inside QuickBooks").await);
    let log = quick.sandbox.control().deliveries();
    assert_eq!((log.len(), log[0].format, log[0].state), (1, format, DeliveryState::Delivered));
}

#[tokio::test]
async fn in_10_a_change_in_quickbooks_arrives_by_itself_as_a_cloudevent() {
    a_change_arrives(WebhookFormat::CloudEvents).await;
}

#[tokio::test]
async fn in_10_a_change_in_quickbooks_arrives_by_itself_in_the_older_format() {
    a_change_arrives(WebhookFormat::Legacy).await;
}

#[tokio::test]
async fn what_was_told_while_we_were_away_arrives_when_intuit_tries_again() {
    let (quick, ann, first) = watched(WebhookFormat::CloudEvents).await;
    let Quick { world, sandbox } = quick;
    let (config, address) = (world.app().config.clone(), world.running.address());
    let World { running, clock, http, dir, key } = world;
    running.stop().await;
    let control = sandbox.control();
    control.change(US_REALM, renamed("5", "Renamed meanwhile")).expect("changed");
    let tried = |log: &[Delivery]| log.first().is_some_and(|one| one.tries.len() == 1);
    let log = control.deliveries_until(tried, BOUND).await;
    assert_eq!((log[0].tries[0].status, log[0].state), (None, DeliveryState::Waiting));
    let listener = TcpListener::bind(address).await.expect("the port is free again");
    let running = server::start_on(listener, config, clock.clone()).await.expect("it starts");
    let quick = Quick { world: World { running, clock, http, dir, key }, sandbox };
    control.advance(Duration::from_mins(20));
    assert_eq!(lists(&after(&quick, &ann, &first).await), [List::Customers]);
    assert!(is_here(&quick, "Renamed meanwhile").await);
}

#[tokio::test]
async fn a_burst_gives_one_run_of_all_that_it_is_about() {
    let (quick, ann, first) = watched(WebhookFormat::CloudEvents).await;
    let world = &quick.world;
    let burst = (0..30).map(|nth| {
        let entity = ["customer", "vendor", "taxrate"][nth % 3];
        async move { tell(world, &[event(&nth.to_string(), entity, US_REALM)]).await }
    });
    join_all(burst).await;
    let second = after(&quick, &ann, &first).await;
    // New rates bring the codes along.
    assert_eq!(lists(&second), [List::TaxCodes, List::TaxRates, List::Customers, List::Suppliers]);
    tell(world, &[event("last", "term", US_REALM)]).await;
    assert_eq!(lists(&after(&quick, &ann, &second).await), [List::Terms]);
}

#[tokio::test]
async fn notices_during_a_run_lead_to_one_run_after_it_also_over_a_restart() {
    let (quick, ann, first) = watched(WebhookFormat::CloudEvents).await;
    quick.sandbox.control().pause_queries();
    tell(&quick.world, &[event("a", "customer", US_REALM)]).await;
    let going = until(&quick, &ann, |run| run.import != first.import).await;
    for nth in 0..5 {
        tell(&quick.world, &[event(&format!("b{nth}"), "vendor", US_REALM)]).await;
    }
    let quick = quick.restart().await;
    assert_eq!(newest(&quick, &ann).await.expect("a run").import, going.import, "it is still going");
    quick.sandbox.control().resume_queries();
    let third = after(&quick, &ann, &going).await;
    assert_eq!(lists(&third), [List::Suppliers]);
    tell(&quick.world, &[event("last", "term", US_REALM)]).await;
    assert_eq!(lists(&after(&quick, &ann, &third).await), [List::Terms]);
}

#[tokio::test]
async fn a_paused_connection_reads_nothing_until_it_goes_on() {
    let (quick, ann, first) = watched(WebhookFormat::CloudEvents).await;
    let pause = quick
        .does(&ann, |db, app, who| Box::pin(async move { connections::pause(db, app, who, &qbo()).await }));
    pause.await.expect("paused");
    tell(&quick.world, &[event("a", "customer", US_REALM)]).await;
    assert!(waits(&quick).await && newest(&quick, &ann).await.expect("a run").import == first.import);
    let resume = quick
        .does(&ann, |db, app, who| Box::pin(async move { connections::resume(db, app, who, &qbo()).await }));
    resume.await.expect("it goes on");
    assert_eq!(lists(&after(&quick, &ann, &first).await), [List::Customers]);
    assert!(!waits(&quick).await);
}

#[tokio::test]
async fn a_connection_that_is_off_is_told_nothing() {
    let (quick, ann, first) = watched(WebhookFormat::CloudEvents).await;
    quick.disconnect(&ann).await;
    tell(&quick.world, &[event("a", "customer", US_REALM)]).await;
    assert!(!waits(&quick).await);
    quick.connect(&ann, US_COMPANY).await;
    let again = after(&quick, &ann, &first).await;
    assert_eq!(lists(&again), List::ALL, "connecting reads everything");
}

#[tokio::test]
async fn a_notice_is_forgotten_when_it_would_be_too_old_anyway() {
    let (quick, _, _) = watched(WebhookFormat::CloudEvents).await;
    tell(&quick.world, &[event("a", "customer", "9341453199999099")]).await;
    let now = quick.world.clock.now().0;
    for (before, kept) in [(now - 1, 1), (now, 0)] {
        quick
            .world
            .write(move |mut db| Box::pin(async move { db.sweep_notices(Moment(before)).await }))
            .await;
        assert_eq!(count(&quick, "SELECT count(*) FROM notices WHERE ?1 IS NULL", None).await, kept);
    }
}
