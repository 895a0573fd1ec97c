//! Connections that are moved from OAuth 1.0a without their visitors: when, with what proof, and what stays when it
//! fails.

use protocol::ids::Moment;
use protocol::notification::Event;
use protocol::store::ConnectionState;
use sandbox::{Failure, LegacyToken, Mischief, Point, UK_COMPANY, UK_REALM, US_COMPANY, US_REALM};
use serde_json::{Value, json};
use server::oauth::upgrade::move_due;
use server::store::StoreError;

use crate::at_rest::found;
use crate::imports::ended;
use crate::legacy::{CONSUMER, campaign, line, loaded, old_quick, old_registration};
use crate::overheard::Overheard;
use crate::quick::{Quick, SECRET, TOKEN};
use crate::tokens::eventually;
use crate::world::{ALL, Person, START};

const MIGRATE: &str = "/tokens/migrate";
const MINUTE: u64 = 60_000;

/// A line with the credentials of this token.
fn signed(tenant: &str, token: &LegacyToken) -> Value {
    let mut line = line(tenant);
    line["oauth1"] = json!({ "token": token.token, "token_secret": token.secret });
    line
}

fn issue(quick: &Quick, realm: &str) -> LegacyToken {
    quick.sandbox.control().issue_legacy(realm, None).expect("a token")
}

/// Waits until the endpoint has been asked so often, and what came of it is written down.
async fn settled(quick: &Quick, calls: usize, so: impl Fn(&server::store::legacy::CampaignStanding) -> bool) {
    eventually(async || quick.calls(MIGRATE) >= calls && so(&campaign(quick).await)).await;
    assert_eq!(quick.calls(MIGRATE), calls);
}

/// Waits until moving has failed for this reason, once, after so many calls in all.
async fn failed(quick: &Quick, calls: usize, reason: &str) {
    settled(quick, calls, |standing| standing.failed.get(reason) == Some(&1)).await;
}

async fn is_still_legacy(quick: &Quick, person: &Person) {
    let (view, row) = (quick.view(person).await, quick.row(person).await);
    assert!(matches!(view.state, ConnectionState::Legacy { .. }), "{:?}", view.state);
    assert!(!row.live && row.tokens.is_none());
}

#[tokio::test]
async fn a_connection_with_credentials_moves_by_itself_and_is_proven() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    let log = Overheard::default();
    let listening = log.listen();
    let token = issue(&quick, UK_REALM);
    loaded(&quick, &[signed("acme", &token)]).await;
    settled(&quick, 1, |standing| standing.by_patchbay == 1).await;
    ended(&quick, &ann).await;
    let view = quick.view(&ann).await;
    assert_eq!(
        (view.state, view.company.expect("a company").name.as_str()),
        (ConnectionState::Active, UK_COMPANY)
    );
    assert_eq!(view.connected.expect("a stamp").by, "Patchbay");
    assert!(quick.events(&ann).await.contains(&Event::Upgraded { company: UK_COMPANY.to_owned() }));
    let asked = quick.sandbox.ledger().to(&format!("/v3/company/{UK_REALM}/companyinfo"));
    assert!(!asked.is_empty(), "the company was proven");
    assert_eq!((quick.calls(TOKEN), quick.calls(MIGRATE)), (0, 1), "no visitor came");
    drop(listening);
    let secrets = [token.token, token.secret, CONSUMER.to_owned(), SECRET.to_owned()];
    for secret in &secrets {
        assert!(!log.said().contains(secret), "the log tells a secret");
    }
    assert!(log.said().contains("moving a connection from OAuth 1.0 ended"));
    assert_eq!(found(quick.world.dir.path(), &secrets), Vec::<String>::new());
    quick.world.stop().await;
}

#[tokio::test]
async fn oa_19_credentials_that_wait_lie_sealed_on_the_disk() {
    let quick = old_quick().await;
    quick.sandbox.control().hold(MIGRATE);
    let token = issue(&quick, UK_REALM);
    loaded(&quick, &[signed("acme", &token)]).await;
    quick.sandbox.ledger().asked_at(MIGRATE, 1, crate::client::BOUND).await;
    let secrets = [token.token.clone(), token.secret.clone()];
    assert_eq!(found(quick.world.dir.path(), &secrets), Vec::<String>::new(), "while they are used");
    quick.sandbox.control().release();
    settled(&quick, 1, |standing| standing.by_patchbay == 1).await;
    assert_eq!(found(quick.world.dir.path(), &secrets), Vec::<String>::new(), "after that");
}

#[tokio::test]
async fn a_refusal_is_counted_and_not_repeated_until_somebody_says_so() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    let token = issue(&quick, UK_REALM);
    let wrong = LegacyToken { secret: "not the secret".to_owned(), ..token.clone() };
    loaded(&quick, &[signed("acme", &wrong)]).await;
    failed(&quick, 1, "refused").await;
    quick.world.clock.advance(100 * 60 * MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(MIGRATE), 1);
    is_still_legacy(&quick, &ann).await;
    let (app, now) = (quick.world.app(), quick.world.clock.now());
    let retried =
        quick.world.write(move |mut db| Box::pin(async move { db.retry_moves(None, now).await })).await;
    assert_eq!(retried, 1);
    move_due(&app).await.expect("looked at");
    failed(&quick, 2, "refused").await;
    // Other credentials are tried at once.
    loaded(&quick, &[signed("acme", &token)]).await;
    settled(&quick, 3, |standing| standing.by_patchbay == 1 && standing.failed.is_empty()).await;
    ended(&quick, &ann).await;
}

#[tokio::test]
async fn a_5xx_is_tried_again_later_and_later() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    quick.sandbox.control().fail(Failure::new(MIGRATE, 503, 2));
    loaded(&quick, &[signed("acme", &issue(&quick, UK_REALM))]).await;
    failed(&quick, 1, "no_answer").await;
    move_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(MIGRATE), 1, "not at once");
    quick.world.clock.advance(MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    failed(&quick, 2, "no_answer").await;
    is_still_legacy(&quick, &ann).await;
    quick.world.clock.advance(2 * MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    settled(&quick, 3, |standing| standing.by_patchbay == 1).await;
    ended(&quick, &ann).await;
}

#[tokio::test]
async fn a_429_is_waited_for_and_is_no_failure() {
    let quick = old_quick().await;
    let busy = Failure::new(MIGRATE, 429, 1);
    quick
        .sandbox
        .control()
        .fail(Failure { headers: [("Retry-After".to_owned(), "120".to_owned())].into(), ..busy });
    loaded(&quick, &[signed("acme", &issue(&quick, UK_REALM))]).await;
    let next = Some(Moment(START.0 + 120_000));
    let store = quick.world.app().store.clone();
    eventually(async || {
        let read = store.read::<_, StoreError, _>(|mut db| Box::pin(async move { db.next_move().await }));
        read.await.expect("read") == next
    })
    .await;
    assert!(campaign(&quick).await.failed.is_empty());
    quick.world.clock.advance(119_000);
    move_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(MIGRATE), 1);
    quick.world.clock.advance(1000);
    move_due(&quick.world.app()).await.expect("looked at");
    settled(&quick, 2, |standing| standing.by_patchbay == 1).await;
}

#[tokio::test]
async fn oa_07_a_token_of_another_company_stores_nothing() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    loaded(&quick, &[signed("acme", &issue(&quick, US_REALM))]).await;
    failed(&quick, 1, "other_company").await;
    is_still_legacy(&quick, &ann).await;
}

#[tokio::test]
async fn oa_07_what_does_not_open_the_company_stores_nothing() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    quick.sandbox.control().fail(Failure::new("/companyinfo/", 403, 1));
    loaded(&quick, &[signed("acme", &issue(&quick, UK_REALM))]).await;
    failed(&quick, 1, "company_unproven").await;
    is_still_legacy(&quick, &ann).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_is_a_second_time_for_intuit_and_leaves_it_to_the_visitor() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    let lost = Failure { mischief: Mischief::Drop(Point::Connect), ..Failure::new(MIGRATE, 500, 1) };
    quick.sandbox.control().fail(Failure { after_work: true, ..lost });
    loaded(&quick, &[signed("acme", &issue(&quick, UK_REALM))]).await;
    failed(&quick, 1, "no_answer").await;
    for calls in 2..=8 {
        quick.world.clock.advance(60 * MINUTE);
        move_due(&quick.world.app()).await.expect("looked at");
        failed(&quick, calls, "no_answer").await;
    }
    quick.world.clock.advance(60 * MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(MIGRATE), 8, "it is given up");
    is_still_legacy(&quick, &ann).await;
    // Her session has ended meanwhile.
    let ann = quick.ann().await;
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    let standing = campaign(&quick).await;
    assert_eq!((standing.by_visitor, standing.failed.len()), (1, 0));
}

#[tokio::test]
async fn nothing_is_sent_while_a_visitor_signs_in() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    loaded(&quick, &[line("acme")]).await;
    let token = issue(&quick, UK_REALM);
    let away = quick.leave(&ann, "").await;
    // Credentials that came while nobody signed in, and are due now.
    quick.cancel(&ann).await;
    quick.sandbox.control().hold(MIGRATE);
    drop(away);
    let again = quick.leave(&ann, "").await;
    let (_, told) = crate::legacy::load(&quick, "", &[signed("acme", &token)]).await;
    assert!(told["left_alone"][0]["problem"].as_str().expect("text").contains("signs in"), "{told}");
    quick.cancel(&ann).await;
    drop(again);
    quick.sandbox.control().release();
    quick.sandbox.control().fail(Failure::new(MIGRATE, 503, 1));
    loaded(&quick, &[signed("acme", &token)]).await;
    failed(&quick, 1, "no_answer").await;
    let away = quick.leave(&ann, "").await;
    quick.world.clock.advance(2 * MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(MIGRATE), 1, "the visitor's attempt runs");
    let back = quick.consent(&away, UK_COMPANY).await;
    quick.visit(&back, &away.cookie).await;
    let standing = campaign(&quick).await;
    assert_eq!((standing.by_visitor, standing.by_patchbay), (1, 0));
    quick.world.clock.advance(60 * MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(MIGRATE), 1, "there is nothing left to move it with");
}

#[tokio::test]
async fn a_company_that_is_connected_elsewhere_is_not_moved() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    quick.sandbox.control().fail(Failure::new(MIGRATE, 503, 1));
    loaded(&quick, &[signed("acme", &issue(&quick, UK_REALM))]).await;
    failed(&quick, 1, "no_answer").await;
    let zoe = quick.world.person("zoe", "Zoe", ALL).await;
    assert_eq!(quick.connect(&zoe, UK_COMPANY).await, "connected");
    quick.world.clock.advance(2 * MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    failed(&quick, 1, "company_in_use").await;
    is_still_legacy(&quick, &ann).await;
}

#[tokio::test]
async fn without_the_keys_of_that_time_it_waits_for_them() {
    let quick = old_quick().await;
    let keyless = |config: &mut server::config::Config| config.registrations[0].consumer = None;
    let Quick { world, sandbox } = quick;
    let quick = Quick { world: world.restart_with(keyless).await, sandbox };
    loaded(&quick, &[signed("acme", &issue(&quick, UK_REALM))]).await;
    failed(&quick, 0, "no_keys").await;
    let Quick { world, sandbox } = quick;
    let origin = sandbox.url().to_owned();
    let keys =
        move |config: &mut server::config::Config| config.registrations = vec![old_registration(&origin)];
    let quick = Quick { world: world.restart_with(keys).await, sandbox };
    quick.world.clock.advance(61 * MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    settled(&quick, 1, |standing| standing.by_patchbay == 1).await;
}

#[tokio::test]
async fn a_request_that_a_crash_left_open_is_seen_on_the_next_start() {
    let quick = old_quick().await;
    quick.sandbox.control().fail(Failure::new(MIGRATE, 503, 1));
    loaded(&quick, &[signed("acme", &issue(&quick, UK_REALM))]).await;
    failed(&quick, 1, "no_answer").await;
    quick.world.by_another_program("UPDATE legacy SET sending_at = 1, next_at = 1").await;
    move_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(MIGRATE), 1, "it is under way, as far as anybody knows");
    let quick = quick.restart().await;
    failed(&quick, 1, "answer_lost").await;
    quick.world.clock.advance(2 * MINUTE);
    move_due(&quick.world.app()).await.expect("looked at");
    settled(&quick, 2, |standing| standing.by_patchbay == 1).await;
}

#[tokio::test]
async fn connections_move_one_after_the_other() {
    let quick = old_quick().await;
    let mut other = signed("zoe", &issue(&quick, US_REALM));
    other["company_id"] = json!(US_REALM);
    other["configuration"] = json!({});
    loaded(&quick, &[signed("acme", &issue(&quick, UK_REALM)), other]).await;
    settled(&quick, 2, |standing| standing.by_patchbay == 2).await;
    let zoe = quick.world.person("zoe", "Zoe", ALL).await;
    assert_eq!(quick.view(&zoe).await.company.expect("a company").name, US_COMPANY);
    let apart = quick.sandbox.ledger().busiest(MIGRATE, std::time::Duration::from_millis(250));
    assert_eq!(apart, 1);
}
