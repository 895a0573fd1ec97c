//! What happens to a connection without a person: imports end, configurations become whole,
//! attempts come to nothing, sign-ins are lost.

use protocol::notification::Event as Logged;
use protocol::store::{ConnectFailure, ReconnectReason};

use super::machine::{self, Event, State};
use super::{ConnectionRow, step};
use crate::configuration::Standing;
use crate::state::App;
use crate::store::audit::{Action, NewLine};
use crate::store::ids::{AttemptId, ConnectionId};
use crate::store::notifications::NewEvent;
use crate::store::{Db, StoreError};

/// An import ended, with so many lists that could not be read. Look at the configuration next.
pub async fn import_ended(
    db: &mut Db<'_>,
    _app: &App,
    connection: ConnectionId,
    failed_lists: u32,
) -> Result<(), StoreError> {
    step(db, connection, Event::ImportEnded { failed: failed_lists }).await?;
    db.bump_connection(connection).await
}

/// The configuration was looked at as a whole: after a save, and after an import. Told when that is
/// how the connection comes to need attention.
pub async fn configured(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
    standing: Standing,
) -> Result<(), StoreError> {
    let Some(before) = db.connection(connection).await? else { return Ok(()) };
    let Standing { complete, problems } = standing;
    step(db, connection, Event::Configured { complete, problems }).await?;
    let after = machine::next(before.state, Event::Configured { complete, problems });
    if let (State::Attention { problems }, false) = (after, matches!(before.state, State::Attention { .. })) {
        tell(db, app, &before, &Logged::NeedsAttention { problems }).await?;
    }
    db.bump_connection(connection).await
}

/// Something happened to a connection that nobody did.
async fn tell(db: &mut Db<'_>, app: &App, row: &ConnectionRow, event: &Logged) -> Result<(), StoreError> {
    let (tenant, integration, now) = (row.tenant, &row.integration, app.clock.now());
    db.notify(NewEvent { tenant, integration, event, by: None, now }).await?;
    Ok(())
}

/// Something that is seen of a connection has changed beside it.
pub async fn bump(db: &mut Db<'_>, connection: ConnectionId) -> Result<(), StoreError> {
    db.bump_connection(connection).await
}

/// An attempt came to nothing; the store says why. Nothing happens when it had ended already.
pub(crate) async fn give_up_attempt(
    db: &mut Db<'_>,
    app: &App,
    (attempt, connection): (AttemptId, ConnectionId),
    failure: ConnectFailure,
) -> Result<(), StoreError> {
    if db.end_attempt(attempt, word(failure), app.clock.now()).await? {
        db.set_connect_failure(connection, Some(failure)).await?;
        attempts_over(db, connection).await?;
    }
    Ok(())
}

/// The state goes back when no attempt is left.
pub(super) async fn attempts_over(db: &mut Db<'_>, connection: ConnectionId) -> Result<(), StoreError> {
    if db.has_attempt(connection).await? {
        return Ok(());
    }
    step(db, connection, Event::AttemptsOver).await
}

/// The provider no longer accepts our sign-in: the tokens are worthless and go, everything else is
/// kept. Told once, because it happens only while tokens are there.
pub(crate) async fn sign_in_lost(
    db: &mut Db<'_>,
    app: &App,
    row: &ConnectionRow,
    reason: ReconnectReason,
) -> Result<(), StoreError> {
    if !row.live {
        return Ok(());
    }
    db.erase_tokens(row.id).await?;
    step(db, row.id, Event::SignInLost { reason }).await?;
    tell(db, app, row, &Logged::ReconnectRequired { reason }).await?;
    let object = format!("{}: {}", row.integration, lost(reason));
    let line = NewLine::by_proxy((&row.portal, Some(row.tenant)), Action::ReconnectRequired, &object);
    db.add_audit(&line, app.clock.now()).await
}

fn lost(reason: ReconnectReason) -> &'static str {
    match reason {
        ReconnectReason::Refused => "the provider refuses our sign-in",
        ReconnectReason::Forbidden => "this app may not use the company",
        ReconnectReason::Interrupted => "a refresh was interrupted",
        ReconnectReason::Expired => "the sign-in expired",
        ReconnectReason::Unreadable => "the tokens cannot be opened",
    }
}

fn word(failure: ConnectFailure) -> &'static str {
    match failure {
        ConnectFailure::Cancelled => "cancelled",
        ConnectFailure::Refused => "refused",
        ConnectFailure::CompanyInUse => "company_in_use",
        ConnectFailure::CompanyUnproven => "company_unproven",
        ConnectFailure::Unreachable => "unreachable",
        ConnectFailure::KeysRefused => "keys_refused",
        ConnectFailure::Expired => "expired",
        ConnectFailure::NotAllowed => "not_allowed",
        ConnectFailure::ScopeMissing => "scope_missing",
    }
}
