//! Clocks that jump (RF-17), and what a refresh brings (RF-07).

use std::time::Duration;

use sandbox::{Failure, Mischief, Rotation, UK_COMPANY};
use server::clock::Clock;
use server::oauth::refresh::access_after_401;
use server::oauth::refresh::keeper::keep_once;

use crate::quick::{Quick, TOKEN, rotation};
use crate::tokens::{HOUR, access, eventually};
use crate::world::{Person, START};

const DAY: u64 = 24 * HOUR;

/// The proxy comes back and finds another time.
async fn set_to(quick: Quick, milliseconds: u64) -> Quick {
    let mut quick = quick;
    quick.world.clock = Clock::manual(protocol::ids::Moment(milliseconds));
    quick.restart().await
}

/// The same, more than a day before a refresh: the start refreshes once more by itself, and is awaited.
async fn set_back(quick: Quick, person: &Person, milliseconds: u64) -> Quick {
    let before = quick.row(person).await.generation;
    let quick = set_to(quick, milliseconds).await;
    eventually(|| async { quick.row(person).await.generation > before }).await;
    quick
}

/// The token is refused as ended: one refresh, and whoever comes later has its pair.
async fn refused_once(quick: &Quick, person: &Person) {
    let (row, before) = (quick.row(person).await, quick.calls(TOKEN));
    quick.sandbox.control().expire_access_tokens();
    assert_eq!(access(quick, person).await.expect("a token").generation, row.generation, "it seems to live");
    for _ in 0..3 {
        let door = access_after_401(&quick.world.app(), row.id, row.generation).await.expect("a token");
        assert_eq!(door.generation, row.generation + 1);
    }
    for _ in 0..3 {
        assert_eq!(access(quick, person).await.expect("a token").generation, row.generation + 1);
    }
    assert_eq!(quick.calls(TOKEN), before + 1);
}

#[tokio::test]
async fn rf_17_a_clock_that_jumps_makes_no_loop() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    for ahead in [HOUR, 400 * DAY] {
        quick.world.clock.advance(ahead);
        let before = quick.calls(TOKEN);
        for _ in 0..5 {
            assert!(access(&quick, &ann).await.is_ok());
        }
        assert_eq!(quick.calls(TOKEN), before + 1, "early, and once");
    }
    let quick = set_back(quick, &ann, START.0 + 1).await;
    refused_once(&quick, &ann).await;
    let quick = set_to(quick, START.0 - HOUR).await;
    refused_once(&quick, &ann).await;
    assert!(quick.row(&ann).await.live);
}

#[tokio::test]
async fn rf_17_a_sign_in_that_was_refreshed_in_the_future_is_kept_alive_now() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.world.clock.advance(400 * DAY);
    access(&quick, &ann).await.expect("a token");
    let before = quick.row(&ann).await.generation;
    let quick = set_back(quick, &ann, START.0 + HOUR).await;
    keep_once(&quick.world.app()).await.expect("looked at");
    keep_once(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.row(&ann).await.generation, before + 1, "once");
}

/// The refresh tokens that were sent, oldest first.
fn sent(quick: &Quick) -> Vec<String> {
    let forms = quick.sandbox.ledger().to(TOKEN).into_iter().map(|entry| entry.form());
    forms.filter_map(|form| Some(form.into_iter().find(|(name, _)| name == "refresh_token")?.1)).collect()
}

#[tokio::test]
async fn rf_07_a_refresh_token_is_kept_until_another_one_comes() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    let content_type = Some("application/json".to_owned());
    let body = r#"{"token_type":"bearer","access_token":"AT-alone","expires_in":1800}"#.to_owned();
    quick.sandbox.control().fail(Failure::of(TOKEN, Mischief::Answer { content_type, body }));
    let before = quick.row(&ann).await.generation;
    for step in 1..=3 {
        quick.world.clock.advance(HOUR);
        let now = quick.world.clock.now().0;
        let door = access(&quick, &ann).await.expect("a token");
        let ends = quick.row(&ann).await.tokens.expect("tokens").access_expires.0 - now;
        assert_eq!(door.generation, before + step);
        let alone = door.token.lend(|token| token == "AT-alone");
        assert_eq!((alone, ends), if step == 1 { (true, HOUR / 2) } else { (false, HOUR) }, "step {step}");
    }
    let sent_now = sent(&quick);
    assert_eq!(sent_now[0], sent_now[1], "none came, so it is kept");
    assert_eq!(sent_now[1] == sent_now[2], rotation() == Rotation::Intuit, "the same, or another");
    quick.sandbox.control().advance(Duration::from_hours(25));
    for _ in 0..2 {
        quick.world.clock.advance(HOUR);
        access(&quick, &ann).await.expect("a token");
    }
    let sent_then = sent(&quick);
    assert_ne!(sent_then[3], sent_then[4], "another one in any case");
}
