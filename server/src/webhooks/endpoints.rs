//! What an operator does with a portal's endpoints. Each change runs in the caller's transaction and
//! leaves its line in the audit log there, so that all of it happens or nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use protocol::ids::Moment;

use super::secrets;
use super::target::{NoTarget, Target};
use crate::clock::{Clock, after};
use crate::events::{Kind, NoKind};
use crate::portals::{self, PortalError};
use crate::store::audit::NewLine;
use crate::store::deliveries::Replayed;
use crate::store::ids::WebhookId;
use crate::store::webhooks::{NewWebhook, Webhook, Why};
use crate::store::{Db, StoreError};
use crate::vault::{Secret, Vault};

/// More endpoints than any portal needs.
const MOST: usize = 10;
/// How long the old secret signs beside a new one, in milliseconds.
const BOTH_SIGN: u64 = 24 * 3_600_000;

/// Why nothing was changed. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The portal is not there.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// The address cannot be called.
    #[error(transparent)]
    Target(#[from] NoTarget),
    /// No such event.
    #[error(transparent)]
    Kind(#[from] NoKind),
    /// The address is there.
    #[error("{portal} has the endpoint {url} already")]
    Taken {
        /// Whose.
        portal: String,
        /// Which.
        url: String,
    },
    /// No such endpoint.
    #[error("{portal} has no endpoint {name}; those that it has: patchbay portal webhooks {portal} list")]
    Unknown {
        /// Whose.
        portal: String,
        /// Which.
        name: String,
    },
    /// Every event is sent to all of them.
    #[error("a portal has at most {MOST} endpoints; remove one that is no longer needed")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An endpoint that was checked and can be added.
pub struct NewEndpoint {
    name: String,
    target: Target,
    kinds: Option<String>,
    secret: Secret,
}

impl NewEndpoint {
    /// Makes one with a fresh secret. Without kinds it is sent every event, also those of later
    /// versions.
    pub fn new(target: Target, kinds: &BTreeSet<Kind>, clock: &Clock) -> Self {
        let words: Vec<_> = kinds.iter().map(|kind| kind.word()).collect();
        let kinds = (!words.is_empty()).then(|| words.join(" "));
        Self { name: name(clock), target, kinds, secret: super::signature::secret(clock) }
    }

    /// What it is known by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its secret, for its owner.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }
}

/// `wh_` and eight characters.
fn name(clock: &Clock) -> String {
    let mut name = "wh_".to_owned();
    for byte in clock.random::<4>() {
        // Writing into a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// Adds an endpoint to a portal. `by` says which and who, here and below.
pub async fn add(
    db: &mut Db<'_>,
    vault: &Vault,
    by: &NewLine<'_>,
    new: &NewEndpoint,
    now: Moment,
) -> Result<(), EndpointError> {
    let (portal, url) = (by.portal, new.target.as_str());
    let there = list(db, portal).await?;
    if there.iter().any(|webhook| webhook.url == url) {
        return Err(EndpointError::Taken { portal: portal.to_owned(), url: url.to_owned() });
    }
    if there.len() >= MOST {
        return Err(EndpointError::TooMany);
    }
    let kept = NewWebhook { name: &new.name, portal, url, kinds: new.kinds.as_deref() };
    let id = db.add_webhook(&kept, now).await?;
    keep_secret(db, vault, (portal, id), &new.secret, now).await?;
    tell(db, by, &told(&new.name, url), now).await
}

async fn keep_secret(
    db: &mut Db<'_>,
    vault: &Vault,
    (portal, id): (&str, WebhookId),
    secret: &Secret,
    now: Moment,
) -> Result<(), StoreError> {
    let sealed = secrets::seal(vault, (portal, id), secret);
    db.add_webhook_secret(id, &sealed, (now, after(now, BOTH_SIGN))).await
}

/// An endpoint as the audit log names it. What stands in its query may be a secret of the portal's.
fn told(name: &str, url: &str) -> String {
    format!("{name} {}", url.split('?').next().unwrap_or_default())
}

async fn tell(db: &mut Db<'_>, by: &NewLine<'_>, object: &str, now: Moment) -> Result<(), EndpointError> {
    Ok(db.add_audit(&NewLine { object, ..*by }, now).await?)
}

/// A portal's endpoints, the oldest first.
pub async fn list(db: &mut Db<'_>, portal: &str) -> Result<Vec<Webhook>, EndpointError> {
    portals::known(db, portal).await?;
    Ok(db.webhooks_of(portal).await?)
}

/// The endpoint of this name.
pub async fn known(db: &mut Db<'_>, portal: &str, name: &str) -> Result<Webhook, EndpointError> {
    portals::known(db, portal).await?;
    let unknown = || EndpointError::Unknown { portal: portal.to_owned(), name: name.to_owned() };
    db.webhook(portal, name).await?.ok_or_else(unknown)
}

/// The secrets that sign for an endpoint at this moment.
pub async fn signers(
    db: &mut Db<'_>,
    vault: &Vault,
    (portal, webhook): (&str, &Webhook),
    now: Moment,
) -> Result<Vec<Secret>, EndpointError> {
    let sealed = db.webhook_secrets(webhook.row(), now).await?;
    Ok(secrets::open(vault, (portal, webhook.row()), &sealed))
}

/// Signs with another secret from now on; for a day with the one before as well.
pub async fn rotate(
    db: &mut Db<'_>,
    vault: &Vault,
    (by, name): (&NewLine<'_>, &str),
    secret: &Secret,
    now: Moment,
) -> Result<(), EndpointError> {
    let webhook = known(db, by.portal, name).await?;
    keep_secret(db, vault, (by.portal, webhook.row()), secret, now).await?;
    tell(db, by, name, now).await
}

/// Sends to an endpoint again, what waited first; or nothing any more.
pub async fn switch(
    db: &mut Db<'_>,
    (by, name): (&NewLine<'_>, &str),
    on: bool,
    now: Moment,
) -> Result<(), EndpointError> {
    let webhook = known(db, by.portal, name).await?;
    if on {
        db.enable_webhook(webhook.row()).await?;
    } else {
        db.disable_webhook(webhook.row(), Why::Operator, now).await?;
    }
    tell(db, by, &told(name, &webhook.url), now).await
}

/// Forgets an endpoint, with what waits for it.
pub async fn remove(
    db: &mut Db<'_>,
    (by, name): (&NewLine<'_>, &str),
    now: Moment,
) -> Result<(), EndpointError> {
    let webhook = known(db, by.portal, name).await?;
    db.remove_webhook(webhook.row()).await?;
    tell(db, by, &told(name, &webhook.url), now).await
}

/// Sends events to an endpoint once more. Answers how many.
pub async fn replay(
    db: &mut Db<'_>,
    (by, name): (&NewLine<'_>, &str),
    what: Replayed<'_>,
    now: Moment,
) -> Result<u64, EndpointError> {
    let webhook = known(db, by.portal, name).await?;
    let count = db.replay(webhook.row(), what, now).await?;
    if count > 0 {
        let told = format!("{name}: {}", portals::count(count.cast_signed(), "event"));
        tell(db, by, &told, now).await?;
    }
    Ok(count)
}
