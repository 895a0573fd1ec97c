//! Sign-ins that nobody uses are kept alive, and their end is told in time (RF-18).

use std::time::Duration;

use protocol::notification::Event;
use protocol::store::{ConnectionState, ReconnectReason};
use sandbox::{Failure, UK_COMPANY};
use server::oauth::refresh::keeper::keep_once;
use server::oauth::refresh::{TokenError, refused};

use crate::imports::ended;
use crate::quick::{Quick, TOKEN};
use crate::tokens::{HOUR, access};
use crate::world::Person;

const DAY: u64 = 24 * HOUR;

/// A company whose import is over.
async fn imported() -> (Quick, Person) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    ended(&quick, &ann).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
    (quick, ann)
}

/// So much time passes, here and at QuickBooks, and then somebody looks.
async fn pass(quick: &Quick, milliseconds: u64) {
    quick.world.clock.advance(milliseconds);
    quick.sandbox.control().advance(Duration::from_millis(milliseconds));
    keep_once(&quick.world.app()).await.expect("looked at");
}

/// How often the tray told that it ends.
async fn told(quick: &Quick, person: &Person) -> usize {
    let events = quick.events(person).await;
    events.iter().filter(|event| matches!(event, Event::Expiring { .. })).count()
}

#[tokio::test]
async fn rf_18_what_nobody_uses_is_kept_alive_and_its_hard_end_told() {
    let (quick, ann) = imported().await;
    pass(&quick, 50 * DAY).await;
    assert_eq!(quick.calls(TOKEN), 1, "half of its idle life is left");
    pass(&quick, 18 * DAY).await;
    assert_eq!(quick.calls(TOKEN), 2, "a third is left");
    let hard = quick.row(&ann).await.tokens.expect("tokens").hard_expires.expect("an end");
    let left = |quick: &Quick| hard.0 - quick.world.clock.now().0;
    while left(&quick) > 31 * DAY {
        pass(&quick, (34 * DAY).min(left(&quick) - 30 * DAY - HOUR)).await;
        assert!(quick.row(&ann).await.live && told(&quick, &ann).await == 0);
    }
    let asked = quick.calls(TOKEN);
    assert!((20..40).contains(&asked), "over five years: {asked}");
    for (days, times) in [(30, 1), (29, 1), (14, 2), (8, 2), (7, 3), (1, 4)] {
        pass(&quick, left(&quick) - days * DAY).await;
        assert_eq!(told(&quick, &ann).await, times, "{days} days before");
        let state = quick.view(&ann).await.state;
        let ConnectionState::Expiring { at } = state else { panic!("{days} days before: {state:?}") };
        assert!(at.0.abs_diff(hard.0) < 10_000, "{at:?} {hard:?}");
    }
    assert_eq!(quick.calls(TOKEN), asked, "refreshing would win nothing");
    pass(&quick, left(&quick) + 60_000).await;
    assert!(matches!(access(&quick, &ann).await, Err(TokenError::ReconnectRequired)));
    let reason = ReconnectReason::Expired;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::ReconnectRequired { reason });
}

#[tokio::test]
async fn rf_18_reconnecting_ends_what_was_told() {
    let (quick, ann) = imported().await;
    let near = "UPDATE connections SET hard_expires_at = 1764000000000 + 20 * 86400000";
    quick.world.by_another_program(near).await;
    quick.world.by_another_program("UPDATE token_care SET look_at = 0").await;
    pass(&quick, 0).await;
    assert!(matches!(quick.view(&ann).await.state, ConnectionState::Expiring { .. }));
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    ended(&quick, &ann).await;
    pass(&quick, 2 * HOUR).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
    assert_eq!(told(&quick, &ann).await, 1);
}

#[tokio::test]
async fn rf_18_what_cannot_be_kept_alive_is_shown_until_it_is() {
    let (quick, ann) = imported().await;
    quick.sandbox.control().fail(Failure::new(TOKEN, 503, 1000));
    pass(&quick, 70 * DAY).await;
    assert_eq!((quick.calls(TOKEN), told(&quick, &ann).await), (2, 0), "tried, and not near yet");
    pass(&quick, 30 * 60_000).await;
    assert_eq!(quick.calls(TOKEN), 2, "not again at once");
    pass(&quick, 15 * DAY).await;
    assert!(matches!(quick.view(&ann).await.state, ConnectionState::Expiring { .. }));
    assert_eq!((quick.calls(TOKEN), told(&quick, &ann).await), (3, 1));
    quick.sandbox.control().clear_failures();
    pass(&quick, 3 * HOUR).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
    assert_eq!((quick.calls(TOKEN), told(&quick, &ann).await), (4, 1));
    let row = quick.row(&ann).await;
    refused(&quick.world.app(), row.id, row.generation).await.expect("lost");
    pass(&quick, 90 * DAY).await;
    assert_eq!(quick.calls(TOKEN), 4, "nothing is left to keep alive");
}
