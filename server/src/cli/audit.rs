//! `patchbay audit`: the audit log, as a table of the newest lines or as a file of all.

use std::path::Path;

use protocol::ids::Moment;

use super::columns::columns;
use super::visit::visit;
use super::{Sentence, say};
use crate::clock::{moment, rfc3339};
use crate::csv;
use crate::store::audit::{Line, Lines};
use crate::store::{Store, StoreError};

/// Lines of a table, where nobody says how many.
const TAIL: u32 = 50;
/// Lines that are read at once.
const PART: u32 = 1000;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Only what happened to this portal.
    #[arg(long, value_name = "ID")]
    portal: Option<String>,
    /// Only what happened to this organisation, by the portal's own id.
    #[arg(long, value_name = "TENANT", requires = "portal")]
    tenant: Option<String>,
    /// Only from this moment on: a day as in 2026-11-01, or RFC 3339 as in 2026-11-01T09:30:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// How many lines: 50 of a table, all of a file.
    #[arg(long, value_name = "N")]
    tail: Option<u32>,
    /// As CSV (RFC 4180), the newest line first.
    #[arg(long)]
    csv: bool,
}

pub(super) async fn run(path: &Path, options: &Options) -> Result<(), Sentence> {
    let since = options.since.as_deref().map(since).transpose()?;
    let (portal, tenant) = (options.portal.clone(), options.tenant.clone());
    let wanted = Lines { portal, tenant, since, before: None };
    if options.csv {
        let most = options.tail.unwrap_or(u32::MAX);
        return visit(path, async |store| file(store, wanted, most).await).await;
    }
    let tail = options.tail.unwrap_or(TAIL);
    let mut lines = visit(path, async |store| Ok(part(store, wanted, tail).await?)).await?;
    lines.reverse();
    say(&table(lines))
}

fn since(text: &str) -> Result<Moment, Sentence> {
    let sentence = || format!("{text:?} is no time; write a day as in 2026-11-01, or 2026-11-01T09:30:00Z");
    moment(text).map_err(|_| Sentence(sentence()))
}

async fn part(store: &Store, wanted: Lines, count: u32) -> Result<Vec<Line>, StoreError> {
    store.read(move |mut db| Box::pin(async move { db.audit_lines(&wanted, count).await })).await
}

async fn file(store: &Store, mut wanted: Lines, mut left: u32) -> Result<(), Sentence> {
    say(&csv::row(["time", "portal", "tenant", "who", "what", "object", "from", "request"]))?;
    loop {
        let lines = part(store, wanted.clone(), left.min(PART)).await?;
        let text: String = lines.iter().map(row).collect();
        say(&text)?;
        left = left.saturating_sub(u32::try_from(lines.len()).unwrap_or(u32::MAX));
        match lines.last() {
            Some(last) if left > 0 => wanted.before = Some(last.id),
            _ => return Ok(()),
        }
    }
}

fn at(line: &Line) -> String {
    rfc3339(Moment(line.at.cast_unsigned()))
}

fn row(line: &Line) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (at, tenant, whence, request) =
        (at(line), text(&line.tenant), text(&line.whence), text(&line.request));
    csv::row([at.as_str(), &line.portal, &tenant, &line.actor, &line.action, &line.object, &whence, &request])
}

fn table(lines: Vec<Line>) -> String {
    let heading = ["TIME", "PORTAL", "TENANT", "WHO", "WHAT", "OBJECT", "FROM", "REQUEST"].map(str::to_owned);
    let rows = lines.into_iter().map(|line| {
        let at = at(&line);
        let text = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| shown(&text));
        let (tenant, whence, request) = (text(line.tenant), text(line.whence), text(line.request));
        [at, line.portal, tenant, shown(&line.actor), line.action, shown(&line.object), whence, request]
    });
    columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}

/// As a terminal may print it: names come from portals, and a terminal acts on controls (IN-08).
fn shown(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
