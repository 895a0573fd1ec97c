//! The `patchbay` command: what an operator types, and what is told when it cannot be done.

mod audit;
mod backup;
mod columns;
mod doctor;
mod key;
mod key_file;
mod legacy;
mod neighbour;
mod portal;
mod serve;
mod tenant;
mod visit;

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{config, telemetry};

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
    /// The portals that offer the store to their customers. Works while the proxy runs, which
    /// notices within a second.
    Portal {
        #[command(subcommand)]
        command: portal::Command,
    },
    /// Connections that were made under OAuth 1.0: loads them, and says how many have moved.
    Legacy {
        #[command(subcommand)]
        command: legacy::Command,
    },
    /// The keys that seal what is secret in the database. Works while the proxy runs, which takes up a
    /// new key within a second.
    Key {
        #[command(subcommand)]
        command: key::Command,
    },
    /// Copies the database, while the proxy runs, into one file that nobody else can read. The key file
    /// is not in it.
    Backup(backup::Backup),
    /// Puts a backup in the place of the database. The proxy must be stopped.
    Restore(backup::Restore),
    /// Looks at configuration, clock, database, keys, providers and the public address, and says what to
    /// do about each problem. Changes nothing.
    Doctor(doctor::Options),
    /// The organisations of portals. Works while the proxy runs, which notices within a second.
    Tenant {
        #[command(subcommand)]
        command: tenant::Command,
    },
    /// Shows who changed what, the newest line last; with --csv as a file, the newest line first.
    Audit(audit::Options),
}

/// Why nothing was done, as a sentence for the operator.
struct Sentence(String);

impl<E: std::error::Error> From<E> for Sentence {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Cli {
    /// Does what was asked. An error is a sentence for the operator.
    pub async fn run(self) -> Result<(), String> {
        let config = match (config::load(&self.config), &self.command) {
            (Ok(config), _) => config,
            (Err(problems), Command::Doctor(options)) => {
                return doctor::run(Err(&problems), options).await.map_err(|Sentence(text)| text);
            }
            (Err(problems), _) => return Err(problems.to_string()),
        };
        telemetry::start(&config.log)?;
        let done = match self.command {
            Command::Serve { sandbox } => return serve::serve(config, sandbox).await,
            Command::Portal { command } => portal::run(&config, command).await,
            Command::Key { command } => key::run(&config, command).await,
            Command::Backup(wish) => backup::save(&config, &wish).await,
            Command::Restore(wish) => backup::restore(&config, &wish).await,
            Command::Doctor(options) => doctor::run(Ok(&config), &options).await,
            Command::Tenant { command } => tenant::run(&config.storage.path, command).await,
            Command::Legacy { command } => legacy::run(&config, command).await,
            Command::Audit(options) => audit::run(&config.storage.path, &options).await,
        };
        done.map_err(|Sentence(text)| text)
    }
}

/// Prints an answer. A reader that has seen enough, as in `| head`, is no error.
fn say(text: &str) -> Result<(), Sentence> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
