//! A provider that takes its time: whatever it hangs in, half a minute is the end (RF-12). The time
//! passes at once: it is tokio's, which both sides live by.

use std::net::SocketAddr;
use std::time::Duration;

use protocol::store::ConnectionState;
use sandbox::{Failure, Mischief, Point, UK_COMPANY};
use server::clock::Stopwatch;
use server::oauth::refresh::TokenError;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{advance, pause, resume, timeout};

use crate::backoff::tries;
use crate::client::BOUND;
use crate::quick::{Quick, TOKEN, result};
use crate::tokens::{HOUR, access, eventually};
use crate::world::Person;

/// The end of all patience with a token endpoint.
const DEADLINE: Duration = Duration::from_secs(30);
const A_SECOND: Duration = Duration::from_secs(1);
/// tokio's timers go by the millisecond, and round up.
const TICK: Duration = Duration::from_millis(1);
/// What others get to do, in real time, before the next second.
const A_LITTLE: Duration = Duration::from_millis(5);

/// Lets half a minute pass, a second at a time, and then no more. The work must have met its end, and
/// come back, without another second; whether it had not yet come back a second earlier is told too.
async fn ends_in_time<T>(mischief: &str, work: JoinHandle<T>) -> (bool, T) {
    pause();
    for _ in 1..DEADLINE.as_secs() {
        advance(A_SECOND).await;
        settle(&work, A_LITTLE).await;
    }
    let lasted = !work.is_finished();
    advance(A_SECOND + TICK).await;
    settle(&work, BOUND).await;
    assert!(work.is_finished(), "{mischief}: it would go on");
    resume();
    (lasted, work.await.expect("it does not panic"))
}

/// Stands still in tokio's time while others do what that time woke them for: the database works in
/// threads of its own, which take real time.
async fn settle<T>(work: &JoinHandle<T>, most: Duration) {
    let watch = Stopwatch::start();
    while !work.is_finished() && watch.elapsed() < most {
        tokio::task::yield_now().await;
    }
}

fn hangs() -> [Mischief; 4] {
    let drip = Mischief::Drip { pause_milliseconds: 1000 };
    [Mischief::Hang(Point::Connect), Mischief::Hang(Point::Headers), Mischief::Hang(Point::Body), drip]
}

/// Asks for an access token, in a task of its own.
async fn asking(quick: &Quick, person: &Person) -> JoinHandle<Result<u64, TokenError>> {
    let (app, id) = (quick.world.app(), quick.row(person).await.id);
    tokio::spawn(async move { Ok(server::oauth::refresh::access(&app, id).await?.generation) })
}

#[tokio::test]
async fn rf_12_a_token_endpoint_that_hangs_has_half_a_minute() {
    for mischief in hangs() {
        let quick = Quick::start().await;
        let ann = quick.ann().await;
        quick.connect_quietly(&ann, UK_COMPANY).await;
        quick.sandbox.control().fail(Failure::of(TOKEN, mischief.clone()));
        quick.world.clock.advance(HOUR);
        let asking = asking(&quick, &ann).await;
        quick.sandbox.ledger().asked_at(TOKEN, 2, BOUND).await;
        let (lasted, door) = ends_in_time(&format!("{mischief:?}"), asking).await;
        assert!(lasted && matches!(door, Err(TokenError::Unavailable)), "{mischief:?}: {door:?}");
        assert_eq!(quick.view(&ann).await.state, ConnectionState::Importing);
        quick.world.clock.advance(HOUR);
        assert!(access(&quick, &ann).await.is_ok(), "{mischief:?}: the next one is served");
    }
}

#[tokio::test]
async fn rf_12_who_connects_is_not_kept_waiting_for_longer() {
    for mischief in hangs() {
        let quick = Quick::start().await;
        let ann = quick.ann().await;
        quick.sandbox.control().fail(Failure::of(TOKEN, mischief.clone()));
        let away = quick.leave(&ann, "").await;
        let back = quick.consent(&away, UK_COMPANY).await;
        let visit = quick.world.http.get(back).header("cookie", &away.cookie).send();
        let visit =
            tokio::spawn(async move { visit.await.expect("an answer").headers()["location"].clone() });
        quick.sandbox.ledger().asked_at(TOKEN, 1, BOUND).await;
        let (_, location) = ends_in_time(&format!("{mischief:?}"), visit).await;
        assert_eq!(result(location.to_str().expect("text")), "unreachable", "{mischief:?}");
        assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    }
}

/// An address at which nobody accepts: what would connect waits at the door.
async fn a_full_house() -> (SocketAddr, Vec<TcpStream>, TcpListener) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let listener = socket.listen(0).expect("it listens");
    let address = listener.local_addr().expect("bound");
    let mut guests = Vec::new();
    while let Ok(guest) = timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
        guests.push(guest.expect("a place in the queue"));
    }
    (address, guests, listener)
}

#[tokio::test]
async fn rf_12_a_provider_that_never_begins_has_half_a_minute() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    // One whose door stays shut, and one that says nothing of TLS to those it has let in.
    let (full, _guests, _listener) = a_full_house().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let silent_at = silent.local_addr().expect("bound");
    let mut quick = quick;
    for origin in [format!("http://{full}"), format!("https://{silent_at}")] {
        quick = quick.moved_to(&origin).await;
        quick.world.clock.advance(HOUR);
        let asking = asking(&quick, &ann).await;
        let now = quick.world.clock.now();
        eventually(|| async { tries(&quick, &ann, now).await.len() == 1 }).await;
        let (_, door) = ends_in_time(&origin, asking).await;
        assert!(matches!(door, Err(TokenError::Unavailable)), "{origin}: {door:?}");
        assert!(quick.row(&ann).await.live);
    }
}

/// Lets so many seconds pass, and those who were woken do what they can in a little while each.
async fn pass<T>(seconds: u64, work: &JoinHandle<T>) {
    for _ in 0..seconds {
        advance(A_SECOND).await;
        settle(work, A_LITTLE).await;
    }
}

#[tokio::test]
async fn rf_03_an_answer_that_takes_longer_than_others_leases_is_one_refresh() {
    for seconds in [3, 12, 29] {
        let quick = Quick::start().await;
        let ann = quick.ann().await;
        quick.connect_quietly(&ann, UK_COMPANY).await;
        let late = Mischief::Delay { milliseconds: seconds * 1000 };
        quick.sandbox.control().fail(Failure { after_work: true, ..Failure::of(TOKEN, late) });
        quick.world.clock.advance(HOUR);
        let before = quick.row(&ann).await.generation;
        let first = asking(&quick, &ann).await;
        quick.sandbox.ledger().asked_at(TOKEN, 2, BOUND).await;
        pause();
        pass(seconds / 2, &first).await;
        let mut others = Vec::new();
        for _ in 0..20 {
            others.push(asking(&quick, &ann).await);
        }
        pass(seconds - seconds / 2 - 1, &first).await;
        assert!(!first.is_finished(), "{seconds} s are not over");
        advance(A_SECOND + TICK).await;
        settle(&first, BOUND).await;
        resume();
        for door in others.into_iter().chain([first]) {
            assert_eq!(door.await.expect("no panic").expect("a token"), before + 1, "after {seconds} s");
        }
        assert_eq!(quick.calls(TOKEN), 2, "after {seconds} s");
    }
}
