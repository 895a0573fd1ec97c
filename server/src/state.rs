//! What every request and every worker shares.

use std::sync::Arc;

use protocol::store::Permissions;
use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::config::Config;
use crate::denials::Denials;
use crate::imports::pace::Gates;
use crate::limits::Limits;
use crate::live::hub::Hub;
use crate::metrics::Meters;
use crate::oauth::Registrations;
use crate::peer::Peer;
use crate::portals::token_uses::TokenUses;
use crate::portals::uses::KeyUses;
use crate::providers::catalogue::Catalogue;
use crate::store::Store;
use crate::store::ids::{SessionId, TenantId, VisitorId};
use crate::vault::Vault;
use crate::webhooks::client::Courier;

/// The application's parts. Handlers and workers hold it as [`Shared`].
pub struct App {
    /// As read at the start.
    pub config: Config,
    /// Time and chance.
    pub clock: Clock,
    /// What is kept.
    pub store: Store,
    /// Seals and opens.
    pub vault: Vault,
    /// Wakes the sockets of a tenant.
    pub hub: Hub,
    /// When API keys were last used, as far as it is not written yet.
    pub key_uses: KeyUses,
    /// Which tokens were read and used by whom, as far as it is not in the audit log yet.
    pub token_uses: TokenUses,
    /// What was denied of late, as far as it is in the audit log.
    pub denials: Denials,
    /// The integrations, their providers and their schemas.
    pub catalogue: Catalogue,
    /// Our clients at the providers, with their secrets, and what talks to token endpoints.
    pub registrations: Registrations,
    /// Brings events to portals' endpoints.
    pub courier: Courier,
    /// Wakes workers when there is durable work for them.
    pub wake: Wake,
    /// How fast each company may be asked, by imports and by calls that go through us.
    pub paces: Gates,
    /// How much anybody may ask for.
    pub limits: Limits,
    /// What is counted for the operator.
    pub meters: Arc<Meters>,
    /// Tells workers and sockets that the proxy is about to stop.
    pub stopping: Stopping,
}

/// The application, shared.
pub type Shared = Arc<App>;

/// Hints for workers: the work itself is in the store.
#[derive(Default)]
pub struct Wake {
    /// An import was planned, cancelled or may go on.
    pub imports: Notify,
    /// A provider told of a change.
    pub notices: Notify,
    /// A revocation is due.
    pub revocations: Notify,
    /// Somebody wants a provider that has not described itself yet.
    pub discovery: Notify,
    /// A connection under OAuth 1.0a may be moved.
    pub legacy: Notify,
    /// Somebody has erased something.
    pub erasures: Notify,
}

/// Tells workers and sockets that the proxy is about to stop. Clones share one state.
#[derive(Clone)]
pub struct Stopping {
    begun: Arc<watch::Sender<bool>>,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { begun: Arc::new(watch::Sender::new(false)) }
    }
}

impl Stopping {
    /// Everybody is to finish what is in hand and go.
    pub fn begin(&self) {
        self.begun.send_replace(true);
    }

    /// Whether it has begun.
    pub fn begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// Returns as soon as it has begun; safe in a `select!`.
    pub async fn wait(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        drop(self.begun.subscribe().wait_for(|begun| *begun).await);
    }

    /// A hold on the shutdown: [`Stopping::drained`] waits until all holds are dropped.
    pub fn hold(&self) -> watch::Receiver<bool> {
        self.begun.subscribe()
    }

    /// Returns when nobody holds the shutdown up.
    pub async fn drained(&self) {
        self.begun.closed().await;
    }
}

/// A session that asks for something, and from where it asks.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The session.
    pub session: SessionId,
    /// The other end, as far as it is known.
    pub peer: Option<Peer>,
}

impl Visitor {
    /// The same person, asking from here.
    #[must_use]
    pub fn at(self, peer: Option<Peer>) -> Self {
        Self { peer, ..self }
    }

    /// The person's session, asking from where the person is.
    pub fn caller(&self) -> Caller {
        Caller { session: self.session, peer: self.peer }
    }
}

/// The person behind a session, for whom something is done. Bound to one tenant.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The session.
    pub session: SessionId,
    /// The person.
    pub visitor: VisitorId,
    /// The person's name, for the log.
    pub name: String,
    /// The organisation.
    pub tenant: TenantId,
    /// The organisation's portal.
    pub portal: String,
    /// What the person may do, as of the latest look at the session.
    pub permissions: Permissions,
    /// From where the person asks for what is being done, as far as it is known.
    pub peer: Option<Peer>,
}
