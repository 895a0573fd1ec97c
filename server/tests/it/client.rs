//! A store that speaks JSON: says hello, sends intents, and keeps what it hears meanwhile.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::ids::{EventSeq, RequestId};
use protocol::message::{
    Answer, Auth, ClientMessage, Fault, FaultKind, Hello, Intent, ServerMessage, Welcome,
};
use protocol::{Envelope, SUBPROTOCOL_JSON, decode_json, encode_json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::world::World;

/// How long anything may take before a test gives up.
pub(crate) const BOUND: Duration = Duration::from_mins(1);
/// For what is promised within a second: a machine that runs many tests at once is given more.
pub(crate) const SOON: Duration = Duration::from_secs(6);
/// How often a condition is looked at. Whoever looks all the time takes what the others need to get there.
const LOOK: Duration = Duration::from_millis(2);

/// Waits a moment before a condition is looked at again.
pub(crate) async fn a_moment() {
    tokio::time::sleep(LOOK).await;
}

/// One socket.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) welcome: Box<Welcome>,
    heard: VecDeque<ServerMessage>,
    asked: u64,
}

/// The upgrade request of a browser at the proxy's own origin.
pub(crate) fn upgrade(world: &World, cookie: Option<&str>, origin: Option<&str>) -> Request {
    let url = world.at("/socket").replacen("http", "ws", 1);
    let mut request = url.into_client_request().expect("a request");
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", SUBPROTOCOL_JSON.parse().expect("a value"));
    if let Some(cookie) = cookie {
        headers.insert("cookie", cookie.parse().expect("a value"));
    }
    if let Some(origin) = origin {
        headers.insert("origin", origin.parse().expect("a value"));
    }
    request
}

/// Opens a socket and says nothing yet.
pub(crate) async fn open(world: &World, request: Request) -> Result<WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(world.running.address()).await.expect("the proxy listens");
    client_async(request, stream).await.map(|(socket, _)| socket)
}

impl Client {
    /// Opens a socket, says hello and is welcomed.
    pub(crate) async fn welcomed(world: &World, cookie: &str, cursor: Option<EventSeq>) -> Self {
        let hello = Hello { build: "dev".to_owned(), auth: Auth::Cookie, cursor, portal: None };
        Self::greeted(world, Some(cookie), hello).await.expect("a welcome")
    }

    /// Opens a socket and says hello. A refusal has closed the socket as the protocol says.
    pub(crate) async fn greeted(
        world: &World,
        cookie: Option<&str>,
        hello: Hello,
    ) -> Result<Self, FaultKind> {
        let request = upgrade(world, cookie, Some(&world.running.url()));
        let mut socket = open(world, request).await.expect("the upgrade is accepted");
        let envelope = Envelope::unasked(ClientMessage::Hello(hello));
        socket.send(Message::text(encode_json(&envelope))).await.expect("the hello is sent");
        let mut heard = VecDeque::new();
        loop {
            match hear(&mut socket).await.expect("an answer").message {
                ServerMessage::Welcome(welcome) => return Ok(Self { socket, welcome, heard, asked: 0 }),
                ServerMessage::Failed(fault) => {
                    let close = hear_close(&mut socket).await.expect("a close");
                    let code = if fault.kind == FaultKind::TooMany { 1013 } else { 1008 };
                    assert_eq!(u16::from(close.code), code, "{fault:?}");
                    return Err(fault.kind);
                }
                other => heard.push_back(other),
            }
        }
    }

    /// Sends an intent under an id.
    pub(crate) async fn send(&mut self, id: &RequestId, intent: Intent) {
        self.say(id, ClientMessage::Intent(intent)).await;
    }

    async fn say(&mut self, id: &RequestId, message: ClientMessage) {
        let envelope = Envelope::new(id.clone(), message);
        self.socket.send(Message::text(encode_json(&envelope))).await.expect("it is sent");
    }

    /// Asks for a longer session.
    pub(crate) async fn renew(&mut self, token: String) -> Result<Answer, Fault> {
        self.asked += 1;
        let id = RequestId::new(format!("renew-{}", self.asked)).expect("an id");
        self.renew_as(&id, token).await
    }

    /// The same under a chosen id.
    pub(crate) async fn renew_as(&mut self, id: &RequestId, token: String) -> Result<Answer, Fault> {
        self.send_renewal(id, token).await;
        self.answer_to(id).await
    }

    /// Asks for a longer session, and does not wait.
    pub(crate) async fn send_renewal(&mut self, id: &RequestId, token: String) {
        self.say(id, ClientMessage::Renew { token }).await;
    }

    /// Sends an intent and waits for its answer.
    pub(crate) async fn ask(&mut self, intent: Intent) -> Result<Answer, Fault> {
        self.asked += 1;
        let id = RequestId::new(format!("ask-{}", self.asked)).expect("an id");
        self.ask_as(&id, intent).await
    }

    /// The same under a chosen id.
    pub(crate) async fn ask_as(&mut self, id: &RequestId, intent: Intent) -> Result<Answer, Fault> {
        self.send(id, intent).await;
        self.answer_to(id).await
    }

    async fn answer_to(&mut self, id: &RequestId) -> Result<Answer, Fault> {
        loop {
            let envelope = hear(&mut self.socket).await.expect("an answer");
            match (envelope.id, envelope.message) {
                (Some(answered), ServerMessage::Done(answer)) if answered == *id => return Ok(answer),
                (Some(answered), ServerMessage::Failed(fault)) if answered == *id => return Err(fault),
                (_, other) => self.heard.push_back(other),
            }
        }
    }

    /// The next message that answers nothing.
    pub(crate) async fn next(&mut self) -> ServerMessage {
        match self.heard.pop_front() {
            Some(message) => message,
            None => hear(&mut self.socket).await.expect("a message").message,
        }
    }

    /// Hears until a message is what is looked for.
    pub(crate) async fn until<T>(&mut self, mut found: impl FnMut(&ServerMessage) -> Option<T>) -> T {
        loop {
            if let Some(value) = found(&self.next().await) {
                return value;
            }
        }
    }

    /// How many messages were heard and not looked at.
    pub(crate) fn waiting(&self) -> usize {
        self.heard.len()
    }

    /// Hears until the proxy closes; says how.
    pub(crate) async fn closed(&mut self) -> Option<CloseFrame> {
        hear_close(&mut self.socket).await
    }
}

/// The next message of a socket; none when it closed.
pub(crate) async fn hear(socket: &mut WebSocketStream<TcpStream>) -> Option<Envelope<ServerMessage>> {
    loop {
        let frame = tokio::time::timeout(BOUND, socket.next()).await.expect("heard within the bound");
        match frame {
            Some(Ok(Message::Text(text))) => return Some(decode_json(&text).expect("a message")),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(other)) => panic!("unexpected frame: {other:?}"),
            Some(Err(_)) | None => return None,
        }
    }
}

/// Hears until the socket is closed; says how.
pub(crate) async fn hear_close(socket: &mut WebSocketStream<TcpStream>) -> Option<CloseFrame> {
    loop {
        match tokio::time::timeout(BOUND, socket.next()).await.expect("closed within the bound") {
            Some(Ok(Message::Close(frame))) => return frame,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return None,
        }
    }
}
