//! The Patchbay proxy as a value: built from a configuration, served on a listener.

mod aside;
pub mod audit;
pub mod backups;
pub mod cli;
pub mod clock;
pub mod config;
pub mod configuration;
pub mod connections;
pub mod csv;
#[cfg(test)]
mod damage;
pub mod denials;
pub mod doctor;
pub mod error;
pub mod events;
pub mod http;
pub mod imports;
pub mod keys;
pub mod legacy;
pub mod limits;
pub mod live;
pub mod mapping;
pub mod metrics;
pub mod oauth;
pub mod passage;
pub mod peer;
pub mod portal_records;
pub mod portals;
pub mod providers;
mod router;
pub mod state;
pub mod store;
pub mod sweeper;
pub mod telemetry;
pub mod tenants;
pub mod vault;
pub mod webhooks;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use clock::Clock;
use config::Config;
use denials::Denials;
use http::listener::Door;
use imports::pace::Gates;
use limits::Limits;
use live::hub::Hub;
use oauth::Registrations;
use portals::token_uses::TokenUses;
use portals::uses::KeyUses;
use providers::catalogue::Catalogue;
use state::{App, Shared, Stopping, Wake};
use store::OpenError;
use webhooks::client::Courier;
use webhooks::reach::Reach;

/// How long a shutdown waits for what is in hand.
const GRACE: Duration = Duration::from_secs(8);

/// Why the proxy cannot start. Each is a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be had.
    #[error(
        "cannot listen on {address}: {cause}. Stop what listens there, or set another address as [server] listen."
    )]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The address of the figures cannot be had.
    #[error("cannot serve metrics on {address}: {cause}. Set another address as [metrics] listen, or none.")]
    Metrics {
        /// As configured.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The key file cannot be used.
    #[error(transparent)]
    Keys(#[from] keys::KeysError),
    /// The database failed while the proxy was put together.
    #[error("the database failed: {0}")]
    Database(#[from] store::StoreError),
    /// A part cannot be built from what is configured.
    #[error("{0}")]
    Part(String),
}

/// A running proxy.
pub struct Running {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    shared: Shared,
    tasks: Arc<Tasks>,
}

/// Builds the proxy and serves it on the configured address.
pub async fn start(config: Config, clock: Clock) -> Result<Running, StartError> {
    let address = config.server.listen;
    let listener = TcpListener::bind(address).await.map_err(|cause| StartError::Listen { address, cause })?;
    start_on(listener, config, clock).await
}

/// Builds the proxy and serves it on a listener that is open already. A public URL with port 0
/// takes the listener's port.
pub async fn start_on(
    listener: TcpListener,
    mut config: Config,
    clock: Clock,
) -> Result<Running, StartError> {
    let address =
        listener.local_addr().map_err(|cause| StartError::Listen { address: config.server.listen, cause })?;
    if config.server.public_url.port() == Some(0) {
        // Only a URL without a host refuses a port, and ours was checked to have one.
        let _ = config.server.public_url.set_port(Some(address.port()));
    }
    // A second provider in one process is not an error: the first stays.
    drop(rustls::crypto::ring::default_provider().install_default());
    let figures = figures(&config).await?;
    let tasks = Arc::new(Tasks::default());
    let shared = match assemble(config, clock, &tasks).await {
        Ok(shared) => shared,
        Err(error) => {
            // The store was dropped with what was assembled; its writer closes the database.
            tasks.ended().await;
            return Err(error);
        }
    };
    let assets = http::assets::Assets::load(shared.config.assets.dir.as_deref())
        .map_err(|cause| StartError::Part(format!("the store's files cannot be read: {cause}")))?;
    let router = router::build(Arc::clone(&shared), assets).map_err(StartError::Part)?;
    tasks.start(sweeper::run(Arc::clone(&shared)));
    tasks.start(sweeper::erase(Arc::clone(&shared)));
    workers(&shared, &tasks);
    let (trusted, stopping) = (shared.config.server.trusted_proxies.clone().into(), shared.stopping.clone());
    let door = Door { router, trusted, stopping };
    tasks.start(http::listener::accept(listener, door, Arc::clone(&tasks)));
    let metrics = figures.as_ref().and_then(|listener| listener.local_addr().ok());
    if let Some(listener) = figures {
        let (router, stopping) = (http::metrics::router(Arc::clone(&shared)), shared.stopping.clone());
        let door = Door { router, trusted: Arc::new([]), stopping };
        tasks.start(http::listener::accept(listener, door, Arc::clone(&tasks)));
    }
    Ok(Running { address, metrics, shared, tasks })
}

/// The listener of the figures, where one is wanted.
async fn figures(config: &Config) -> Result<Option<TcpListener>, StartError> {
    let Some(address) = config.metrics.listen else { return Ok(None) };
    let bound = TcpListener::bind(address).await;
    bound.map(Some).map_err(|cause| StartError::Metrics { address, cause })
}

/// Puts the parts together, and starts the store's writer and the workers.
async fn assemble(config: Config, clock: Clock, tasks: &Tasks) -> Result<Shared, StartError> {
    let (store, writing) = store::open(&config.storage.path).await?;
    tasks.start(writing);
    let vault = keys::open(&store, &config.keys.file, &clock).await?;
    let app = put_together((store, vault), config, clock)?;
    app.registrations.keep(&app.store).await.map_err(|error| StartError::Part(error.to_string()))?;
    Ok(app)
}

/// The parts over a store and a vault that are open, for the proxy and for a command of the operator's.
fn put_together(
    (store, vault): (store::Store, vault::Vault),
    config: Config,
    clock: Clock,
) -> Result<Shared, StartError> {
    let catalogue = Catalogue::with(config.catalogue.dir.as_deref())
        .map_err(|error| StartError::Part(error.to_string()))?;
    let registrations =
        Registrations::new(&config, &catalogue).map_err(|problems| StartError::Part(problems.join("\n")))?;
    let courier = Courier::new(Reach::with(config.webhooks.allow_private.clone()))
        .map_err(|error| StartError::Part(error.to_string()))?;
    Ok(Arc::new(App {
        meters: Arc::clone(&registrations.meters),
        paces: Gates::new(registrations.all().map(|one| (one.api.clone(), one.requests))),
        catalogue,
        registrations,
        courier,
        hub: Hub::default(),
        key_uses: KeyUses::default(),
        token_uses: TokenUses::default(),
        denials: Denials::default(),
        wake: Wake::default(),
        stopping: Stopping::default(),
        limits: Limits::new(&config.limits),
        config,
        clock,
        store,
        vault,
    }))
}

/// What goes on without being asked.
fn workers(app: &Shared, tasks: &Tasks) {
    tasks.start(connections::sweep(Arc::clone(app)));
    tasks.start(oauth::discovery::run(Arc::clone(app)));
    tasks.start(oauth::revoke::run(Arc::clone(app)));
    tasks.start(oauth::upgrade::run(Arc::clone(app)));
    tasks.start(oauth::refresh::keeper::run(Arc::clone(app)));
    tasks.start(imports::runner::run(Arc::clone(app)));
    tasks.start(imports::nightly::run(Arc::clone(app)));
    tasks.start(imports::notices::run(Arc::clone(app)));
    tasks.start(live::elsewhere::run(Arc::clone(app)));
    tasks.start(portals::uses::run(Arc::clone(app)));
    tasks.start(portals::token_uses::run(Arc::clone(app)));
    tasks.start(keys::follow(Arc::clone(app)));
    tasks.start(webhooks::run(Arc::clone(app)));
    let app = Arc::clone(app);
    tasks.start(async move {
        if let Err(error) = oauth::refresh::recover(&app).await {
            tracing::error!(%error, "interrupted refreshes could not be looked at");
        }
    });
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its figures are served, if anywhere.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Its public origin, without a trailing slash.
    pub fn url(&self) -> String {
        self.shared.config.server.public_url.origin().ascii_serialization()
    }

    /// Its parts.
    pub fn shared(&self) -> Shared {
        Arc::clone(&self.shared)
    }

    /// Stops: nothing new is accepted, sockets are told, workers reach a checkpoint, the database
    /// is closed. Takes at most ten seconds.
    pub async fn stop(self) {
        self.shared.stopping.begin();
        let stopping = self.shared.stopping.clone();
        let ended = async {
            stopping.drained().await;
            // The writer ends when the last holder of the store is gone.
            drop(self.shared);
            self.tasks.ended().await;
        };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("stopped before everything was done; it goes on after the next start");
        }
    }
}

/// What runs by itself. Everything is started here, so that a shutdown can wait for it.
#[derive(Default)]
pub(crate) struct Tasks {
    running: Mutex<JoinSet<()>>,
}

impl Tasks {
    pub(crate) fn start(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while running.try_join_next().is_some() {}
        running.spawn(work);
    }

    async fn ended(&self) {
        loop {
            let mut all = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
            if all.is_empty() {
                return;
            }
            while all.join_next().await.is_some() {}
        }
    }
}
