//! One refresh: under a lease, journalled, sent. What comes of it is for `landing`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use protocol::store::ReconnectReason;

use super::landing::land;
use super::rules::{Departure, LEASE, RENEWAL, Sent, Standing, depart, may_send};
use super::{AHEAD, TokenError, usable};
use crate::clock::Stopwatch;
use crate::connections::{self, ConnectionRow, Shelf};
use crate::oauth::Registration;
use crate::oauth::patience::{Held, Place};
use crate::providers::Door;
use crate::state::{App, Shared};
use crate::store::ids::ConnectionId;
use crate::store::journal::RefreshOutcome;
use crate::store::leases::{Hold, Owner};
use crate::store::{Db, StoreError};
use crate::vault::Secret;

/// How long to wait for somebody else's refresh.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often to look whether it is there.
const LOOK: Duration = Duration::from_millis(250);

/// What is known when a refresh token is about to be sent.
pub(super) struct Journey {
    pub(super) row: ConnectionRow,
    pub(super) entry: i64,
    pub(super) sent: Sent,
    pub(super) refresh: Secret,
}

/// Whether there is anything to send.
enum Boarding {
    Go(Box<Journey>),
    Arrived(Door),
    Refused(TokenError),
    Wait(Duration),
}

/// Refreshes the tokens of this row, or finds that somebody did, or that now is not the time: then
/// what still lives of them is good enough.
pub(super) async fn fly(app: &Shared, seen: ConnectionRow) -> Result<Door, TokenError> {
    let registration = seen.registration.as_deref().and_then(|id| app.registrations.get(id));
    let Some(registration) = registration else {
        tracing::error!(
            registration = seen.registration,
            "connections of a registration that is not configured"
        );
        return Err(TokenError::KeysRefused);
    };
    let waiting = Stopwatch::start();
    loop {
        let place = match app.registrations.patience.place(&registration.id, seen.id, &app.clock).await {
            Ok(place) => place,
            Err(held) => return usable(app, &seen, 0).ok_or(held.into()),
        };
        let taken = Stopwatch::start();
        let boarding = match board(app, &seen).await {
            Ok(boarding) => boarding,
            Err(error) => return usable(app, &seen, 0).ok_or(error.into()),
        };
        let left = match boarding {
            Boarding::Go(journey) => return travel(app, registration, (place, taken), *journey).await,
            Boarding::Arrived(door) => return Ok(door),
            Boarding::Refused(error) => {
                app.registrations.patience.forget(seen.id);
                app.hub.touch(seen.tenant);
                return Err(error);
            }
            Boarding::Wait(left) => left,
        };
        drop(place);
        if waiting.elapsed() > PATIENCE || app.stopping.begun() {
            return usable(app, &seen, 0).ok_or(TokenError::Unavailable);
        }
        elsewhere(app, &seen, left).await?;
    }
}

impl From<Held> for TokenError {
    fn from(held: Held) -> Self {
        match held {
            Held::Later => Self::Unavailable,
            Held::KeysRefused => Self::KeysRefused,
        }
    }
}

/// Waits until whoever is at it is done or out of time.
async fn elsewhere(app: &Shared, seen: &ConnectionRow, left: Duration) -> Result<(), StoreError> {
    let watch = Stopwatch::start();
    let connection = seen.id;
    while watch.elapsed() < left && !app.stopping.begun() {
        tokio::time::sleep(LOOK.min(left)).await;
        let read = app.store.read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { Ok((db.connection(connection).await?, db.lease(connection).await?)) })
        });
        let (row, lease) = read.await?;
        if lease.is_none_or(|lease| lease.left == 0)
            || row.is_none_or(|row| row.generation != seen.generation)
        {
            break;
        }
    }
    Ok(())
}

async fn board(app: &Shared, seen: &ConnectionRow) -> Result<Boarding, StoreError> {
    let shared = Arc::clone(app);
    let (connection, wanting) = (seen.id, seen.generation);
    let me = app.registrations.flights.owner(&app.clock);
    let boarding = app.store.write(move |mut db| {
        Box::pin(async move { look_and_take(&mut db, &shared, (connection, wanting), me).await })
    });
    boarding.await
}

/// Looks again, in the transaction that takes the lease and writes the journal.
async fn look_and_take(
    db: &mut Db<'_>,
    app: &App,
    (connection, wanting): (ConnectionId, u64),
    me: Owner,
) -> Result<Boarding, StoreError> {
    let row = match super::live(db.connection(connection).await?) {
        Ok(row) => row,
        Err(error) => return Ok(Boarding::Refused(error)),
    };
    let standing = standing(db, &row).await?;
    let door = usable(app, &row, AHEAD);
    match (depart(&standing, (wanting, door.is_some()), me), door) {
        (Departure::Off, _) => Ok(Boarding::Refused(TokenError::NotConnected)),
        (Departure::Arrived, Some(door)) => Ok(Boarding::Arrived(door)),
        (Departure::Wait(left), _) => Ok(Boarding::Wait(Duration::from_millis(left))),
        (Departure::Go | Departure::Arrived, _) => go(db, app, row, me).await,
    }
}

/// A connection's tokens as this transaction finds them.
pub(super) async fn standing(db: &mut Db<'_>, row: &ConnectionRow) -> Result<Standing, StoreError> {
    let lease = db.lease(row.id).await?;
    Ok(Standing { live: row.live, generation: row.generation, lease })
}

async fn go(db: &mut Db<'_>, app: &App, row: ConnectionRow, me: Owner) -> Result<Boarding, StoreError> {
    let Some(sealed) = &row.tokens else { return Ok(Boarding::Refused(TokenError::NotConnected)) };
    let pair = match connections::unseal(app, &row, (Shelf::Connection, row.generation), sealed) {
        Ok(pair) => pair,
        Err(error) => {
            tracing::error!(connection = row.id.0, %error, "the tokens of a connection cannot be opened");
            connections::sign_in_lost(db, app, &row, ReconnectReason::Unreadable).await?;
            return Ok(Boarding::Refused(TokenError::ReconnectRequired));
        }
    };
    let now = app.clock.now();
    let hold = db.take_lease(row.id, me, milliseconds(LEASE)).await?;
    db.lose_open_refresh(row.id, now).await?;
    let entry = db.begin_refresh(row.id, row.generation, pair.refresh.digest(), now).await?;
    let sent = Sent { generation: row.generation, hold };
    Ok(Boarding::Go(Box::new(Journey { row, entry, sent, refresh: pair.refresh })))
}

/// Sends the token, and keeps the lease until what came of it is kept.
async fn travel(
    app: &Shared,
    registration: &Registration,
    (mut place, mut taken): (Place<'_>, Stopwatch),
    journey: Journey,
) -> Result<Door, TokenError> {
    let lease = (journey.row.id, journey.sent.hold);
    while !may_send(taken.elapsed()) {
        taken = Stopwatch::start();
        if !extend(app, lease).await? {
            unused(app, journey.entry).await?;
            return usable(app, &journey.row, 0).ok_or(TokenError::Unavailable);
        }
    }
    place.asks();
    let work = async {
        let answer = app.registrations.renew(registration, &journey.refresh).await;
        drop(place);
        let fault = answer.as_ref().err().copied();
        app.registrations.patience.refreshed(&registration.id, journey.row.id, fault, &app.clock);
        land(app, journey, answer).await
    };
    tokio::select! {
        result = work => result,
        never = keep(app, lease) => match never {},
    }
}

/// Nothing was sent after all.
async fn unused(app: &Shared, entry: i64) -> Result<(), StoreError> {
    let now = app.clock.now();
    let noted = app.store.write(move |mut db| {
        Box::pin(async move { db.end_refresh(entry, RefreshOutcome::Unused, now).await })
    });
    noted.await
}

/// Extends the lease again and again, for as long as it is waited for.
async fn keep(app: &Shared, lease: (ConnectionId, Hold)) -> Infallible {
    loop {
        tokio::time::sleep(RENEWAL).await;
        match extend(app, lease).await {
            Ok(true) => {}
            Ok(false) => return std::future::pending().await,
            Err(error) => tracing::warn!(connection = lease.0.0, %error, "a lease could not be extended"),
        }
    }
}

/// False when somebody else has the lease, or it was given back.
async fn extend(app: &Shared, (connection, hold): (ConnectionId, Hold)) -> Result<bool, StoreError> {
    let extended = app.store.write(move |mut db| {
        Box::pin(async move { db.extend_lease(connection, hold, milliseconds(LEASE)).await })
    });
    extended.await
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
