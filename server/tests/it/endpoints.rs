//! The operator's commands about endpoints, beside a proxy that runs: what they print, what they refuse
//! in which words, and that a secret is shown once and lies nowhere in the clear.

use serde_json::{Value, json};

use crate::api::problem;
use crate::ear::{Ear, Heard, Reply, happens, tenant, world};
use crate::operator::Operator;
use crate::portals::audit;
use crate::webhooks::{drained, endpoint};
use crate::world::World;

const DAY: u64 = 24 * 3_600_000;

/// A proxy that runs, and its operator, whose configuration is the same.
async fn beside() -> (World, Operator) {
    let world = world().await;
    let operator = Operator::of(&world);
    let file = operator.path("patchbay.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    std::fs::write(file, format!("{text}[webhooks]\nallow_private = [\"127.0.0.0/8\"]\n")).expect("written");
    (world, operator)
}

async fn does(operator: &Operator, rest: &[&str]) -> String {
    operator.does(&[&["portal", "webhooks", "demo"], rest].concat()).await
}

async fn cannot(operator: &Operator, rest: &[&str]) -> String {
    operator.cannot(&[&["portal", "webhooks", "demo"], rest].concat()).await
}

/// Adds an endpoint; its name, and its secret out of the file.
async fn add(operator: &Operator, url: &str, file: &str) -> (String, String) {
    let told = does(operator, &["add", url, "--secret-file", file]).await;
    let secret = std::fs::read_to_string(operator.path(file)).expect("a secret");
    (told.split(' ').next().expect("a name").to_owned(), secret.trim().to_owned())
}

#[tokio::test]
async fn an_endpoint_is_added_tried_seen_and_removed() {
    let ((world, operator), ear) = (beside().await, Ear::that(&[]).await);
    assert!(does(&operator, &["list"]).await.contains("Nothing is sent anywhere"));
    let (name, secret) = add(&operator, &ear.url, "hook.secret").await;
    assert!(name.starts_with("wh_") && secret.starts_with("whsec_"), "{name}");
    let told = does(&operator, &["test", &name]).await;
    assert!(told.contains("was taken: 204 after "), "{told}");
    let heard = ear.heard().remove(0);
    assert_eq!((heard.kind(), heard.signed_by(&secret)), ("webhook.test", 1));
    happens(&world, tenant(&world, "acme").await, 1).await;
    ear.hears(2).await;
    drained(&world).await;
    let list = does(&operator, &["list"]).await;
    let row: Vec<_> =
        list.lines().nth(1).expect("a row").split("  ").filter(|cell| !cell.is_empty()).collect();
    assert_eq!(row.len(), 7, "{list}");
    assert_eq!((row[0], row[1].trim(), row[2].trim()), (name.as_str(), ear.url.as_str(), "all"), "{list}");
    assert_eq!((row[3].trim(), row[4].trim(), row[6].trim()), ("works", "0", "-"), "{list}");
    does(&operator, &["remove", &name]).await;
    assert!(does(&operator, &["list"]).await.contains("Nothing is sent anywhere"));
    let lines = audit(&world).await;
    let told: Vec<_> = lines.iter().map(|line| (line.actor.as_str(), line.action.as_str())).collect();
    assert_eq!(told, [("operator", "webhook.added"), ("operator", "webhook.removed")]);
    assert!(!format!("{lines:?}{list}").contains(&secret[6..]), "the secret is in its file alone");
}

#[tokio::test]
async fn in_07_an_endpoint_that_cannot_be_is_told_and_not_added() {
    let ((world, operator), ear) = (beside().await, Ear::that(&[]).await);
    let (name, _) = add(&operator, &ear.url, "hook.secret").await;
    for (url, words) in [
        ("acme.example", "write a whole address"),
        ("http://acme.example/", "use https"),
        ("https://10.0.0.1/", "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://169.254.169.254/latest/meta-data", "private network"),
        ("https://ann:secret@acme.example/", "write \"https://acme.example/\""),
        ("https://acme.example/#top", "write \"https://acme.example/\""),
        (ear.url.as_str(), "has the endpoint"),
    ] {
        let told = cannot(&operator, &["add", url, "--secret-file", "other.secret"]).await;
        assert!(told.contains(words), "{told}");
        assert!(!operator.path("other.secret").exists(), "no secret is left behind: {told}");
    }
    let told = cannot(&operator, &["add", "https://acme.example/", "--secret-file", "hook.secret"]).await;
    assert!(told.contains("Name a file that is not there"), "{told}");
    let event =
        ["portal", "webhooks", "demo", "add", "https://a.example/", "--events", "all", "--secret-file", "s"];
    assert!(operator.tell(&event).await.err.contains("\"all\" is no event; there are connection.connected"));
    for command in ["test", "enable", "disable", "remove"] {
        assert!(cannot(&operator, &[command, "wh_00000000"]).await.contains("has no endpoint wh_00000000"));
    }
    let told = cannot(&operator, &["replay", &name, "--since", "2026-01-01T00:00:00Z"]).await;
    assert!(told.contains("no event fits"), "{told}");
    let told = operator.cannot(&["portal", "webhooks", "other", "list"]).await;
    assert!(told.contains("there is no portal \"other\""), "{told}");
    for number in 0..9 {
        add(&operator, &format!("https://acme.example/{number}"), &format!("{number}.secret")).await;
    }
    let told = cannot(&operator, &["add", "https://acme.example/", "--secret-file", "other.secret"]).await;
    assert!(told.contains("at most 10 endpoints"), "{told}");
    let lines = audit(&world).await;
    let added = lines.iter().filter(|line| line.action == "webhook.added").count();
    assert_eq!((added, lines.len()), (10, 10), "what was refused left nothing: {lines:?}");
}

#[tokio::test]
async fn a_test_tells_what_is_wrong() {
    let ((_world, operator), ear) = (beside().await, Ear::that(&[Reply::Status(401)]).await);
    let (name, _) = add(&operator, &ear.url, "hook.secret").await;
    assert!(cannot(&operator, &["test", &name]).await.contains("answered 401"));
    drop(ear);
    assert!(cannot(&operator, &["test", &name]).await.contains("was not reached: no connection"));
}

#[tokio::test]
async fn a_secret_is_exchanged_without_a_gap() {
    let ((world, operator), ear) = (beside().await, Ear::that(&[]).await);
    let (name, old) = add(&operator, &ear.url, "old.secret").await;
    does(&operator, &["rotate", &name, "--secret-file", "new.secret"]).await;
    let new = std::fs::read_to_string(operator.path("new.secret")).expect("a secret");
    assert_ne!(old, new.trim());
    let acme = tenant(&world, "acme").await;
    happens(&world, acme, 1).await;
    let heard = ear.hears(1).await.remove(0);
    assert_eq!(heard.header("webhook-signature").split(' ').count(), 2);
    assert_eq!((heard.signed_by(&old), heard.signed_by(&new)), (1, 1));
    // The command's clock is the machine's, years after the world's.
    world.clock.advance(30 * 365 * DAY);
    happens(&world, acme, 2).await;
    let heard = ear.hears(2).await.remove(1);
    assert_eq!((heard.signed_by(&old), heard.signed_by(&new)), (0, 1));
}

#[tokio::test]
async fn what_is_disabled_is_sent_nothing_until_it_is_enabled() {
    let ((world, operator), ear) = (beside().await, Ear::that(&[Reply::Status(500)]).await);
    let (name, _) = add(&operator, &ear.url, "hook.secret").await;
    let acme = tenant(&world, "acme").await;
    happens(&world, acme, 1).await;
    eventually_failing(&world).await;
    does(&operator, &["disable", &name]).await;
    assert!(does(&operator, &["list"]).await.contains("disabled: operator"));
    happens(&world, acme, 2).await;
    world.clock.advance(DAY);
    does(&operator, &["enable", &name]).await;
    let heard = ear.hears(2).await;
    assert_eq!(
        (heard[0].import(), heard[1].import()),
        (1, 1),
        "what waited comes, what happened meanwhile not"
    );
    does(&operator, &["replay", &name, "--since", "2020-01-01T00:00:00Z"]).await;
    // The command's clock is the machine's: what it plans for now is due when the world is there too.
    world.clock.advance(30 * 365 * DAY);
    let imports: Vec<u64> = ear.hears(4).await[2..].iter().map(Heard::import).collect();
    assert_eq!(imports, [1, 2]);
}

async fn eventually_failing(world: &World) {
    crate::tokens::eventually(|| async { endpoint(world).await.last_fault.is_some() }).await;
}

#[tokio::test]
async fn one_event_is_sent_once_more_under_its_id() {
    let ((world, operator), ear) = (beside().await, Ear::that(&[]).await);
    let (name, _) = add(&operator, &ear.url, "hook.secret").await;
    let acme = tenant(&world, "acme").await;
    happens(&world, acme, 1).await;
    happens(&world, acme, 2).await;
    let first = ear.hears(2).await.remove(0);
    drained(&world).await;
    let told = does(&operator, &["replay", &name, "--event", first.header("webhook-id")]).await;
    assert_eq!(told, "Sending 1 event once more.\n");
    world.clock.advance(30 * 365 * DAY);
    let again = ear.hears(3).await.remove(2);
    assert_eq!((again.header("webhook-id"), &again.text), (first.header("webhook-id"), &first.text));
    assert!(cannot(&operator, &["replay", &name, "--event", "evt_unknown"]).await.contains("no event fits"));
}

#[tokio::test]
async fn st_07_the_secret_of_an_endpoint_lies_in_no_file_of_the_proxy() {
    let ((world, operator), ear) = (beside().await, Ear::that(&[]).await);
    let (_, secret) = add(&operator, &ear.url, "hook.secret").await;
    happens(&world, tenant(&world, "acme").await, 1).await;
    ear.hears(1).await;
    std::fs::remove_file(operator.path("hook.secret")).expect("removed");
    let folder = world.stop().await;
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        assert!(!bytes.windows(12).any(|window| window == &secret.as_bytes()[6..18]), "in the clear");
        seen += 1;
    }
    assert!(seen >= 3, "database, keys and lock: {seen}");
}

#[tokio::test]
async fn a_portals_backend_looks_after_its_own_endpoints() {
    let (world, ear) = (world().await, Ear::that(&[]).await);
    let at = |path: &str| world.at(&format!("/api/v1/webhooks{path}"));
    let add = |body: Value| world.http.post(at("")).bearer_auth(&world.key).json(&body).send();
    let answer = add(json!({ "url": ear.url, "events": ["import.started"] })).await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 201);
    let added: Value = answer.json().await.expect("JSON");
    let (id, secret) = (added["id"].as_str().expect("an id"), added["secret"].as_str().expect("a secret"));
    happens(&world, tenant(&world, "acme").await, 1).await;
    assert_eq!(ear.hears(1).await[0].signed_by(secret), 1);
    drained(&world).await;
    let list = world.http.get(at("")).bearer_auth(&world.key).send().await.expect("an answer");
    let list = list.text().await.expect("text");
    assert!(
        list.contains(id) && list.contains("\"state\":\"works\"") && !list.contains(&secret[6..]),
        "{list}"
    );
    let replay = world.http.post(at(&format!("/{id}/replays"))).bearer_auth(&world.key);
    let replay = replay.json(&json!({ "since": "2020-01-01T00:00:00Z" })).send().await.expect("an answer");
    assert_eq!(replay.json::<Value>().await.expect("JSON"), json!({ "events": 1 }));
    let heard = ear.hears(2).await;
    assert_eq!(heard[0].header("webhook-id"), heard[1].header("webhook-id"));
    for (body, expected) in [
        (json!({ "url": ear.url }), (409, "webhook_taken")),
        (json!({ "url": "https://10.0.0.1/" }), (422, "invalid")),
        (json!({ "url": "https://acme.example/", "events": ["all"] }), (422, "invalid")),
    ] {
        let (status, code, _) = problem(add(body).await.expect("an answer"), "a refusal").await;
        assert_eq!((status, code.as_str()), expected);
    }
    let gone = || world.http.delete(at(&format!("/{id}"))).bearer_auth(&world.key).send();
    assert_eq!(gone().await.expect("an answer").status().as_u16(), 204);
    let (status, code, _) = problem(gone().await.expect("an answer"), "gone").await;
    assert_eq!((status, code.as_str()), (404, "webhook_unknown"));
    let lines: Vec<_> = audit(&world).await.into_iter().map(|line| (line.actor, line.action)).collect();
    let done = ["webhook.added", "webhook.replayed", "webhook.removed"];
    assert_eq!(lines, done.map(|action| ("key test".to_owned(), action.to_owned())));
}
