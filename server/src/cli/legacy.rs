//! `patchbay legacy`: loads connections that were made under OAuth 1.0a, and shows how far the campaign is. Works
//! while the proxy runs.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::columns::columns;
use super::visit::visit;
use super::{Sentence, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::keys;
use crate::legacy::file::{Format, Line, read};
use crate::legacy::{Conduct, Loaded, load};
use crate::portals::count;
use crate::store::legacy::CampaignStanding;
use crate::store::{Store, StoreError};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Loads connections from a file; the good lines of it, unless that is wished otherwise.
    ///
    /// The same file twice changes nothing. What is connected, was switched off, or was decided by a person is left
    /// alone.
    Import(Import),
    /// Shows how many connections have moved, and what holds the others up, by portal.
    Status {
        /// Only this portal.
        #[arg(long, value_name = "ID")]
        portal: Option<String>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Tries again to move what could not be moved with its old credentials.
    Retry {
        /// Only those of this portal.
        #[arg(long, value_name = "ID")]
        portal: Option<String>,
    },
}

#[derive(clap::Args)]
pub(super) struct Import {
    /// CSV with a heading, or a JSON object a line.
    file: PathBuf,
    /// The portal of lines that name none; a line that names another is wrong.
    #[arg(long, value_name = "ID")]
    portal: Option<String>,
    /// How the file is written; by default its ending says so, .csv or .ndjson.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Says what would be done, and does nothing.
    #[arg(long)]
    dry_run: bool,
    /// Takes nothing unless every line can be taken.
    #[arg(long)]
    all_or_nothing: bool,
}

pub(super) async fn run(config: &Config, command: Command) -> Result<(), Sentence> {
    let path = config.storage.path.clone();
    match command {
        Command::Import(wish) => visit(&path, async |store| import(store, config.clone(), wish).await).await,
        Command::Status { portal, json } => {
            visit(&path, async |store| status(store, portal, json).await).await
        }
        Command::Retry { portal } => visit(&path, async |store| retry(store, portal).await).await,
    }
}

async fn import(store: &Store, config: Config, wish: Import) -> Result<(), Sentence> {
    let lines = lines(&wish.file, wish.format)?;
    let conduct = Conduct {
        key: None,
        portal: wish.portal,
        dry_run: wish.dry_run,
        all_or_nothing: wish.all_or_nothing,
    };
    let clock = Clock::system();
    // The right to the key file is kept until everything is sealed.
    let (vault, _right) = keys::beside(store, &config.keys.file, &clock).await?;
    let app = crate::put_together((store.clone(), vault), config, clock)?;
    let loaded = load(&app, lines, &conduct).await?;
    say(&report(&loaded))?;
    match loaded.errors.len() {
        0 => Ok(()),
        wrong => Err(Sentence(format!(
            "{} could not be taken. Mend the file and load it again: what was taken stays as it is.",
            count(i64::try_from(wrong).unwrap_or(i64::MAX), "line")
        ))),
    }
}

/// The lines of a file that others cannot read, if there are secrets in it.
fn lines(file: &Path, format: Option<Format>) -> Result<Vec<Line>, Sentence> {
    let shown = file.display();
    let by_ending = || match file.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Some(Format::Csv),
        Some("ndjson" | "jsonl") => Some(Format::Ndjson),
        _ => None,
    };
    let format = format.or_else(by_ending).ok_or_else(|| {
        Sentence(format!("what {shown} is cannot be seen by its name: say --format csv or --format ndjson"))
    })?;
    let text = std::fs::read(file).map_err(|cause| Sentence(format!("{shown} cannot be read: {cause}")))?;
    let lines =
        read(&text, format).map_err(|problem| Sentence(format!("{shown} cannot be read: {problem}")))?;
    let secret = lines.iter().any(|line| line.row.as_ref().is_ok_and(|row| row.oauth1.is_some()));
    if secret && crate::vault::ring::others_may_read(file) {
        return Err(Sentence(format!(
            "{shown} holds credentials and can be read by others. Run: chmod 600 {shown}"
        )));
    }
    Ok(lines)
}

fn report(loaded: &Loaded) -> String {
    let Loaded { received, added, changed, unchanged, taken, left_alone, errors } = loaded;
    let heading = if *taken { "" } else { "Nothing was taken. What would be: " };
    let summary = format!(
        "{heading}{received} lines: {added} loaded, {changed} changed, {unchanged} as before, {} left alone, {} wrong.\n",
        left_alone.len(),
        errors.len()
    );
    let alone = left_alone.iter().map(|one| format!("line {} is left alone: {}\n", one.line, one.problem));
    let wrong = errors.iter().map(|one| format!("line {}: {}\n", one.line, one.problem));
    std::iter::once(summary).chain(alone).chain(wrong).collect()
}

async fn status(store: &Store, portal: Option<String>, json: bool) -> Result<(), Sentence> {
    let now = Clock::system().now();
    let read = store.read::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { db.campaign(portal.as_deref(), now).await })
    });
    let standings = read.await?;
    if json {
        return say(&format!("{}\n", serde_json::to_string_pretty(&standings)?));
    }
    if standings.is_empty() {
        return say("No connection under OAuth 1.0 was loaded; `patchbay legacy import` does that.\n");
    }
    say(&table(&standings))
}

fn table(standings: &[CampaignStanding]) -> String {
    let heading =
        ["PORTAL", "LOADED", "OUTSTANDING", "LATE", "BY VISITOR", "BY ITSELF", "SWITCHED OFF", "FAILED"];
    let rows = standings.iter().map(|one| {
        let failed: Vec<String> =
            one.failed.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        let failed = if failed.is_empty() { "-".to_owned() } else { failed.join(", ") };
        let numbers = [
            one.loaded,
            one.outstanding,
            one.past_deadline,
            one.by_visitor,
            one.by_patchbay,
            one.switched_off,
        ];
        let [loaded, outstanding, late, by_visitor, by_itself, off] = numbers.map(|count| count.to_string());
        [one.portal.clone(), loaded, outstanding, late, by_visitor, by_itself, off, failed]
    });
    columns(&std::iter::once(heading.map(str::to_owned)).chain(rows).collect::<Vec<_>>())
}

async fn retry(store: &Store, portal: Option<String>) -> Result<(), Sentence> {
    let now = Clock::system().now();
    let retried = store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { db.retry_moves(portal.as_deref(), now).await })
    });
    let retried = i64::try_from(retried.await?).unwrap_or(i64::MAX);
    say(&format!("{} will be tried again within a minute.\n", count(retried, "connection")))
}
