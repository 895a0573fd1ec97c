//! A store on its socket, for which the other end may vanish at any moment.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::SinkExt as _;
use protocol::ids::RequestId;
use protocol::message::{Answer, Auth, ClientMessage, Fault, Hello, Intent, ServerMessage};
use protocol::store::{Connection, Snapshot};
use protocol::{Envelope, SUBPROTOCOL_JSON, encode_json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::proxy::Proxy;
use crate::client::hear;

static ASKED: AtomicU32 = AtomicU32::new(0);

/// A socket that was welcomed. Whatever it is asked for is none when the proxy is gone.
pub(crate) struct Line {
    socket: WebSocketStream<TcpStream>,
    heard: VecDeque<ServerMessage>,
    /// What the welcome brought.
    pub(crate) snapshot: Snapshot,
}

impl Line {
    pub(crate) async fn open(proxy: &Proxy, cookie: &str) -> Option<Self> {
        let mut request =
            proxy.at("/socket").replacen("http", "ws", 1).into_client_request().expect("a request");
        let origin = proxy.at("");
        let headers =
            [("origin", origin.as_str()), ("cookie", cookie), ("sec-websocket-protocol", SUBPROTOCOL_JSON)];
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        let stream = TcpStream::connect(proxy.address).await.ok()?;
        let (mut socket, _) = client_async(request, stream).await.ok()?;
        let hello = Hello { build: "dev".to_owned(), auth: Auth::Cookie, cursor: None, portal: None };
        let hello = encode_json(&Envelope::unasked(ClientMessage::Hello(hello)));
        socket.send(Message::text(hello)).await.ok()?;
        match hear(&mut socket).await?.message {
            ServerMessage::Welcome(welcome) => {
                Some(Self { socket, heard: VecDeque::new(), snapshot: welcome.snapshot })
            }
            other => panic!("no welcome: {other:?}"),
        }
    }

    /// The one connection, as it was at the welcome.
    pub(crate) fn connection(&self) -> &Connection {
        self.snapshot.connections.first().expect("the catalogue has an entry")
    }

    pub(crate) async fn ask(&mut self, intent: Intent) -> Option<Result<Answer, Fault>> {
        // An id that was used before, in another socket of the session, would get the answer of then.
        let id = format!("crash-{}", ASKED.fetch_add(1, Ordering::Relaxed));
        let id = RequestId::new(id).expect("an id");
        let said = encode_json(&Envelope::new(id.clone(), ClientMessage::Intent(intent)));
        self.socket.send(Message::text(said)).await.ok()?;
        loop {
            let heard = hear(&mut self.socket).await?;
            match heard.message {
                ServerMessage::Done(answer) if heard.id.as_ref() == Some(&id) => return Some(Ok(answer)),
                ServerMessage::Failed(fault) if heard.id.as_ref() == Some(&id) => return Some(Err(fault)),
                other => self.heard.push_back(other),
            }
        }
    }

    /// Hears until a message is what is looked for.
    pub(crate) async fn until<T>(&mut self, mut found: impl FnMut(&ServerMessage) -> Option<T>) -> Option<T> {
        loop {
            let message = match self.heard.pop_front() {
                Some(message) => message,
                None => hear(&mut self.socket).await?.message,
            };
            if let Some(value) = found(&message) {
                return Some(value);
            }
        }
    }
}
