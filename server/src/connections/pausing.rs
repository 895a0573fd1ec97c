//! Pausing: nothing is read or sent, while the tokens are kept alive and everything else stays as it is.

use protocol::ids::IntegrationId;
use protocol::import::{List, Trigger};
use protocol::message::{Answer, FaultKind};
use protocol::notification::Event as Logged;

use super::intents::{existing, may_connect};
use super::machine::{Event, State};
use super::{ConnectionRow, step};
use crate::configuration::{self, Standing};
use crate::error::Refusal;
use crate::imports;
use crate::imports::absent::absent;
use crate::state::{App, Visitor};
use crate::store::audit::{Action, NewLine};
use crate::store::books::Books;
use crate::store::ids::ConnectionId;
use crate::store::notifications::NewEvent;
use crate::store::{Db, StoreError};

/// A person stops a connection. One that is paused already stays so.
pub async fn pause(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
) -> Result<Answer, Refusal> {
    let row = live(db, who, integration).await?;
    if row.state != State::Paused {
        halt(db, app, &row, Some(&who.name)).await?;
        let line = NewLine::by_visitor(who, Action::Paused, integration.as_str());
        db.add_audit(&line, app.clock.now()).await?;
    }
    Ok(Answer::Nothing)
}

/// A connection that can be paused or go on, if this person may decide it.
async fn live(db: &mut Db<'_>, who: &Visitor, integration: &IntegrationId) -> Result<ConnectionRow, Refusal> {
    may_connect(who)?;
    let row = existing(db, who, integration).await?;
    if row.live { Ok(row) } else { Err(FaultKind::NotNow.into()) }
}

/// A person lets a paused connection go on, to where its configuration has it. What the first import has
/// not read because of the pause is read now.
pub async fn resume(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
) -> Result<Answer, Refusal> {
    let row = live(db, who, integration).await?;
    if row.state == State::Paused {
        go_on(db, app, (&row, who)).await?;
        let line = NewLine::by_visitor(who, Action::Resumed, integration.as_str());
        db.add_audit(&line, app.clock.now()).await?;
    }
    Ok(Answer::Nothing)
}

async fn go_on(db: &mut Db<'_>, app: &App, (row, who): (&ConnectionRow, &Visitor)) -> Result<(), StoreError> {
    let Some(books) = db.books_of(row.id).await? else { return Ok(()) };
    let unknown = Standing { complete: false, problems: 0 };
    let Standing { complete, problems } = configuration::standing(db, app, &books).await?.unwrap_or(unknown);
    step(db, row.id, Event::Resumed { complete, problems }).await?;
    db.set_subscription_ended(row.id, false).await?;
    let (by, now) = (Some(who.name.as_str()), app.clock.now());
    let (tenant, integration, event) = (row.tenant, &row.integration, &Logged::Resumed);
    db.notify(NewEvent { tenant, integration, event, by, now }).await?;
    let unread = never_read(db, app, (&books, row)).await?;
    if !unread.is_empty() {
        imports::plan(db, app, row.id, imports::Start { trigger: Trigger::Person, by }, &unread).await?;
    }
    Ok(())
}

/// Lists of the company that no import has read to their end, because a pause cut the first one off.
async fn never_read(
    db: &mut Db<'_>,
    app: &App,
    (books, row): (&Books, &ConnectionRow),
) -> Result<Vec<List>, StoreError> {
    let read = imports::ages(db, books.connection(), books.company()).await?;
    let lists = app.catalogue.integration(books.integration()).map(|entry| entry.lists.as_slice());
    let lacks = |list: List| row.company.as_ref().is_some_and(|company| absent(list, company).is_some());
    let never = |list: &&List| !lacks(**list) && !read.iter().any(|age| age.list == **list);
    Ok(lists.unwrap_or_default().iter().filter(never).copied().collect())
}

/// The provider says that the company's subscription has ended: there is nothing to be had until
/// somebody renews it there and lets the connection go on here.
pub(crate) async fn subscription_ended(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    let Some(row) = db.connection(connection).await? else { return Ok(()) };
    if row.live && row.state != State::Paused {
        halt(db, app, &row, None).await?;
        db.set_subscription_ended(connection, true).await?;
    }
    Ok(())
}

async fn halt(db: &mut Db<'_>, app: &App, row: &ConnectionRow, by: Option<&str>) -> Result<(), StoreError> {
    imports::cancel_running(db, app, row.id, by).await?;
    step(db, row.id, Event::Paused).await?;
    let (tenant, integration, now) = (row.tenant, &row.integration, app.clock.now());
    db.notify(NewEvent { tenant, integration, event: &Logged::Paused, by, now }).await?;
    Ok(())
}
