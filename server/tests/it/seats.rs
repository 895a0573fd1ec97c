//! How many sockets one address and one tenant may hold, and that a place is given back by every way
//! out, the dead peer's included.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _, sink, stream};
use protocol::ids::EventSeq;
use protocol::message::{Auth, ClientMessage, FaultKind, Hello, Intent, ServerMessage};
use protocol::{Envelope, PING_SECONDS, encode_json};
use server::live::session::{Broken, Encoding, Frame, converse};
use server::peer::Peer;
use server::vault::digest;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{BOUND, a_moment, hear, hear_close, open, upgrade};
use crate::frames::ZOE;
use crate::world::{ALL, Plan, World};

type Opened = WebSocketStream<TcpStream>;
/// How a socket is left.
type Way = fn(Opened) -> BoxFuture<'static, ()>;

fn here() -> Peer {
    Peer::new([127, 0, 0, 1].into())
}

/// Two missed pings, and what a busy machine needs to notice.
const DEAD: Duration = Duration::from_secs(3 * PING_SECONDS + 1);

/// Opens a socket that has not said hello; how long to wait when it is refused.
async fn knock(world: &World) -> Result<Opened, u64> {
    let request = upgrade(world, None, Some(&world.running.url()));
    match open(world, request).await {
        Ok(socket) => Ok(socket),
        Err(Error::Http(answer)) => {
            assert_eq!(answer.status().as_u16(), 429, "refused before the upgrade");
            assert!(answer.headers().contains_key("content-security-policy"));
            Err(answer.headers()["retry-after"].to_str().expect("text").parse().expect("whole seconds"))
        }
        Err(other) => panic!("neither opened nor refused: {other:?}"),
    }
}

/// Waits until this address holds no more sockets than so many.
async fn until_held(world: &World, most: u32) {
    let freed = async {
        while world.app().limits.sockets(here()) > most {
            a_moment().await;
        }
    };
    timeout(BOUND, freed).await.expect("freed in time");
}

fn hello() -> String {
    let hello = Hello { build: "dev".to_owned(), auth: Auth::Cookie, cursor: None, portal: None };
    encode_json(&Envelope::unasked(ClientMessage::Hello(hello)))
}

#[tokio::test]
async fn ws_04_sockets_without_a_hello_are_counted_by_address() {
    let mut plan = Plan::new().await;
    plan.config.limits.strangers_per_address = 2;
    let world = plan.start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let (one, _two) = (knock(&world).await.expect("a first"), knock(&world).await.expect("a second"));
    assert!(knock(&world).await.is_err(), "a third stranger");
    drop(one);
    until_held(&world, 1).await;
    let greeted = world.socket(&zoe).await;
    assert!(knock(&world).await.is_ok(), "whoever said hello is no stranger");
    drop(greeted);
}

#[tokio::test]
async fn ws_04_a_stranger_that_only_pings_is_closed_at_once() {
    let world = World::start().await;
    let mut socket = knock(&world).await.expect("opened");
    for _ in 0..9 {
        socket.send(Message::Ping(Vec::new().into())).await.expect("sent");
    }
    assert_eq!(hear_close(&mut socket).await.map(|close| u16::from(close.code)), Some(1008));
}

#[tokio::test]
async fn ws_12_an_address_at_its_limit_is_refused_and_every_way_out_frees() {
    let mut plan = Plan::new().await;
    plan.config.limits.sockets_per_address = 1;
    let world = plan.start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let ways: [(&str, Way); 4] = [
        ("dropped", |socket| Box::pin(async move { drop(socket) })),
        ("closed", |mut socket| Box::pin(async move { socket.close(None).await.expect("closed") })),
        ("refused", |mut socket| {
            Box::pin(async move {
                socket.send(Message::text(hello())).await.expect("sent");
                assert!(hear_close(&mut socket).await.is_some(), "no session, no welcome");
            })
        }),
        ("misspoken", |mut socket| {
            Box::pin(async move {
                socket.send(Message::binary(vec![0])).await.expect("sent");
                assert!(hear_close(&mut socket).await.is_some(), "the other encoding is closed");
            })
        }),
    ];
    for (name, leave) in ways {
        let socket = knock(&world).await.unwrap_or_else(|_| panic!("a seat before: {name}"));
        assert_eq!(knock(&world).await.err(), Some(10), "{name}");
        leave(socket).await;
        until_held(&world, 0).await;
    }
    let mut ended = world.socket(&zoe).await;
    let session = zoe.session;
    let now = world.clock.now();
    world.write(move |mut db| Box::pin(async move { db.end_session(session, now).await })).await;
    world.app().hub.touch(zoe.tenant);
    assert!(ended.closed().await.is_some());
    until_held(&world, 0).await;
}

#[tokio::test]
async fn ws_12_a_tenant_at_its_limit_is_told_to_come_back_later() {
    let mut plan = Plan::new().await;
    plan.config.limits.sockets_per_tenant = 1;
    let world = plan.start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let ben = world.person("brook", "Ben", ALL).await;
    let mut first = world.socket(&zoe).await;
    let mut second = open(&world, upgrade(&world, Some(&zoe.cookie), Some(&world.running.url())))
        .await
        .expect("the tenant is not known before the hello");
    second.send(Message::text(hello())).await.expect("sent");
    let answer = hear(&mut second).await.expect("an answer").message;
    assert!(
        matches!(&answer, ServerMessage::Failed(fault) if fault.kind == FaultKind::TooMany),
        "{answer:?}"
    );
    assert_eq!(hear_close(&mut second).await.map(|close| u16::from(close.code)), Some(1013));
    first.ask(Intent::MarkRead { upto: EventSeq(1) }).await.expect("the old one lives");
    world.socket(&ben).await;
    first.socket.close(None).await.expect("closed");
    until_held(&world, 0).await;
    world.socket(&zoe).await;
}

#[tokio::test]
async fn ws_12_a_token_that_found_no_place_opens_the_store_later() {
    let mut plan = Plan::new().await;
    plan.config.limits.sockets_per_tenant = 1;
    let world = plan.start().await;
    let first = world.open_frame(ZOE).await;
    let (token, secret) = (world.token(ZOE).await, first.secret());
    let sessions = world.newest_session().await;
    for auth in [Auth::Token(token.clone()), Auth::Resume(secret.clone())] {
        assert_eq!(world.frame(auth).await.err(), Some(FaultKind::TooMany));
    }
    assert_eq!(world.newest_session().await, sessions, "none began that nobody holds");
    drop(first);
    until_held(&world, 0).await;
    let second = world.frame(Auth::Token(token)).await.expect("the same token");
    drop(second);
    until_held(&world, 0).await;
    world.frame(Auth::Resume(secret)).await.expect("and the same secret");
}

#[tokio::test]
async fn an_address_that_opens_too_fast_is_told_when_to_come_back() {
    let mut plan = Plan::new().await;
    plan.config.limits.hellos_per_address = server::limits::Rate::new(1, 2);
    let world = plan.start().await;
    drop((knock(&world).await.expect("one"), knock(&world).await.expect("two")));
    assert_eq!(knock(&world).await.err(), Some(1));
    world.clock.advance(1000);
    knock(&world).await.expect("a second later");
}

/// What is said to us, and what takes what we say.
struct Both<S, K> {
    said: S,
    told: K,
}

impl<S: Stream + Unpin, K: Unpin> Stream for Both<S, K> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.said.poll_next_unpin(context)
    }
}

impl<S: Unpin, K: Sink<Frame> + Unpin> Sink<Frame> for Both<S, K> {
    type Error = K::Error;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), K::Error>> {
        self.told.poll_ready_unpin(context)
    }

    fn start_send(mut self: Pin<&mut Self>, frame: Frame) -> Result<(), K::Error> {
        self.told.start_send_unpin(frame)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), K::Error>> {
        self.told.poll_flush_unpin(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), K::Error>> {
        self.told.poll_close_unpin(context)
    }
}

#[tokio::test]
async fn ws_08_a_peer_that_answers_no_ping_is_gone_within_two() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let tell = sink::unfold(tell, async |tell: UnboundedSender<Frame>, frame| {
        tell.send(frame).map(|()| tell).map_err(|_| Broken::Gone)
    });
    let said = stream::iter([Ok::<_, Broken>(Frame::Text(hello()))]).chain(stream::pending());
    let secret = digest(zoe.cookie.split_once('=').expect("a cookie").1);
    let seat = world.app().limits.seat(here(), world.clock.now()).expect("a seat");
    let socket = Both { said, told: Box::pin(tell) };
    let talk = tokio::spawn(converse(socket, world.app(), Some(secret), Encoding::Json, seat));
    let Some(Frame::Text(welcome)) = told.recv().await else { panic!("a welcome") };
    assert!(welcome.contains("\"Welcome\""), "{welcome}");
    assert_eq!(world.app().limits.sockets(here()), 1);
    tokio::time::pause();
    let (since, mut pings) = (Instant::now(), 0);
    while let Some(frame) = told.recv().await {
        pings += u32::from(frame == Frame::Ping);
    }
    let lived = since.elapsed();
    talk.await.expect("it ended by itself");
    assert_eq!(pings, 2);
    assert!(lived >= Duration::from_secs(2 * PING_SECONDS) && lived <= DEAD, "{lived:?}");
    assert_eq!(world.app().limits.sockets(here()), 0, "its seat is free");
}

#[tokio::test]
async fn ws_08_a_connection_that_reads_but_never_answers_is_closed() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    // Below the WebSocket nobody answers pings.
    let mut raw = world.socket(&zoe).await.socket.into_inner();
    tokio::time::pause();
    let since = Instant::now();
    let mut heard = Vec::new();
    drop(raw.read_to_end(&mut heard).await);
    assert!(since.elapsed() <= DEAD, "{:?}", since.elapsed());
    tokio::time::resume();
    until_held(&world, 0).await;
}

#[tokio::test]
async fn ws_08_a_connection_that_neither_reads_nor_answers_frees_its_seat() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let _deaf = world.socket(&zoe).await.socket.into_inner();
    assert_eq!(world.app().limits.sockets(here()), 1);
    tokio::time::pause();
    // Time that stands still goes on by itself to whatever the proxy waits for next.
    drop(timeout(DEAD, std::future::pending::<()>()).await);
    assert_eq!(world.app().limits.sockets(here()), 0);
}
