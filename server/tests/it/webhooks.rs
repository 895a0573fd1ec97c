//! What happened reaches the endpoints of its portal: signed, retried under the same id, in the order of
//! its tenant, whatever other endpoints do, and after a crash.

use std::process::Stdio;

use protocol::notification::Event;
use sandbox::UK_COMPANY;
use server::clock::Clock;
use server::events::Kind;
use server::store::StoreError;
use server::store::notifications::NewEvent;
use server::store::webhooks::{Standing, Webhook};

use crate::configuration::{required, save};
use crate::ear::{Ear, Heard, Reply, allow_here, happens, subscribe, tenant, world};
use crate::imports::ended;
use crate::operator::Operator;
use crate::portals::audit;
use crate::quick::{Quick, REVOKE, qbo};
use crate::tokens::eventually;
use crate::world::{PORTAL, World};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

pub(crate) async fn endpoint(world: &World) -> Webhook {
    let app = world.app();
    let read = app.store.read::<_, StoreError, _>(|mut db| {
        Box::pin(async move { Ok(db.webhooks_of(PORTAL).await?.remove(0)) })
    });
    read.await.expect("read")
}

/// Waits until nothing is waiting to be sent.
pub(crate) async fn drained(world: &World) {
    eventually(|| async { endpoint(world).await.waiting == 0 }).await;
}

async fn quick() -> Quick {
    let Quick { world, sandbox } = Quick::start().await;
    Quick { world: world.restart_with(allow_here).await, sandbox }
}

#[tokio::test]
async fn wh_01_the_life_of_a_connection_is_told_signed_and_without_a_secret() {
    let (quick, ear) = (quick().await, Ear::that(&[]).await);
    let (_, secret) = subscribe(&quick.world, &ear.url, &[]).await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    let changes = required(&quick, &ann).await;
    save(&quick, &ann, 0, changes).await.expect("it is saved");
    quick.disconnect(&ann).await;
    eventually(|| async { quick.calls(REVOKE) == 1 }).await;
    let heard = ear.hears(6).await;
    let kinds: Vec<&str> = heard.iter().map(Heard::kind).collect();
    assert_eq!(
        kinds,
        [
            "connection.connected",
            "import.started",
            "import.completed",
            "configuration.saved",
            "connection.disconnected",
            "connection.revoked"
        ]
    );
    let secrets = quick.sandbox.ledger().secrets();
    for one in &heard {
        assert_eq!(one.signed_by(&secret), 1, "{one:?}");
        assert_eq!((one.header("content-type"), one.tenant()), ("application/json", "acme"));
        assert!(one.header("user-agent").starts_with("patchbay/"), "{one:?}");
        let connection = &one.body["data"]["connection"];
        assert_eq!(connection["integration"], "quickbooks-online");
        assert_eq!(connection["id"].as_str().map(str::len), Some(32), "what the API calls it: {one:?}");
        assert_eq!(connection["company"]["name"], "Harbourside Supplies Ltd", "{one:?}");
        assert!(!secrets.iter().any(|secret| one.text.contains(secret.as_str())), "{one:?}");
        assert!(!one.text.contains('@'), "no address of a person: {one:?}");
    }
    assert_eq!(heard[0].body["data"]["by"]["name"], "Ann");
    assert!(heard[2].body["data"]["records"].as_u64().expect("a number") > 0);
}

#[tokio::test]
async fn wh_02_a_delivery_is_tried_again_under_the_same_id_until_it_arrives() {
    let world = world().await;
    let ear = Ear::that(&[Reply::Status(500), Reply::Status(302), Reply::Status(404)]).await;
    let (_, secret) = subscribe(&world, &ear.url, &[]).await;
    happens(&world, tenant(&world, "acme").await, 1).await;
    ear.hears(1).await;
    let pauses = [("500", 6 * SECOND), ("302", 6 * MINUTE), ("404", 34 * MINUTE)];
    for (tries, (status, pause)) in pauses.into_iter().enumerate() {
        // Written down, not only heard: only then is it planned when it comes again.
        eventually(|| async {
            endpoint(&world).await.last_fault.is_some_and(|fault| fault.contains(status))
        })
        .await;
        world.clock.advance(pause);
        ear.hears(tries + 2).await;
    }
    drained(&world).await;
    let heard = ear.heard();
    let (first, ids): (_, Vec<_>) = (&heard[0], heard.iter().map(|one| one.header("webhook-id")).collect());
    assert_eq!(ids, [first.header("webhook-id"); 4]);
    let mut times: Vec<_> = heard.iter().map(|one| one.header("webhook-timestamp")).collect();
    times.dedup();
    assert_eq!(times.len(), 4, "each is signed when it is sent: {times:?}");
    assert!(heard.iter().all(|one| one.text == first.text && one.signed_by(&secret) == 1));
    assert_eq!(endpoint(&world).await.failing_since, None, "it works");
}

#[tokio::test]
async fn a_busy_endpoint_is_left_alone_as_long_as_it_asks() {
    let (world, ear) = (world().await, Ear::that(&[Reply::Busy(429, 200)]).await);
    subscribe(&world, &ear.url, &[]).await;
    happens(&world, tenant(&world, "acme").await, 1).await;
    eventually(|| async { endpoint(&world).await.last_fault.as_deref() == Some("answered 429") }).await;
    world.clock.advance(199 * SECOND);
    // Another tenant's event goes its own way, and shows that the worker has looked.
    happens(&world, tenant(&world, "brook").await, 2).await;
    assert_eq!(ear.hears(2).await[1].tenant(), "brook");
    world.clock.advance(SECOND);
    assert_eq!(ear.hears(3).await[2].tenant(), "acme");
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_at_once_and_told() {
    let (world, ear) = (world().await, Ear::that(&[Reply::Status(410)]).await);
    let (name, _) = subscribe(&world, &ear.url, &[]).await;
    let acme = tenant(&world, "acme").await;
    happens(&world, acme, 1).await;
    eventually(|| async { endpoint(&world).await.disabled_why.as_deref() == Some("gone") }).await;
    let line = audit(&world).await.pop().expect("a line");
    assert_eq!((line.actor.as_str(), line.action.as_str()), ("proxy", "webhook.disabled"));
    assert_eq!(line.object, format!("{name}: gone"));
    happens(&world, acme, 2).await;
    assert_eq!(endpoint(&world).await.waiting, 0, "nothing is planned for it any more");
}

#[tokio::test]
async fn after_five_days_of_nothing_but_failure_an_endpoint_is_disabled_and_what_waits_is_kept() {
    let (world, ear) = (world().await, Ear::that(&[500, 500, 503, 500].map(Reply::Status)).await);
    let (name, _) = subscribe(&world, &ear.url, &[]).await;
    let (acme, brook) = (tenant(&world, "acme").await, tenant(&world, "brook").await);
    happens(&world, acme, 1).await;
    eventually(|| async { endpoint(&world).await.failing_since.is_some() }).await;
    world.clock.advance(5 * DAY - SECOND);
    ear.hears(2).await;
    happens(&world, brook, 2).await;
    ear.hears(3).await;
    eventually(|| async { endpoint(&world).await.last_fault.as_deref() == Some("answered 503") }).await;
    assert_eq!(endpoint(&world).await.waiting, 2);
    assert_eq!(endpoint(&world).await.disabled_why, None, "a second is left");
    world.clock.advance(6 * SECOND);
    eventually(|| async { endpoint(&world).await.disabled_why.as_deref() == Some("failing") }).await;
    assert_eq!(audit(&world).await.pop().expect("a line").object, format!("{name}: failing"));
    let standing = world.write(|mut db| Box::pin(async move { db.webhooks_standing().await })).await;
    assert_eq!(standing, Standing { enabled: 0, failing: 0, disabled: 1, waiting: 2 }, "nothing is lost");
    world.by_another_program("UPDATE webhooks SET disabled_at = NULL, failing_since = NULL").await;
    world.clock.advance(DAY);
    let before = ear.heard().len();
    ear.hears(before + 2).await;
    drained(&world).await;
}

#[tokio::test]
async fn an_endpoint_that_hangs_holds_up_no_other() {
    let world = world().await;
    let (stuck, quick) = (Ear::that(&[Reply::Never; 200]).await, Ear::that(&[]).await);
    subscribe(&world, &stuck.url, &[]).await;
    subscribe(&world, &quick.url, &[]).await;
    for (import, name) in (0..).zip(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]) {
        happens(&world, tenant(&world, name).await, import).await;
    }
    quick.hears(10).await;
    assert!(stuck.heard().len() <= 4, "no endpoint has more than four at once: {}", stuck.heard().len());
}

#[tokio::test]
async fn what_happened_to_a_tenant_is_told_in_its_order() {
    let (world, ear) = (world().await, Ear::that(&[]).await);
    subscribe(&world, &ear.url, &[]).await;
    let (acme, brook) = (tenant(&world, "acme").await, tenant(&world, "brook").await);
    for import in 0..12 {
        happens(&world, if import % 3 == 0 { brook } else { acme }, import).await;
    }
    let heard = ear.hears(12).await;
    for (name, wanted) in [("acme", vec![1, 2, 4, 5, 7, 8, 10, 11]), ("brook", vec![0, 3, 6, 9])] {
        let told: Vec<u64> = heard.iter().filter(|one| one.tenant() == name).map(Heard::import).collect();
        assert_eq!(told, wanted, "{name}");
    }
}

#[tokio::test]
async fn an_endpoint_is_sent_only_what_it_wants() {
    let (world, all, some) = (world().await, Ear::that(&[]).await, Ear::that(&[]).await);
    subscribe(&world, &all.url, &[]).await;
    subscribe(&world, &some.url, &[Kind::Revoked, Kind::Disconnected]).await;
    let acme = tenant(&world, "acme").await;
    let now = world.clock.now();
    happens(&world, acme, 1).await;
    world
        .write(move |mut db| {
            Box::pin(async move {
                let (integration, event) = (&qbo(), &Event::Revoked);
                let new = NewEvent { tenant: acme, integration, event, by: None, now };
                db.notify(new).await
            })
        })
        .await;
    assert_eq!(some.hears(1).await[0].kind(), "connection.revoked");
    let heard = all.hears(2).await;
    assert_eq!((heard[0].kind(), heard[1].kind()), ("import.started", "connection.revoked"));
    assert_eq!(
        (some.heard().len(), heard[1].header("webhook-id")),
        (1, some.heard()[0].header("webhook-id"))
    );
}

/// The proxy as its own program, serving.
fn serve(operator: &Operator) -> tokio::process::Child {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_patchbay"));
    command.arg("serve").current_dir(&operator.folder).kill_on_drop(true);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs")
}

#[tokio::test]
async fn what_was_not_delivered_when_the_proxy_was_killed_is_delivered_by_the_next() {
    let (operator, ear) = (Operator::new(), Ear::that(&[Reply::Never]).await);
    operator.configure("127.0.0.1:0", "[webhooks]\nallow_private = [\"127.0.0.1\"]\n");
    operator.does(&["portal", "add", "demo", "--name", "Demo", "--key-file", "demo.key"]).await;
    let add = ["portal", "webhooks", "demo", "add", ear.url.as_str(), "--secret-file", "hook.secret"];
    operator.does(&add).await;
    let (store, writing) = server::store::visit(&operator.path("p.db")).await.expect("it opens");
    let writing = tokio::spawn(writing);
    let written = store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let tenant = db.put_tenant("demo", "acme", "Acme").await?;
            let (integration, event, now) = (&qbo(), &Event::Disconnected, Clock::system().now());
            db.notify(NewEvent { tenant, integration, event, by: None, now }).await
        })
    });
    written.await.expect("it is written");
    drop(store);
    writing.await.expect("it is closed");
    let mut first = serve(&operator);
    ear.hears(1).await;
    first.kill().await.expect("killed");
    let mut second = serve(&operator);
    let heard = ear.hears(2).await;
    second.kill().await.expect("killed");
    assert_eq!(heard[0].header("webhook-id"), heard[1].header("webhook-id"));
    let secret = std::fs::read_to_string(operator.path("hook.secret")).expect("a secret");
    assert!(heard.iter().all(|one| one.signed_by(&secret) == 1));
}
