//! What is denied to somebody known stands in the audit log, once a minute; strangers leave no line
//! (SM-05).

use protocol::ids::IntegrationId;
use protocol::message::{FaultKind, Intent};
use protocol::store::Permissions;
use server::portals::{self, ApiKey, PortalError};
use server::store::api_keys::{Scope, Scopes};

use crate::client::Client;
use crate::portals::{audit, invite, is_welcome};
use crate::raw::Request;
use crate::world::{PORTAL, START, World};

const LOOKS: Permissions = Permissions { view: true, configure: false, connect: false, import: false };
const MINUTE: u64 = 60_000;

/// Who was denied what, of which organisation.
async fn denied(world: &World) -> Vec<(String, Option<String>, String)> {
    let lines = audit(world).await.into_iter().filter(|line| line.action == "access.denied");
    lines.map(|line| (line.actor, line.tenant, line.object)).collect()
}

fn visitor(what: &str) -> (String, Option<String>, String) {
    ("visitor Zoë".to_owned(), Some("riverside".to_owned()), what.to_owned())
}

async fn refused(client: &mut Client, intent: Intent) {
    let fault = client.ask(intent).await.expect_err("refused");
    assert_eq!(fault.kind, FaultKind::NotAllowed);
}

fn integration() -> IntegrationId {
    IntegrationId::new("quickbooks-online").expect("an id")
}

fn disconnect() -> Intent {
    Intent::Disconnect { integration: integration() }
}

/// A key of the portal, with its prefix.
async fn key(world: &World, scopes: Scopes) -> (String, String) {
    let key = ApiKey::make(scopes, &world.clock);
    let made = (key.secret().lend(str::to_owned), key.prefix().to_owned());
    let app = world.app();
    let added = app.store.write::<_, PortalError, _>(move |mut db| {
        Box::pin(async move { portals::add_key(&mut db, PORTAL, &key, START).await })
    });
    added.await.expect("it is added");
    made
}

#[tokio::test]
async fn sm_05_what_a_person_may_not_do_leaves_a_line_a_minute() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", LOOKS).await;
    let mut client = world.socket(&zoe).await;
    for _ in 0..50 {
        refused(&mut client, disconnect()).await;
    }
    refused(&mut client, Intent::StartImport { integration: integration(), lists: Vec::new() }).await;
    refused(&mut client, Intent::KeepDraft { integration: integration(), draft: None }).await;
    assert_eq!(denied(&world).await, ["connect", "import", "configure"].map(visitor));
    world.clock.advance(MINUTE - 1);
    refused(&mut client, disconnect()).await;
    assert_eq!(denied(&world).await.len(), 3, "not within the minute");
    world.clock.advance(1);
    refused(&mut client, disconnect()).await;
    assert_eq!(denied(&world).await.len(), 4, "it goes on");
}

#[tokio::test]
async fn sm_05_who_may_see_nothing_leaves_a_line_at_the_door() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", Permissions::default()).await;
    for _ in 0..3 {
        let request = crate::client::upgrade(&world, Some(&zoe.cookie), Some(&world.running.url()));
        let mut socket = crate::client::open(&world, request).await.expect("upgraded");
        let hello = r#"{"id":"h","message":{"Hello":{"build":"dev","auth":"Cookie","cursor":null}}}"#;
        let hello = tokio_tungstenite::tungstenite::Message::text(hello);
        futures_util::SinkExt::send(&mut socket, hello).await.expect("sent");
        drop(crate::client::hear_close(&mut socket).await);
    }
    assert_eq!(denied(&world).await, [visitor("view")]);
}

#[tokio::test]
async fn sm_05_what_a_key_may_not_do_leaves_a_line_a_minute() {
    let world = World::start().await;
    let (reads, prefix) = key(&world, Scopes::of(&[Scope::Read])).await;
    let before = audit(&world).await.len();
    let first = invite(&world, &reads, "links").await;
    let request = first.headers()["x-request-id"].to_str().expect("text").to_owned();
    for _ in 0..50 {
        assert_eq!(invite(&world, &reads, "links").await.status().as_u16(), 403);
    }
    assert_eq!(invite(&world, &reads, "sessions").await.status().as_u16(), 403);
    let line = |what: &str| (format!("key {prefix}"), None, what.to_owned());
    let told =
        [line("POST /api/v1/links: it needs sessions"), line("POST /api/v1/sessions: it needs sessions")];
    assert_eq!(denied(&world).await, told);
    assert_eq!(audit(&world).await[before].request.as_deref(), Some(request.as_str()));
    world.clock.advance(MINUTE);
    invite(&world, &reads, "links").await;
    assert_eq!(denied(&world).await.len(), 3);
}

#[tokio::test]
async fn sm_05_a_revoked_key_that_comes_back_leaves_a_line() {
    let world = World::start().await;
    let (gone, prefix) = key(&world, Scopes::default()).await;
    let revoked = prefix.clone();
    let app = world.app();
    let revoke = app.store.write::<_, PortalError, _>(move |mut db| {
        Box::pin(async move { portals::revoke_key(&mut db, PORTAL, &revoked, START).await })
    });
    revoke.await.expect("it is revoked");
    for _ in 0..3 {
        assert_eq!(invite(&world, &gone, "links").await.status().as_u16(), 401);
    }
    let line = (format!("key {prefix}"), None, "POST /api/v1/links: the key is revoked".to_owned());
    assert_eq!(denied(&world).await, [line]);
}

#[tokio::test]
async fn sm_05_strangers_leave_no_line() {
    let world = World::start().await;
    world.person("riverside", "Zoë", LOOKS).await;
    let before = std::fs::read(world.dir.path().join("patchbay.db-wal")).expect("the database's log");
    for forged in ["", "wrong", "pb_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(invite(&world, forged, "links").await.status().as_u16(), 401);
        assert!(!is_welcome(&world, &format!("__Host-patchbay={forged}")).await);
    }
    let after = std::fs::read(world.dir.path().join("patchbay.db-wal")).expect("the database's log");
    assert!(before == after, "something was written");
}

const REVOKE: &str = "UPDATE api_keys SET revoked_at = 1";

#[tokio::test]
async fn se_10_a_key_revoked_before_its_request_is_written_changes_nothing() {
    let world = World::start().await;
    world.person("riverside", "Zoë", LOOKS).await;
    let person = "{\"tenant\":\"riverside\",\"tenant_name\":\"Other\",\"permissions\":[\"view\"],\
                  \"visitor\":{\"id\":\"1\",\"name\":\"Zoë\"}}";
    let requests = [
        ("PUT", "/api/v1/tenants/riverside", "application/json", "{\"name\":\"Other\"}"),
        (
            "POST",
            "/api/v1/tenants/riverside/records/taxes",
            "application/x-ndjson",
            "{\"id\":\"1\",\"name\":\"A\"}",
        ),
        ("POST", "/api/v1/links", "application/json", person),
        ("POST", "/api/v1/sessions", "application/json", person),
    ];
    for (method, path, kind, body) in requests {
        world.by_another_program("UPDATE api_keys SET revoked_at = NULL").await;
        let asked = Request::new(method, path).header("authorization", format!("Bearer {}", world.key));
        let revoke = world.by_another_program(REVOKE);
        let answer = asked.body(kind, body).ask_after(world.running.address(), revoke).await;
        assert_eq!(answer.status, 401, "{method} {path}");
    }
    assert!(audit(&world).await.is_empty(), "nothing was done");
}

#[tokio::test]
async fn se_10_a_key_revoked_during_an_upload_adds_nothing_more() {
    let world = World::start().await;
    world.person("riverside", "Zoë", LOOKS).await;
    let records: Vec<_> = (0..40_000).map(|id| format!("{{\"id\":\"{id}\",\"name\":\"A\"}}\n")).collect();
    let asked = world.http.post(world.at("/api/v1/tenants/riverside/records/customers"));
    let asked = asked.bearer_auth(&world.key).header("content-type", "application/x-ndjson");
    // Asked between two transactions of the upload, and revoked in the same breath.
    let revoked = || {
        world.write(|mut db| {
            Box::pin(async move {
                Ok(!db.audit_tail(None, 1).await?.is_empty()
                    && db.revoke_api_key(PORTAL, "test", START).await?)
            })
        })
    };
    let revoke = async { while !revoked().await {} };
    let (answer, ()) = tokio::join!(asked.body(records.concat()).send(), revoke);
    assert_eq!(answer.expect("an answer").status().as_u16(), 401);
}
