//! Revocations, until the provider has answered. At Intuit revoking one token ends the app's
//! permission for the company, so none is sent while anybody uses that company under the same
//! client registration: our copy is dropped instead.

mod orphans;

use std::sync::Arc;
use std::time::Duration;

use protocol::ids::Moment;
use protocol::notification::Event;

use super::TokenFault;
use crate::clock::after;
use crate::connections::{self, ConnectionRow};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::audit::{Action, NewLine};
use crate::store::ids::ConnectionId;
use crate::store::notifications::NewEvent;
use crate::store::revocations::DueRevocation;
use crate::vault::{Secret, UnsealError};

/// The first pause after a failure, and the longest, in milliseconds.
const PAUSE: u64 = 5_000;
const PAUSE_MOST: u64 = 60 * 60 * 1000;
/// The longest sleep, so that a clock that jumps is noticed.
const SLEEP_MOST: u64 = 60_000;

/// Sends what is due until the proxy stops.
pub async fn run(app: Shared) {
    loop {
        let sleep = match send_due(&app).await {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::error!(%error, "revocations could not be worked on");
                SLEEP_MOST
            }
        };
        tokio::select! {
            () = app.stopping.wait() => return,
            () = app.wake.revocations.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(sleep)) => {}
        }
    }
}

/// Sends what is due now. Returns how long nothing will be, in milliseconds.
pub async fn send_due(app: &Shared) -> Result<u64, StoreError> {
    let now = app.clock.now();
    // Through the writer's queue: the transaction that woke us may not be over yet.
    let due = app
        .store
        .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.due_revocations(now).await }))
        .await?;
    for revocation in due {
        if app.stopping.begun() {
            break;
        }
        Box::pin(one(app, revocation)).await?;
    }
    orphans::send_due(app).await?;
    let next = app
        .store
        .read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let (own, orphaned) = (db.next_revocation().await?, db.next_orphan().await?);
                Ok(own.into_iter().chain(orphaned).min())
            })
        })
        .await?;
    let now = app.clock.now();
    Ok(next.map_or(SLEEP_MOST, |next| next.0.saturating_sub(now.0).clamp(100, SLEEP_MOST)))
}

/// How one revocation ended, or did not.
enum Ending {
    Revoked,
    Dropped,
    Unreadable,
    /// Not before so many seconds, if the provider said so.
    Later(u32),
}

impl Ending {
    fn word(&self) -> Option<&'static str> {
        match self {
            Self::Revoked => Some("revoked"),
            Self::Dropped => Some("dropped"),
            Self::Unreadable => Some("unreadable"),
            Self::Later(_) => None,
        }
    }
}

async fn one(app: &Shared, revocation: DueRevocation) -> Result<(), StoreError> {
    let turn = app.registrations.turns.take(&revocation.registration, &revocation.company_id).await;
    let (id, connection, now) = (revocation.id, revocation.connection, app.clock.now());
    let (registration, company) = (revocation.registration.clone(), revocation.company_id.clone());
    let (row, in_use) = app
        .store
        .read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let due = db.revocation_is_due(id, now).await?;
                let row = db.connection(connection).await?.filter(|_| due);
                Ok((row, db.company_is_live(&registration, &company, None).await?))
            })
        })
        .await?;
    let Some(row) = row else { return Ok(()) };
    let ending = if in_use { Ending::Dropped } else { send(app, &row, &revocation).await };
    let kept = note(app, &row, &revocation, ending).await;
    drop(turn);
    kept
}

async fn send(app: &Shared, row: &ConnectionRow, revocation: &DueRevocation) -> Ending {
    let token = connections::unseal_revoked(app, row, revocation.generation, &revocation.token_sealed);
    let token = match token {
        Ok(token) => token,
        // It was read before its key was retired, and lies there under the newest by now.
        Err(UnsealError::UnknownKey) => return Ending::Later(0),
        Err(error) => {
            tracing::error!(connection = row.id.0, %error, "a token to be revoked cannot be opened");
            return Ending::Unreadable;
        }
    };
    ask(app, (&revocation.registration, row.id), &token).await
}

/// Asks the provider to revoke a token.
async fn ask(app: &Shared, (registration, connection): (&str, ConnectionId), token: &Secret) -> Ending {
    // A registration that is configured no longer may come back; until then the token waits.
    let Some(registration) = app.registrations.get(registration) else { return Ending::Later(0) };
    let fault = app.registrations.revoke(registration, token).await.err();
    app.registrations.patience.answered(&registration.id, fault, &app.clock);
    let Some(fault) = fault else { return Ending::Revoked };
    tracing::warn!(connection = connection.0, %fault, "a revocation waits");
    match fault {
        TokenFault::Limited { seconds } => Ending::Later(seconds),
        _ => Ending::Later(0),
    }
}

async fn note(
    app: &Shared,
    row: &ConnectionRow,
    revocation: &DueRevocation,
    ending: Ending,
) -> Result<(), StoreError> {
    let (id, now) = (revocation.id, app.clock.now());
    let asked = if let Ending::Later(seconds) = ending { seconds } else { 0 };
    let later = again(app, now, revocation.tries).max(after(now, u64::from(asked) * 1000));
    let (tenant, integration, portal) = (row.tenant, row.integration.clone(), row.portal.clone());
    let connection = row.id;
    app.store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                match ending.word() {
                    Some(word) => {
                        db.end_revocation(id, word, now).await?;
                        let object = format!("{integration}: {word}");
                        let whose = (portal.as_str(), Some(tenant));
                        db.add_audit(&NewLine::by_proxy(whose, Action::TokenRevoked, &object), now).await?;
                    }
                    None => db.postpone_revocation(id, later).await?,
                }
                if matches!(ending, Ending::Revoked) {
                    let (integration, event) = (&integration, &Event::Revoked);
                    db.notify(NewEvent { tenant, integration, event, by: None, now }).await?;
                }
                // How it stands is shown with the connection.
                db.bump_connection(connection).await
            })
        })
        .await?;
    app.hub.touch(tenant);
    Ok(())
}

/// The pause doubles with every failure, up to an hour, and is spread by half.
fn again(app: &Arc<crate::state::App>, now: Moment, tries: u32) -> Moment {
    let pause = PAUSE.saturating_mul(1 << tries.min(16)).min(PAUSE_MOST);
    after(now, pause / 2 + app.clock.jitter(pause / 2))
}
