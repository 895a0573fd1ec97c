//! Imports: planned by people and by connecting, worked on by the runner, seen as whole snapshots.

pub mod absent;
mod ask;
pub mod changes;
mod closing;
mod finish;
mod gauge;
mod job;
pub mod machine;
pub mod nightly;
pub mod notices;
pub mod pace;
mod reading;
mod refresh;
mod rematch;
mod rows;
pub mod runner;
mod seats;
mod wanted;

pub use notices::noticed;
use protocol::ids::{ImportId, IntegrationId};
use protocol::import::{ImportSnapshot, ImportState, List, ListState, Trigger};
use protocol::message::{Answer, FaultKind};
use protocol::notification::Event;
use protocol::store::ListAge;

use crate::connections::machine::State;
use crate::error::Refusal;
use crate::state::{App, Visitor};
use crate::store::audit::{Action, NewLine};
use crate::store::books::Books;
use crate::store::ids::{ConnectionId, TenantId};
pub use crate::store::imports::Start;
use crate::store::notifications::NewEvent;
use crate::store::{Db, StoreError};

/// How a worker's part of a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Every list was read, or failed.
    Read,
    /// The connection is off.
    Off,
}

/// Why a worker stops at once.
#[derive(Debug, thiserror::Error)]
enum Stop {
    /// The connection is off.
    #[error("the connection is off")]
    Off,
    /// Another worker has the run, or it has ended.
    #[error("the run is not ours any more")]
    Lost,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Plans an import of these lists, or all; one that is running serves, and lists that it does not read are
/// read right after it.
pub async fn plan(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
    start: Start<'_>,
    lists: &[List],
) -> Result<ImportId, StoreError> {
    let books = db.books_of(connection).await?.ok_or(StoreError::Unreadable("connection"))?;
    Ok(plan_for(db, app, &books, start, lists).await?.0)
}

/// An integration without lists was connected: what follows an import follows at once.
pub(crate) async fn nothing_to_read(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    let books = db.books_of(connection).await?.ok_or(StoreError::Unreadable("connection"))?;
    finish::aftermath(db, app, &books, 0).await
}

/// The run, and whether it is a new one.
async fn plan_for(
    db: &mut Db<'_>,
    app: &App,
    books: &Books,
    start: Start<'_>,
    lists: &[List],
) -> Result<(ImportId, bool), StoreError> {
    let entry =
        app.catalogue.integration(books.integration()).ok_or(StoreError::Unreadable("integration"))?;
    let lists = machine::lists(lists, &entry.lists);
    let now = app.clock.now();
    let (import, fresh) = db.plan_import(books, &lists, start, now).await?;
    // What nobody waits for comes again by itself.
    if !fresh && !machine::is_quiet(start.trigger) {
        db.read_again(import, &lists).await?;
        let reads = db.checkpoints(import).await?;
        let missing = |list: &List| !reads.iter().any(|checkpoint| checkpoint.list == *list);
        let missing: Vec<List> = lists.iter().copied().filter(missing).collect();
        db.want_lists(books.connection(), &missing, start).await?;
    }
    if fresh && !machine::is_quiet(start.trigger) {
        let (tenant, integration) = (books.tenant(), books.integration());
        let (event, by) = (&Event::ImportStarted { import }, start.by);
        db.notify(NewEvent { tenant, integration, event, by, now }).await?;
    }
    app.wake.imports.notify_one();
    Ok((import, fresh))
}

/// Running imports of a tenant, and the last finished one of each connection.
pub async fn view(db: &mut Db<'_>, tenant: TenantId) -> Result<Vec<ImportSnapshot>, StoreError> {
    db.import_snapshots(tenant).await
}

/// Age and size of each list of a company that was ever read to its end.
pub async fn ages(
    db: &mut Db<'_>,
    connection: ConnectionId,
    company_id: &str,
) -> Result<Vec<ListAge>, StoreError> {
    db.list_ages(connection, company_id).await
}

/// A visitor wants lists read again.
pub async fn start(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
    lists: &[List],
) -> Result<Answer, Refusal> {
    may_import(who)?;
    let books = db.books(who.tenant, integration).await?.ok_or(FaultKind::NotNow)?;
    let row = db.connection(books.connection()).await?;
    if !books.live() || row.is_none_or(|row| row.state == State::Paused) {
        return Err(FaultKind::NotNow.into());
    }
    let wish = Start { trigger: Trigger::Person, by: Some(&who.name) };
    let begun = begin(db, app, &books, wish, lists).await?;
    let (import, fresh) = begun.ok_or(FaultKind::NotNow)?;
    if fresh {
        let line = NewLine::by_visitor(who, Action::ImportStarted, integration.as_str());
        db.add_audit(&line, app.clock.now()).await?;
    }
    Ok(Answer::Import(import))
}

/// Begins to read lists, or all; one import that is running serves. Answers
/// whether it is a new one; none for an integration without lists.
pub(crate) async fn begin(
    db: &mut Db<'_>,
    app: &App,
    books: &Books,
    start: Start<'_>,
    lists: &[List],
) -> Result<Option<(ImportId, bool)>, StoreError> {
    let has_lists =
        app.catalogue.integration(books.integration()).is_some_and(|entry| !entry.lists.is_empty());
    if !has_lists {
        return Ok(None);
    }
    plan_for(db, app, books, start, lists).await.map(Some)
}

/// A visitor stops a run; what is read is kept. A run that has ended stays as it is.
pub async fn cancel(db: &mut Db<'_>, app: &App, who: &Visitor, import: ImportId) -> Result<Answer, Refusal> {
    may_import(who)?;
    let found = db.import_of_tenant(who.tenant, import).await?.ok_or(FaultKind::NotFound)?;
    let (connection, integration, state) = found;
    if state == ImportState::Running {
        let line = NewLine::by_visitor(who, Action::ImportCancelled, integration.as_str());
        db.add_audit(&line, app.clock.now()).await?;
        cancel_running(db, app, connection, Some(&who.name)).await?;
        if let Some(books) = db.books_of(connection).await? {
            finish::aftermath(db, app, &books, 0).await?;
        }
    }
    Ok(Answer::Nothing)
}

/// Stops the run of a connection, if there is one: a person wants it, or the connection goes off.
pub async fn cancel_running(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
    by: Option<&str>,
) -> Result<(), StoreError> {
    let Some(import) = db.running_import(connection).await? else { return Ok(()) };
    let now = app.clock.now();
    db.end_import(import, ImportState::Cancelled, now).await?;
    db.take_wanted(connection).await?;
    if let Some(books) = db.books_of(connection).await? {
        let (tenant, integration) = (books.tenant(), books.integration());
        let event = &Event::ImportCancelled { import };
        db.notify(NewEvent { tenant, integration, event, by, now }).await?;
    }
    app.wake.imports.notify_one();
    Ok(())
}

/// A visitor wants the failed lists of a run read again: by a new run when it has ended, else by the same one, which
/// goes on where they stopped.
pub async fn retry(db: &mut Db<'_>, app: &App, who: &Visitor, import: ImportId) -> Result<Answer, Refusal> {
    may_import(who)?;
    let (_, integration, state) =
        db.import_of_tenant(who.tenant, import).await?.ok_or(FaultKind::NotFound)?;
    let checkpoints = db.checkpoints(import).await?;
    let running = state == ImportState::Running;
    let unread = checkpoints.iter().filter(|list| match list.state {
        ListState::Failed(_) => true,
        ListState::Waiting | ListState::Running => !running,
        ListState::Done | ListState::Skipped(_) => false,
    });
    let lists: Vec<List> = unread.map(|list| list.list).collect();
    if lists.is_empty() && running {
        return Ok(Answer::Import(import));
    }
    if lists.is_empty() {
        return Err(FaultKind::NotNow.into());
    }
    start(db, app, who, &integration, &lists).await
}

fn may_import(who: &Visitor) -> Result<(), Refusal> {
    if who.permissions.import { Ok(()) } else { Err(FaultKind::NotAllowed.into()) }
}
