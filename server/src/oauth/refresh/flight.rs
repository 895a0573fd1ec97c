//! One refresh: journalled, sent, kept.

use std::sync::Arc;

use protocol::ids::Moment;
use protocol::store::ReconnectReason;

use super::{AHEAD, TokenError};
use crate::clock::after;
use crate::connections::{self, ConnectionRow, Pair, Shelf};
use crate::oauth::patience::Held;
use crate::oauth::{Granted, TokenFault};
use crate::providers::Door;
use crate::state::{App, Shared};
use crate::store::ids::ConnectionId;
use crate::store::journal::RefreshOutcome;
use crate::store::{Db, StoreError};
use crate::vault::Secret;

/// What is known when a refresh token is about to be sent.
struct Journey {
    row: ConnectionRow,
    entry: i64,
    refresh: Secret,
}

/// Whether there is anything to send.
enum Departure {
    Go(Box<Journey>),
    Arrived(Door),
    Refused(TokenError),
}

/// Refreshes the tokens of this row, or finds that somebody did, or that now is not the time: then
/// what still lives of them is good enough.
pub(super) async fn fly(app: &Shared, seen: ConnectionRow) -> Result<Door, TokenError> {
    let patience = &app.registrations.patience;
    let registration = seen.registration.as_deref().and_then(|id| app.registrations.get(id));
    let Some(registration) = registration else {
        tracing::error!(
            registration = seen.registration,
            "connections of a registration that is not configured"
        );
        return Err(TokenError::KeysRefused);
    };
    let mut place = match patience.place(&registration.id, seen.id, &app.clock).await {
        Ok(place) => place,
        Err(held) => return usable(app, &seen, 0).ok_or(held.into()),
    };
    let shared = Arc::clone(app);
    let (connection, tenant, generation) = (seen.id, seen.tenant, seen.generation);
    let departure = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { depart(&mut db, &shared, connection, generation).await })
    });
    let journey = match departure.await? {
        Departure::Go(journey) => journey,
        Departure::Arrived(door) => return Ok(door),
        Departure::Refused(error) => {
            patience.forget(connection);
            app.hub.touch(tenant);
            return Err(error);
        }
    };
    place.asks();
    let answer = app.registrations.renew(registration, &journey.refresh).await;
    drop(place);
    patience.refreshed(&registration.id, connection, answer.as_ref().err().copied(), &app.clock);
    let shared = Arc::clone(app);
    let landed = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { land(&mut db, &shared, *journey, answer).await })
    });
    let result = landed.await?;
    app.hub.touch(tenant);
    result
}

impl From<Held> for TokenError {
    fn from(held: Held) -> Self {
        match held {
            Held::Later => Self::Unavailable,
            Held::KeysRefused => Self::KeysRefused,
        }
    }
}

/// The row, if its tokens are in use.
pub(super) fn live(row: Option<ConnectionRow>) -> Result<ConnectionRow, TokenError> {
    use crate::connections::machine::{Off, State};

    let row = row.ok_or(TokenError::NotConnected)?;
    match row.state {
        _ if row.live => Ok(row),
        State::ReconnectRequired { .. } | State::Authorizing { from: Off::ReconnectRequired { .. }, .. } => {
            Err(TokenError::ReconnectRequired)
        }
        _ => Err(TokenError::NotConnected),
    }
}

/// The token in the database, if it lives so many milliseconds longer.
pub(super) fn usable(app: &App, row: &ConnectionRow, margin: u64) -> Option<Door> {
    let sealed = row.tokens.as_ref()?;
    if sealed.access_expires <= after(app.clock.now(), margin) {
        return None;
    }
    let pair = connections::unseal(app, row, (Shelf::Connection, row.generation), sealed).ok()?;
    door(app, row, pair.access, row.generation)
}

fn door(app: &App, row: &ConnectionRow, token: Secret, generation: u64) -> Option<Door> {
    let registration = app.registrations.get(row.registration.as_deref()?)?;
    let (api, company) = (registration.api.clone(), row.company_id.clone()?);
    Some(Door { api, company, token, generation, proof: registration.proof(None) })
}

/// Looks again, in the transaction that writes the journal.
async fn depart(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
    seen: u64,
) -> Result<Departure, StoreError> {
    let row = match live(db.connection(connection).await?) {
        Ok(row) => row,
        Err(error) => return Ok(Departure::Refused(error)),
    };
    if row.generation != seen
        && let Some(door) = usable(app, &row, AHEAD)
    {
        return Ok(Departure::Arrived(door));
    }
    let Some(sealed) = &row.tokens else { return Ok(Departure::Refused(TokenError::NotConnected)) };
    let pair = match connections::unseal(app, &row, (Shelf::Connection, row.generation), sealed) {
        Ok(pair) => pair,
        Err(error) => {
            tracing::error!(connection = row.id.0, %error, "the tokens of a connection cannot be opened");
            connections::sign_in_lost(db, app, &row, ReconnectReason::Unreadable).await?;
            return Ok(Departure::Refused(TokenError::ReconnectRequired));
        }
    };
    let entry = db.begin_refresh(row.id, row.generation, pair.refresh.digest(), app.clock.now()).await?;
    Ok(Departure::Go(Box::new(Journey { row, entry, refresh: pair.refresh })))
}

/// Keeps what came, in one transaction.
async fn land(
    db: &mut Db<'_>,
    app: &App,
    journey: Journey,
    answer: Result<Granted, TokenFault>,
) -> Result<Result<Door, TokenError>, StoreError> {
    let now = app.clock.now();
    match answer {
        Ok(granted) => {
            db.end_refresh(journey.entry, RefreshOutcome::Kept, now).await?;
            keep(db, app, &journey, granted).await
        }
        Err(fault) => {
            let lost_before = db.was_lost(journey.row.id, journey.row.generation).await?;
            let outcome =
                if fault == TokenFault::NoAnswer { RefreshOutcome::Lost } else { RefreshOutcome::Unused };
            db.end_refresh(journey.entry, outcome, now).await?;
            refuse(db, app, &journey.row, (fault, lost_before)).await
        }
    }
}

async fn keep(
    db: &mut Db<'_>,
    app: &App,
    journey: &Journey,
    granted: Granted,
) -> Result<Result<Door, TokenError>, StoreError> {
    let row = &journey.row;
    let generation = row.generation + 1;
    let Some(pair) = Pair::granted(granted, Some(journey.refresh.clone()), app.clock.now()) else {
        return Ok(Err(TokenError::Unavailable));
    };
    let sealed = connections::seal(app, row, (Shelf::Connection, generation), &pair);
    if db.swap_tokens(row.id, row.generation, &sealed).await? {
        return Ok(door(app, row, pair.access, generation).ok_or(TokenError::KeysRefused));
    }
    // Switched off or connected anew meanwhile: that wins, and this pair must not live on.
    if let (Some(registration), Some(company)) = (&row.registration, &row.company_id) {
        connections::plan_revocation(db, app, row, (registration, company), &pair.refresh).await?;
        app.wake.revocations.notify_one();
    }
    let now_there = live(db.connection(row.id).await?);
    Ok(now_there.and_then(|row| usable(app, &row, 0).ok_or(TokenError::Unavailable)))
}

async fn refuse(
    db: &mut Db<'_>,
    app: &App,
    sent: &ConnectionRow,
    (fault, lost_before): (TokenFault, bool),
) -> Result<Result<Door, TokenError>, StoreError> {
    let row = match live(db.connection(sent.id).await?) {
        Ok(row) => row,
        Err(error) => return Ok(Err(error)),
    };
    let still = usable(app, &row, 0);
    match fault {
        TokenFault::InvalidGrant if row.generation == sent.generation => {
            let reason =
                if lost_before { ReconnectReason::Interrupted } else { refusal(&row, app.clock.now()) };
            connections::sign_in_lost(db, app, &row, reason).await?;
            Ok(Err(TokenError::ReconnectRequired))
        }
        TokenFault::InvalidClient => Ok(still.ok_or(TokenError::KeysRefused)),
        _ => Ok(still.ok_or(TokenError::Unavailable)),
    }
}

fn refusal(row: &ConnectionRow, now: Moment) -> ReconnectReason {
    let past = |end: Option<Moment>| end.is_some_and(|end| end <= now);
    let expired =
        row.tokens.as_ref().is_some_and(|sealed| past(sealed.refresh_expires) || past(sealed.hard_expires));
    if expired { ReconnectReason::Expired } else { ReconnectReason::Refused }
}
