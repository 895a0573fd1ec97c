//! `patchbay portal keys`: the API keys of a portal's backend.

use std::path::PathBuf;

use clap::Subcommand;

use super::super::columns::columns;
use super::super::key_file::KeyFile;
use super::super::{Sentence, say};
use crate::clock::{Clock, rfc3339};
use crate::portals::{self, ApiKey, PortalError};
use crate::store::Store;
use crate::store::api_keys::{KeySight, Scopes};

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Shows the keys by their prefixes.
    List,
    /// Writes one more key to a file.
    Add {
        /// A file that is not there yet: the API key is written into it, readable by you alone.
        #[arg(long, value_name = "FILE")]
        key_file: PathBuf,
        /// What the key may be used for, with commas between; `tokens` and `proxy` only when they are named.
        #[arg(long, default_value_t = Scopes::default().to_string())]
        scopes: String,
    },
    /// Revokes a key: it opens nothing from now on, nor do its unused links and session tokens.
    ///
    /// Sessions that began go on until they end; `portal remove` ends them all.
    Revoke {
        /// The prefix, as the list shows it.
        prefix: String,
    },
}

pub(super) async fn run(store: &Store, portal: String, command: Command) -> Result<(), Sentence> {
    match command {
        Command::List => list(store, portal).await,
        Command::Add { key_file, scopes } => add(store, portal, (key_file, scopes.parse()?)).await,
        Command::Revoke { prefix } => revoke(store, portal, prefix).await,
    }
}

async fn list(store: &Store, portal: String) -> Result<(), Sentence> {
    let keys = store.read::<_, PortalError, _>(move |mut db| {
        Box::pin(async move {
            portals::known(&mut db, &portal).await?;
            Ok(db.api_keys_of(&portal).await?)
        })
    });
    say(&table(&keys.await?))
}

async fn add(store: &Store, portal: String, (path, scopes): (PathBuf, Scopes)) -> Result<(), Sentence> {
    let clock = Clock::system();
    let key = ApiKey::make(scopes, &clock);
    let file = KeyFile::write(&path, key.secret())?;
    let (now, prefix) = (clock.now(), key.prefix().to_owned());
    store
        .write::<_, PortalError, _>(move |mut db| {
            Box::pin(async move { portals::add_key(&mut db, &portal, &key, now).await })
        })
        .await?;
    file.keep();
    say(&format!("{prefix} is in {}; it is shown nowhere else.\n", path.display()))
}

async fn revoke(store: &Store, portal: String, prefix: String) -> Result<(), Sentence> {
    let (now, told) = (Clock::system().now(), prefix.clone());
    store
        .write::<_, PortalError, _>(move |mut db| {
            Box::pin(async move { portals::revoke_key(&mut db, &portal, &prefix, now).await })
        })
        .await?;
    say(&format!("{told} opens nothing any more.\n"))
}

/// Keys in rows, with a heading.
pub(super) fn table(keys: &[KeySight]) -> String {
    let heading = ["KEY", "SCOPES", "CREATED", "LAST USED", "REVOKED"].map(str::to_owned);
    let rows = keys.iter().map(|key| {
        [
            key.prefix.clone(),
            key.scopes.to_string(),
            rfc3339(key.created),
            key.last_used.map_or_else(|| "never".to_owned(), rfc3339),
            key.revoked.map_or_else(|| "-".to_owned(), rfc3339),
        ]
    });
    columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}
