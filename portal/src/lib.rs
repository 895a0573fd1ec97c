//! A demo portal: Northwind Stock, a small inventory product whose customers connect QuickBooks
//! through the store.
//!
//! It uses nothing but the public API, as any portal would; `backend` and `webhook` are the parts to copy.

mod backend;
mod clock;
mod inbox;
mod pages;
mod records;
mod routes;
mod sending;
mod stock;
mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use backend::{BackendError, Link, Patchbay, Person, Session};
use inbox::Inbox;
use sending::Sending;
pub use webhook::{Message, NotOurs, Verifier};

/// What the portal needs to know. It has no `Debug`, for the key's sake.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where our backend reaches the proxy's API, for example `http://127.0.0.1:7300`.
    pub proxy_url: String,
    /// Where the store is in the browser: its address, as people see it.
    pub store_url: String,
    /// The API key that the proxy's operator gave us.
    pub api_key: String,
    /// Where people open the portal; a port of 0 in it becomes the real one.
    pub public_url: String,
    /// The secret that signs what Patchbay tells us; without it nothing that we are told counts.
    pub webhook_secret: Option<String>,
}

/// A portal that runs until it is stopped or dropped.
pub struct Running {
    url: String,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Where people open the portal, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers what has begun, then ends.
    ///
    /// # Errors
    /// Tells when the listener had failed.
    pub async fn stop(self) -> Result<()> {
        // The receiver is gone only when the server has ended by itself.
        let _ = self.stop.send(());
        self.server.await?.context("the portal's listener failed")
    }

    /// Waits until the portal ends by itself, which it does only when its listener fails.
    ///
    /// # Errors
    /// Tells why the listener failed.
    pub async fn ended(self) -> Result<()> {
        let Self { stop, server, .. } = self;
        let ended = server.await?;
        drop(stop);
        ended.context("the portal's listener failed")
    }
}

/// Starts the portal; it sends its records to the proxy as soon as that is ready.
///
/// # Errors
/// Tells when the address is taken or the proxy's address cannot be used.
pub async fn start(config: Config) -> Result<Running> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let url = public_url(&config.public_url, address.port());
    let patchbay = Patchbay::new(&config.proxy_url, &config.api_key)?;
    let verifier = config.webhook_secret.as_deref().map(Verifier::new).transpose()?;
    let sending = Arc::new(Sending::new(patchbay));
    tokio::spawn(Arc::clone(&sending).when_ready());
    let (stop, stopped) = oneshot::channel::<()>();
    let store = pages::Store { origin: config.store_url.trim_end_matches('/').to_owned() };
    let app = routes::all(routes::Site { sending, store, inbox: Arc::new(Inbox::new(verifier)) });
    let server = tokio::spawn(async move {
        axum::serve(listener, app)
            .with_graceful_shutdown(async move {
                // A dropped sender stops the portal too.
                let _ = stopped.await;
            })
            .await
    });
    Ok(Running { url, address, stop, server })
}

/// One line for whoever runs the portal.
pub fn say(text: &str) {
    use std::io::Write as _;
    // Where nobody can be told, nobody is.
    let _ = writeln!(std::io::stderr(), "portal: {text}");
}

/// What a visitor may read of a problem; the whole of it is for whoever runs the portal.
fn sentence(problem: &anyhow::Error) -> String {
    say(&format!("{problem:#}"));
    problem.to_string()
}

fn public_url(configured: &str, port: u16) -> String {
    let url = configured.trim_end_matches('/');
    match url.strip_suffix(":0") {
        Some(host) => format!("{host}:{port}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_zero_becomes_the_real_one() {
        assert_eq!(public_url("http://portal.localhost:0/", 4711), "http://portal.localhost:4711");
        assert_eq!(public_url("http://portal.localhost:7320", 1), "http://portal.localhost:7320");
    }
}
