//! The way out to portals' endpoints: no redirect, no proxy of the environment, ten seconds, 64 KiB of
//! an answer, and no address that [`Reach`] does not cover. Names are resolved here for every
//! connection and what they resolve to is what is connected to, so that a name cannot mean one
//! address when it is looked at and another when it is called.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use super::reach::Reach;
use super::target;
use crate::clock::Stopwatch;
use crate::vault::Secret;

/// From the first byte sent to the last one read.
const DEADLINE: Duration = Duration::from_secs(10);
/// What is read of an answer, in bytes. Nothing of it is used.
const ANSWER: usize = 64 * 1024;

/// What is sent to an endpoint.
pub struct Message<'a> {
    /// Where to.
    pub url: &'a str,
    /// The event's id.
    pub id: &'a str,
    /// When it is sent, in seconds since 1970.
    pub seconds: u64,
    /// The event, as it is signed.
    pub body: &'a str,
    /// What signs it.
    pub secrets: &'a [Secret],
}

/// An answer of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// How long it asks to be left alone.
    pub wait: Option<Duration>,
    /// How long it took.
    pub took: Duration,
}

/// Why there is no answer. Says nothing of what the endpoint said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing was sent: that is no address that may be called.
    #[error("its address is in a private network")]
    Private,
    /// Nobody is there, or no TLS with a certificate that holds.
    #[error("no connection")]
    NoConnection,
    /// The connection broke, or time was up.
    #[error("no answer within ten seconds")]
    Late,
}

/// The platform's certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("webhooks cannot be sent: {0}. Check that the system's CA certificates are installed.")]
pub struct NoCourier(String);

/// Brings events to endpoints. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Courier {
    reach: Reach,
    safe: reqwest::Client,
    plain: reqwest::Client,
}

impl Courier {
    /// A courier for the public internet, and for what the operator named besides.
    pub fn new(reach: Reach) -> Result<Self, NoCourier> {
        Self::asking(reach, &(Arc::new(System) as Arc<dyn Names>))
    }

    /// The same, with names resolved by somebody.
    fn asking(reach: Reach, names: &Arc<dyn Names>) -> Result<Self, NoCourier> {
        // Refused only when a provider is there already, which is the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = |plain: bool| {
            let guard = Guard { reach: reach.clone(), plain, names: Arc::clone(names) };
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .https_only(!plain)
                .timeout(DEADLINE)
                .pool_max_idle_per_host(1)
                .user_agent(concat!("patchbay/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(Arc::new(guard))
                .build()
                .map_err(|error| NoCourier(error.to_string()))
        };
        Ok(Self { safe: client(false)?, plain: client(true)?, reach })
    }

    /// What may be called.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Sends one message.
    pub async fn send(&self, message: &Message<'_>) -> Result<Answer, NoAnswer> {
        let url = Url::parse(message.url).map_err(|_| NoAnswer::NoConnection)?;
        let plain = url.scheme() == "http";
        // A host that is an address is never resolved, so it is looked at here.
        let address = url.host().and_then(|host| target::literal(&host));
        if address.is_some_and(|address| !may_call(&self.reach, plain, address)) {
            return Err(NoAnswer::Private);
        }
        let stopwatch = Stopwatch::start();
        let client = if plain { &self.plain } else { &self.safe };
        let request = client.post(url).headers(headers(message)?).body(message.body.to_owned());
        let answer = request.send().await.map_err(|error| fault(&error))?;
        let (status, wait) = (answer.status(), asked(answer.headers()));
        read_a_little(answer).await;
        Ok(Answer { status, wait, took: stopwatch.elapsed() })
    }
}

fn may_call(reach: &Reach, plain: bool, address: IpAddr) -> bool {
    if plain { reach.names(address) } else { reach.covers(address) }
}

fn headers(message: &Message<'_>) -> Result<HeaderMap, NoAnswer> {
    let Message { id, seconds, body, .. } = *message;
    let signature = super::signature::Signed { id, seconds, body }.by(message.secrets);
    let pairs = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.insert(name, value.try_into().map_err(|_| NoAnswer::NoConnection)?);
    }
    Ok(headers)
}

/// How long an answer that says "too many" or "not now" asks us to wait, if it says so.
fn asked(headers: &HeaderMap) -> Option<Duration> {
    headers.contains_key(header::RETRY_AFTER).then(|| crate::providers::retry_after::wait(headers))
}

/// Reads what a polite endpoint says, so that its connection can be used again. The status is all
/// that counts, so what is longer, or breaks off, is left.
async fn read_a_little(mut answer: reqwest::Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        read += chunk.len();
        if read > ANSWER {
            return;
        }
    }
}

fn fault(error: &reqwest::Error) -> NoAnswer {
    let mut cause = error.source();
    while let Some(found) = cause {
        if found.is::<Forbidden>() {
            return NoAnswer::Private;
        }
        cause = found.source();
    }
    if error.is_connect() && !error.is_timeout() { NoAnswer::NoConnection } else { NoAnswer::Late }
}

/// A name leads to addresses that must not be called, and to no others.
#[derive(Debug, thiserror::Error)]
#[error("it leads into a private network")]
struct Forbidden;

/// Whoever says which addresses a name has.
trait Names: Send + Sync {
    fn addresses(&self, host: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The system's resolver, except that `*.localhost` is this machine, which not every system's knows.
struct System;

impl Names for System {
    fn addresses(&self, host: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            if target::is_this_machine(&host) {
                return Ok(vec![IpAddr::from([127, 0, 0, 1])]);
            }
            Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect())
        })
    }
}

/// Stands between a client and the names: only addresses that may be called come through.
struct Guard {
    reach: Reach,
    plain: bool,
    names: Arc<dyn Names>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, plain) = (self.reach.clone(), self.plain);
        let asked = self.names.addresses(name.as_str().to_owned());
        Box::pin(async move {
            let found = asked.await?.into_iter().filter(|address| may_call(&reach, plain, *address));
            let good: Vec<SocketAddr> = found.map(|address| SocketAddr::new(address, 0)).collect();
            if good.is_empty() {
                return Err(Forbidden.into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// A resolver that a test holds: the first addresses for the first question, and so on.
    struct Played(Vec<Vec<IpAddr>>, AtomicUsize);

    impl Names for Played {
        fn addresses(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
            let turn = self.1.fetch_add(1, Ordering::Relaxed);
            let found = self.0[turn.min(self.0.len() - 1)].clone();
            Box::pin(async move { Ok(found) })
        }
    }

    fn played(turns: &[&[&str]]) -> Arc<dyn Names> {
        let read = |turn: &&[&str]| turn.iter().map(|text| text.parse().expect("an address")).collect();
        Arc::new(Played(turns.iter().map(read).collect(), AtomicUsize::new(0)))
    }

    fn here() -> Reach {
        Reach::with(vec!["127.0.0.0/8".parse().expect("a network")])
    }

    async fn send(courier: &Courier, url: &str) -> Result<StatusCode, NoAnswer> {
        let secrets = [super::super::signature::secret(&crate::clock::Clock::system())];
        let message = Message { url, id: "evt_1", seconds: 7, body: "{}", secrets: &secrets };
        courier.send(&message).await.map(|answer| answer.status)
    }

    /// Answers every connection with these bytes; how many came.
    async fn endpoint(answer: String) -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, met) = (listener.local_addr().expect("bound"), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&met);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 2048];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        (address, met)
    }

    const FINE: &str = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn in_07_a_name_that_leads_into_a_private_network_is_not_called() {
        let (address, met) = endpoint(FINE.to_owned()).await;
        for private in ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"] {
            let courier = Courier::asking(Reach::default(), &played(&[&[private]])).expect("a courier");
            let url = format!("https://hooks.acme.example:{}/", address.port());
            assert_eq!(send(&courier, &url).await, Err(NoAnswer::Private), "{private}");
        }
        assert_eq!(met.load(Ordering::SeqCst), 0, "nothing was connected to");
    }

    #[tokio::test]
    async fn in_07_a_name_that_changes_its_meaning_is_called_at_what_was_looked_at() {
        let (address, met) = endpoint(FINE.to_owned()).await;
        let only = Reach::with(vec!["127.0.0.1".parse().expect("a network")]);
        let turns: [&[&str]; 3] = [&["127.0.0.1"], &["127.0.0.2"], &["10.0.0.1", "127.0.0.2"]];
        let courier = Courier::asking(only, &played(&turns)).expect("a courier");
        let url = format!("http://hooks.acme.example:{}/", address.port());
        assert_eq!(send(&courier, &url).await, Ok(StatusCode::NO_CONTENT));
        for _ in &turns[1..] {
            assert_eq!(send(&courier, &url).await, Err(NoAnswer::Private));
        }
        assert_eq!(met.load(Ordering::SeqCst), 1, "what it means by now was not connected to");
    }

    #[tokio::test]
    async fn in_07_of_several_addresses_only_those_that_may_be_called_are() {
        let (address, met) = endpoint(FINE.to_owned()).await;
        let courier = Courier::asking(here(), &played(&[&["10.0.0.1", "127.0.0.1"]])).expect("a courier");
        let url = format!("http://hooks.localhost:{}/", address.port());
        assert_eq!(send(&courier, &url).await, Ok(StatusCode::NO_CONTENT));
        assert_eq!(met.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn in_07_a_host_that_is_a_private_address_is_not_called_however_it_is_written() {
        let (address, met) = endpoint(FINE.to_owned()).await;
        let courier = Courier::new(Reach::default()).expect("a courier");
        for host in
            ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.1", "[::ffff:127.0.0.1]", "localhost"]
        {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}:{}/", address.port());
                assert_eq!(send(&courier, &url).await, Err(NoAnswer::Private), "{url}");
            }
        }
        assert_eq!(met.load(Ordering::SeqCst), 0, "nothing was connected to");
    }

    #[tokio::test]
    async fn in_07_a_redirect_is_an_answer_and_not_a_way() {
        let (inside, met) = endpoint(FINE.to_owned()).await;
        let redirect = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{inside}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let (outside, _) = endpoint(redirect).await;
        let courier = Courier::new(here()).expect("a courier");
        assert_eq!(send(&courier, &format!("http://{outside}/")).await, Ok(StatusCode::TEMPORARY_REDIRECT));
        assert_eq!(met.load(Ordering::SeqCst), 0, "nothing was connected to");
    }

    #[tokio::test]
    async fn an_endless_answer_counts_by_its_status() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let endless = format!("{head}{}", format!("1000\r\n{}\r\n", "x".repeat(4096)).repeat(20));
        let (address, _) = endpoint(endless).await;
        let courier = Courier::new(here()).expect("a courier");
        assert_eq!(send(&courier, &format!("http://{address}/")).await, Ok(StatusCode::OK));
    }

    #[tokio::test]
    async fn nobody_there_is_told_apart() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        drop(listener);
        let courier = Courier::new(here()).expect("a courier");
        assert_eq!(send(&courier, &format!("http://{address}/")).await, Err(NoAnswer::NoConnection));
    }
}
