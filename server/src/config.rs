//! The configuration: a TOML file and the environment. The only reader of `std::env`.

mod imports;
mod limits;
mod load;
mod places;
mod retention;
mod table;
mod user;
mod watching;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use imports::{Hours, Imports};
pub use limits::Limits;
pub use load::{Problems, load};
pub use retention::Retention;
use url::Url;
pub use user::system_user;

use crate::peer::Network;
use crate::vault::Secret;

/// Everything that can be set.
#[derive(Clone)]
pub struct Config {
    /// Where the proxy listens and how it is reached.
    pub server: Server,
    /// The database.
    pub storage: Storage,
    /// The key ring.
    pub keys: Keys,
    /// The browser program, when it is not inside the binary.
    pub assets: Assets,
    /// Integrations besides those of the program.
    pub catalogue: Catalogue,
    /// What is logged, and how.
    pub log: Log,
    /// How much may be asked for.
    pub limits: Limits,
    /// When lists are refreshed by themselves.
    pub imports: Imports,
    /// Where portals' events may be sent.
    pub webhooks: Webhooks,
    /// How long what is kept.
    pub retention: Retention,
    /// Figures for the operator.
    pub metrics: Metrics,
    /// Our own sandbox, for `serve --sandbox`.
    pub sandbox: Sandbox,
    /// Our clients at the providers.
    pub registrations: Vec<Registration>,
}

/// Where the proxy listens and how it is reached.
#[derive(Clone)]
pub struct Server {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The origin in visitors' address bars.
    pub public_url: Url,
    /// The proxies in front of us: only what they say in `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// The database.
#[derive(Clone)]
pub struct Storage {
    /// Its file.
    pub path: PathBuf,
}

/// The key ring.
#[derive(Clone)]
pub struct Keys {
    /// Its file, made on the first start.
    pub file: PathBuf,
}

/// The browser program, when it is not inside the binary.
#[derive(Clone)]
pub struct Assets {
    /// The directory that the build left it in.
    pub dir: Option<PathBuf>,
}

/// Integrations besides those of the program.
#[derive(Clone, Default)]
pub struct Catalogue {
    /// The directory of their entries.
    pub dir: Option<PathBuf>,
}

/// Our client at a provider.
#[derive(Clone)]
pub struct Registration {
    /// Its name, in the redirect URI `{public_url}/callback/{id}`.
    pub id: String,
    /// The catalogue's entry.
    pub integration: String,
    /// One of the entry's environments.
    pub environment: String,
    /// As the provider issued it.
    pub client_id: String,
    /// As the provider issued it.
    pub client_secret: Secret,
    /// Origin of the provider, for an environment whose addresses have `{origin}`.
    pub origin: Option<Url>,
    /// The keys under OAuth 1.0a, to move the connections of that time.
    pub consumer: Option<Consumer>,
    /// What the provider signs its notices with; without it none is taken.
    pub verifier_token: Option<Secret>,
}

/// Our keys at a provider under OAuth 1.0a.
#[derive(Clone)]
pub struct Consumer {
    /// `oauth_consumer_key`.
    pub key: String,
    /// What requests are signed with, together with a token's secret.
    pub secret: Secret,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct Log {
    /// A level, or directives as in `info,server=debug`.
    pub level: String,
    /// One JSON object a line, for machines; else for people.
    pub json: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), json: false }
    }
}

/// Where portals' events may be sent.
#[derive(Clone, Debug, Default)]
pub struct Webhooks {
    /// Private networks in which there are endpoints, which may be called without TLS too. Every other
    /// private address is refused.
    pub allow_private: Vec<Network>,
}

/// Figures for the operator, on a listener of their own: whoever reaches it may read them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Metrics {
    /// Where they are served; nowhere when absent. Port 0 takes a free one.
    pub listen: Option<SocketAddr>,
}

/// Our own sandbox, run inside this process by `serve --sandbox`.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The origin in visitors' address bars; `http://{listen}` when absent.
    pub public_url: Option<Url>,
    /// How long each page of a list takes.
    pub latency: Duration,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), public_url: None, latency: Duration::ZERO }
    }
}
