//! `patchbay portal origins`: the origins on whose pages a portal embeds the store.

use clap::Subcommand;

use super::super::{Sentence, say};
use crate::clock::Clock;
use crate::portals::{self, Origin, PortalError};
use crate::store::Store;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Adds one, exactly as browsers write it: <https://app.acme.example>.
    Add {
        /// Scheme and host, and the port if it is not the usual one.
        origin: String,
    },
    /// Takes one away.
    Remove {
        /// As the list shows it.
        origin: String,
    },
    /// Shows them, one a line.
    List,
}

pub(super) async fn run(store: &Store, portal: String, command: Command) -> Result<(), Sentence> {
    let now = Clock::system().now();
    match command {
        Command::List => list(store, portal).await,
        Command::Add { origin } => {
            let origin: Origin = origin.parse()?;
            let added = store.write::<_, PortalError, _>(move |mut db| {
                Box::pin(async move { portals::add_origin(&mut db, &portal, &origin, now).await })
            });
            Ok(added.await?)
        }
        Command::Remove { origin } => {
            let removed = store.write::<_, PortalError, _>(move |mut db| {
                Box::pin(async move { portals::remove_origin(&mut db, &portal, &origin, now).await })
            });
            Ok(removed.await?)
        }
    }
}

async fn list(store: &Store, portal: String) -> Result<(), Sentence> {
    let origins = store.read::<_, PortalError, _>(move |mut db| {
        Box::pin(async move {
            portals::known(&mut db, &portal).await?;
            Ok(db.origins_of(&portal).await?)
        })
    });
    let lines: Vec<_> = origins.await?.into_iter().map(|origin| format!("{origin}\n")).collect();
    say(&lines.concat())
}
