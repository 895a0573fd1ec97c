//! The way out to providers: one HTTP client that follows no redirect (a redirect could carry
//! credentials elsewhere) and no proxy of the environment, unpacks nothing, and gives up at a deadline and at a body's size.

pub mod probe;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use tls::TlsFault;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::{BoxStream, StreamExt as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// How long one call may take in all, and how large its answer may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first byte sent to the last one read.
    pub deadline: Duration,
    /// The body, in bytes.
    pub body: usize,
}

/// A body as it comes.
pub type Flow = BoxStream<'static, io::Result<Bytes>>;

/// A body that is sent.
pub enum Sent {
    /// All of it is here.
    Whole(Bytes),
    /// It comes while it is sent.
    Flow(Flow),
}

/// Why there is no answer. Names no address and no header: either may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection could be made; nothing was sent.
    #[error("no connection")]
    NoConnection,
    /// Somebody is there, but is not shown to be the one that was asked for; nothing was sent.
    #[error("no connection that can be trusted: {0}")]
    Untrusted(TlsFault),
    /// The connection broke, or the deadline passed, after something may have been sent.
    #[error("no whole answer in time")]
    NoAnswer,
    /// The body is larger than allowed.
    #[error("the answer is too long")]
    TooLong,
}

/// The platform's certificates or its resolver cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("outgoing calls cannot be made: {0}. Check that the system's CA certificates are installed.")]
pub struct NoClient(String);

/// Sends requests. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
}

impl Client {
    /// A client with a connection pool of its own.
    pub fn new() -> Result<Self, NoClient> {
        Self::built(|builder| builder)
    }

    /// The same, speaking HTTP/1.1 alone.
    fn over_http1() -> Result<Self, NoClient> {
        Self::built(reqwest::ClientBuilder::http1_only)
    }

    fn built(more: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Result<Self, NoClient> {
        // Refused only when a provider is there already, which is the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = more(reqwest::Client::builder())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("patchbay/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Names))
            .build()
            .map_err(|error| NoClient(error.to_string()))?;
        Ok(Self { http })
    }

    /// Sends one request and reads its answer whole.
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<http::Response<Vec<u8>>, CallError> {
        tokio::time::timeout(limits.deadline, self.exchange(request, limits.body))
            .await
            .unwrap_or(Err(CallError::NoAnswer))
    }

    /// Sends one request whose answer is read while it comes. The deadline is that of its head; how
    /// long its body may be, and may take, is for the caller to say.
    pub async fn pass(
        &self,
        request: http::Request<Sent>,
        deadline: Duration,
    ) -> Result<http::Response<Flow>, CallError> {
        let request = request.map(|body| match body {
            Sent::Whole(body) => reqwest::Body::from(body),
            Sent::Flow(flow) => reqwest::Body::wrap_stream(flow),
        });
        let request = reqwest::Request::try_from(request).map_err(|_| CallError::NoConnection)?;
        let answer = tokio::time::timeout(deadline, self.http.execute(request)).await;
        let mut answer = answer.map_err(|_| CallError::NoAnswer)?.map_err(|error| without_answer(&error))?;
        let mut response = http::Response::new(());
        *response.status_mut() = answer.status();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        // Its error may name the address.
        let body = answer.bytes_stream().map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe));
        Ok(response.map(|()| body.boxed()))
    }

    async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        limit: usize,
    ) -> Result<http::Response<Vec<u8>>, CallError> {
        let request = reqwest::Request::try_from(request).map_err(|_| CallError::NoConnection)?;
        let mut answer = self.http.execute(request).await.map_err(|error| without_answer(&error))?;
        let too_long = |length: u64| usize::try_from(length).map_or(true, |length| length > limit);
        if answer.content_length().is_some_and(too_long) {
            return Err(CallError::TooLong);
        }
        let announced = answer.content_length().and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(announced.unwrap_or_default());
        while let Some(chunk) = answer.chunk().await.map_err(|_| CallError::NoAnswer)? {
            if body.len() + chunk.len() > limit {
                return Err(CallError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        Ok(response)
    }
}

fn without_answer(error: &reqwest::Error) -> CallError {
    match tls::found(error) {
        Some(fault) => CallError::Untrusted(fault),
        None if error.is_connect() => CallError::NoConnection,
        None => CallError::NoAnswer,
    }
}

/// The system's resolver, except that `*.localhost` is this machine (RFC 6761, 6.3), which not
/// every system's resolver knows.
struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = resolve(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

async fn resolve(host: &str) -> std::io::Result<Vec<SocketAddr>> {
    if host.ends_with(".localhost") {
        return Ok(vec![([127, 0, 0, 1], 0).into()]);
    }
    Ok(tokio::net::lookup_host((host, 0)).await?.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Answers the first request with these bytes, then waits to be dropped.
    async fn server(answer: &'static [u8]) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 2048];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            stream.write_all(answer).await.unwrap();
            std::future::pending::<()>().await;
        });
        format!("http://{address}/")
    }

    async fn call(uri: String, limits: Limits) -> Result<http::Response<Vec<u8>>, CallError> {
        let request = http::Request::get(uri).body(Vec::new()).unwrap();
        Client::new().unwrap().send(request, limits).await
    }

    const LIMITS: Limits = Limits { deadline: Duration::from_secs(5), body: 16 };

    #[tokio::test]
    async fn a_redirect_is_an_answer_not_a_way() {
        let uri = server(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
        let answer = call(uri.await, LIMITS).await.unwrap();
        assert_eq!(answer.status(), 302);
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let announced = server(b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n").await;
        assert_eq!(call(announced, LIMITS).await.err(), Some(CallError::TooLong));
        let endless =
            server(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n11\r\n12345678901234567\r\n").await;
        assert_eq!(call(endless, LIMITS).await.err(), Some(CallError::TooLong));
    }

    #[tokio::test]
    async fn silence_ends_at_the_deadline() {
        let limits = Limits { deadline: Duration::from_millis(50), body: 16 };
        let uri = server(b"").await;
        assert_eq!(call(uri, limits).await.err(), Some(CallError::NoAnswer));
    }

    #[tokio::test]
    async fn nobody_there_is_told_apart() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        assert_eq!(call(uri, LIMITS).await.err(), Some(CallError::NoConnection));
    }

    #[tokio::test]
    async fn a_name_below_localhost_is_this_machine() {
        let uri = server(b"HTTP/1.1 204 No Content\r\n\r\n").await.replace("127.0.0.1", "quick.localhost");
        assert_eq!(call(uri, LIMITS).await.unwrap().status(), 204);
    }
}
