//! `patchbay portal`: sets portals up, shows them, removes them. What may be done is decided in
//! `portals`; here it is read, called and told.

mod export;
mod keys;
mod list;
mod origins;
mod set;
mod webhooks;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::key_file::KeyFile;
use super::visit::{visit, visit_or_make};
use super::{Sentence, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::portals::{self, ApiKey, LiveConnections, NewPortal, PortalError, count};
use crate::store::Store;
use crate::store::api_keys::Scopes;
use crate::store::portals::{Portal, Weight};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Adds a portal and writes its first API key to a file.
    Add(Add),
    /// Shows every portal with its origins and keys.
    List,
    /// Changes a portal's name, or the way back to it.
    Set(set::Options),
    /// The origins on whose pages a portal embeds the store.
    Origins {
        /// The portal's id.
        id: String,
        #[command(subcommand)]
        command: origins::Command,
    },
    /// The API keys of a portal's backend.
    Keys {
        /// The portal's id.
        id: String,
        #[command(subcommand)]
        command: keys::Command,
    },
    /// The endpoints that a portal's events are sent to.
    Webhooks {
        /// The portal's id.
        id: String,
        #[command(subcommand)]
        command: webhooks::Command,
    },
    /// Writes out what a portal's organisations connected, saved and mapped, one JSON object a line.
    /// Holds no token.
    Export {
        /// The portal's id.
        id: String,
    },
    /// Ends a portal's sessions, keys and links, and erases what its organisations mapped.
    Remove(Remove),
}

#[derive(clap::Args)]
pub(super) struct Add {
    /// Its public id, as in /embed/ID.
    id: String,
    /// Its name on screen.
    #[arg(long)]
    name: String,
    /// Where "Back to ..." leads.
    #[arg(long, value_name = "URL")]
    return_url: Option<String>,
    /// Origins of its pages, as in <https://app.acme.example>.
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// What the key may be used for, with commas between.
    #[arg(long, default_value_t = Scopes::default().to_string())]
    scopes: String,
    /// A file that is not there yet: the API key is written into it, readable by you alone.
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct Remove {
    /// The portal's id.
    id: String,
    /// The id once more, to say that you mean it.
    #[arg(long, value_name = "ID")]
    yes: Option<String>,
    /// Erase the tokens of connections that still work, without telling the provider.
    #[arg(long)]
    drop_connections: bool,
}

pub(super) async fn run(config: &Config, command: Command) -> Result<(), Sentence> {
    let path = &config.storage.path;
    match command {
        Command::Add(wish) => add(path, wish).await,
        Command::List => visit(path, list::show).await,
        Command::Set(wish) => visit(path, async |store| set::run(store, wish).await).await,
        Command::Origins { id, command } => {
            visit(path, async |store| origins::run(store, id, command).await).await
        }
        Command::Keys { id, command } => visit(path, async |store| keys::run(store, id, command).await).await,
        Command::Webhooks { id, command } => {
            visit(path, async |store| webhooks::run(config, store, id, command).await).await
        }
        Command::Export { id } => visit(path, async |store| export::run(store, id).await).await,
        Command::Remove(wish) => visit(path, async |store| remove(store, wish).await).await,
    }
}

async fn add(path: &Path, wish: Add) -> Result<(), Sentence> {
    let clock = Clock::system();
    let portal = Portal { id: wish.id, name: wish.name, return_url: wish.return_url };
    let new = NewPortal::new(portal, &wish.origins)?;
    let (key, now) = (ApiKey::make(wish.scopes.parse()?, &clock), clock.now());
    visit_or_make(path, async move |store| {
        let file = KeyFile::write(&wish.key_file, key.secret())?;
        let added = store.write::<_, PortalError, _>(move |mut db| {
            Box::pin(async move { portals::add(&mut db, &new, &key, now).await })
        });
        added.await?;
        file.keep();
        Ok(())
    })
    .await
}

async fn remove(store: &Store, wish: Remove) -> Result<(), Sentence> {
    let (id, now) = (wish.id, Clock::system().now());
    if wish.yes.as_deref() != Some(&id) {
        return Err(Sentence(warning(store, id).await?));
    }
    let live = if wish.drop_connections { LiveConnections::Drop } else { LiveConnections::Keep };
    let name = id.clone();
    let weight = store
        .write::<_, PortalError, _>(move |mut db| {
            Box::pin(async move { portals::remove(&mut db, &id, live, now).await })
        })
        .await?;
    say(&format!("{name} is removed, and with it {}.\n", burden(&weight)))
}

/// What a removal would take along, before anybody said that they mean it.
async fn warning(store: &Store, id: String) -> Result<String, Sentence> {
    let (now, name) = (Clock::system().now(), id.clone());
    let weight = store
        .read::<_, PortalError, _>(move |mut db| {
            Box::pin(async move {
                portals::known(&mut db, &name).await?;
                Ok(db.weigh_portal(&name, now).await?)
            })
        })
        .await?;
    Ok(format!(
        "nothing was done yet. Removing {id} takes along {}, with everything that they imported, mapped and saved, \
         and cannot be undone. If you mean it: patchbay portal remove {id} --yes {id}",
        burden(&weight)
    ))
}

fn burden(weight: &Weight) -> String {
    format!(
        "{}, {}, {}, {} and {}",
        count(weight.keys, "key"),
        count(weight.sessions, "session"),
        count(weight.invitations, "unused link"),
        count(weight.live, "live connection"),
        count(weight.tenants, "organisation"),
    )
}
