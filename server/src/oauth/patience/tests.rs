//! Waits by a clock that is set by hand.

use super::*;

const QBO: &str = "qbo";
const ONE: ConnectionId = ConnectionId(1);
const TWO: ConnectionId = ConnectionId(2);
const LIMITED: TokenFault = TokenFault::Limited { seconds: 7 };

fn at_noon() -> (Patience, Clock) {
    (Patience::default(), Clock::manual(Moment(1_764_000_000_000)))
}

/// Asks, and has no answer yet.
async fn may(patience: &Patience, connection: ConnectionId, clock: &Clock) -> Result<(), Held> {
    patience.place(QBO, connection, clock).await.map(|mut place| place.asks())
}

#[test]
fn rf_10_pauses_double_up_to_a_minute() {
    let longest: Vec<u64> = (1..9).map(|failures| longest(failures, FAILED.0, FAILED.1)).collect();
    assert_eq!(longest, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    assert_eq!(super::longest(u32::MAX, REFUSED.0, REFUSED.1), 300_000);
}

#[test]
fn rf_10_pauses_are_spread_over_all_their_length() {
    let (patience, clock) = at_noon();
    let pauses: Vec<u64> = (0..1000)
        .map(|number| {
            let whose = Whose::Connection(ConnectionId(number));
            assert!(patience.fail(whose.clone(), Held::Later, FAILED, &clock));
            patience.lock()[&whose].until.0 - clock.now().0
        })
        .collect();
    let (least, most) = (pauses.iter().min(), pauses.iter().max());
    assert!((1000..1050).contains(least.unwrap()) && (1950..=2000).contains(most.unwrap()));
}

#[tokio::test]
async fn rf_10_a_failure_holds_one_connection_back_for_a_while() {
    let (patience, clock) = at_noon();
    patience.refreshed(QBO, ONE, Some(TokenFault::NoAnswer), &clock);
    assert_eq!(may(&patience, ONE, &clock).await, Err(Held::Later));
    assert_eq!(may(&patience, TWO, &clock).await, Ok(()));
    clock.advance(2000);
    assert_eq!(may(&patience, ONE, &clock).await, Ok(()));
    patience.refreshed(QBO, ONE, None, &clock);
    assert_eq!(may(&patience, ONE, &clock).await, Ok(()), "forgotten");
}

#[tokio::test]
async fn rf_09_after_a_refusal_of_our_client_one_asks_for_all() {
    let (patience, clock) = at_noon();
    for _ in 0..16 {
        patience.refreshed(QBO, ONE, Some(TokenFault::InvalidClient), &clock);
    }
    assert_eq!(may(&patience, TWO, &clock).await, Err(Held::KeysRefused));
    assert!(patience.place("other", TWO, &clock).await.is_ok());
    clock.advance(60_000);
    assert_eq!(may(&patience, TWO, &clock).await, Ok(()), "sixteen at a time count once");
    assert_eq!(may(&patience, ONE, &clock).await, Err(Held::KeysRefused));
    patience.refreshed(QBO, TWO, Some(TokenFault::InvalidGrant), &clock);
    assert_eq!(may(&patience, ONE, &clock).await, Ok(()), "our client is taken");
}

#[tokio::test]
async fn who_leaves_without_asking_gives_the_turn_away() {
    let (patience, clock) = at_noon();
    patience.refreshed(QBO, ONE, Some(TokenFault::InvalidClient), &clock);
    patience.refreshed(QBO, ONE, Some(TokenFault::NoAnswer), &clock);
    clock.advance(60_000);
    let left = patience.place(QBO, ONE, &clock).await;
    assert_eq!(may(&patience, TWO, &clock).await, Err(Held::KeysRefused));
    drop(left);
    assert_eq!(may(&patience, ONE, &clock).await, Ok(()));
    assert_eq!(may(&patience, TWO, &clock).await, Err(Held::KeysRefused), "one asks, and alone");
}

#[tokio::test]
async fn rf_11_a_limit_holds_all_back_as_long_as_asked() {
    let (patience, clock) = at_noon();
    patience.refreshed(QBO, ONE, Some(LIMITED), &clock);
    clock.advance(6_999);
    assert_eq!(may(&patience, TWO, &clock).await, Err(Held::Later));
    clock.advance(1);
    assert_eq!(may(&patience, TWO, &clock).await, Ok(()));
    patience.refreshed(QBO, TWO, Some(LIMITED), &clock);
    clock.advance(7_000);
    assert_eq!(may(&patience, ONE, &clock).await, Ok(()));
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_nobody() {
    let (patience, clock) = at_noon();
    patience.refreshed(QBO, ONE, Some(TokenFault::InvalidClient), &clock);
    let earlier = Clock::manual(Moment(clock.now().0 - 1));
    assert_eq!(may(&patience, ONE, &earlier).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_move_is_left() {
    let (patience, clock) = at_noon();
    let mut places = Vec::new();
    for _ in 0..AT_ONCE {
        places.push(patience.place(QBO, ONE, &clock).await.unwrap());
    }
    assert_eq!(may(&patience, TWO, &clock).await, Err(Held::Later));
    places.pop();
    assert_eq!(may(&patience, TWO, &clock).await, Ok(()));
}

#[tokio::test]
async fn how_long_is_left_is_told_as_far_as_it_is_known() {
    let (patience, clock) = at_noon();
    assert_eq!(patience.left(QBO, ONE, clock.now()), None);
    patience.refreshed(QBO, ONE, Some(TokenFault::NoAnswer), &clock);
    let own = patience.left(QBO, ONE, clock.now()).unwrap();
    assert!((Duration::from_secs(1)..=Duration::from_secs(2)).contains(&own));
    patience.answered(QBO, Some(LIMITED), &clock);
    assert_eq!(patience.left(QBO, ONE, clock.now()), Some(Duration::from_secs(7)), "the longer of both");
    assert_eq!(patience.left(QBO, TWO, clock.now()), Some(Duration::from_secs(7)));
    assert_eq!(patience.left("other", TWO, clock.now()), None);
    clock.advance(7000);
    let _alone = patience.place(QBO, TWO, &clock).await;
    assert_eq!(patience.left(QBO, TWO, clock.now()), None, "what comes of it is open");
}
