//! `patchbay tenant`: the organisations of portals, shown, and erased for good.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use clap::Subcommand;

use super::columns::columns;
use super::visit::visit;
use super::{Sentence, say};
use crate::clock::Clock;
use crate::portals::count;
use crate::store::tenants::Load;
use crate::store::{Store, StoreError};
use crate::tenants::{self, Look, TenantError};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Shows every organisation, by portal.
    List {
        /// Only those of this portal.
        #[arg(long, value_name = "ID")]
        portal: Option<String>,
    },
    /// Shows one organisation: what it connected, and how much hangs on it.
    Show(Which),
    /// Erases one organisation from the database and its file, and revokes its tokens.
    Erase(Erase),
    /// Writes the database's file anew, so that nothing that was deleted stays in it.
    Compact,
}

#[derive(clap::Args)]
pub(super) struct Which {
    /// The portal's id.
    portal: String,
    /// The portal's own id of the organisation.
    tenant: String,
}

#[derive(clap::Args)]
pub(super) struct Erase {
    #[command(flatten)]
    which: Which,
    /// The organisation's id once more, to say that you mean it; asked for where it is left out.
    #[arg(long, value_name = "TENANT")]
    yes: Option<String>,
}

pub(super) async fn run(path: &Path, command: Command) -> Result<(), Sentence> {
    match command {
        Command::List { portal } => visit(path, async |store| list(store, portal).await).await,
        Command::Show(which) => visit(path, async |store| show(store, which).await).await,
        Command::Erase(wish) => visit(path, async |store| erase(store, wish).await).await,
        Command::Compact => visit(path, async |store| Ok(store.compact().await?)).await,
    }
}

async fn list(store: &Store, portal: Option<String>) -> Result<(), Sentence> {
    let found = store
        .read::<_, StoreError, _>(move |mut db| Box::pin(async move { db.tenants(portal.as_deref()).await }));
    let heading = ["PORTAL", "TENANT", "NAME", "CONNECTED"].map(str::to_owned);
    let rows = found
        .await?
        .into_iter()
        .map(|sight| [sight.portal, sight.external_id, shown(&sight.name), sight.live.to_string()]);
    say(&columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()))
}

/// A name as a terminal may print it: what it would act on is left out.
fn shown(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).collect()
}

async fn look(store: &Store, which: &Which) -> Result<Look, Sentence> {
    let (portal, tenant, now) = (which.portal.clone(), which.tenant.clone(), Clock::system().now());
    let looked = store.read::<_, TenantError, _>(move |mut db| {
        Box::pin(async move { tenants::look(&mut db, &portal, &tenant, now).await })
    });
    Ok(looked.await?)
}

async fn show(store: &Store, which: Which) -> Result<(), Sentence> {
    let Look { name, load, links } = look(store, &which).await?;
    let heading = format!("{}  {}\n", which.tenant, shown(&name));
    let links = links.into_iter().map(|link| {
        let company = link.company_id.map(|id| format!(", company {id}")).unwrap_or_default();
        let registration = link.registration.map(|id| format!(" by {id}")).unwrap_or_default();
        format!("  {}  {}{registration}{company}\n", link.integration, link.state)
    });
    let text = std::iter::once(heading).chain(links).collect::<String>();
    say(&format!("{text}  with {}\n", burden(&load)))
}

async fn erase(store: &Store, wish: Erase) -> Result<(), Sentence> {
    let Erase { which, yes } = wish;
    let looked = look(store, &which).await?;
    if yes.or_else(|| ask(&which, &looked.load)).as_deref() != Some(which.tenant.as_str()) {
        return Err(Sentence(warning(&which, &looked.load)));
    }
    let (portal, tenant, now) = (which.portal.clone(), which.tenant.clone(), Clock::system().now());
    let erased = store.write::<_, TenantError, _>(move |mut db| {
        Box::pin(async move { tenants::erase(&mut db, &portal, &tenant, now).await })
    });
    let erased = erased.await?;
    tenants::finish(store, now).await.map_err(|error| under_way(&which.tenant, &error))?;
    store.compact().await.map_err(|error| unfinished(&which.tenant, &error))?;
    let tokens = match erased.tokens {
        0 => String::new(),
        many => format!(" The proxy revokes {} now, or when it runs.", count(many.cast_signed(), "token")),
    };
    say(&format!("{} is erased, and with it {}.{tokens}\n", which.tenant, burden(&erased.load)))
}

/// Asks whoever sits at a terminal to type the id.
fn ask(which: &Which, load: &Load) -> Option<String> {
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !terminal
        || say(&format!("This erases {}, for good.\nType {} to erase it: ", burden(load), which.tenant))
            .is_err()
    {
        return None;
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok()?;
    Some(line.trim().to_owned())
}

fn warning(which: &Which, load: &Load) -> String {
    let Which { portal, tenant } = which;
    format!(
        "nothing was done yet. Erasing {tenant} takes along {}, and cannot be undone; backups keep what they hold. \
         If you mean it: patchbay tenant erase {portal} {tenant} --yes {tenant}",
        burden(load)
    )
}

fn under_way(tenant: &str, error: &StoreError) -> Sentence {
    Sentence(format!(
        "{tenant} is erased for everybody, but not all of its rows are gone: {error}. The proxy goes on with them by \
         itself; run `patchbay tenant compact` when they are"
    ))
}

fn unfinished(tenant: &str, error: &StoreError) -> Sentence {
    Sentence(format!(
        "{tenant} is erased from the tables, but the file may still hold parts of it: {error}. \
         Run `patchbay tenant compact` when the proxy has less to do"
    ))
}

fn burden(load: &Load) -> String {
    [
        if load.people == 1 { "1 person".to_owned() } else { format!("{} people", load.people) },
        count(load.sessions, "session"),
        count(load.connections, "connection"),
        count(load.records, "imported record"),
        count(load.portal_records, "portal record"),
        count(load.mappings, "mapping"),
        count(load.versions, "saved version"),
        count(load.notifications, "notification"),
        format!("{} of the audit log", count(load.audit, "line")),
    ]
    .join(", ")
}
