//! HTTP as bytes, for what a well-behaved client cannot say.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// As long as the proxy waits for the rest of a head, and then some.
const CLOSED: Duration = Duration::from_secs(11);

/// An answer; header names are in lower case.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let fields = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.parse().expect("a number"),
            headers: fields.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
            body: body.to_owned(),
        }
    }
}

/// A request that is the last of its connection.
pub(crate) struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { line: format!("{method} {path}"), headers: Vec::new(), body: String::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn headers(mut self, more: &[(&str, String)]) -> Self {
        self.headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self
    }

    /// With a body of this type.
    pub(crate) fn body(mut self, kind: &str, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.header("content-type", kind)
    }

    fn bytes(&self) -> Vec<u8> {
        let closes = self.headers.iter().any(|(name, _)| name == "connection");
        let close = if closes { "" } else { "connection: close\r\n" };
        let fields: Vec<_> =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = if self.body.is_empty() {
            String::new()
        } else {
            format!("content-length: {}\r\n", self.body.len())
        };
        let (line, fields, body) = (&self.line, fields.concat(), &self.body);
        format!("{line} HTTP/1.1\r\nhost: store.example\r\n{close}{length}{fields}\r\n{body}").into_bytes()
    }

    /// Sends it on a connection of its own.
    pub(crate) async fn ask(self, address: SocketAddr) -> Answer {
        let heard = say(address, &self.bytes()).await;
        assert!(heard.starts_with("HTTP/1.1 "), "{} got {heard:?}", self.line);
        Answer::read(&heard)
    }

    /// Sends its head and, once the proxy has asked for the body, lets something happen before that.
    pub(crate) async fn ask_after(self, address: SocketAddr, change: impl Future<Output = ()>) -> Answer {
        let all = self.header("expect", "100-continue").bytes();
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(&all[..end]).await.expect("sent");
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\n") {
            heard.push(timeout(CLOSED, stream.read_u8()).await.expect("in time").expect("an answer"));
        }
        assert!(heard.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&heard));
        change.await;
        stream.write_all(&all[end..]).await.expect("sent");
        heard.clear();
        drop(timeout(CLOSED, stream.read_to_end(&mut heard)).await.expect("closed in time"));
        Answer::read(&String::from_utf8_lossy(&heard))
    }

    /// Sends it, and hears no more than the head of the answer: what an upgrade gets.
    pub(crate) async fn ask_head(self, address: SocketAddr) -> Answer {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(&self.bytes()).await.expect("sent");
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\n") {
            heard.push(timeout(CLOSED, stream.read_u8()).await.expect("in time").expect("a head"));
        }
        Answer::read(&String::from_utf8_lossy(&heard))
    }
}

/// Says these bytes, and gives everything that comes until the proxy closes.
pub(crate) async fn say(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // It may be closed before everything is said; what was heard until then counts.
    drop(stream.write_all(bytes).await);
    let mut heard = Vec::new();
    drop(timeout(CLOSED, stream.read_to_end(&mut heard)).await.expect("closed in time"));
    String::from_utf8_lossy(&heard).into_owned()
}
