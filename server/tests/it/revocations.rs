//! Switching off: nothing is used from that moment on, and QuickBooks is told until it has answered
//! (RF-19).

use std::time::Duration;

use protocol::notification::Event;
use protocol::store::ConnectionState;
use sandbox::{Entry, Failure, Mischief, Point, UK_COMPANY, UK_REALM};
use server::oauth::refresh::TokenError;
use server::oauth::revoke::send_due;
use tokio::time::{advance, pause, resume};

use crate::client::BOUND;
use crate::quick::{Quick, REVOKE, TOKEN};
use crate::tokens::{HOUR, access, eventually};
use crate::world::Person;

/// Statuses of the revocations so far.
pub(crate) fn revocations(quick: &Quick) -> Vec<Option<u16>> {
    quick.sandbox.ledger().to(REVOKE).iter().map(|call| call.status).collect()
}

/// Waits until so many revocations were sent, and sees that no more is sent before its time.
async fn sent(quick: &Quick, times: usize) {
    eventually(|| async {
        send_due(&quick.world.app()).await.expect("looked at");
        quick.calls(REVOKE) == times
    })
    .await;
    send_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(REVOKE), times, "nothing is repeated before its time");
}

/// How often the log says that QuickBooks has confirmed it.
async fn confirmed(quick: &Quick, person: &Person) -> usize {
    quick.events(person).await.iter().filter(|event| **event == Event::Revoked).count()
}

/// It is switched off, and neither the store nor the token endpoint knows better.
async fn assert_off(quick: &Quick, person: &Person) {
    let view = quick.view(person).await;
    assert_eq!(view.state, ConnectionState::Disconnected);
    assert!(view.settings_kept && view.company.is_some());
    assert!(matches!(access(quick, person).await, Err(TokenError::NotConnected)));
    assert_eq!(quick.calls(TOKEN), 1, "the exchange");
}

#[tokio::test]
async fn switching_off_revokes_and_keeps_what_was_known() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    quick.disconnect(&ann).await;
    assert_off(&quick, &ann).await;
    eventually(|| async { revocations(&quick) == [Some(200)] }).await;
    send_due(&quick.world.app()).await.unwrap();
    assert_eq!(quick.calls(REVOKE), 1);
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
}

#[tokio::test]
async fn rf_19_a_revocation_is_repeated_until_it_is_answered() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.sandbox.control().fail(Failure::new(REVOKE, 503, 2));
    quick.disconnect(&ann).await;
    for times in 1..=3 {
        assert_off(&quick, &ann).await;
        assert_eq!(confirmed(&quick, &ann).await, 0, "nothing is confirmed yet");
        sent(&quick, times).await;
        quick.world.clock.advance(HOUR);
    }
    assert_eq!(revocations(&quick), [Some(503), Some(503), Some(200)]);
    eventually(|| async { confirmed(&quick, &ann).await == 1 }).await;
}

#[tokio::test]
async fn rf_19_a_revocation_that_hangs_is_given_up_and_sent_again() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    for point in [Point::Connect, Point::Headers] {
        quick.sandbox.control().fail(Failure::of(REVOKE, Mischief::Hang(point)));
    }
    quick.disconnect(&ann).await;
    for times in 1..=2 {
        quick.sandbox.ledger().asked_at(REVOKE, times, BOUND).await;
        assert_off(&quick, &ann).await;
        let app = quick.world.app();
        pause();
        advance(Duration::from_secs(30)).await;
        resume();
        // The worker goes on by itself; asking it waits for its turn, which is over then.
        send_due(&app).await.expect("looked at");
        assert_eq!((quick.calls(REVOKE), confirmed(&quick, &ann).await), (times, 0));
        quick.world.clock.advance(HOUR);
        app.wake.revocations.notify_one();
    }
    eventually(|| async { confirmed(&quick, &ann).await == 1 }).await;
    assert_eq!(revocations(&quick).last(), Some(&Some(200)));
}

#[tokio::test]
async fn rf_19_a_restart_forgets_no_revocation() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.sandbox.control().fail(Failure::new(REVOKE, 503, 2));
    quick.disconnect(&ann).await;
    sent(&quick, 1).await;
    let quick = quick.restart().await;
    assert_off(&quick, &ann).await;
    quick.world.clock.advance(HOUR);
    sent(&quick, 2).await;
    let quick = quick.restart().await;
    quick.world.clock.advance(HOUR);
    sent(&quick, 3).await;
    let tokens: Vec<_> = quick.sandbox.ledger().to(REVOKE).iter().map(Entry::form).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "the same token each time");
    eventually(|| async { confirmed(&quick, &ann).await == 1 }).await;
}

/// What QuickBooks answers of a token that is dead already, and what RFC 7009 asks for.
#[tokio::test]
async fn rf_19_a_token_that_is_dead_already_is_as_good_as_revoked() {
    for status in [400, 200] {
        let quick = Quick::start().await;
        let ann = quick.ann().await;
        quick.connect_quietly(&ann, UK_COMPANY).await;
        quick.sandbox.control().disconnect(Some(UK_REALM));
        if status == 200 {
            let body = String::new();
            quick.sandbox.control().fail(Failure::of(REVOKE, Mischief::Answer { content_type: None, body }));
        }
        quick.disconnect(&ann).await;
        eventually(|| async { confirmed(&quick, &ann).await == 1 }).await;
        assert_eq!(revocations(&quick), [Some(status)]);
        quick.world.clock.advance(HOUR);
        send_due(&quick.world.app()).await.unwrap();
        assert_eq!(quick.calls(REVOKE), 1, "that was the end of it");
    }
}
