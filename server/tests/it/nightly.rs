//! Refreshes that nobody asked for: each night by themselves, and when QuickBooks says that something
//! changed. They make no noise.

use protocol::import::{ImportSnapshot, ImportState, List, Reading, Trigger};
use protocol::message::Answer;
use protocol::notification::Event;
use sandbox::{Change, UK_COMPANY, US_COMPANY};
use serde_json::json;
use server::config::Imports;
use server::{connections, imports};

use crate::imports::{ended, newest, until};
use crate::quick::{CLIENT, Quick, SECRET, qbo, quickbooks, registration};
use crate::tokens::HOUR;
use crate::world::{ALL, Person, Plan};

/// A proxy that refreshes by night, like the one of [`Quick::start`] otherwise. It is 16:00 UTC there.
async fn start() -> Quick {
    let mut plan = Plan::new().await;
    plan.config.imports = Imports { nightly: "01:00-05:00".parse().ok() };
    let redirect = format!("{}/callback/qbo", plan.url());
    let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![redirect])];
    let sandbox = sandbox::start(quickbooks(clients)).await.expect("the sandbox starts");
    let world = plan.register(registration("qbo", sandbox.url())).start().await;
    Quick { world, sandbox }
}

async fn by(quick: &Quick, person: &Person, trigger: Trigger) -> ImportSnapshot {
    until(quick, person, |run| run.trigger == trigger && run.state != ImportState::Running).await
}

fn noise(events: &[Event]) -> usize {
    let import = |event: &&Event| {
        matches!(event, Event::ImportStarted { .. } | Event::ImportDone { .. } | Event::ImportFailed { .. })
    };
    events.iter().filter(import).count()
}

#[tokio::test]
async fn each_night_a_connection_that_works_is_refreshed_once_and_nobody_is_told() {
    let quick = start().await;
    let (ann, bob) = (quick.ann().await, quick.world.person("other", "Bob", ALL).await);
    quick.connect(&ann, UK_COMPANY).await;
    quick.connect(&bob, US_COMPANY).await;
    assert_eq!(ended(&quick, &ann).await.state, ImportState::Done);
    let read = ended(&quick, &bob).await;
    let pause = quick
        .does(&bob, |db, app, who| Box::pin(async move { connections::pause(db, app, who, &qbo()).await }));
    pause.await.expect("it is paused");
    quick.world.clock.advance(13 * HOUR - 60_000);
    let first = by(&quick, &ann, Trigger::Nightly).await;
    assert_eq!(first.state, ImportState::Done, "{first:#?}");
    assert!(first.lists.iter().any(|list| list.reading == Reading::Changes));
    let quick = quick.restart().await;
    quick.world.clock.advance(24 * HOUR);
    let second = until(&quick, &ann, |run| run.import > first.import && run.state == ImportState::Done).await;
    // No number was given to any other run: the night did not count twice, and the paused one rested.
    assert_eq!((second.trigger, second.import.0), (Trigger::Nightly, first.import.0 + 1));
    assert_eq!(newest(&quick, &bob).await.expect("it was read").import, read.import);
    assert_eq!(noise(&quick.events(&ann).await), 2, "begun and done of the first run alone");
}

#[tokio::test]
async fn a_night_in_which_something_changed_is_told_once() {
    let quick = start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    add(&quick, &ann).await;
    quick.world.clock.advance(13 * HOUR - 60_000);
    let night = by(&quick, &ann, Trigger::Nightly).await;
    let events = quick.events(&ann).await;
    assert_eq!(noise(&events), 3);
    assert!(matches!(events[0], Event::ImportDone { import, .. } if import == night.import), "{events:?}");
}

/// Somebody adds a customer inside QuickBooks.
async fn add(quick: &Quick, person: &Person) {
    let realm = quick.row(person).await.company_id.expect("a company");
    let record = json!({ "DisplayName": "Night Owl" }).as_object().expect("an object").clone();
    let change = Change::Create { entity: "Customer".into(), record };
    quick.sandbox.control().change(&realm, change).expect("it is added");
}

async fn notice(quick: &Quick, person: &Person, lists: &[List]) {
    let (app, connection, lists) = (quick.world.app(), quick.row(person).await.id, lists.to_vec());
    let noticed = quick.world.write(move |mut db| {
        Box::pin(async move { imports::noticed(&mut db, &app, connection, &lists).await })
    });
    noticed.await;
}

fn lists(run: &ImportSnapshot) -> Vec<List> {
    run.lists.iter().map(|list| list.list).collect()
}

#[tokio::test]
async fn a_notice_refreshes_its_lists_and_says_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    add(&quick, &ann).await;
    notice(&quick, &ann, &[List::Customers]).await;
    let run = by(&quick, &ann, Trigger::Notice).await;
    assert_eq!(lists(&run), [List::Customers]);
    assert_eq!((run.lists[0].reading, run.lists[0].outcome.added), (Reading::Changes, 1));
    assert_eq!(noise(&quick.events(&ann).await), 2, "as after connecting");
}

#[tokio::test]
async fn lists_that_a_person_wants_beside_a_run_are_read_after_it_as_that_persons() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    quick.sandbox.control().pause_queries();
    notice(&quick, &ann, &[List::TaxRates]).await;
    let running = newest(&quick, &ann).await.expect("it runs");
    let wanted = quick.does(&ann, |db, app, who| {
        Box::pin(async move { imports::start(db, app, who, &qbo(), &[List::Terms, List::TaxRates]).await })
    });
    assert_eq!(wanted.await.expect("it serves"), Answer::Import(running.import));
    quick.sandbox.control().resume_queries();
    let next = by(&quick, &ann, Trigger::Person).await;
    assert_eq!((next.import.0, lists(&next)), (running.import.0 + 1, vec![List::Terms]));
}
