//! The `patchbay` command: what an operator types, and what is told when it cannot be done.

mod neighbour;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::store::portals::Portal;
use crate::store::{self, Store, StoreError};
use crate::vault::Secret;
use crate::{Running, telemetry};

/// The integration store and its proxy.
#[derive(Parser)]
#[command(name = "patchbay", version, about)]
pub struct Cli {
    /// The configuration file.
    #[arg(long, global = true, default_value = "patchbay.toml", value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the proxy until it is told to stop.
    Serve {
        /// Also runs QuickBooks, played, for the registrations of the environment `local`.
        #[arg(long)]
        sandbox: bool,
    },
    /// The portals that offer the store to their customers.
    Portal {
        #[command(subcommand)]
        command: PortalCommand,
    },
}

#[derive(Subcommand)]
enum PortalCommand {
    /// Adds a portal and writes its first API key to a file.
    Add {
        /// Its public name, as in /embed/ID.
        id: String,
        /// Its name on screen.
        #[arg(long)]
        name: String,
        /// Where "Back to ..." leads.
        #[arg(long)]
        return_url: Option<url::Url>,
        /// Origins of its pages.
        #[arg(long = "origin")]
        origins: Vec<url::Url>,
        /// Where the API key is written, readable by you alone.
        #[arg(long)]
        key_file: PathBuf,
    },
    /// Writes one more API key of a portal to a file.
    Key {
        /// Its public name.
        id: String,
        /// Where the API key is written, readable by you alone.
        #[arg(long)]
        key_file: PathBuf,
    },
}

impl Cli {
    /// Does what was asked. An error is a sentence for the operator.
    pub async fn run(self) -> Result<(), String> {
        let config = config::load(&self.config).map_err(|problems| problems.to_string())?;
        telemetry::start(&config.log)?;
        match self.command {
            Command::Serve { sandbox } => serve(config, sandbox).await,
            Command::Portal { command } => portal(&config, command).await,
        }
    }
}

/// Runs until SIGTERM or Ctrl-C.
async fn serve(config: Config, with_sandbox: bool) -> Result<(), String> {
    telemetry::watch_panics();
    if config.server.public_url.scheme() == "https" && config.server.trusted_proxies.is_empty() {
        // We speak no TLS, so somebody in front of us does.
        tracing::warn!(
            "all visitors count as one address: set [server] trusted_proxies to the address of the TLS proxy"
        );
    }
    // What runs beside us ends, by being dropped, after we have.
    let (config, _neighbour) = if with_sandbox { neighbour::start(config).await? } else { (config, None) };
    let running = crate::start(config, Clock::system()).await.map_err(|error| error.to_string())?;
    tracing::info!(address = %running.address(), url = running.url(), "serving");
    told_to_stop().await;
    stop(running).await;
    Ok(())
}

async fn stop(running: Running) {
    tracing::info!("stopping");
    running.stop().await;
    tracing::info!("stopped");
}

/// Returns when the operator or the system asks the process to end.
async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted => {}
            }
            return;
        }
    }
    // Without a handler there is only the kill; waiting for it is all that is left.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn portal(config: &Config, command: PortalCommand) -> Result<(), String> {
    let (store, writing) = store::visit(&config.storage.path).await.map_err(|error| error.to_string())?;
    let done = async {
        let result = change_portals(&store, command).await;
        drop(store);
        result
    };
    // The writer ends after the last clone of the store is gone.
    tokio::join!(done, writing).0
}

async fn change_portals(store: &Store, command: PortalCommand) -> Result<(), String> {
    let clock = Clock::system();
    let (id, key_file, portal) = match command {
        PortalCommand::Key { id, key_file } => (id, key_file, None),
        PortalCommand::Add { id, name, return_url, origins, key_file } => {
            protocol::ids::PortalId::new(id.as_str()).map_err(|error| format!("the portal's id: {error}"))?;
            let origins: Vec<String> =
                origins.iter().map(|origin| origin.origin().ascii_serialization()).collect();
            let portal = Portal { id: id.clone(), name, return_url: return_url.map(String::from) };
            (id, key_file, Some((portal, origins)))
        }
    };
    let key = Secret::new(format!("pbk_{}", Secret::random(&clock).lend(str::to_owned)));
    let (hash, prefix) = (key.digest(), key.lend(|text| text[..8].to_owned()));
    write_key(&key_file, &key)?;
    let (now, name) = (clock.now(), id.clone());
    let known = store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                if let Some((portal, origins)) = &portal {
                    db.put_portal(portal, origins, now).await?;
                }
                if db.portal(&name).await?.is_none() {
                    return Ok(false);
                }
                db.add_api_key(&name, hash, &prefix, now).await?;
                Ok(true)
            })
        })
        .await
        .map_err(|error| error.to_string())?;
    if known {
        return Ok(());
    }
    drop(std::fs::remove_file(&key_file));
    Err(format!("there is no portal {id:?}; add it with: patchbay portal add {id} --name ..."))
}

/// Writes a key where nobody else can read it. A file that is there already is left alone.
fn write_key(path: &Path, key: &Secret) -> Result<(), String> {
    use std::io::Write as _;

    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let shown = path.display();
    let written = options.open(path).and_then(|mut file| key.lend(|text| writeln!(file, "{text}")));
    written.map_err(|cause| {
        format!("the key cannot be written to {shown}: {cause}. Name a file that is not there.")
    })
}
