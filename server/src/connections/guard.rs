//! The company guard: what becomes of a company that was proven, decided in one transaction.

use protocol::import::Trigger;
use protocol::notification::Event as Logged;
use protocol::store::{ConnectFailure, Stamp};

use super::expiry;
use super::intents::drop_decision;
use super::legacy::is_legacy;
use super::machine::Event;
use super::progress::attempts_over;
use super::tokens::{Pair, Shelf, revoke_present, seal};
use super::{ConnectionRow, PATIENCE, step};
use crate::clock::after;
use crate::imports;
use crate::peer::Peer;
use crate::providers::CompanyFacts;
use crate::state::{App, Visitor};
use crate::store::audit::{Action, NewLine};
use crate::store::connections::NewTokens;
use crate::store::decisions::DecisionRow;
use crate::store::ids::{AttemptId, ConnectionId, SessionId};
use crate::store::legacy::Mover;
use crate::store::notifications::NewEvent;
use crate::store::{Db, StoreError};

/// A company whose tokens were seen to open it.
pub(crate) struct Proven {
    pub(crate) attempt: AttemptId,
    pub(crate) connection: ConnectionId,
    pub(crate) session: SessionId,
    pub(crate) registration: String,
    pub(crate) company_id: String,
    pub(crate) company: CompanyFacts,
    pub(crate) pair: Pair,
    /// From where the browser came back.
    pub(crate) peer: Option<Peer>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Connected; an import is planned.
    Connected,
    /// Another company than before: somebody must decide.
    Waiting,
    /// Connected elsewhere under the same registration.
    InUse,
    /// The attempt was given up, or the connection is gone.
    GivenUp,
    /// The session is over, or lost the right.
    NotAllowed,
}

/// The company that is about to be connected.
pub(super) struct Chosen<'a> {
    pub(super) registration: &'a str,
    pub(super) company_id: &'a str,
    pub(super) company: &'a CompanyFacts,
    pub(super) pair: &'a Pair,
}

/// In whose name a company is connected.
#[derive(Clone, Copy)]
pub(super) enum Hand<'a> {
    /// A person in the store.
    Visitor(&'a Visitor),
    /// Ours: with what the connection had under OAuth 1.0a.
    Own,
}

impl<'a> Hand<'a> {
    fn name(self) -> Option<&'a str> {
        match self {
            Self::Visitor(who) => Some(&who.name),
            Self::Own => None,
        }
    }

    fn line(self, row: &'a ConnectionRow, action: Action) -> NewLine<'a> {
        let object = row.integration.as_str();
        match self {
            Self::Visitor(who) => NewLine::by_visitor(who, action, object),
            Self::Own => NewLine::by_proxy((&row.portal, Some(row.tenant)), action, object),
        }
    }

    fn mover(self) -> Mover {
        match self {
            Self::Visitor(_) => Mover::Visitor,
            Self::Own => Mover::Patchbay,
        }
    }
}

/// Decides about a proven company. Whatever is not kept is dropped without revoking it: the
/// provider would end the company's permission, which somebody else may be using.
pub(crate) async fn keep(db: &mut Db<'_>, app: &App, proven: &Proven) -> Result<Kept, StoreError> {
    let now = app.clock.now();
    if !db.end_attempt(proven.attempt, "proven", now).await? {
        return Ok(Kept::GivenUp);
    }
    let Some(row) = db.connection(proven.connection).await? else { return Ok(Kept::GivenUp) };
    let session = db.session(proven.session, now).await?;
    let who = session.map(|session| session.who.at(proven.peer));
    let Some(who) = who.filter(|who| who.permissions.connect) else {
        refuse(db, &row, ConnectFailure::NotAllowed).await?;
        return Ok(Kept::NotAllowed);
    };
    let chosen = Chosen {
        registration: &proven.registration,
        company_id: &proven.company_id,
        company: &proven.company,
        pair: &proven.pair,
    };
    if row.company_id.as_ref().is_some_and(|before| *before != proven.company_id)
        && !db.company_is_live(chosen.registration, chosen.company_id, Some(row.id)).await?
    {
        ask(db, app, (&row, &who), &chosen).await?;
        return Ok(Kept::Waiting);
    }
    settle(db, app, (&row, Hand::Visitor(&who)), &chosen).await
}

/// Connects, unless the company is connected elsewhere.
pub(super) async fn settle(
    db: &mut Db<'_>,
    app: &App,
    (row, hand): (&ConnectionRow, Hand<'_>),
    chosen: &Chosen<'_>,
) -> Result<Kept, StoreError> {
    if db.company_is_live(chosen.registration, chosen.company_id, Some(row.id)).await? {
        refuse(db, row, ConnectFailure::CompanyInUse).await?;
        return Ok(Kept::InUse);
    }
    drop_decision(db, app, row).await?;
    let same = row.company_id.as_deref() == Some(chosen.company_id);
    if !same || row.registration.as_deref() != Some(chosen.registration) {
        revoke_present(db, app, row).await?;
        app.wake.revocations.notify_one();
    }
    imports::cancel_running(db, app, row.id, hand.name()).await?;
    store(db, app, (row, hand), chosen).await?;
    let event = match &row.company {
        Some(before) if !same => {
            Logged::CompanyReplaced { before: before.name.clone(), now: chosen.company.name.clone() }
        }
        _ if is_legacy(row.state) => Logged::Upgraded { company: chosen.company.name.clone() },
        _ => Logged::Connected { company: chosen.company.name.clone() },
    };
    let (integration, by, now) = (&row.integration, hand.name(), app.clock.now());
    // They were begun for what stood here before, and would connect and import once more.
    db.supersede_attempts(row.id, None, now).await?;
    db.notify(NewEvent { tenant: row.tenant, integration, event: &event, by, now }).await?;
    db.add_audit(&hand.line(row, Action::Connected), now).await?;
    db.legacy_moved(row.id, hand.mover(), now).await?;
    step(db, row.id, Event::Connected).await?;
    expiry::renewed(db, app, row.id).await?;
    let lists = app.catalogue.integration(integration).map(|entry| entry.lists.clone()).unwrap_or_default();
    if lists.is_empty() {
        imports::nothing_to_read(db, app, row.id).await?;
    } else {
        imports::plan(db, app, row.id, imports::Start { trigger: Trigger::Connected, by }, &lists).await?;
        db.add_audit(&hand.line(row, Action::ImportStarted), now).await?;
    }
    Ok(Kept::Connected)
}

async fn store(
    db: &mut Db<'_>,
    app: &App,
    (row, hand): (&ConnectionRow, Hand<'_>),
    chosen: &Chosen<'_>,
) -> Result<(), StoreError> {
    let generation = row.generation + 1;
    let by = hand.name().unwrap_or("Patchbay").to_owned();
    db.put_tokens(NewTokens {
        connection: row.id,
        registration: chosen.registration,
        company_id: chosen.company_id,
        company: chosen.company,
        tokens: &seal(app, row, (Shelf::Connection, generation), chosen.pair),
        generation,
        connected: &Stamp { by, at: app.clock.now() },
    })
    .await
}

/// Another company than before: its tokens wait, sealed, for an answer.
async fn ask(
    db: &mut Db<'_>,
    app: &App,
    (row, who): (&ConnectionRow, &Visitor),
    chosen: &Chosen<'_>,
) -> Result<(), StoreError> {
    drop_decision(db, app, row).await?;
    let expires = after(app.clock.now(), PATIENCE);
    db.put_decision(&DecisionRow {
        connection: row.id,
        visitor: who.visitor,
        registration: chosen.registration.to_owned(),
        company_id: chosen.company_id.to_owned(),
        company: chosen.company.clone(),
        tokens: seal(app, row, (Shelf::Decision, expires.0), chosen.pair),
        expires,
    })
    .await?;
    db.set_connect_failure(row.id, None).await?;
    attempts_over(db, row.id).await
}

async fn refuse(db: &mut Db<'_>, row: &ConnectionRow, failure: ConnectFailure) -> Result<(), StoreError> {
    db.set_connect_failure(row.id, Some(failure)).await?;
    attempts_over(db, row.id).await
}
