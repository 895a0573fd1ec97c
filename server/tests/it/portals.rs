//! Portals at the operator's command line, beside a proxy that runs: what is changed there is so in
//! the proxy within a second.

use futures_util::SinkExt as _;
use protocol::message::{Auth, ClientMessage, FaultKind, Hello, ServerMessage};
use protocol::{Envelope, encode_json};
use reqwest::Response;
use sandbox::UK_COMPANY;
use serde_json::{Value, json};
use server::clock::Clock;
use server::portals::uses;
use server::store::api_keys::KeySight;
use server::store::audit::Line;
use server::store::{Db, StoreError};
use server::vault::digest;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{SOON, hear, open, upgrade};
use crate::operator::Operator;
use crate::quick::{Quick, REVOKE};
use crate::world::{ALL, PORTAL, Plan, START, World};

/// Asks for a link or a session token with a key.
pub(crate) async fn invite(world: &World, key: &str, what: &str) -> Response {
    let body = json!({
        "tenant": "riverside", "tenant_name": "Riverside Cycles", "permissions": ["view"],
        "visitor": { "id": "u1", "name": "Zoë" },
    });
    let asked = world.http.post(world.at(&format!("/api/v1/{what}"))).bearer_auth(key);
    asked.json(&body).send().await.expect("an answer")
}

/// A fresh link and a fresh session token.
pub(crate) async fn invitations(world: &World, key: &str) -> (String, String) {
    let made = async |what: &str, field: &str| {
        let answer = invite(world, key, what).await;
        assert_eq!(answer.status().as_u16(), 201, "{what}");
        answer.json::<Value>().await.expect("JSON")[field].as_str().expect("a text").to_owned()
    };
    (made("links", "url").await, made("sessions", "token").await)
}

pub(crate) async fn press(world: &World, link: &str) -> u16 {
    let asked = world.http.post(link).header("origin", world.running.url());
    asked.header("sec-fetch-site", "same-origin").send().await.expect("an answer").status().as_u16()
}

/// Whether a hello with this cookie is answered by a welcome.
pub(crate) async fn is_welcome(world: &World, cookie: &str) -> bool {
    let request = upgrade(world, Some(cookie), Some(&world.running.url()));
    let mut socket = open(world, request).await.expect("the upgrade itself proves nothing");
    let hello = Hello { build: "dev".to_owned(), auth: Auth::Cookie, cursor: None, portal: None };
    let hello = encode_json(&Envelope::unasked(ClientMessage::Hello(hello)));
    socket.send(Message::text(hello)).await.expect("sent");
    match hear(&mut socket).await.expect("an answer").message {
        ServerMessage::Welcome(_) => true,
        ServerMessage::Failed(fault) if fault.kind == FaultKind::SessionInvalid => false,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn token_opens(world: &World, token: &str) -> bool {
    let (hash, now) = (digest(token), world.clock.now());
    let used = world.write(move |mut db| Box::pin(async move { db.take_session_token(hash, now).await }));
    used.await.is_some()
}

async fn keys(world: &World) -> Vec<KeySight> {
    world.write(|mut db| Box::pin(async move { db.api_keys_of(PORTAL).await })).await
}

pub(crate) async fn audit(world: &World) -> Vec<Line> {
    world.write(|mut db| Box::pin(async move { db.audit_tail(None, 1000).await })).await
}

#[tokio::test]
async fn a_session_token_is_good_once_and_for_five_minutes() {
    let world = World::start().await;
    let answer: Value = invite(&world, &world.key, "sessions").await.json().await.expect("JSON");
    assert_eq!(answer["expires_at"], "2025-11-24T16:05:00Z");
    let hash = digest(answer["token"].as_str().expect("a token"));
    let take = async || {
        let now = world.clock.now();
        world.write(move |mut db| Box::pin(async move { db.take_session_token(hash, now).await })).await
    };
    let (first, second) = tokio::join!(take(), take());
    let (_, permissions, locale) = first.xor(second).expect("one of the two");
    assert!(permissions.view && !permissions.connect);
    assert_eq!(locale, "en");
    let (_, late) = invitations(&world, &world.key).await;
    world.clock.advance(300_000);
    assert!(!token_opens(&world, &late).await, "it is too old");
}

#[tokio::test]
async fn em_05_a_removed_portal_takes_everything_along_within_a_second() {
    // The command goes by the system's time.
    let mut plan = Plan::new().await;
    plan.clock = Clock::system();
    let world = plan.start().await;
    let ann = world.person("riverside", "Ann", ALL).await;
    let mut socket = world.socket(&ann).await;
    let (link, token) = invitations(&world, &world.key).await;
    let operator = Operator::of(&world);
    let warned = operator.cannot(&["portal", "remove", PORTAL]).await;
    assert!(
        warned.contains("1 key, 1 session, 2 unused links, 0 live connections and 1 organisation"),
        "{warned}"
    );
    assert!(warned.contains("portal remove demo --yes demo"), "{warned}");
    operator.cannot(&["portal", "remove", PORTAL, "--yes", "dmeo"]).await;
    operator.does(&["portal", "remove", PORTAL, "--yes", PORTAL]).await;
    let told = tokio::time::timeout(SOON, socket.closed()).await.expect("soon");
    assert_eq!(told.expect("a goodbye").reason, "the session ended");
    assert_eq!(invite(&world, &world.key, "links").await.status().as_u16(), 401);
    assert_eq!(press(&world, &link).await, 410);
    assert!(!token_opens(&world, &token).await);
    assert!(!is_welcome(&world, &ann.cookie).await);
    assert!(operator.does(&["portal", "list"]).await.starts_with("There is no portal yet"));
    let last = audit(&world).await.pop().expect("a line");
    assert_eq!((last.actor.as_str(), last.action.as_str()), ("operator", "portal.removed"));
}

#[tokio::test]
async fn em_05_a_revoked_key_takes_back_what_nobody_has_used() {
    let world = World::start().await;
    let operator = Operator::of(&world);
    operator.does(&["portal", "keys", PORTAL, "add", "--key-file", "new.key"]).await;
    let new = std::fs::read_to_string(operator.path("new.key")).expect("a key");
    let new = new.trim();
    let prefix = &new[..11];
    let ((link, token), (other, stays)) =
        (invitations(&world, new).await, invitations(&world, &world.key).await);
    let ann = world.person("riverside", "Ann", ALL).await;
    operator.does(&["portal", "keys", PORTAL, "revoke", prefix]).await;
    assert_eq!(invite(&world, new, "links").await.status().as_u16(), 401);
    assert_eq!(press(&world, &link).await, 410);
    assert!(!token_opens(&world, &token).await);
    assert_eq!(press(&world, &other).await, 303, "another key's link is none of its business");
    assert!(token_opens(&world, &stays).await);
    assert!(is_welcome(&world, &ann.cookie).await, "sessions are people's, not keys'");
}

#[tokio::test]
async fn a_portal_with_live_connections_is_removed_only_when_told() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let operator = Operator::of(&quick.world);
    let refused = operator.cannot(&["portal", "remove", PORTAL, "--yes", PORTAL]).await;
    assert!(refused.contains("1 live connection") && refused.contains("--drop-connections"), "{refused}");
    assert!(quick.row(&ann).await.live, "nothing was half done");
    let told = operator.does(&["portal", "remove", PORTAL, "--yes", PORTAL, "--drop-connections"]).await;
    assert!(told.contains("1 live connection"), "{told}");
    assert_eq!(quick.calls(REVOKE), 0, "it is dropped, not revoked");
}

#[tokio::test]
async fn the_use_of_a_key_is_written_later_and_never_lost_by_a_stop() {
    let world = World::start().await;
    for _ in 0..3 {
        world.clock.advance(1000);
        invite(&world, &world.key, "sessions").await;
    }
    assert_eq!(keys(&world).await[0].last_used, None, "not on the request's path");
    uses::flush(&world.app()).await.expect("written");
    assert_eq!(keys(&world).await[0].last_used.map(|at| at.0), Some(START.0 + 3000));
    world.clock.advance(60_000);
    invite(&world, &world.key, "sessions").await;
    let world = world.restart().await;
    assert_eq!(keys(&world).await[0].last_used.map(|at| at.0), Some(START.0 + 63_000));
}

#[tokio::test]
async fn sm_05_whatever_changes_something_leaves_a_line() {
    let quick = Quick::start().await;
    let world = &quick.world;
    let link = invite(world, &world.key, "links").await;
    let request = link.headers()["x-request-id"].to_str().expect("text").to_owned();
    invite(world, &world.key, "sessions").await;
    let put = world.http.put(world.at("/api/v1/tenants/acme")).bearer_auth(&world.key);
    put.json(&json!({ "name": "Acme" })).send().await.expect("an answer");
    let post = world.http.post(world.at("/api/v1/tenants/acme/records/customers")).bearer_auth(&world.key);
    let post = post.header("content-type", "application/x-ndjson").body("{\"id\":\"1\",\"name\":\"A\"}");
    post.send().await.expect("an answer");
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    quick.disconnect(&ann).await;
    let operator = Operator::of(world);
    operator.does(&["portal", "origins", PORTAL, "add", "https://acme.example"]).await;
    let lines = audit(world).await;
    // What the proxy does by itself comes in its own time.
    let seen: Vec<_> = lines
        .iter()
        .filter(|line| line.actor != "proxy")
        .map(|line| (line.actor.as_str(), line.action.as_str(), line.tenant.as_deref(), line.object.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("key test", "link.made", Some("riverside"), "visitor u1"),
            ("key test", "session.made", Some("riverside"), "visitor u1"),
            ("key test", "tenant.kept", Some("acme"), "acme"),
            ("key test", "records.kept", Some("acme"), "customers"),
            ("visitor Ann", "connection.connected", Some("acme"), "quickbooks-online"),
            ("visitor Ann", "import.started", Some("acme"), "quickbooks-online"),
            ("visitor Ann", "connection.disconnected", Some("acme"), "quickbooks-online"),
            ("operator", "origin.added", None, "https://acme.example"),
        ]
    );
    assert_eq!(lines[0].request.as_deref(), Some(request.as_str()), "the id leads to the log");
    let shown = operator.does(&["audit", "--portal", PORTAL, "--tail", "2"]).await;
    assert_eq!(shown.lines().count(), 3, "a heading and two lines: {shown}");
    assert!(shown.contains("origin.added"), "{shown}");
    assert_eq!(operator.does(&["audit", "--portal", "other"]).await.lines().count(), 1);
}

#[tokio::test]
async fn a_failed_change_leaves_no_line() {
    let world = World::start().await;
    let app = world.app();
    let refused = app.store.write(|mut db: Db<'_>| {
        Box::pin(async move {
            server::portals::add_origin(&mut db, PORTAL, &"https://a.example".parse().expect("one"), START)
                .await
                .expect("added");
            Err::<(), _>(StoreError::Closed)
        })
    });
    assert!(refused.await.is_err());
    assert_eq!(audit(&world).await, Vec::new());
}

#[tokio::test]
async fn st_14_a_command_never_changes_the_schema_under_a_proxy_that_runs() {
    let world = World::start().await;
    let options = SqliteConnectOptions::new().filename(world.dir.path().join("patchbay.db"));
    let mut database = SqliteConnection::connect_with(&options).await.expect("it opens");
    let newest = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    sqlx::query(newest).execute(&mut database).await.expect("as an older version would have it");
    let told = Operator::of(&world).cannot(&["portal", "list"]).await;
    assert!(told.contains("is served by an older Patchbay"), "{told}");
}
