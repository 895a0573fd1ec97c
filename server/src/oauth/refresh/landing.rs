//! What came of a refresh is kept, whatever it takes: a new pair that nobody has saved is the only
//! key to its company. Until the store takes it, it waits in memory, sealed, and nobody refreshes.

use std::sync::Arc;
use std::time::Duration;

use protocol::ids::Moment;
use protocol::store::ReconnectReason;

use super::flight::{Journey, standing};
use super::rules::{self, Answer, Fate, Sent};
use super::{Flights, TokenError, door, live, usable};
use crate::connections::{self, ConnectionRow, Pair, Shelf};
use crate::oauth::{Granted, TokenFault};
use crate::providers::Door;
use crate::state::{App, Shared};
use crate::store::connections::SealedTokens;
use crate::store::ids::ConnectionId;
use crate::store::{Db, StoreError};

/// The first pause before the store is asked again, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What is to be kept.
struct Cargo {
    row: ConnectionRow,
    entry: i64,
    sent: Sent,
    answer: Result<SealedTokens, TokenFault>,
}

impl Cargo {
    fn load(app: &App, journey: Journey, answer: Result<Granted, TokenFault>) -> Self {
        let Journey { row, entry, sent, refresh } = journey;
        let generation = row.generation + 1;
        let answer = answer.and_then(|granted| {
            let pair = Pair::granted(granted, Some(refresh), app.clock.now()).ok_or(TokenFault::NoAnswer)?;
            Ok(connections::seal(app, &row, (Shelf::Connection, generation), &pair))
        });
        Self { row, entry, sent, answer }
    }
}

/// Keeps what came, as soon as the store takes it.
pub(super) async fn land(
    app: &Shared,
    journey: Journey,
    answer: Result<Granted, TokenFault>,
) -> Result<Door, TokenError> {
    let cargo = Arc::new(Cargo::load(app, journey, answer));
    let (mut pause, mut waiting) = (PAUSE.0, None);
    loop {
        match commit(app, Arc::clone(&cargo)).await {
            Ok(result) => {
                app.hub.touch(cargo.row.tenant);
                return result;
            }
            Err(StoreError::Closed) => return Err(StoreError::Closed.into()),
            Err(error) => {
                let connection = cargo.row.id;
                tracing::error!(connection = connection.0, %error, "what came of a refresh cannot be saved");
                waiting.get_or_insert_with(|| Unsaved::mark(&app.registrations.flights, connection));
            }
        }
        rest(app, pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

/// Waits before the next try; hardly, when the proxy is about to stop.
async fn rest(app: &App, pause: Duration) {
    if app.stopping.begun() {
        return tokio::time::sleep(PAUSE.0).await;
    }
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = app.stopping.wait() => {}
    }
}

/// Tells callers and the operator that something waits for the store, until it is dropped.
struct Unsaved<'a> {
    flights: &'a Flights,
    connection: ConnectionId,
}

impl<'a> Unsaved<'a> {
    fn mark(flights: &'a Flights, connection: ConnectionId) -> Self {
        flights.unsaved.send_modify(|unsaved| {
            unsaved.insert(connection);
        });
        Self { flights, connection }
    }
}

impl Drop for Unsaved<'_> {
    fn drop(&mut self) {
        self.flights.unsaved.send_modify(|unsaved| {
            unsaved.remove(&self.connection);
        });
    }
}

async fn commit(app: &Shared, cargo: Arc<Cargo>) -> Result<Result<Door, TokenError>, StoreError> {
    let shared = Arc::clone(app);
    let kept = app.store.write(move |mut db| Box::pin(async move { unload(&mut db, &shared, &cargo).await }));
    kept.await
}

/// Keeps it, in one transaction, as the rules have it.
async fn unload(db: &mut Db<'_>, app: &App, cargo: &Cargo) -> Result<Result<Door, TokenError>, StoreError> {
    let Some(row) = db.connection(cargo.row.id).await? else { return Ok(Err(TokenError::NotConnected)) };
    let standing = standing(db, &row).await?;
    let lost = db.was_lost(cargo.row.id, cargo.sent.generation).await?;
    let answer = answer(cargo.answer.as_ref());
    let (outcome, fate) = rules::land(&standing, &cargo.sent, answer, lost);
    db.end_refresh(cargo.entry, outcome, app.clock.now()).await?;
    db.release_lease(cargo.row.id, cargo.sent.hold).await?;
    match (fate, &cargo.answer) {
        (Fate::Swap, Ok(tokens)) => return swap(db, app, &cargo.row, tokens).await,
        (Fate::Spare, Ok(tokens)) => spare(db, app, &cargo.row, tokens).await?,
        (Fate::Lose { interrupted }, _) => {
            let reason =
                if interrupted { ReconnectReason::Interrupted } else { refusal(&cargo.row, app.clock.now()) };
            connections::sign_in_lost(db, app, &cargo.row, reason).await?;
        }
        _ => {}
    }
    Ok(what_is_left(app, live(db.connection(cargo.row.id).await?), cargo.answer.as_ref().err()))
}

fn answer(came: Result<&SealedTokens, &TokenFault>) -> Answer {
    match came {
        Ok(_) => Answer::Pair,
        Err(TokenFault::InvalidGrant) => Answer::Refused,
        Err(TokenFault::NoAnswer) => Answer::Unknown,
        Err(
            TokenFault::InvalidClient
            | TokenFault::Refused
            | TokenFault::Limited { .. }
            | TokenFault::NotSent,
        ) => Answer::Unused,
    }
}

async fn swap(
    db: &mut Db<'_>,
    app: &App,
    row: &ConnectionRow,
    tokens: &SealedTokens,
) -> Result<Result<Door, TokenError>, StoreError> {
    let generation = row.generation + 1;
    let pair = connections::unseal(app, row, (Shelf::Connection, generation), tokens)
        .map_err(|_| StoreError::Unreadable("new pair"))?;
    // Sealed anew in the transaction that keeps it: while it waited the key may have been rotated.
    let tokens = connections::seal(app, row, (Shelf::Connection, generation), &pair);
    if !db.swap_tokens(row.id, row.generation, &tokens).await? {
        return Err(StoreError::Unreadable("generation"));
    }
    match connections::expiry::renewed(db, app, row.id).await {
        // Nothing that is said about a pair may keep it from being saved.
        Err(StoreError::Unreadable(what)) => {
            tracing::error!(connection = row.id.0, what, "the end of a sign-in could not be looked at");
        }
        other => other?,
    }
    Ok(door(app, row, pair.access, generation).ok_or(TokenError::KeysRefused))
}

/// Switched off or connected anew meanwhile: that wins, and this pair must not live on.
async fn spare(
    db: &mut Db<'_>,
    app: &App,
    row: &ConnectionRow,
    tokens: &SealedTokens,
) -> Result<(), StoreError> {
    let (Some(registration), Some(company)) = (&row.registration, &row.company_id) else { return Ok(()) };
    let pair = connections::unseal(app, row, (Shelf::Connection, row.generation + 1), tokens)
        .map_err(|_| StoreError::Unreadable("new pair"))?;
    connections::plan_revocation(db, app, row, (registration, company), &pair.refresh).await?;
    app.wake.revocations.notify_one();
    Ok(())
}

/// What a caller gets who did not get a new pair of ours.
fn what_is_left(
    app: &App,
    row: Result<ConnectionRow, TokenError>,
    fault: Option<&TokenFault>,
) -> Result<Door, TokenError> {
    let none = match fault {
        Some(TokenFault::InvalidClient) => TokenError::KeysRefused,
        _ => TokenError::Unavailable,
    };
    usable(app, &row?, 0).ok_or(none)
}

fn refusal(row: &ConnectionRow, now: Moment) -> ReconnectReason {
    let past = |end: Option<Moment>| end.is_some_and(|end| end <= now);
    let expired =
        row.tokens.as_ref().is_some_and(|sealed| past(sealed.refresh_expires) || past(sealed.hard_expires));
    if expired { ReconnectReason::Expired } else { ReconnectReason::Refused }
}
