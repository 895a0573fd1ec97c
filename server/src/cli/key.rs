//! `patchbay key`: the keys that seal what is secret in the database. What may be done is decided in
//! `keys`; here it is called and told.

use std::path::Path;

use clap::Subcommand;

use super::columns::columns;
use super::visit::visit;
use super::{Sentence, say};
use crate::clock::{Clock, rfc3339};
use crate::config::Config;
use crate::keys::{self, KeySight};
use crate::portals::count;
use crate::store::Store;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Shows the keys by their ids, and how many values each seals; never a key.
    List,
    /// Makes a new key, which seals from now on, and seals everything anew by it.
    ///
    /// A command that was interrupted is run again, and goes on where it was.
    Rotate,
    /// Takes a key out of the key file, once nothing is sealed by it.
    Retire {
        /// Its id, as the list shows it.
        id: u32,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> Result<(), Sentence> {
    let file = config.keys.file.as_path();
    visit(&config.storage.path, async |store| match command {
        Command::List => say(&table(&keys::sights(store, file, &Clock::system()).await?)),
        Command::Rotate => rotate(store, file).await,
        Command::Retire { id } => retire(store, file, id).await,
    })
    .await
}

async fn rotate(store: &Store, file: &Path) -> Result<(), Sentence> {
    let clock = Clock::system();
    let keys::Rotated { key, made, sweep } = keys::rotate(store, file, &clock).await?;
    let begun = if made { "is new and" } else { "was begun before; it" };
    let shown = file.display();
    say(&format!(
        "Key {key} in {shown} {begun} seals from now on: copy the file to where its copies are.\n"
    ))?;
    say(&format!("{} sealed anew.\n", count(sweep.sealed, "value")))?;
    if sweep.unreadable > 0 {
        return Err(Sentence(format!(
            "{} could not be opened, with any key, and were left as they are. Their connections will ask to be connected again when they are used; until then the key they name cannot be retired.",
            count(sweep.unreadable, "value")
        )));
    }
    let keys = keys::sights(store, file, &clock).await?;
    let old = keys.iter().filter(|sight| !sight.newest);
    let lines = old.map(|sight| format!("Nothing needs it any more: patchbay key retire {}\n", sight.id));
    say(&lines.collect::<String>())
}

async fn retire(store: &Store, file: &Path, id: u32) -> Result<(), Sentence> {
    let retired = keys::retire(store, file, (id, &Clock::system())).await?;
    say(&format!("Key {id} is gone from {}. Backups from before the rotation need it.\n", file.display()))?;
    if retired.forgotten {
        return Ok(());
    }
    say("The running proxy still knows it, though it seals nothing by it; a restart makes it forget.\n")
}

fn table(keys: &[KeySight]) -> String {
    let heading = ["KEY", "MADE", "VALUES", "SEALS", "PROXY KNOWS IT"].map(str::to_owned);
    let rows = keys.iter().map(|key| {
        [
            key.id.to_string(),
            key.made.map_or_else(|| "not known".to_owned(), rfc3339),
            key.values.to_string(),
            if key.newest { "newest" } else { "-" }.to_owned(),
            key.known.map_or("no proxy runs", |known| if known { "yes" } else { "no" }).to_owned(),
        ]
    });
    columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}
