//! Peers that trickle: headers, bodies and readers that hold a connection to no purpose (SE-11).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Sink, Stream, StreamExt as _, stream};
use protocol::ids::EventSeq;
use protocol::message::{Auth, ClientMessage, Hello, Intent};
use protocol::{Envelope, encode_json};
use server::live::session::{Broken, Encoding, Frame, converse};
use server::peer::Peer;
use server::vault::digest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::world::{ALL, World};

/// As SE-11 says, with a little for the machine.
const CLOSED: Duration = Duration::from_secs(11);

/// Everything that comes until the proxy closes.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    // A reset is a close as well.
    drop(timeout(CLOSED, stream.read_to_end(&mut heard)).await.expect("closed in time"));
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn se_11_a_connection_that_never_ends_its_headers_is_closed() {
    let world = World::start().await;
    for begun in ["", "GET /", "GET / HTTP/1.1\r\nHost: x\r\nX-Drip: "] {
        let mut stream = TcpStream::connect(world.running.address()).await.expect("it listens");
        stream.write_all(begun.as_bytes()).await.expect("sent");
        tokio::time::pause();
        until_closed(&mut stream).await;
        tokio::time::resume();
    }
    let others = world.http.get(world.at("/healthz")).send().await.expect("an answer");
    assert_eq!(others.status().as_u16(), 200, "others are served meanwhile");
}

#[tokio::test]
async fn se_11_a_body_that_never_comes_is_cut_off() {
    let world = World::start().await;
    let mut stream = TcpStream::connect(world.running.address()).await.expect("it listens");
    let head = format!(
        "POST /api/v1/links HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
        world.key
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let answer = until_closed(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn ws_07_a_reader_that_takes_nothing_ends_alone() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let hello = Hello { build: "dev".to_owned(), auth: Auth::Cookie, cursor: None, portal: None };
    let hello = encode_json(&Envelope::unasked(ClientMessage::Hello(hello)));
    let said = stream::iter([Ok(Frame::Text(hello))]).chain(stream::pending());
    let secret = zoe.cookie.split_once('=').expect("a cookie").1;
    let seat = world.app().limits.seat(Peer::new([127, 0, 0, 1].into()), world.clock.now()).expect("a seat");
    let talk = converse(Deaf(said), world.app(), Some(digest(secret)), Encoding::Json, seat);
    assert!(size_of_val(&talk) <= 3000, "thousands of sockets idle: {} bytes each", size_of_val(&talk));
    timeout(Duration::from_secs(14), talk).await.expect("it ends by itself");
    world.socket(&zoe).await.ask(Intent::MarkRead { upto: EventSeq(1) }).await.expect("others are served");
}

/// A socket that speaks, and takes nothing.
struct Deaf<R>(R);

impl<R: Stream + Unpin> Stream for Deaf<R> {
    type Item = R::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<R::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<R: Unpin> Sink<Frame> for Deaf<R> {
    type Error = Broken;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Pending
    }

    fn start_send(self: Pin<&mut Self>, _: Frame) -> Result<(), Broken> {
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Pending
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Pending
    }
}
