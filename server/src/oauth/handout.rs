//! Access tokens for a portal's backend. One that is fresh costs a single read of the database: it is
//! opened at every use and kept nowhere in the clear. Everything else goes the way of [`refresh`].

use std::sync::Arc;

use protocol::ids::{IntegrationId, Moment};
use protocol::store::ReconnectReason;

use super::refresh::{self, TokenError};
use crate::clock::{after, whole_seconds};
use crate::connections;
use crate::connections::machine::{Off, State};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::connections::ready::ReadyRow;
use crate::store::ids::{ConnectionId, TenantId};
use crate::vault::Secret;

/// What is handed out lives at least so many milliseconds longer, unless the provider gives nothing
/// newer at this moment.
const AT_LEAST: u64 = 5 * 60 * 1000;
/// Seconds until it is worth trying again where nothing is known: somebody is at it, or the disk is full,
/// which is looked at so often.
const A_WHILE: u64 = 5;

/// A token for a company.
pub struct Handout {
    /// The access token.
    pub token: Secret,
    /// When it ends.
    pub expires: Moment,
    /// Which generation of the connection's tokens it is.
    pub generation: u64,
    /// Where it is good, and whose it is.
    pub place: Place,
}

/// A connection as far as a call needs it.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its row.
    pub connection: ConnectionId,
    /// Whose.
    pub tenant: TenantId,
    /// Of what.
    pub integration: IntegrationId,
    /// Origin of the provider's interface, without a trailing slash.
    pub api: String,
    /// The provider's id of the company.
    pub company: String,
}

/// Why there is no token.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NoToken {
    /// The portal has no such connection.
    #[error("there is no such connection")]
    Unknown,
    /// A person stopped it.
    #[error("the connection is paused")]
    Paused,
    /// Switched off, or never connected.
    #[error("the connection is switched off")]
    NotConnected,
    /// The provider no longer accepts our sign-in.
    #[error("the connection must be made again")]
    ReconnectRequired(ReconnectReason),
    /// The token endpoint did not serve; trying later may help.
    #[error("the provider does not give tokens at this moment")]
    Unavailable {
        /// When it is worth trying again.
        seconds: u64,
    },
    /// The provider refuses our client: for the operator.
    #[error("the provider refuses our client")]
    KeysRefused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
}

impl From<StoreError> for NoToken {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

/// A token for a portal's connection, refreshed once however many ask.
pub async fn hand_out(app: &Shared, portal: &str, public_id: &str) -> Result<Handout, NoToken> {
    let row = find(app, portal, public_id).await?;
    hand_out_found(app, (portal, public_id), row).await
}

/// The same for a connection that was looked up already.
pub async fn hand_out_found(
    app: &Shared,
    (portal, public_id): (&str, &str),
    row: Option<ReadyRow>,
) -> Result<Handout, NoToken> {
    let row = standing(row)?;
    if let Some(handout) = open(app, portal, &row, AT_LEAST)? {
        return Ok(handout);
    }
    let refreshed = Box::pin(refresh::access(app, row.id)).await;
    // Read again whatever came of it: the row says why, and what lives of its token is good enough.
    let row = standing(find(app, portal, public_id).await?)?;
    match (open(app, portal, &row, 0)?, refreshed) {
        (Some(handout), Ok(_)) => Ok(handout),
        (_, Err(error)) => Err(none(app, &row, error)),
        (None, Ok(_)) => Err(busy(app, &row)),
    }
}

/// Another token after the one of this generation was answered by 401.
pub async fn hand_out_newer(
    app: &Shared,
    portal: &str,
    (public_id, seen): (&str, &Handout),
) -> Result<Handout, NoToken> {
    let refreshed = Box::pin(refresh::access_after_401(app, seen.place.connection, seen.generation)).await;
    let row = standing(find(app, portal, public_id).await?)?;
    refreshed.map_err(|error| none(app, &row, error))?;
    let newer = open(app, portal, &row, 0)?.filter(|handout| handout.generation > seen.generation);
    newer.ok_or_else(|| busy(app, &row))
}

async fn find(app: &Shared, portal: &str, public_id: &str) -> Result<Option<ReadyRow>, StoreError> {
    let (portal, public_id) = (portal.to_owned(), public_id.to_owned());
    let found = app.store.glance::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { db.ready_row(&portal, &public_id).await })
    });
    found.await
}

/// The row, if its tokens are in use and nobody stopped it.
fn standing(row: Option<ReadyRow>) -> Result<ReadyRow, NoToken> {
    let row = row.ok_or(NoToken::Unknown)?;
    match row.state {
        State::Paused => Err(NoToken::Paused),
        _ if row.access.is_some() => Ok(row),
        State::ReconnectRequired { reason }
        | State::Authorizing { from: Off::ReconnectRequired { reason }, .. } => {
            Err(NoToken::ReconnectRequired(reason))
        }
        _ => Err(NoToken::NotConnected),
    }
}

/// The token of this row, if it lives so many milliseconds longer and can be opened.
fn open(app: &Shared, portal: &str, row: &ReadyRow, margin: u64) -> Result<Option<Handout>, NoToken> {
    let Some((sealed, expires)) = &row.access else { return Ok(None) };
    if *expires <= after(app.clock.now(), margin) {
        return Ok(None);
    }
    let registration = row.registration.as_deref().and_then(|id| app.registrations.get(id));
    let (Some(registration), Some(company)) = (registration, &row.company) else {
        return Err(NoToken::KeysRefused);
    };
    let Ok(token) = connections::unseal_access(app, portal, row, sealed) else { return Ok(None) };
    let place = Place {
        connection: row.id,
        tenant: row.tenant,
        integration: row.integration.clone(),
        api: registration.api.clone(),
        company: company.clone(),
    };
    Ok(Some(Handout { token, expires: *expires, generation: row.generation, place }))
}

fn none(app: &Shared, row: &ReadyRow, error: TokenError) -> NoToken {
    match error {
        TokenError::NotConnected => NoToken::NotConnected,
        // Why is in the row, where it is looked up before this is told.
        TokenError::ReconnectRequired => NoToken::ReconnectRequired(ReconnectReason::Refused),
        TokenError::Unavailable => busy(app, row),
        TokenError::KeysRefused => NoToken::KeysRefused,
        TokenError::Store(error) => NoToken::Store(error),
    }
}

/// Not now, and for how long if that is known: after a failure, or when the provider said so.
fn busy(app: &Shared, row: &ReadyRow) -> NoToken {
    let registration = row.registration.as_deref().unwrap_or_default();
    let left = app.registrations.patience.left(registration, row.id, app.clock.now());
    NoToken::Unavailable { seconds: left.map_or(A_WHILE, whole_seconds) }
}
