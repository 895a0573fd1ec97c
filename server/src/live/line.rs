//! One socket's framing: messages in and out of frames, in the encoding that the upgrade chose,
//! with a limit to how long a reader may keep us waiting.

use std::time::Duration;

use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use protocol::ids::RequestId;
use protocol::message::{ClientMessage, ServerMessage};
use protocol::{DecodeError, Envelope, decode, decode_json, encode, encode_json};
use tokio::time::timeout;

/// A reader that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a close may take to be answered.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a socket carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// Asks whether the other end lives.
    Ping,
    /// It does.
    Pong,
    /// The end, with a code of RFC 6455, 7.4, and a word.
    Close(u16, &'static str),
}

/// Why nothing more can be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A frame or message was longer than the limit.
    TooLong,
    /// A text frame held no UTF-8.
    NotText,
    /// Anything else: the other end is gone, or speaks no WebSocket.
    Gone,
}

/// Anything that carries frames both ways.
pub trait Socket: Stream<Item = Result<Frame, Broken>> + Sink<Frame> + Unpin + Send {}

impl<S: Stream<Item = Result<Frame, Broken>> + Sink<Frame> + Unpin + Send> Socket for S {}

/// How messages are written, chosen by subprotocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Postcard in binary frames.
    Postcard,
    /// JSON in text frames.
    Json,
}

/// What was heard.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message.
    Message(Envelope<ClientMessage>),
    /// A frame that is no message; the id could be read, perhaps.
    Unreadable(Option<RequestId>),
    /// A sign of life.
    Life,
    /// A frame of the other encoding.
    OtherEncoding,
    /// A message longer than the limit.
    TooLong,
    /// A text that is none.
    NotText,
    /// The other end closed or is gone.
    Gone,
}

/// The socket no longer takes what is said.
#[derive(Debug)]
pub(super) struct Stuck;

/// A socket that speaks in messages.
pub(crate) struct Line<S> {
    socket: S,
    encoding: Encoding,
    answered: bool,
}

impl<S: Socket> Line<S> {
    pub(crate) fn new(socket: S, encoding: Encoding) -> Self {
        Self { socket, encoding, answered: false }
    }

    /// Asks the other end to show that all that was said until now has arrived.
    pub(super) async fn ask_back(&mut self) -> Result<(), Stuck> {
        self.answered = false;
        self.ping().await
    }

    /// The other end has spoken since. A close is no answer: it may have been on its way before.
    pub(super) fn answered(&self) -> bool {
        self.answered
    }

    /// Safe in a `select!`: a frame is taken whole or not at all.
    pub(super) async fn hear(&mut self) -> Heard {
        let next = self.socket.next().await;
        self.answered |= matches!(next, Some(Ok(Frame::Text(_) | Frame::Binary(_) | Frame::Pong)));
        match next {
            Some(Ok(Frame::Text(text))) if self.encoding == Encoding::Json => heard(decode_json(&text)),
            Some(Ok(Frame::Binary(bytes))) if self.encoding == Encoding::Postcard => heard(decode(&bytes)),
            Some(Ok(Frame::Text(_) | Frame::Binary(_))) => Heard::OtherEncoding,
            // A close is answered below us; what matters is that we go on listening until the end
            // (guarantees.md, finding 3).
            Some(Ok(Frame::Ping | Frame::Pong | Frame::Close(..))) => Heard::Life,
            Some(Err(Broken::TooLong)) => Heard::TooLong,
            Some(Err(Broken::NotText)) => Heard::NotText,
            Some(Err(Broken::Gone)) | None => Heard::Gone,
        }
    }

    pub(super) async fn say(&mut self, id: Option<RequestId>, message: ServerMessage) -> Result<(), Stuck> {
        let envelope = Envelope { id, message };
        let frame = match self.encoding {
            Encoding::Postcard => Frame::Binary(encode(&envelope)),
            Encoding::Json => Frame::Text(encode_json(&envelope)),
        };
        self.send(frame).await
    }

    pub(super) async fn ping(&mut self) -> Result<(), Stuck> {
        self.send(Frame::Ping).await
    }

    async fn send(&mut self, frame: Frame) -> Result<(), Stuck> {
        match timeout(PATIENCE, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Stuck),
        }
    }

    /// Says goodbye and listens until the other end has, for a while.
    pub(crate) async fn close(mut self, code: u16, why: &'static str) {
        let farewell = async {
            if self.socket.send(Frame::Close(code, why)).await.is_err() {
                return;
            }
            loop {
                match self.socket.next().await {
                    None | Some(Err(Broken::Gone | Broken::NotText)) => return,
                    // What is too long cannot be read to its end; the time limit ends this.
                    Some(Err(Broken::TooLong)) => std::future::pending().await,
                    Some(Ok(_)) => {}
                }
            }
        };
        drop(timeout(FAREWELL, farewell).await);
    }
}

fn heard(decoded: Result<Envelope<ClientMessage>, DecodeError>) -> Heard {
    match decoded {
        Ok(envelope) => Heard::Message(envelope),
        Err(error) => Heard::Unreadable(error.id().cloned()),
    }
}
