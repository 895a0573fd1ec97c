//! Loading a campaign: every line is looked at first, then the good ones are taken, some at a time so that
//! others' writes come in between; or, when that is wished, all of them or none.

use std::sync::Arc;

use protocol::ids::IntegrationId;

use super::duplicates::Seen;
use super::file::Line;
use super::judge::{Standing, judge};
use super::row::{Entry, Row};
use crate::connections;
use crate::state::{App, Shared};
use crate::store::audit::{Action, Actor, NewLine, Whence};
use crate::store::ids::{KeyId, TenantId};
use crate::store::{Db, StoreError};

/// Lines of one transaction.
const CHUNK: usize = 200;

/// Who loads, and how.
#[derive(Clone)]
pub struct Conduct {
    /// The key it is done with; none on the command line.
    pub key: Option<LoadingKey>,
    /// The portal of lines that name none; those of a key may name no other.
    pub portal: Option<String>,
    /// Nothing is taken; it is only said what would be.
    pub dry_run: bool,
    /// Nothing is taken unless every line can be.
    pub all_or_nothing: bool,
}

/// An API key that loads.
#[derive(Clone)]
pub struct LoadingKey {
    /// Its row: it has to stand in every transaction.
    pub id: KeyId,
    /// How the audit log names it.
    pub prefix: String,
    /// The request's id.
    pub request: String,
    /// From where it came.
    pub whence: Whence,
}

/// What became of the lines, or would.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Loaded {
    /// Lines that were not empty.
    pub received: usize,
    /// Connections that now say "Upgrade required".
    pub added: usize,
    /// Connections that said so before, and of which something is different now.
    pub changed: usize,
    /// Lines that said what they said before.
    pub unchanged: usize,
    /// Whether anything was written. Not in a dry run, and not when a line of all or nothing is wrong.
    pub taken: bool,
    /// Connections that stay as they are, each with its reason.
    pub left_alone: Vec<Problem>,
    /// Lines that cannot be taken.
    pub errors: Vec<Problem>,
}

/// A line, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = LegacyLine)]
pub struct Problem {
    /// Counted from 1, empty lines as well.
    pub line: usize,
    /// What is said of it.
    pub problem: String,
}

/// Why loading broke off.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The key was revoked meanwhile.
    #[error("the key is revoked")]
    Revoked,
    /// A line of all or nothing turned out to be wrong: nothing was taken.
    #[error("a line cannot be taken")]
    Refused(Box<Loaded>),
    /// The store failed; what was taken before is told by the next run.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Numbered = (usize, Entry);

/// Loads the lines of a file.
pub async fn load(app: &Shared, lines: Vec<Line>, conduct: &Conduct) -> Result<Loaded, LoadError> {
    let (entries, report) = read(app, lines, conduct);
    let entries = Arc::new(entries);
    let stays = conduct.dry_run || (conduct.all_or_nothing && !report.errors.is_empty());
    if stays {
        return looked_at(app, entries, report).await;
    }
    let size = if conduct.all_or_nothing { entries.len().max(1) } else { CHUNK };
    let mut report = Loaded { taken: true, ..report };
    for from in (0..entries.len()).step_by(size) {
        let to = (from + size).min(entries.len());
        match take(app, (&entries, from, to), conduct, report).await {
            Ok(further) => report = further,
            Err(LoadError::Refused(told)) => return Ok(*told),
            Err(error) => return Err(error),
        }
    }
    report.errors.sort_by_key(|problem| problem.line);
    app.wake.legacy.notify_one();
    Ok(report)
}

/// What the lines mean, each alone and beside each other.
fn read(app: &App, lines: Vec<Line>, conduct: &Conduct) -> (Vec<Numbered>, Loaded) {
    let mut report = Loaded { received: lines.len(), ..Loaded::default() };
    let (mut entries, mut seen) = (Vec::new(), Seen::default());
    for Line { number, row } in lines {
        let entry = row.map_err(|problem| vec![problem]).and_then(|row| meant(app, row, conduct));
        let entered = entry
            .and_then(|entry| seen.enter(number, &entry).map(|()| entry).map_err(|problem| vec![problem]));
        match entered {
            Ok(entry) => entries.push((number, entry)),
            Err(problems) => report.errors.push(Problem { line: number, problem: problems.join("; ") }),
        }
    }
    (entries, report)
}

fn meant(app: &App, row: Row, conduct: &Conduct) -> Result<Entry, Vec<String>> {
    let portal = match (&row.portal, &conduct.portal) {
        (Some(named), Some(own)) if named != own => {
            return Err(vec![format!("portal {named:?} is not the one that is loaded, {own:?}")]);
        }
        (Some(named), _) => named.clone(),
        (None, Some(own)) => own.clone(),
        (None, None) => return Err(vec!["portal is missing; say it here, or with --portal".to_owned()]),
    };
    let named = row.integration.as_deref();
    let entry = match named {
        Some(name) => IntegrationId::new(name).ok().and_then(|id| app.catalogue.integration(&id)),
        None => app.catalogue.entries().find(|entry| entry.moves_legacy()),
    };
    let entry =
        entry.ok_or_else(|| vec![format!("there is no integration {:?}", named.unwrap_or_default())])?;
    Entry::read(row, portal, entry.id.clone(), &entry.sections)
}

/// What would become of them.
async fn looked_at(app: &Shared, entries: Arc<Vec<Numbered>>, report: Loaded) -> Result<Loaded, LoadError> {
    let shared = Arc::clone(app);
    let read = app.store.read::<_, LoadError, _>(move |mut db| {
        Box::pin(async move {
            let mut report = report;
            for (number, entry) in entries.iter() {
                let standing = judge(&mut db, &shared, entry).await?;
                report.count(*number, standing);
            }
            report.errors.sort_by_key(|problem| problem.line);
            Ok(report)
        })
    });
    read.await
}

/// Takes some lines in one transaction.
async fn take(
    app: &Shared,
    (entries, from, to): (&Arc<Vec<Numbered>>, usize, usize),
    conduct: &Conduct,
    report: Loaded,
) -> Result<Loaded, LoadError> {
    let (shared, entries, conduct) = (Arc::clone(app), Arc::clone(entries), conduct.clone());
    let written = app.store.write::<_, LoadError, _>(move |mut db| {
        Box::pin(async move {
            let (mut report, mut touched) = (report, Vec::new());
            still_stands(&mut db, &conduct).await?;
            for (number, entry) in &entries[from..to] {
                let standing = judge(&mut db, &shared, entry).await?;
                if matches!(standing, Standing::New | Standing::Changed) {
                    touched.push(one(&mut db, &shared, entry, &conduct).await?);
                }
                report.count(*number, standing);
            }
            if conduct.all_or_nothing && !report.errors.is_empty() {
                report.taken = false;
                return Err(LoadError::Refused(Box::new(report)));
            }
            Ok((report, touched))
        })
    });
    let (report, touched) = written.await?;
    for tenant in touched {
        app.hub.touch(tenant);
    }
    Ok(report)
}

async fn still_stands(db: &mut Db<'_>, conduct: &Conduct) -> Result<(), LoadError> {
    match &conduct.key {
        Some(key) if !db.api_key_stands(key.id).await? => Err(LoadError::Revoked),
        _ => Ok(()),
    }
}

async fn one(db: &mut Db<'_>, app: &App, entry: &Entry, conduct: &Conduct) -> Result<TenantId, StoreError> {
    let tenant = match db.tenant(&entry.portal, &entry.tenant).await? {
        Some(tenant) => tenant,
        None => db.put_tenant(&entry.portal, &entry.tenant, &entry.tenant_name).await?,
    };
    let row = connections::ensure(db, tenant, &entry.integration).await?;
    let (portal, action, object) = (entry.portal.as_str(), Action::LegacyLoaded, entry.integration.as_str());
    let line = NewLine::by_operator(portal, action, object);
    let line = match &conduct.key {
        Some(LoadingKey { prefix, request, whence, .. }) => {
            NewLine { actor: Actor::Key(prefix), request: Some(request), whence: *whence, ..line }
        }
        None => line,
    };
    connections::load_legacy(db, app, (&row, entry), line).await?;
    Ok(tenant)
}

impl Loaded {
    fn count(&mut self, line: usize, standing: Standing) {
        match standing {
            Standing::New => self.added += 1,
            Standing::Changed => self.changed += 1,
            Standing::Unchanged => self.unchanged += 1,
            Standing::LeftAlone(reason) => {
                self.left_alone.push(Problem { line, problem: reason.to_owned() });
            }
            Standing::Wrong(problem) => self.errors.push(Problem { line, problem }),
        }
    }
}
