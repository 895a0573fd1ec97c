//! Connections under OAuth 1.0a whose old credentials were loaded are moved without their visitors: one at a time,
//! at a pace, and noted before the request leaves. Nothing is stored before the company is proven to be the one that
//! was loaded. What fails stays as it is, for its visitor to connect again, and is counted with its reason.

mod ending;

use std::time::Duration;

use protocol::ids::Moment;

use super::exchange::Moved;
use super::{Registration, TokenFault};
use crate::clock::after;
use crate::connections::{self, ConnectionRow, Kept, Pair};
use crate::providers::{COMPANY_REQUESTS, CompanyFacts, Door, ProviderCause};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::ConnectionId;
use crate::store::legacy::DueMove;
use ending::Ending;

/// Between two connections: Intuit took about a thousand in five minutes.
const PACE: Duration = Duration::from_millis(300);
/// Taken from the store at once.
const BATCH: u32 = 50;
/// The longest sleep, so that a clock that jumps is noticed.
const SLEEP_MOST: u64 = 60_000;
/// While a visitor signs in, or the endpoint takes nothing.
const ASIDE: u64 = 60_000;

/// Moves what is due until the proxy stops.
pub async fn run(app: Shared) {
    if let Err(error) = recover(&app).await {
        tracing::error!(%error, "interrupted moves could not be looked at");
    }
    loop {
        let sleep = match move_due(&app).await {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::error!(%error, "connections under OAuth 1.0 could not be moved");
                SLEEP_MOST
            }
        };
        tokio::select! {
            () = app.stopping.wait() => return,
            () = app.wake.legacy.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(sleep)) => {}
        }
    }
}

/// What a previous life left open: the provider may have moved it, and then takes no second request.
async fn recover(app: &Shared) -> Result<(), StoreError> {
    let next = after(app.clock.now(), ASIDE);
    app.store
        .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.lose_open_moves(next).await }))
        .await
}

/// Moves what is due now. Returns how long nothing will be, in milliseconds.
pub async fn move_due(app: &Shared) -> Result<u64, StoreError> {
    let now = app.clock.now();
    // Through the writer's queue: the transaction that woke us may not be over yet.
    let due = app
        .store
        .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.due_moves(now, BATCH).await }))
        .await?;
    for (at, connection) in due.into_iter().enumerate() {
        if at > 0 {
            tokio::select! {
                () = app.stopping.wait() => {}
                () = tokio::time::sleep(PACE) => {}
            }
        }
        if app.stopping.begun() {
            break;
        }
        Box::pin(one(app, connection)).await?;
    }
    let next = app
        .store
        .read::<_, StoreError, _>(move |mut db| Box::pin(async move { db.next_move().await }))
        .await?;
    let now = app.clock.now();
    Ok(next.map_or(SLEEP_MOST, |next| next.0.saturating_sub(now.0).clamp(100, SLEEP_MOST)))
}

async fn one(app: &Shared, connection: ConnectionId) -> Result<(), StoreError> {
    let row = app
        .store
        .read::<_, StoreError, _>(move |mut db| Box::pin(async move { db.connection(connection).await }))
        .await?;
    let Some(row) = row else { return Ok(()) };
    let Some(registration) = movable(app, &row) else {
        return ending::note(app, &row, 0, Ending::NoKeys).await;
    };
    let Ok(mut place) = app.registrations.patience.place(&registration.id, connection, &app.clock).await
    else {
        return ending::note(app, &row, 0, Ending::Aside).await;
    };
    let company = row.company_id.clone().unwrap_or_default();
    let turn = app.registrations.turns.take(&registration.id, &company).await;
    let Some(due) = begin(app, &row, registration).await? else { return Ok(()) };
    place.asks();
    let ending = match moved(app, &row, registration, &due).await {
        Ok((pair, facts)) => keep(app, (&row, registration), (pair, facts)).await?,
        Err(ending) => ending,
    };
    drop(place);
    let noted = ending::note(app, &row, due.tries, ending).await;
    drop(turn);
    noted
}

/// Our client that connections are made with, if it can still sign as it did then.
fn movable<'a>(app: &'a Shared, row: &ConnectionRow) -> Option<&'a Registration> {
    let registration = app.registrations.of(&row.integration)?;
    (registration.migration.is_some() && registration.consumer.is_some()).then_some(registration)
}

/// Notes that the request leaves. None while a visitor signs in, or is asked about another company, or when the
/// connection has gone on.
async fn begin(
    app: &Shared,
    row: &ConnectionRow,
    registration: &Registration,
) -> Result<Option<DueMove>, StoreError> {
    let (id, now, registration) = (row.id, app.clock.now(), registration.id.clone());
    let begun = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let Some(row) = db.connection(id).await?.filter(|row| connections::is_legacy(row.state)) else {
                return Ok(None);
            };
            if db.has_attempt(id).await? || db.decision(id).await?.is_some() {
                db.postpone_move(id, after(now, ASIDE)).await?;
                return Ok(None);
            }
            let company = row.company_id.unwrap_or_default();
            if db.company_is_live(&registration, &company, Some(id)).await? {
                db.fail_move(id, Ending::InUse.word(), None).await?;
                return Ok(None);
            }
            db.begin_move(id, now).await
        })
    });
    begun.await
}

/// Everything up to the proof.
async fn moved(
    app: &Shared,
    row: &ConnectionRow,
    registration: &Registration,
    due: &DueMove,
) -> Result<(Pair, CompanyFacts), Ending> {
    let (token, secret) = connections::unseal_legacy(app, row, &due.credentials).map_err(|error| {
        tracing::error!(connection = row.id.0, %error, "credentials under OAuth 1.0 cannot be opened");
        Ending::Unreadable
    })?;
    let answer = app.registrations.migrate(registration, (&token, &secret), &app.clock).await;
    // A refusal is about this connection, or our keys of that time: it says nothing of those of today.
    let fault = answer.as_ref().err().copied();
    if fault != Some(TokenFault::Refused) {
        app.registrations.patience.answered(&registration.id, fault, &app.clock);
    }
    let Moved { granted, company } = answer.map_err(Ending::of)?;
    if granted.lacks(&registration.scopes) {
        return Err(Ending::ScopeMissing);
    }
    let loaded = row.company_id.clone().unwrap_or_default();
    if company.is_some_and(|company| company != loaded) {
        return Err(Ending::OtherCompany);
    }
    let pair = Pair::granted(granted, None, app.clock.now()).ok_or(Ending::NoAnswer)?;
    let facts = prove(app, row, registration, (&pair, loaded)).await?;
    Ok((pair, facts))
}

/// Reads exactly that company with the new token.
async fn prove(
    app: &Shared,
    row: &ConnectionRow,
    registration: &Registration,
    (pair, company): (&Pair, String),
) -> Result<CompanyFacts, Ending> {
    let provider = app.catalogue.provider(&row.integration).ok_or(Ending::NoKeys)?;
    let (api, token, generation) = (registration.api.clone(), pair.access.clone(), row.generation + 1);
    let door = Door { api, company, token, generation, proof: registration.proof(None) };
    let company = provider.company(&door).await;
    app.paces.at(&door.api, &door.company).note(COMPANY_REQUESTS);
    app.meters.call(&row.integration, company.as_ref().err());
    company.map_err(|fault| {
        tracing::warn!(connection = row.id.0, %fault, "the company of a moved connection could not be read");
        match fault.cause {
            ProviderCause::Unreachable | ProviderCause::Limited { .. } => Ending::ProofUnreachable,
            _ => Ending::Unproven,
        }
    })
}

async fn keep(
    app: &Shared,
    (row, registration): (&ConnectionRow, &Registration),
    (pair, facts): (Pair, CompanyFacts),
) -> Result<Ending, StoreError> {
    let (shared, row, registration) = (Shared::clone(app), row.clone(), registration.id.clone());
    let kept = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            connections::keep_moved(&mut db, &shared, (&registration, &facts), (&row, &pair)).await
        })
    });
    Ok(match kept.await? {
        Kept::Connected => Ending::Moved,
        Kept::InUse => Ending::InUse,
        Kept::Waiting | Kept::GivenUp | Kept::NotAllowed => Ending::Overtaken,
    })
}

/// The pause doubles with every failure, up to an hour, and is spread by half.
fn again(app: &Shared, tries: u32) -> Moment {
    let pause = ASIDE.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(60 * ASIDE);
    after(app.clock.now(), pause / 2 + app.clock.jitter(pause / 2))
}
