//! Attempts: whose they are, how often they count, and how each of them ends.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::message::ServerMessage;
use protocol::store::{ConnectFailure, ConnectionState};
use sandbox::{UK_COMPANY, UK_REALM};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::client::Client;
use crate::quick::{Quick, TOKEN, result};
use crate::world::ALL;

const TEN_MINUTES: u64 = 10 * 60 * 1000;

/// A parameter of a URL's query.
fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("{name} in {url}")).1.into_owned()
}

fn secret_of(cookie: &str) -> &str {
    cookie.split_once('=').expect("a cookie").1
}

/// Hears until the connection is `Authorizing`, or no longer.
async fn until_authorizing(socket: &mut Client, wanted: bool) -> Option<ConnectFailure> {
    socket
        .until(|message| match message {
            ServerMessage::Connection(now) => {
                let is = matches!(now.state, ConnectionState::Authorizing { seen: true, .. });
                (is == wanted).then_some(now.last_failure)
            }
            _ => None,
        })
        .await
}

#[tokio::test]
async fn oa_02_a_state_begun_in_one_browser_finishes_in_no_other() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    // The other browser may even be the same person's, with a session and an attempt of its own.
    let other = quick.leave(&quick.ann().await, "").await;
    let secret = secret_of(&away.cookie);
    let nearly = format!("__Host-attempt={}{}", &secret[1..], &secret[..1]);
    let lower = format!("__host-attempt={secret}");
    let plain = format!("attempt={secret}");
    for cookie in ["", &ann.cookie, &other.cookie, &nearly, &lower, &plain] {
        assert_eq!(quick.visit(&back, cookie).await.status, 400, "{cookie}");
    }
    assert_eq!(quick.calls(TOKEN), 0);
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "connected");
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 400);
    assert_eq!(quick.calls(TOKEN), 1, "usable, and once");
}

#[tokio::test]
async fn oa_02_a_state_made_up_belongs_to_nobody() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let state = parameter(&back, "state");
    for made_up in
        ["", "x", &state[..42], &state.to_lowercase(), &format!("{state}A"), &format!("{state}%00")]
    {
        let forged = Url::parse(&back.as_str().replace(&state, made_up)).expect("a URL");
        assert_eq!(quick.visit(&forged, &away.cookie).await.status, 400, "{made_up}");
    }
    assert_eq!(quick.calls(TOKEN), 0);
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 303, "none of it was taken");
}

#[tokio::test]
async fn oa_05_every_secret_of_the_flow_is_256_random_bits() {
    const ROUNDS: usize = 40;
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let (mut seen, mut ones) = (HashSet::new(), vec![0_usize; 256]);
    for _ in 0..ROUNDS {
        let away = quick.leave(&ann, "").await;
        let state = parameter(&away.authorize, "state");
        for secret in [quick.ticket(&ann).await, state, secret_of(&away.cookie).to_owned()] {
            let bytes = URL_SAFE_NO_PAD.decode(&secret).expect("base64 for URLs");
            assert_eq!(bytes.len(), 32, "{secret}");
            for (place, count) in ones.iter_mut().enumerate() {
                *count += usize::from(bytes[place / 8] >> (place % 8) & 1);
            }
            assert!(seen.insert(secret), "a secret came twice");
        }
    }
    // Half of 120 bits, give or take eight standard deviations: a constant or counted bit is far off.
    let odd: Vec<_> = (0..256).filter(|place| !(16..=104).contains(&ones[*place])).collect();
    assert_eq!(odd, Vec::<usize>::new(), "bits that are not random");
}

#[tokio::test]
async fn oa_06_who_switches_tenant_on_the_way_connects_neither() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    // The same browser enters for another organisation; that ends the session of before.
    let entered = quick.world.enter("other", "Ann", &ann.cookie).await;
    let seen = quick.visit(&back, &format!("{entered}; {}", away.cookie)).await;
    assert_eq!(result(&seen.location), "not-allowed");
    assert_eq!(quick.calls(TOKEN), 0);
    let other = quick.world.person("other", "Ann", ALL).await;
    assert!(!quick.row(&ann).await.live);
    assert_eq!(quick.view(&other).await.state, ConnectionState::Available);
}

#[tokio::test]
async fn oa_06_an_attempt_stays_with_the_tenant_that_began_it() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    let first = quick.leave(&ann, "").await;
    let second = quick.leave(&ben, &first.cookie).await;
    let back = quick.consent(&first, UK_COMPANY).await;
    // Two frames of two tenants in one browser; the newest session's cookie comes along.
    let cookies = format!("{}; {}", ben.cookie, second.cookie);
    assert_eq!(result(&quick.visit(&back, &cookies).await.location), "connected");
    assert!(quick.row(&ann).await.live && !quick.row(&ben).await.live);
    assert_eq!(quick.row(&ann).await.company_id.as_deref(), Some(UK_REALM));
}

#[tokio::test]
async fn oa_08_a_stolen_code_opens_nothing_in_another_session() {
    let quick = Quick::start().await;
    let (ann, mallory) = (quick.ann().await, quick.world.person("evil", "Mallory", ALL).await);
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let own = quick.leave(&mallory, "").await;
    let mut forged = Url::parse(&quick.world.at("/callback/qbo")).expect("a URL");
    forged
        .query_pairs_mut()
        .append_pair("code", &parameter(&back, "code"))
        .append_pair("state", &parameter(&own.authorize, "state"))
        .append_pair("realmId", UK_REALM);
    assert_eq!(result(&quick.visit(&forged, &own.cookie).await.location), "refused");
    let exchanges = quick.sandbox.ledger().to(TOKEN);
    assert_eq!(exchanges.iter().map(|call| call.status).collect::<Vec<_>>(), [Some(400)]);
    let row = quick.row(&mallory).await;
    assert!(!row.live && row.tokens.is_none() && row.company_id.is_none());
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "connected", "the victim's own way");
}

#[tokio::test]
async fn oa_09_a_challenge_is_sent_hashed_and_met() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let mut challenges = HashSet::new();
    for _ in 0..2 {
        let away = quick.leave(&ann, "").await;
        assert_eq!(parameter(&away.authorize, "code_challenge_method"), "S256");
        assert_eq!(parameter(&away.authorize, "response_type"), "code");
        let challenge = parameter(&away.authorize, "code_challenge");
        let back = quick.consent(&away, UK_COMPANY).await;
        assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "connected");
        let exchange = quick.sandbox.ledger().to(TOKEN).pop().expect("an exchange");
        let form = exchange.form();
        let verifier = &form.iter().find(|(name, _)| name == "code_verifier").expect("a verifier").1;
        assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), challenge);
        assert!((43..=128).contains(&verifier.len()) && *verifier != challenge);
        assert!(challenges.insert(challenge), "each attempt has its own");
    }
}

#[tokio::test]
async fn nothing_is_seen_before_the_form_arrives() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let ticket = quick.ticket(&ann).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available, "a ticket is no visitor");
    let foreign = quick.world.http.post(quick.world.at("/connect/quickbooks-online"));
    let refused = foreign.header("origin", "http://evil.example").form(&[("ticket", &ticket)]).send().await;
    assert_eq!(refused.expect("an answer").status(), 403);
    assert_eq!(quick.post_connect("made-up", "").await.status(), 403);
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available);
    let before = quick.view(&ann).await.revision;
    assert_eq!(quick.post_connect(&ticket, "").await.status(), 200);
    let first = quick.view(&ann).await;
    assert!(matches!(first.state, ConnectionState::Authorizing { seen: true, .. }));
    quick.leave(&ann, "").await;
    let second = quick.view(&ann).await;
    assert!(before < first.revision && first.revision < second.revision, "each window that is seen is told");
}

#[tokio::test]
async fn oa_24_a_window_that_was_closed_ends_by_itself() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let mut socket = quick.world.socket(&ann).await;
    quick.leave(&ann, "").await;
    assert_eq!(until_authorizing(&mut socket, true).await, None);
    quick.world.clock.advance(TEN_MINUTES);
    server::connections::sweep_once(&quick.world.app()).await.expect("swept");
    assert_eq!(until_authorizing(&mut socket, false).await, Some(ConnectFailure::Expired));
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
}

#[tokio::test]
async fn oa_24_a_refused_consent_is_told_at_once() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let mut socket = quick.world.socket(&ann).await;
    let away = quick.leave(&ann, "").await;
    assert_eq!(until_authorizing(&mut socket, true).await, None);
    let back = sandbox::cancel(away.authorize.as_str()).await.expect("cancelled");
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "cancelled");
    assert_eq!(until_authorizing(&mut socket, false).await, Some(ConnectFailure::Cancelled));
    assert_eq!(quick.calls(TOKEN), 0);
}

#[tokio::test]
async fn oa_24_reloading_any_page_of_the_way_changes_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let ticket = quick.ticket(&ann).await;
    let away = quick.leave_with(&ticket, "").await;
    assert_eq!(quick.post_connect(&ticket, &away.cookie).await.status(), 403, "our page, sent again");
    let back = quick.consent(&away, UK_COMPANY).await;
    let seen = quick.visit(&back, &away.cookie).await;
    assert_eq!(result(&seen.location), "connected");
    for _reload in 0..2 {
        assert_eq!(quick.visit(&back, &away.cookie).await.status, 400);
        let told = quick.world.http.get(quick.world.at(&seen.location)).send().await.expect("an answer");
        assert_eq!(told.status(), 200);
    }
    assert_eq!(quick.calls(TOKEN), 1);
    assert!(quick.row(&ann).await.live);
}

#[tokio::test]
async fn oa_24_going_back_to_the_consent_page_changes_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "connected");
    // The same state, with a code that is new and good.
    let again = quick.consent(&away, UK_COMPANY).await;
    assert_ne!(again, back);
    assert_eq!(quick.visit(&again, &away.cookie).await.status, 400);
    assert_eq!(quick.calls(TOKEN), 1);
    assert!(quick.row(&ann).await.live);
}

#[tokio::test]
async fn a_head_request_uses_up_no_code() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let asked = quick.world.http.head(back.clone()).header("cookie", &away.cookie).send().await;
    assert_eq!(asked.expect("an answer").status(), 405);
    assert_eq!(quick.calls(TOKEN), 0);
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "connected");
}
