//! Access tokens, fresh: one refresh at a time per connection, whoever asks and hangs up.
//!
//! A refresh is journalled before the token is sent, its pair is committed before anyone uses it,
//! and only if the connection is still of the generation that was sent. Every path ends in fresh,
//! try later, or reconnect required.

mod flight;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared as Common};
use protocol::store::ReconnectReason;

use crate::connections::{self, ConnectionRow};
use crate::providers::Door;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::ConnectionId;
use flight::{fly, live, usable};

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
    let now = app.clock.now();
    let lost = app
        .store
        .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.lose_open_refreshes(now).await }))
        .await?;
    for connection in lost {
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

/// Joins the refresh under way, or begins one.
async fn refreshed(app: &Shared, seen: ConnectionRow) -> Result<Door, TokenError> {
    let flight = {
        let mut under_way =
            app.registrations.flights.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.entry(seen.id).or_insert_with(|| begin(app, seen)).clone()
    };
    flight.await
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
