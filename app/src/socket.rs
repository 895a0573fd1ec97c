//! The socket to the proxy: envelopes in, envelopes out, as postcard in binary frames.

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use protocol::message::{ClientMessage, ServerMessage};
use protocol::{Envelope, SUBPROTOCOL_POSTCARD, decode, encode};

/// The half that speaks.
pub struct Mouth(SplitSink<WebSocket, Message>);

/// The half that listens. The socket closes when both halves are dropped.
pub struct Ear(SplitStream<WebSocket>);

/// Begins to open a socket. None when the browser refuses the address.
pub fn open(url: &str) -> Option<(Mouth, Ear)> {
    let socket = WebSocket::open_with_protocol(url, SUBPROTOCOL_POSTCARD).ok()?;
    let (mouth, ear) = socket.split();
    Some((Mouth(mouth), Ear(ear)))
}

impl Mouth {
    /// Waits until the socket is open and sends. False when it closed meanwhile, of which the
    /// listening half tells too.
    pub async fn say(&mut self, envelope: &Envelope<ClientMessage>) -> bool {
        self.0.send(Message::Bytes(encode(envelope))).await.is_ok()
    }
}

impl Ear {
    /// The next message that can be read; none once the socket is closed.
    pub async fn hear(&mut self) -> Option<Envelope<ServerMessage>> {
        loop {
            let Message::Bytes(bytes) = self.0.next().await?.ok()? else {
                continue;
            };
            // A newer proxy may say what this build does not know; the rest still counts.
            if let Ok(envelope) = decode(&bytes) {
                return Some(envelope);
            }
        }
    }
}
