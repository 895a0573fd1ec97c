//! Whatever a socket sends: a typed fault or a close with its reason, never a panic, and never at
//! somebody else's cost (WS-07, WS-13).

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _, stream};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use protocol::ids::EventSeq;
use protocol::message::{FaultKind, Intent, ServerMessage};
use protocol::notification::Event;
use protocol::{Envelope, decode_json};
use sandbox::UK_COMPANY;
use server::live::session::{Broken, Encoding, Frame, converse};
use server::peer::Peer;
use server::store::StoreError;
use server::store::notifications::NewEvent;
use server::vault::digest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::{Frame as RawFrame, coding};

use crate::quick::{Quick, qbo};
use crate::world::{ALL, Person, World};

/// A sample of every message of the store, in both encodings.
const SAMPLES: &str = include_str!("../../../protocol/tests/golden/client.txt");
/// As long as a reader may keep the proxy waiting, and the farewell, and a little for the machine.
const PATIENCE: Duration = Duration::from_secs(16);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);
const HELLO: &str = r#"{"id":"h","message":{"Hello":{"build":"dev","auth":"Cookie","cursor":null}}}"#;

/// A socket that says what is written down, and keeps what it hears.
struct Scripted<S> {
    says: S,
    heard: Arc<Mutex<Vec<Frame>>>,
}

impl<S: Stream + Unpin> Stream for Scripted<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.says.poll_next_unpin(context)
    }
}

impl<S: Unpin> Sink<Frame> for Scripted<S> {
    type Error = Broken;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, frame: Frame) -> Result<(), Broken> {
        self.heard.lock().expect("nobody panicked").push(frame);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }
}

/// Every sample's JSON.
fn samples() -> Vec<String> {
    SAMPLES.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect()
}

/// A sample as it is, cut, with something put in, or with something exchanged.
fn damaged() -> impl Strategy<Value = String> {
    let harm = prop_oneof![
        Just(None),
        (any::<prop::sample::Index>(), Just(String::new())).prop_map(Some),
        (any::<prop::sample::Index>(), "\\PC{0,6}|[0-9]{1,24}|null|\"|\\{|-").prop_map(Some),
    ];
    (prop::sample::select(samples()), harm, any::<bool>()).prop_map(|(mut text, harm, cut)| {
        if let Some((place, put)) = harm {
            let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
            let place = places[place.index(places.len())];
            let end = if cut { text.len() } else { place };
            text.replace_range(place..end, &put);
        }
        text
    })
}

fn frames() -> impl Strategy<Value = Vec<Result<Frame, Broken>>> {
    let frame = prop_oneof![
        6 => damaged().prop_map(|text| Ok(Frame::Text(text))),
        1 => "\\PC{0,40}".prop_map(|text| Ok(Frame::Text(text))),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| Ok(Frame::Binary(bytes))),
        1 => prop::sample::select(vec![Ok(Frame::Ping), Ok(Frame::Pong), Ok(Frame::Close(1000, ""))]),
    ];
    let greeting = prop_oneof![
        9 => Just(Ok(Frame::Text(HELLO.to_owned()))),
        1 => damaged().prop_map(|text| Ok(Frame::Text(text))),
    ];
    // A broken line stays broken: nothing follows. What is too long is met by `ws_06`, since a farewell
    // waits for its end.
    let broken = prop::sample::select(vec![Broken::NotText, Broken::Gone]);
    let all = (greeting, prop::collection::vec(frame, 0..8), prop::option::of(broken));
    all.prop_map(|(greeting, rest, broken)| {
        std::iter::once(greeting).chain(rest).chain(broken.map(Err)).collect()
    })
}

/// Plays a script to its end, and gives what was heard.
async fn play(world: &World, person: &Person, script: Vec<Result<Frame, Broken>>) -> Vec<Frame> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let socket = Scripted { says: stream::iter(script), heard: Arc::clone(&heard) };
    let secret = person.cookie.split_once('=').expect("a cookie").1;
    let seat = world.app().limits.seat(Peer::new([127, 0, 0, 1].into()), world.clock.now()).expect("a seat");
    let talk = converse(socket, world.app(), Some(digest(secret)), Encoding::Json, seat);
    timeout(Duration::from_secs(20), talk).await.expect("it ends");
    heard.lock().expect("nobody panicked").clone()
}

/// Why what was heard is not what may be heard.
fn wrong(heard: &[Frame]) -> Option<String> {
    let ends = heard.iter().filter(|frame| matches!(frame, Frame::Close(..))).count();
    if ends > 1 || (ends == 1 && !matches!(heard.last(), Some(Frame::Close(..)))) {
        return Some(format!("something follows the end: {heard:?}"));
    }
    heard.iter().find_map(|frame| match frame {
        Frame::Close(1000 | 1003 | 1007 | 1008 | 1009, _) | Frame::Ping | Frame::Pong => None,
        Frame::Text(text) => match decode_json::<ServerMessage>(text) {
            Ok(Envelope { message: ServerMessage::Failed(fault), .. })
                if fault.kind == FaultKind::Internal =>
            {
                Some(format!("our own fault: {heard:?}"))
            }
            Ok(_) => None,
            Err(error) => Some(format!("{error}: {text}")),
        },
        other => Some(format!("{other:?}")),
    })
}

#[test]
fn ws_13_no_sequence_of_frames_makes_the_session_panic() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let quick = runtime.block_on(Quick::start());
    let ann = runtime.block_on(quick.ann());
    assert_eq!(runtime.block_on(quick.connect(&ann, UK_COMPANY)), "connected");
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 192, failure_persistence: None, ..Default::default() });
    // A room shows ten views a second, so most scripts are played in a room of their own.
    let tried = runner.run(&(frames(), 0..1000), |(script, tenant)| {
        let heard = runtime.block_on(async {
            let stranger = quick.world.person(&format!("tenant-{tenant}"), "Zoë", ALL).await;
            play(&quick.world, if tenant % 5 == 0 { &ann } else { &stranger }, script).await
        });
        prop_assert_eq!(wrong(&heard), None);
        Ok(())
    });
    tried.unwrap_or_else(|failure| panic!("{failure}"));
    let mut socket = runtime.block_on(quick.world.socket(&ann));
    runtime.block_on(socket.ask(Intent::MarkRead { upto: EventSeq(1) })).expect("it still serves");
    drop(socket);
    runtime.block_on(async move { quick.world.running.stop().await });
}

#[tokio::test]
async fn ws_13_what_is_no_text_closes_with_1007() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    let text = coding::OpCode::Data(coding::Data::Text);
    let frame = RawFrame::message(vec![0x7b, 0xff, 0xfe, 0x7d], text, true);
    client.socket.send(Message::Frame(frame)).await.expect("sent");
    assert_eq!(client.closed().await.map(|close| u16::from(close.code)), Some(1007));
}

#[tokio::test]
async fn ws_13_a_second_hello_and_an_early_intent_close_with_1008() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let early = samples().into_iter().find(|text| text.contains("MarkRead")).expect("a sample");
    for script in [vec![HELLO.to_owned(), HELLO.to_owned()], vec![early]] {
        let script = script.into_iter().map(|text| Ok(Frame::Text(text))).collect();
        let heard = play(&world, &zoe, script).await;
        assert!(matches!(heard.last(), Some(Frame::Close(1008, _))), "{heard:?}");
    }
}

/// Two hundred entries that are as long as they may be.
async fn fill_the_log(world: &World, person: &Person) {
    let (tenant, now) = (person.tenant, world.clock.now());
    let filled = world.write(move |mut db| {
        Box::pin(async move {
            let event = Event::Connected { company: "x".repeat(900) };
            for _ in 0..200 {
                let (integration, event) = (&qbo(), &event);
                db.notify(NewEvent { tenant, integration, event, by: None, now }).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    filled.await;
}

/// A masked text frame of up to 64 KiB.
fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0xfe];
    frame.extend(u16::try_from(text.len()).expect("short").to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

/// A socket whose system takes next to nothing in.
async fn narrow(world: &World, cookie: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a narrow one");
    let mut stream = socket.connect(world.running.address()).await.expect("it listens");
    let head = format!(
        "GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGF0Y2hiYXlwYXRjaGJheQ==\r\n\
         Sec-WebSocket-Protocol: patchbay.v1.json\r\nOrigin: {}\r\nCookie: {cookie}\r\n\r\n",
        world.running.url()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(&text_frame(HELLO)).await.expect("sent");
    stream
}

#[tokio::test]
async fn ws_07_a_reader_that_stops_is_let_go_and_the_import_goes_on() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    fill_the_log(&quick.world, &ann).await;
    let mut other = quick.world.socket(&ann).await;
    let mut deaf = narrow(&quick.world, &ann.cookie).await;
    let asked = 40;
    for number in 0..asked {
        let read = format!(
            r#"{{"id":"r-{number}","message":{{"Intent":{{"ReadActivity":{{"integration":"quickbooks-online","before":null,"limit":200}}}}}}}}"#
        );
        deaf.write_all(&text_frame(&read)).await.expect("sent");
    }
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    let done = |message: &ServerMessage| match message {
        ServerMessage::Import(import) => import.finished.map(|_| ()),
        _ => None,
    };
    other.until(done).await;
    let (hub, tenant) = (quick.world.app().hub.clone(), ann.tenant);
    assert_eq!(hub.sockets(tenant), 2);
    let mut looks = tokio::time::interval(LOOK);
    let let_go = async {
        while hub.sockets(tenant) > 1 {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, let_go).await.expect("it is let go");
    // What it is owed was not kept for it: what comes now lay in the systems' own buffers.
    let mut taken = Vec::new();
    drop(timeout(PATIENCE, deaf.read_to_end(&mut taken)).await.expect("its end"));
    let taken = taken.len();
    assert!(taken < asked * 200 * 900, "every answer was kept for somebody who does not read: {taken}");
}
