//! A provider that is away or too busy: asked less and less, never at once by everybody (RF-10, RF-11).

use std::collections::BTreeMap;

use protocol::ids::Moment;
use protocol::import::Waiting;
use protocol::store::ConnectionState;
use sandbox::{Failure, Mischief, Point, UK_COMPANY, US_COMPANY};
use server::oauth::refresh::TokenError;
use server::oauth::revoke::send_due;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::client::BOUND;
use crate::imports::until;
use crate::quick::{Quick, REVOKE, TOKEN, result};
use crate::tokens::{HOUR, access, eventually};
use crate::world::{ALL, Person};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
/// So many times something fails that does not end.
const ALWAYS: u32 = 1_000_000;

/// The moments since then when a refresh token was about to be sent, as the journal has them.
pub(crate) async fn tries(quick: &Quick, person: &Person, since: Moment) -> Vec<u64> {
    use sqlx::Connection as _;

    let id = quick.row(person).await.id;
    let path = &quick.world.app().config.storage.path;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true);
    let mut journal = sqlx::SqliteConnection::connect_with(&options).await.expect("the database opens");
    let begun = "SELECT begun_at FROM refresh_journal WHERE connection = ? AND begun_at >= ? ORDER BY id";
    let begun = sqlx::query_scalar(begun).bind(id.0).bind(since.0.cast_signed());
    begun.fetch_all(&mut journal).await.expect("read").into_iter().map(i64::cast_unsigned).collect()
}

/// Somebody asks for an access token every second for so many minutes, and gets none.
async fn ask_for(quick: &Quick, person: &Person, minutes: u64) {
    for _ in 0..minutes * 60 {
        let door = access(quick, person).await;
        assert!(matches!(door, Err(TokenError::Unavailable)), "{:?}", door.err());
        quick.world.clock.advance(SECOND);
    }
}

/// Neither a burst nor a silence, and not the same pause twice in a row all the time.
fn assert_spread(tries: &[u64], minutes: u64) {
    let pauses: Vec<u64> = tries.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(pauses.iter().all(|pause| (SECOND..=MINUTE + SECOND).contains(pause)), "{pauses:?}");
    // Half of a minute on the average: four times as many happen to nobody.
    let most = usize::try_from(minutes).expect("a number") * 8 + 6;
    assert!((usize::try_from(minutes).expect("a number")..most).contains(&tries.len()), "{pauses:?}");
    let late = &pauses[pauses.len() / 2..];
    assert!(late.iter().any(|pause| *pause != late[0]), "no jitter in {pauses:?}");
}

#[tokio::test]
async fn rf_10_a_token_endpoint_that_fails_is_asked_less_and_less() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.world.clock.advance(HOUR);
    for failure in [
        Failure::new(TOKEN, 503, ALWAYS),
        Failure::new(TOKEN, 500, ALWAYS),
        Failure { times: ALWAYS, ..Failure::of(TOKEN, Mischief::Drop(Point::Connect)) },
    ] {
        quick.sandbox.control().fail(failure);
        let (since, before) = (quick.world.clock.now(), quick.calls(TOKEN));
        ask_for(&quick, &ann, 10).await;
        let tries = tries(&quick, &ann, since).await;
        assert_eq!(quick.calls(TOKEN) - before, tries.len(), "one request for each entry of the journal");
        assert_spread(&tries, 10);
        assert_eq!(quick.view(&ann).await.state, ConnectionState::Importing);
        quick.sandbox.control().clear_failures();
        quick.world.clock.advance(MINUTE);
        assert!(access(&quick, &ann).await.is_ok(), "it is back");
        quick.world.clock.advance(HOUR);
    }
}

#[tokio::test]
async fn rf_10_a_provider_that_cannot_be_reached_is_asked_less_and_less() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    let (home, before) = (quick.sandbox.url().to_owned(), quick.row(&ann).await.generation);
    // One that ends every connection before TLS has begun.
    let no_tls = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let no_tls_at = no_tls.local_addr().expect("bound");
    let shutting = tokio::spawn(async move { while no_tls.accept().await.is_ok() {} });
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let no_name = format!("https://{}.invalid", "a".repeat(64));
    let mut quick = quick;
    quick.world.clock.advance(HOUR - 4 * MINUTE);
    for origin in [format!("https://{no_tls_at}"), format!("http://{gone}"), no_name] {
        quick = quick.moved_to(&origin).await;
        let kept = access(&quick, &ann).await.expect("the token still lives");
        assert_eq!(kept.generation, before, "{origin}");
    }
    quick.world.clock.advance(HOUR);
    let since = quick.world.clock.now();
    ask_for(&quick, &ann, 10).await;
    assert_spread(&tries(&quick, &ann, since).await, 10);
    shutting.abort();
    let quick = quick.moved_to(&home).await;
    assert_eq!(access(&quick, &ann).await.expect("it is back").generation, before + 1);
}

#[tokio::test]
async fn rf_10_a_busy_provider_leaves_the_token_in_use() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    let before = access(&quick, &ann).await.expect("a token").generation;
    quick.sandbox.control().fail(Failure::new(TOKEN, 503, ALWAYS));
    quick.world.clock.advance(HOUR - 4 * MINUTE);
    for _ in 0..4 * 60 {
        assert_eq!(access(&quick, &ann).await.expect("it still lives").generation, before);
        quick.world.clock.advance(SECOND);
    }
    assert!(matches!(access(&quick, &ann).await, Err(TokenError::Unavailable)), "now it has ended");
    assert!((4..40).contains(&quick.calls(TOKEN)), "{}", quick.calls(TOKEN));
}

/// Answers of 429 that ask to wait, each with the seconds that are waited.
fn limits() -> Vec<(&'static [(&'static str, &'static str)], u64)> {
    vec![
        (&[("retry-after", "7")], 7),
        (&[("retry-after", "Sun, 06 Nov 1994 12:01:30 GMT"), ("date", "Sun, 06 Nov 1994 12:00:00 GMT")], 90),
        (&[("retry-after", "31536000")], 300),
        (&[("retry-after", "99999999999999999999999")], 300),
        (&[("retry-after", "Tue, 31 Dec 2999 23:59:59 GMT")], 300),
        (&[("retry-after", "-1")], 60),
        (&[("retry-after", "soon")], 60),
        (&[], 60),
    ]
}

fn limited(route: &str, headers: &[(&str, &str)]) -> Failure {
    let headers: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Failure { headers, ..Failure::new(route, 429, 1) }
}

#[tokio::test]
async fn rf_11_the_token_endpoint_is_left_alone_as_long_as_it_asks() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.connect_quietly(&ben, US_COMPANY).await;
    for (headers, seconds) in limits() {
        quick.world.clock.advance(HOUR);
        quick.sandbox.control().fail(limited(TOKEN, headers));
        assert!(matches!(access(&quick, &ann).await, Err(TokenError::Unavailable)), "{headers:?}");
        let asked = quick.calls(TOKEN);
        quick.world.clock.advance(seconds * SECOND - 1);
        for person in [&ann, &ben] {
            assert!(matches!(access(&quick, person).await, Err(TokenError::Unavailable)), "{headers:?}");
        }
        assert_eq!(quick.calls(TOKEN), asked, "{headers:?}");
        quick.world.clock.advance(1);
        for person in [&ann, &ben] {
            let door = access(&quick, person).await;
            assert!(door.is_ok(), "{headers:?}: {:?}", door.err());
        }
    }
}

#[tokio::test]
async fn rf_11_an_import_waits_as_long_as_quickbooks_asks() {
    for (headers, seconds) in limits() {
        let quick = Quick::start().await;
        let ann = quick.ann().await;
        quick.sandbox.control().fail(limited("/query", headers));
        quick.connect(&ann, UK_COMPANY).await;
        let import = until(&quick, &ann, |import| import.waiting.is_some()).await;
        let Some(Waiting::Limit { until }) = import.waiting else { panic!("{import:?}") };
        // Another list that wants to go on may have told meanwhile what was left of the wait.
        let told = until.0 - quick.world.clock.now().0;
        assert!(((seconds - 3) * SECOND..=seconds * SECOND).contains(&told), "{headers:?}: {told}");
    }
}

#[tokio::test]
async fn rf_11_what_was_refused_is_asked_again_after_the_wait() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().fail(limited("/query", &[("retry-after", "2")]));
    quick.connect(&ann, UK_COMPANY).await;
    quick.sandbox.ledger().answered_to("/query", 1, BOUND).await;
    let since = Instant::now();
    let refused = quick.sandbox.ledger().to("/query").remove(0);
    assert_eq!(refused.status, Some(429));
    let asked =
        || quick.sandbox.ledger().to("/query").into_iter().filter(|entry| entry.query == refused.query);
    eventually(|| async { asked().count() == 2 }).await;
    assert!(since.elapsed().as_millis() >= 1900, "{:?}", since.elapsed());
}

#[tokio::test]
async fn rf_11_a_revocation_waits_as_long_as_quickbooks_asks() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.sandbox.control().fail(limited(REVOKE, &[("retry-after", "200")]));
    quick.disconnect(&ann).await;
    eventually(|| async { send_due(&quick.world.app()).await.is_ok() && quick.calls(REVOKE) == 1 }).await;
    quick.world.clock.advance(200 * SECOND - 1);
    send_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(REVOKE), 1);
    quick.world.clock.advance(1);
    send_due(&quick.world.app()).await.expect("sent");
    assert_eq!(quick.calls(REVOKE), 2);
}

#[tokio::test]
async fn rf_11_who_connects_meanwhile_is_told_to_try_again() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().fail(limited(TOKEN, &[("retry-after", "7")]));
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "unreachable");
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Importing);
}
