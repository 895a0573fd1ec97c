//! QuickBooks Online, played on loopback: Intuit's sign-in, token endpoint and Accounting API on one origin.
//! It knows nothing of the proxy, so that it can stand in for the real thing. Start it with [`start`],
//! read what it saw in [`Sandbox::ledger`], and make it misbehave through [`Sandbox::control`].

mod config;
mod control;
mod ledger;
mod listener;
mod mischief;
mod quickbooks;
mod state;
mod visitor;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};

pub use crate::{
    config::{Client, Config, Consumer, Pkce, Replay, Rotation, Webhooks},
    control::{BookWishes, ChangeError, Control, LegacyError, WebhookError},
    ledger::{Entry, Ledger},
    mischief::{Failure, Garbage, Huge, Mischief, Point},
    quickbooks::{
        books::{Change, Unrest},
        generated::{Generated, GeneratedError},
        legacy::LegacyToken,
        limits::Limits,
        query::{Dialect, LargePages, Letters},
        refusals::{NotFound, Refusals, RetryAfter, Wording},
        webhooks::{
            WebhookFormat,
            desk::{Delivery, DeliveryState, Try},
        },
    },
    visitor::{VisitError, access_token, cancel, consent},
};
use crate::{listener::accept, state::Play};

/// Display name of the company in the United States.
pub const US_COMPANY: &str = "Sandbox Company_US_1";
/// `realmId` of the company in the United States.
pub const US_REALM: &str = "9341453199999001";
/// Display name of the company in the United Kingdom.
pub const UK_COMPANY: &str = "Harbourside Supplies Ltd";
/// `realmId` of the company in the United Kingdom.
pub const UK_REALM: &str = "9341453199999002";

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("the sandbox cannot listen on {address}: {source}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The public URL is not an origin.
    #[error("the sandbox's public URL {0:?} must look like http://host:port, without a path")]
    PublicUrl(String),
    /// One of the companies shipped with the sandbox is not valid JSON.
    #[error("the sandbox's company data is broken: {0}")]
    Data(String),
    /// The key shipped with the sandbox is none.
    #[error("the sandbox's signing key is broken: {0}")]
    Key(String),
    /// One of the computed companies cannot be.
    #[error(transparent)]
    Generated(#[from] GeneratedError),
}

/// A running sandbox. It stops when it is dropped.
pub struct Sandbox {
    address: SocketAddr,
    url: String,
    play: Arc<Play>,
    task: JoinHandle<()>,
}

/// Binds, starts answering and returns at once.
pub async fn start(config: Config) -> Result<Sandbox, StartError> {
    let asked = config.listen;
    let bind = |source| StartError::Bind { address: asked, source };
    let listener = TcpListener::bind(asked).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let public = config.public_url.as_deref().map(|url| origin(url, address.port())).transpose()?;
    let url = public.clone().unwrap_or_else(|| format!("http://{address}"));
    let play = Arc::new(Play::new(config, public)?);
    let answers = accept(listener, quickbooks::router(Arc::clone(&play)));
    let deliveries = quickbooks::webhooks::courier::run(Arc::clone(&play));
    let task = tokio::spawn(async move {
        tokio::join!(answers, deliveries);
    });
    Ok(Sandbox { address, url, play, task })
}

impl Sandbox {
    /// Where a browser finds it: the public URL, or the bound address as a URL. No slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address it is bound to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request it saw and every secret it issued.
    pub fn ledger(&self) -> &Ledger {
        &self.play.ledger
    }

    /// The switches.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.play))
    }

    /// Cuts every connection and frees the port.
    pub async fn stop(mut self) {
        self.task.abort();
        // An aborted task ends in a cancellation, which is what was asked for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Normalises a public URL to its origin; port 0 stands for the bound port.
fn origin(text: &str, bound: u16) -> Result<String, StartError> {
    let refuse = || StartError::PublicUrl(text.to_owned());
    let mut url = url::Url::parse(text).map_err(|_| refuse())?;
    if !matches!(url.scheme(), "http" | "https") || url.path() != "/" || url.query().is_some() {
        return Err(refuse());
    }
    if url.port() == Some(0) {
        url.set_port(Some(bound)).map_err(|()| refuse())?;
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
