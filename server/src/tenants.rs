//! What an operator does with the organisations of a portal: look at them, and erase one for good.

use std::time::Duration;

use protocol::ids::Moment;

use crate::connections::{self, machine::Event};
use crate::store::audit::{Action, NewLine};
use crate::store::ids::TenantId;
use crate::store::tenants::{Link, Load};
use crate::store::{Db, Store, StoreError};

/// The pause between two bits beside a proxy, whose own transactions wait for no queue of ours.
const PAUSE: Duration = Duration::from_millis(10);

/// Why nothing was done. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// No such organisation.
    #[error(
        "{portal} has no organisation {tenant:?}; those that it has: patchbay tenant list --portal {portal}"
    )]
    Unknown {
        /// Of which portal.
        portal: String,
        /// Which, by the portal's own id.
        tenant: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An organisation as an operator looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its name.
    pub name: String,
    /// What hangs on it.
    pub load: Load,
    /// Its connections.
    pub links: Vec<Link>,
}

/// What an erasure came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// What went.
    pub load: Load,
    /// Tokens that the proxy revokes from now on.
    pub tokens: u64,
}

async fn known(db: &mut Db<'_>, portal: &str, tenant: &str) -> Result<TenantId, TenantError> {
    let unknown = || TenantError::Unknown { portal: portal.to_owned(), tenant: tenant.to_owned() };
    db.tenant(portal, tenant).await?.ok_or_else(unknown)
}

/// Looks at an organisation.
pub async fn look(db: &mut Db<'_>, portal: &str, tenant: &str, now: Moment) -> Result<Look, TenantError> {
    let id = known(db, portal, tenant).await?;
    let name = db.names_of(id).await?.map(|names| names.organisation).unwrap_or_default();
    Ok(Look { name, load: db.weigh_tenant(id, now).await?, links: db.links_of(id).await? })
}

/// Takes an organisation away from everybody. Its tokens are kept, sealed, until they are revoked. One
/// line says that it was erased, and names nobody. Its rows go with [`finish`], here or in the proxy; what
/// the file still holds of it then, with [`crate::store::Store::compact`].
pub async fn erase(db: &mut Db<'_>, portal: &str, tenant: &str, now: Moment) -> Result<Erased, TenantError> {
    let id = known(db, portal, tenant).await?;
    let load = db.weigh_tenant(id, now).await?;
    let tokens = db.orphan_tokens(id, now).await?;
    for connection in db.connections_of(id).await? {
        db.erase_tokens(connection).await?;
        db.erase_belongings(connection).await?;
        connections::step(db, connection, Event::Uninstalled).await?;
    }
    db.take_tenant_away(id).await?;
    db.add_audit(&NewLine::by_operator(portal, Action::TenantErased, tenant), now).await?;
    Ok(Erased { load, tokens })
}

/// Erases every row of what was taken away, a bit at a time. When it is cut off the proxy goes on.
pub async fn finish(store: &Store, now: Moment) -> Result<(), StoreError> {
    let bit = || store.write(move |mut db| Box::pin(async move { db.erase_a_bit(now).await }));
    while bit().await? {
        if store.is_beside_a_proxy() {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}
