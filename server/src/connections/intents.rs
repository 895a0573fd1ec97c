//! What a visitor may want of a connection: a ticket, an end to waiting, an answer to the company
//! guard, an end to everything. Each runs in the caller's transaction, which tells the sockets.

use protocol::ids::IntegrationId;
use protocol::message::{Answer, FaultKind};
use protocol::notification::Event as Logged;

use super::guard::{self, Chosen, Hand};
use super::machine::{self, Event, State};
use super::progress::attempts_over;
use super::tokens::{Shelf, plan_revocation, revoke_present, unseal};
use super::{ConnectionRow, step};
use crate::clock::after;
use crate::error::Refusal;
use crate::imports;
use crate::state::{App, Visitor};
use crate::store::audit::{Action, NewLine};
use crate::store::decisions::DecisionRow;
use crate::store::notifications::NewEvent;
use crate::store::{Db, StoreError};
use crate::vault::Secret;

/// A ticket lives a minute.
const TICKET: u64 = 60 * 1000;

/// Gives a ticket for `POST /connect/{integration}`.
pub async fn prepare(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
) -> Result<Answer, Refusal> {
    may_connect(who)?;
    app.catalogue.integration(integration).ok_or(FaultKind::NotFound)?;
    app.registrations.of(integration).ok_or(FaultKind::NotNow)?;
    let (ticket, now) = (Secret::random(&app.clock), app.clock.now());
    db.add_ticket(ticket.digest(), who.session, integration, (now, after(now, TICKET))).await?;
    Ok(Answer::Ticket(ticket.lend(str::to_owned)))
}

/// Gives up every pending attempt, whoever of the organisation began it.
pub async fn cancel(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
) -> Result<Answer, Refusal> {
    may_connect(who)?;
    let row = existing(db, who, integration).await?;
    db.end_attempts(row.id, "given_up", app.clock.now()).await?;
    attempts_over(db, row.id).await?;
    Ok(Answer::Nothing)
}

/// Answers the company guard. Only the visitor who began the attempt may, from any session.
pub async fn decide(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
    replace: bool,
) -> Result<Answer, Refusal> {
    may_connect(who)?;
    let row = existing(db, who, integration).await?;
    let asked = db.decision(row.id).await?.ok_or(FaultKind::NotNow)?;
    if asked.visitor != who.visitor {
        return Err(FaultKind::NotAllowed.into());
    }
    if asked.expires <= app.clock.now() {
        return Err(FaultKind::NotNow.into());
    }
    if replace {
        accept(db, app, (&row, who), asked).await?;
    } else {
        drop_decision(db, app, &row).await?;
    }
    Ok(Answer::Nothing)
}

async fn accept(
    db: &mut Db<'_>,
    app: &App,
    (row, who): (&ConnectionRow, &Visitor),
    asked: DecisionRow,
) -> Result<(), Refusal> {
    db.take_decision(row.id).await?;
    let pair = unseal(app, row, (Shelf::Decision, asked.expires.0), &asked.tokens).map_err(|error| {
        tracing::error!(connection = row.id.0, %error, "tokens that waited cannot be opened");
        FaultKind::Internal
    })?;
    let chosen = Chosen {
        registration: &asked.registration,
        company_id: &asked.company_id,
        company: &asked.company,
        pair: &pair,
    };
    guard::settle(db, app, (row, Hand::Visitor(who)), &chosen).await?;
    Ok(())
}

/// Switches off: calls stop now, the token is revoked as soon as the provider answers, settings stay.
pub async fn disconnect(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
) -> Result<Answer, Refusal> {
    may_connect(who)?;
    let row = existing(db, who, integration).await?;
    if switch_off(db, app, &row, &who.name).await? {
        let line = NewLine::by_visitor(who, Action::Disconnected, integration.as_str());
        db.add_audit(&line, app.clock.now()).await?;
    }
    Ok(Answer::Nothing)
}

/// The same for whoever may: `by` is who is named in the log of the organisation. True when there was
/// something to tell; the caller writes the line of the audit log.
pub(crate) async fn switch_off(
    db: &mut Db<'_>,
    app: &App,
    row: &ConnectionRow,
    by: &str,
) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let_go(db, app, (row, by), "switched_off").await?;
    db.set_connect_failure(row.id, None).await?;
    step(db, row.id, Event::SwitchedOff).await?;
    app.wake.revocations.notify_one();
    // What is off already, or was never connected, has nothing to tell.
    let after = machine::next(row.state, Event::SwitchedOff);
    let told = ![row.state, State::Available].contains(&after);
    if told {
        let (integration, event, by) = (&row.integration, &Logged::Disconnected, Some(by));
        db.notify(NewEvent { tenant: row.tenant, integration, event, by, now }).await?;
    }
    Ok(told)
}

/// Ends whatever a connection does and waits for: nothing of it is used from this commit on, and its
/// tokens are revoked as soon as the rules and the provider allow.
pub(super) async fn let_go(
    db: &mut Db<'_>,
    app: &App,
    (row, by): (&ConnectionRow, &str),
    why: &str,
) -> Result<(), StoreError> {
    db.end_attempts(row.id, why, app.clock.now()).await?;
    drop_decision(db, app, row).await?;
    revoke_present(db, app, row).await?;
    db.erase_tokens(row.id).await?;
    db.erase_legacy_credentials(row.id).await?;
    imports::cancel_running(db, app, row.id, Some(by)).await
}

/// Erases the tokens that wait for an answer, and plans their revocation: nobody will use them.
pub(crate) async fn drop_decision(db: &mut Db<'_>, app: &App, row: &ConnectionRow) -> Result<(), StoreError> {
    let Some(asked) = db.take_decision(row.id).await? else { return Ok(()) };
    if let Ok(pair) = unseal(app, row, (Shelf::Decision, asked.expires.0), &asked.tokens) {
        let company = (asked.registration.as_str(), asked.company_id.as_str());
        plan_revocation(db, app, row, company, &pair.refresh).await?;
        app.wake.revocations.notify_one();
    }
    db.bump_connection(row.id).await
}

pub(super) fn may_connect(who: &Visitor) -> Result<(), Refusal> {
    if who.permissions.connect { Ok(()) } else { Err(FaultKind::NotAllowed.into()) }
}

pub(super) async fn existing(
    db: &mut Db<'_>,
    who: &Visitor,
    integration: &IntegrationId,
) -> Result<ConnectionRow, Refusal> {
    Ok(db.connection_of(who.tenant, integration).await?.ok_or(FaultKind::NotFound)?)
}
