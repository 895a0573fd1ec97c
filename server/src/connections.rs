//! Connections: what visitors may do with them, and what they look like. The machine decides every
//! state; [`step`] is the only writer.

pub(crate) mod expiry;
mod guard;
mod intents;
mod legacy;
pub mod machine;
mod pausing;
mod progress;
mod sweep;
mod testing;
mod tokens;
mod uninstall;
mod view;

pub(crate) use guard::{Kept, Proven, keep};
pub use intents::{cancel, decide, disconnect, prepare};
pub(crate) use intents::{drop_decision, switch_off};
pub(crate) use legacy::{is_legacy, keep_moved, load_legacy, unseal_legacy};
pub use pausing::{pause, resume};
pub use progress::{bump, configured, import_ended};
pub(crate) use progress::{give_up_attempt, sign_in_lost};
pub use sweep::{sweep, sweep_once};
pub(crate) use testing::{heed, test};
pub(crate) use tokens::{
    Pair, Shelf, VERIFIER, orphan_place, place, plan_revocation, seal, unseal, unseal_access, unseal_revoked,
};
pub use uninstall::uninstall;
pub use view::{TenantConnection, view};

pub use crate::store::connections::ConnectionRow;

use protocol::ids::IntegrationId;

use crate::store::ids::{ConnectionId, TenantId};
use crate::store::{Db, StoreError};
use machine::Event;

/// How long an attempt, and a company guard's question, may take: ten minutes.
pub const PATIENCE: u64 = 10 * 60 * 1000;

/// The tenant's connection of an integration; none when nobody ever tried.
pub async fn of(
    db: &mut Db<'_>,
    tenant: TenantId,
    integration: &IntegrationId,
) -> Result<Option<ConnectionRow>, StoreError> {
    db.connection_of(tenant, integration).await
}

/// The tenant's connection of an integration, made now if nobody ever tried.
pub(crate) async fn ensure(
    db: &mut Db<'_>,
    tenant: TenantId,
    integration: &IntegrationId,
) -> Result<ConnectionRow, StoreError> {
    if let Some(row) = db.connection_of(tenant, integration).await? {
        return Ok(row);
    }
    let id = db.add_connection(tenant, integration).await?;
    db.connection(id).await?.ok_or(StoreError::Unreadable("connection"))
}

/// Lets an event happen to a connection: the only place where a state is written.
pub(crate) async fn step(db: &mut Db<'_>, connection: ConnectionId, event: Event) -> Result<(), StoreError> {
    let Some(row) = db.connection(connection).await? else { return Ok(()) };
    let state = machine::next(row.state, event);
    if state != row.state {
        tracing::debug!(connection = connection.0, from = ?row.state, to = ?state, "a connection moved");
        db.set_connection_state(connection, &state).await?;
    }
    Ok(())
}
