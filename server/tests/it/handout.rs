//! Access tokens over the API: fresh, refreshed once however many ask, told apart when there is none,
//! written down, and in no log (RF-01, OA-18, OA-19).

use futures_util::future::join_all;
use protocol::store::ReconnectReason;
use sandbox::{Failure, UK_REALM};
use serde_json::Value;
use server::connections::ConnectionRow;
use server::oauth::refresh::refused;
use server::store::audit::Line;

use crate::api::problem;
use crate::backend::Backend;
use crate::overheard::Overheard;
use crate::portals::audit;
use crate::quick::TOKEN;
use crate::tokens::{HOUR, eventually};

async fn token(backend: &Backend) -> Value {
    let answer = backend.get("/token").await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["cache-control"]),
        (200, &"no-store".parse().expect("a value"))
    );
    answer.json().await.expect("JSON")
}

/// What the audit log says of reads, without what is before the count.
async fn reads(backend: &Backend) -> Vec<String> {
    let from = |line: &Line| line.whence.clone().unwrap_or_default();
    let lines = backend.told("token.read").await.into_iter();
    lines.map(|line| format!("{} from {}", line.object, from(&line))).collect()
}

#[tokio::test]
async fn a_fresh_token_is_given_with_where_it_is_good() {
    let backend = Backend::start().await;
    let told = token(&backend).await;
    assert_eq!(
        (&told["token_type"], &told["expires_at"]),
        (&"bearer".into(), &"2025-11-24T17:00:00Z".into())
    );
    assert_eq!((&told["company_id"], &told["integration"]), (&UK_REALM.into(), &"quickbooks-online".into()));
    let base = told["api_base"].as_str().expect("a base");
    let facts = format!("{base}/v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
    let asked =
        backend.quick.world.http.get(facts).bearer_auth(told["access_token"].as_str().expect("a token"));
    assert_eq!(asked.send().await.expect("an answer").status().as_u16(), 200);
    assert_eq!(backend.quick.calls(TOKEN), 1, "it was fresh");
}

#[tokio::test]
async fn rf_01_fifty_readers_of_an_expired_token_cause_one_refresh() {
    let backend = Backend::start().await;
    let old = token(&backend).await;
    backend.quick.world.clock.advance(HOUR);
    let all = join_all((0..50).map(|_| token(&backend))).await;
    assert_eq!(backend.quick.calls(TOKEN), 2);
    assert!(all.iter().all(|told| told == &all[0]) && all[0]["access_token"] != old["access_token"]);
    assert_eq!(all[0]["expires_at"], "2025-11-24T18:00:00Z");
}

#[tokio::test]
async fn reads_are_counted_in_one_line_and_written_without_being_waited_for() {
    let backend = Backend::start().await;
    let log = backend.quick.world.dir.path().join("patchbay.db-wal");
    let before = std::fs::read(&log).expect("the log");
    join_all((0..20).map(|_| token(&backend))).await;
    assert!(std::fs::read(&log).expect("the log") == before, "nothing was written on the way");
    let told = "quickbooks-online, 20 times since 2025-11-24T16:00:00Z from 127.0.0.1";
    assert_eq!(reads(&backend).await, [told]);
    token(&backend).await;
    backend.quick.world.clock.advance(4_000);
    eventually(|| async {
        audit(&backend.quick.world).await.iter().any(|line| line.object.contains(" once "))
    })
    .await;
}

#[tokio::test]
async fn a_stop_writes_down_what_was_read_before_it() {
    let backend = Backend::start().await;
    token(&backend).await;
    let Backend { quick, ann, id } = backend;
    let backend = Backend { quick: quick.restart().await, ann, id };
    let lines = audit(&backend.quick.world).await;
    let line = lines.iter().find(|line| line.action == "token.read").expect("a line");
    assert_eq!((line.actor.as_str(), line.tenant.as_deref()), ("key test", Some("acme")));
}

#[tokio::test]
async fn every_reason_for_no_token_is_told_apart() {
    let backend = Backend::start().await;
    let control = backend.quick.sandbox.control();
    control.fail(Failure::new(TOKEN, 503, 1));
    backend.quick.world.clock.advance(HOUR);
    let busy = backend.get("/token").await;
    // The pause after a first failure is two seconds at most.
    assert!((1..=2).contains(&wait(&busy)));
    assert_eq!(problem(busy, "busy").await.1, "provider_busy");
    backend.quick.world.clock.advance(HOUR);
    control.fail(Failure::new(TOKEN, 401, 1));
    assert_eq!(backend.refused("/token").await, (502, "keys_refused".to_owned()));
    backend.quick.world.clock.advance(HOUR);
    control.disconnect(Some(UK_REALM));
    let answer: Value = backend.get("/token").await.json().await.expect("JSON");
    // The first answer of the three was lost, which may be what ended the sign-in.
    assert_eq!((&answer["code"], &answer["reason"]), (&"reconnect_required".into(), &"interrupted".into()));
    assert_eq!(answer["status"], 409);
    assert_eq!(reads(&backend).await, [""; 0], "nothing was read");
}

/// When an answer says that it is worth trying again, in seconds.
fn wait(answer: &reqwest::Response) -> u64 {
    answer.headers()["retry-after"].to_str().expect("text").parse().expect("seconds")
}

#[tokio::test]
async fn rf_11_who_asks_for_a_token_hears_how_long_the_provider_wants_to_be_left_alone() {
    let backend = Backend::start().await;
    let mut limited = Failure::new(TOKEN, 429, 1);
    limited.headers.insert("retry-after".to_owned(), "90".to_owned());
    backend.quick.sandbox.control().fail(limited);
    backend.quick.world.clock.advance(HOUR);
    let busy = backend.get("/token").await;
    assert_eq!((wait(&busy), problem(busy, "busy").await.1), (90, "provider_busy".to_owned()));
    backend.quick.world.clock.advance(60_500);
    let busy = backend.get("/proxy/v3/company/1/query").await;
    assert_eq!((wait(&busy), problem(busy, "busy").await.1), (30, "provider_busy".to_owned()));
    assert_eq!(backend.quick.calls(TOKEN), 2, "nobody asked meanwhile");
    backend.quick.world.clock.advance(29_500);
    token(&backend).await;
}

#[tokio::test]
async fn a_busy_provider_does_not_take_away_what_still_lives() {
    let backend = Backend::start().await;
    backend.quick.world.clock.advance(HOUR - 60_000);
    backend.quick.sandbox.control().fail(Failure::new(TOKEN, 503, 1));
    assert_eq!(token(&backend).await["expires_at"], "2025-11-24T17:00:00Z");
    assert_eq!(backend.quick.calls(TOKEN), 2);
}

#[tokio::test]
async fn a_paused_connection_hands_nothing_out() {
    let backend = Backend::start().await;
    backend.quick.world.by_another_program("UPDATE connections SET state = 'paused', detail = NULL").await;
    assert_eq!(backend.refused("/token").await, (409, "paused".to_owned()));
}

#[tokio::test]
async fn cn_07_another_portals_connection_is_answered_like_none() {
    let backend = Backend::start().await;
    backend
        .quick
        .world
        .by_another_program("INSERT INTO portals (id, name, created_at) VALUES ('rival', 'Rival', 0)")
        .await;
    backend.quick.world.by_another_program("UPDATE tenants SET portal = 'rival'").await;
    for rest in ["", "/token", "/proxy/v3/company/1/query"] {
        let nobodys = backend.quick.world.at(&format!("/api/v1/connections/{}{rest}", "0".repeat(32)));
        let nobodys = backend.quick.world.http.get(nobodys).bearer_auth(&backend.quick.world.key);
        let (theirs, nobodys) = (backend.get(rest).await, nobodys.send().await.expect("an answer"));
        let (theirs, nobodys) = (problem(theirs, rest).await, problem(nobodys, rest).await);
        assert_eq!((theirs.0, theirs.1.as_str()), (404, "connection_unknown"), "{rest}");
        assert_eq!(theirs, nobodys, "{rest}");
    }
}

#[tokio::test]
async fn oa_19_no_token_stands_in_a_log_a_problem_or_the_audit() {
    let overheard = Overheard::default();
    let _listening = overheard.listen();
    let backend = Backend::start().await;
    let mut said = token(&backend).await["expires_at"].to_string();
    backend.quick.world.clock.advance(HOUR);
    token(&backend).await;
    let facts = format!("/proxy/v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
    said += &backend.get(&facts).await.text().await.expect("text");
    backend.quick.sandbox.control().disconnect(Some(UK_REALM));
    said += &backend.get(&facts).await.text().await.expect("text");
    said += &backend.get("/token").await.text().await.expect("text");
    said += &backend.get("").await.text().await.expect("text");
    for action in ["token.read", "token.used"] {
        said += &backend.told(action).await.into_iter().map(|line| line.object).collect::<String>();
    }
    let log = overheard.said();
    assert!(log.contains("request") && said.contains("reconnect_required"), "something was said: {said}");
    for secret in backend.quick.sandbox.ledger().secrets().iter().chain([&backend.quick.world.key]) {
        assert!(!log.contains(secret.as_str()) && !said.contains(secret.as_str()), "a secret was told");
    }
}

#[tokio::test]
async fn a_lost_sign_in_says_why_until_somebody_connects_again() {
    let backend = Backend::start().await;
    let ConnectionRow { id, generation, .. } = backend.quick.row(&backend.ann).await;
    refused(&backend.quick.world.app(), id, generation).await.expect("written");
    let state = backend.quick.view(&backend.ann).await.state;
    let reason = ReconnectReason::Refused;
    assert_eq!(state, protocol::store::ConnectionState::ReconnectRequired { reason });
    let answer: Value = backend.get("/token").await.json().await.expect("JSON");
    assert_eq!((&answer["code"], &answer["reason"]), (&"reconnect_required".into(), &"refused".into()));
    let again = Backend::over(backend.quick).await;
    assert_eq!(again.id, backend.id, "it keeps its name");
    token(&again).await;
}
