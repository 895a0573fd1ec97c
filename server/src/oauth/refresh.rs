//! Access tokens, fresh: one refresh at a time per connection, whoever asks and hangs up.
//!
//! A refresh is journalled under a lease before the token is sent, its pair is committed before anyone
//! uses it, and only if lease and generation are still those that were sent under. Every path ends in
//! fresh, try later, or reconnect required.

mod flight;
pub mod keeper;
mod landing;
mod rules;
#[cfg(test)]
mod simulation;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared as Common};
use protocol::store::ReconnectReason;
use tokio::sync::watch;

use crate::clock::{Clock, after};
use crate::connections::{self, ConnectionRow, Shelf};
use crate::providers::Door;
use crate::state::{App, Shared};
use crate::store::StoreError;
use crate::store::ids::ConnectionId;
use crate::store::leases::Owner;
use crate::vault::Secret;
use flight::fly;

/// A token with less life than this is refreshed ahead, in milliseconds.
const AHEAD: u64 = 5 * 60 * 1000;

/// Why there is no usable access token.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TokenError {
    /// Switched off, or never connected.
    #[error("the connection is switched off")]
    NotConnected,
    /// The provider no longer accepts our sign-in.
    #[error("the connection must be made again")]
    ReconnectRequired,
    /// The token endpoint did not serve; trying later may help.
    #[error("the provider does not give tokens at this moment")]
    Unavailable,
    /// The provider refuses our client: for the operator.
    #[error("the provider refuses our client")]
    KeysRefused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

type Flight = Common<BoxFuture<'static, Result<Door, TokenError>>>;

/// Refreshes under way.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<ConnectionId, Flight>>,
    /// Those whose outcome the store does not take at the moment.
    unsaved: watch::Sender<BTreeSet<ConnectionId>>,
    owner: OnceLock<Owner>,
}

impl Flights {
    /// The name under which this process takes leases.
    fn owner(&self, clock: &Clock) -> Owner {
        *self.owner.get_or_init(|| Owner(clock.random()))
    }

    /// Returns when the outcome of this connection's refresh could not be saved; safe in a `select!`.
    async fn stuck(&self, connection: ConnectionId) {
        // The sender lives in `self`, so waiting cannot fail.
        drop(self.unsaved.subscribe().wait_for(|unsaved| unsaved.contains(&connection)).await);
    }
}

/// How many connections have an outcome of a refresh that waits for the store to take it: none, unless
/// the disk is full or the database locked.
pub fn unsaved(app: &App) -> usize {
    app.registrations.flights.unsaved.borrow().len()
}

/// An access token for a company, with at least a moment to live: refreshed when five minutes or
/// less are left.
pub async fn access(app: &Shared, connection: ConnectionId) -> Result<Door, TokenError> {
    let row = current(app, connection).await?;
    match usable(app, &row, AHEAD) {
        Some(door) => Ok(door),
        None => refreshed(app, row).await,
    }
}

/// An access token after the one of this generation was answered by 401: a newer one if there is
/// one, else a refreshed one. Never the same one again: that the token endpoint is busy is no proof
/// against our sign-in.
pub async fn access_after_401(
    app: &Shared,
    connection: ConnectionId,
    generation: u64,
) -> Result<Door, TokenError> {
    let row = current(app, connection).await?;
    match usable(app, &row, 0).filter(|_| row.generation > generation) {
        Some(door) => Ok(door),
        None => refreshed(app, row).await.and_then(|door| {
            if door.generation > generation { Ok(door) } else { Err(TokenError::Unavailable) }
        }),
    }
}

/// The provider refused a token that was fresh: the connection must be made again. Nothing happens
/// when the connection has gone on to another generation.
pub async fn refused(app: &Shared, connection: ConnectionId, generation: u64) -> Result<(), StoreError> {
    let shared = Arc::clone(app);
    let tenant = app
        .store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let Some(row) = db.connection(connection).await? else { return Ok(None) };
                if row.generation == generation {
                    connections::sign_in_lost(&mut db, &shared, &row, ReconnectReason::Refused).await?;
                }
                Ok(Some(row.tenant))
            })
        })
        .await?;
    if let Some(tenant) = tenant {
        app.hub.touch(tenant);
    }
    Ok(())
}

/// On start: refreshes that a previous life left without a result are tried once more. What fails
/// for good asks to reconnect; what cannot be reached is tried again when it is next used.
pub async fn recover(app: &Shared) -> Result<(), StoreError> {
    let (now, me) = (app.clock.now(), app.registrations.flights.owner(&app.clock));
    let lost = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let lost = db.lose_refreshes_of_others(me, now).await?;
            db.free_leases_of_others(me).await?;
            Ok(lost)
        })
    });
    for connection in lost.await? {
        let Ok(row) = current(app, connection).await else { continue };
        if let Err(error) = refreshed(app, row).await {
            tracing::warn!(connection = connection.0, %error, "an interrupted refresh was not recovered");
        }
    }
    Ok(())
}

async fn current(app: &Shared, connection: ConnectionId) -> Result<ConnectionRow, TokenError> {
    let row = app
        .store
        .read::<_, StoreError, _>(move |mut db| Box::pin(async move { db.connection(connection).await }))
        .await?;
    live(row)
}

/// Joins the refresh under way, or begins one. Nobody waits for a store that takes nothing.
async fn refreshed(app: &Shared, seen: ConnectionRow) -> Result<Door, TokenError> {
    let flights = &app.registrations.flights;
    let flight = {
        let mut under_way = flights.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.entry(seen.id).or_insert_with(|| begin(app, seen.clone())).clone()
    };
    tokio::select! {
        biased;
        result = flight => result,
        () = flights.stuck(seen.id) => usable(app, &seen, 0).ok_or(TokenError::Unavailable),
    }
}

/// The row, if its tokens are in use.
fn live(row: Option<ConnectionRow>) -> Result<ConnectionRow, TokenError> {
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
fn usable(app: &App, row: &ConnectionRow, margin: u64) -> Option<Door> {
    let sealed = row.tokens.as_ref()?;
    if sealed.access_expires <= after(app.clock.now(), margin) {
        return None;
    }
    let pair = connections::unseal(app, row, (Shelf::Connection, row.generation), sealed).ok()?;
    door(app, row, pair.access, row.generation)
}

fn door(app: &App, row: &ConnectionRow, token: Secret, generation: u64) -> Option<Door> {
    let registration = app.registrations.get(row.registration.as_deref()?)?;
    Some(Door { api: registration.api.clone(), company: row.company_id.clone()?, token, generation })
}

fn begin(app: &Shared, seen: ConnectionRow) -> Flight {
    let app = Arc::clone(app);
    let task = tokio::spawn(async move {
        // The hold lets a shutdown wait for the pair that may be on its way.
        let hold = app.stopping.hold();
        let seat = Seat { app: &app, connection: seen.id };
        let result = Box::pin(fly(&app, seen)).await;
        drop((seat, hold));
        result
    });
    task.map(|joined| joined.unwrap_or(Err(TokenError::Unavailable))).boxed().shared()
}

/// Its place among the refreshes under way, given back also when the work panics.
struct Seat<'a> {
    app: &'a Shared,
    connection: ConnectionId,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let flights = &self.app.registrations.flights;
        flights.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.connection);
    }
}
