//! Intuit's notices at the proxy's door: who is let in, what is remembered of them, and that nothing that is
//! sent there does harm (IN-10).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use protocol::import::{ImportSnapshot, ImportState, List};
use ring::hmac;
use sandbox::{US_COMPANY, US_REALM};
use serde_json::{Value, json};
use server::config::Registration;
use server::limits::Rate;
use server::vault::Secret;

use crate::idor::dump::{Dump, Schema, Whose};
use crate::imports::{ended, until};
use crate::quick::{CLIENT, Quick, SECRET, quickbooks, registration};
use crate::raw::{Answer, Request};
use crate::world::{Person, Plan, World};

pub(crate) const TOKEN: &str = "5f0c9e4ad7b24d5c8f1e";
const PATH: &str = "/notices/qbo";

/// Our client at a sandbox, which signs with this token.
pub(crate) fn told(origin: &str) -> Registration {
    Registration { verifier_token: Some(Secret::new(TOKEN)), ..registration("qbo", origin) }
}

pub(crate) fn sign(token: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, body))
}

/// A proxy that takes notices, of which the sandbox itself sends none.
async fn quick(limit: Option<Rate>) -> Quick {
    let mut plan = Plan::new().await;
    if let Some(limit) = limit {
        plan.config.limits.visits_per_address = limit;
    }
    let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![format!("{}/callback/qbo", plan.url())])];
    let sandbox = sandbox::start(quickbooks(clients)).await.expect("the sandbox starts");
    let world = plan.register(told(sandbox.url())).start().await;
    Quick { world, sandbox }
}

async fn connected() -> (Quick, Person, ImportSnapshot) {
    let quick = quick(None).await;
    let ann = quick.ann().await;
    quick.connect(&ann, US_COMPANY).await;
    let first = ended(&quick, &ann).await;
    (quick, ann, first)
}

pub(crate) fn event(id: &str, entity: &str, realm: &str) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "intuit.a2V5", "type": format!("qbo.{entity}.updated.v1"),
        "time": "2025-11-24T16:00:00.034359333Z", "intuitentityid": "7", "intuitaccountid": realm, "data": {} })
}

fn legacy(entity: &str, realm: &str) -> Value {
    let entity = json!({ "name": entity, "id": "7", "operation": "Update", "lastUpdated": "2025-11-24T16:00:00.000Z" });
    json!({ "eventNotifications": [{ "realmId": realm, "dataChangeEvent": { "entities": [entity] } }] })
}

/// Sends a body under the right signature.
async fn post(world: &World, kind: &str, body: impl Into<Vec<u8>>) -> u16 {
    let body = body.into();
    let request = world.http.post(world.at(PATH)).header("content-type", kind);
    let request = request.header("intuit-signature", sign(TOKEN, &body)).body(body);
    request.send().await.expect("an answer").status().as_u16()
}

async fn tell(world: &World, body: &Value) {
    assert_eq!(post(world, "application/json; charset=utf-8", body.to_string()).await, 200, "{body}");
}

/// A run has ended, and the half minute is over that its company rests after it.
pub(crate) async fn rested(quick: &Quick, ann: &Person, after: &ImportSnapshot) {
    until(quick, ann, |run| run.import != after.import || run.state != ImportState::Running).await;
    quick.world.clock.advance(30_000);
    quick.world.app().wake.notices.notify_one();
}

/// Waits for the run that reads exactly this after another, and no run came between.
async fn next(quick: &Quick, ann: &Person, before: &ImportSnapshot, lists: &[List]) -> ImportSnapshot {
    rested(quick, ann, before).await;
    let other = |run: &ImportSnapshot| run.import != before.import && run.state != ImportState::Running;
    let run = until(quick, ann, other).await;
    let read: Vec<List> = run.lists.iter().map(|list| list.list).collect();
    assert_eq!((read.as_slice(), run.state), (lists, ImportState::Done));
    assert_eq!(run.import.0, before.import.0 + 1, "one run, and no other");
    run
}

async fn dump(world: &World) -> Dump {
    let file = world.dir.path().join("patchbay.db");
    Schema::of(&file).await.dump(Whose::All).await
}

/// What differs from answer to answer, whatever was sent, is left out.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let own = ["x-request-id", "date"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    (answer.status, headers.cloned().collect(), answer.body.clone())
}

#[tokio::test]
async fn in_10_a_bad_or_absent_signature_is_refused_alike_and_changes_nothing() {
    let (quick, _, _) = connected().await;
    let (world, body) = (&quick.world, event("a", "customer", US_REALM).to_string());
    let good = sign(TOKEN, body.as_bytes());
    let mut flipped = STANDARD.decode(&good).expect("base64");
    flipped[31] ^= 1;
    let signatures = [
        vec![],
        vec![String::new()],
        vec![sign("another", body.as_bytes())],
        vec![sign(TOKEN, b"another body")],
        vec![STANDARD.encode(&flipped)],
        vec![STANDARD.encode(&flipped[..31])],
        vec![format!("{good}AAAA")],
        vec![good.trim_end_matches('=').to_owned()],
        vec![sign(SECRET, body.as_bytes())],
        vec!["!".repeat(44)],
        vec![good.clone(), good.clone()],
    ];
    let before = dump(world).await;
    let mut answers = Vec::new();
    for signature in signatures {
        let headers: Vec<_> = signature.into_iter().map(|one| ("intuit-signature", one)).collect();
        let request = Request::new("POST", PATH).headers(&headers).body("application/json", &body);
        answers.push(request.ask(world.running.address()).await);
    }
    for nowhere in ["/notices/other", "/notices/qbo%20", "/notices/%FF"] {
        let request = Request::new("POST", nowhere).header("intuit-signature", good.as_str());
        answers.push(request.body("application/json", &body).ask(world.running.address()).await);
    }
    // An address that is no text is refused before anybody looks.
    assert_eq!(answers.pop().expect("the last").status, 400);
    for answer in &answers {
        assert_eq!((answer.status, comparable(answer)), (401, comparable(&answers[0])));
    }
    assert_eq!(before.differing(&dump(world).await), [""; 0]);
    assert!(!format!("{answers:?}").contains(TOKEN));
}

#[tokio::test]
async fn in_10_a_registration_without_a_verifier_token_takes_none() {
    let quick = Quick::start().await;
    let body = event("a", "customer", US_REALM).to_string();
    for token in ["", SECRET, TOKEN] {
        let request = quick.world.http.post(quick.world.at(PATH)).body(body.clone());
        let answer = request.header("intuit-signature", sign(token, body.as_bytes())).send().await;
        assert_eq!(answer.expect("an answer").status(), 401);
    }
}

#[tokio::test]
async fn in_10_a_replayed_notice_is_heeded_once_also_after_a_restart() {
    let (quick, ann, first) = connected().await;
    let (modern, older) = (json!([event("a", "vendor", US_REALM)]), legacy("Vendor", US_REALM));
    tell(&quick.world, &modern).await;
    let second = next(&quick, &ann, &first, &[List::Suppliers]).await;
    tell(&quick.world, &modern).await;
    tell(&quick.world, &older).await;
    let third = next(&quick, &ann, &second, &[List::Suppliers]).await;
    let quick = quick.restart().await;
    for body in [&modern, &older, &json!([event("a", "customer", US_REALM)])] {
        tell(&quick.world, body).await;
    }
    tell(&quick.world, &json!([event("b", "term", US_REALM)])).await;
    next(&quick, &ann, &third, &[List::Terms]).await;
}

#[tokio::test]
async fn in_10_what_nobody_asked_for_is_answered_and_ignored() {
    let (quick, ann, first) = connected().await;
    let mut old = event("old", "customer", US_REALM);
    old["time"] = json!("2025-10-01T00:00:00Z");
    for body in [
        "",
        "[]",
        "{}",
        "null",
        "7",
        "\"text\"",
        "{\"eventNotifications\":7}",
        "{\"eventNotifications\":[7,{}]}",
        "not JSON",
        "[{\"type\":\"qbo\"}]",
    ] {
        assert_eq!(post(&quick.world, "text/plain", body).await, 200, "{body}");
    }
    assert_eq!(post(&quick.world, "application/json", "[".repeat(200_000)).await, 200);
    assert_eq!(post(&quick.world, "application/json", vec![0xff; 64]).await, 200);
    for body in [
        event("1", "customer", "9341453199999099"),
        event("2", "invoice", US_REALM),
        legacy("Employee", US_REALM),
        old,
    ] {
        tell(&quick.world, &json!([body])).await;
    }
    assert_eq!(post(&quick.world, "application/json", "x".repeat(2 * 1024 * 1024 + 1)).await, 413);
    tell(&quick.world, &json!([event("3", "term", US_REALM)])).await;
    next(&quick, &ann, &first, &[List::Terms]).await;
}

#[tokio::test]
async fn in_10_whoever_guesses_signatures_is_slowed_down_and_the_provider_is_not() {
    let quick = quick(Some(Rate::new(1, 3))).await;
    let world = &quick.world;
    let guess = || world.http.post(world.at(PATH)).header("intuit-signature", sign("guess", b"")).send();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(guess().await.expect("an answer").status().as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 429]);
    assert_eq!(guess().await.expect("an answer").headers()["retry-after"], "1");
    for _ in 0..5 {
        tell(world, &json!([event("a", "customer", US_REALM)])).await;
    }
}

/// Bodies that look as if: good ones with something cut out, doubled or replaced.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let good = prop_oneof![
        Just(json!([event("a", "customer", "1"), event("b", "vendor", "2")]).to_string()),
        Just(legacy("Customer", "1").to_string()),
    ];
    let part = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..8),
        Just(b"[[[[{".to_vec()),
        Just(b"\\ud800".to_vec()),
        Just(b"1e999".to_vec()),
        Just(b"null".to_vec()),
    ];
    (good, any::<prop::sample::Index>(), 0_usize..40, part).prop_map(|(good, at, length, part)| {
        let mut body = good.into_bytes();
        let start = at.index(body.len());
        let end = (start + length).min(body.len());
        body.splice(start..end, part);
        body
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn in_10_no_body_and_no_signature_make_an_answer_of_ours_a_fault() {
    let quick = quick(None).await;
    let bodies = prop_oneof![nearly(), prop::collection::vec(any::<u8>(), 0..300)];
    let cases = (bodies, prop::collection::vec(0x20_u8..0x7f, 0..60), any::<bool>());
    let handle = tokio::runtime::Handle::current();
    let asking = tokio::task::spawn_blocking(move || {
        let mut runner =
            TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
        let told = runner.run(&cases, |(body, signature, good)| {
            let signature = if good { sign(TOKEN, &body).into_bytes() } else { signature };
            let request = quick.world.http.post(quick.world.at(PATH)).header("intuit-signature", signature);
            let answer = handle.block_on(request.body(body).send()).expect("an answer");
            prop_assert_eq!(answer.status().as_u16(), if good { 200 } else { 401 });
            Ok(())
        });
        told.expect("never anything else");
    });
    asking.await.expect("it was asked");
}
