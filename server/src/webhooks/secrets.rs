//! Secrets of endpoints at rest: sealed, and bound to their portal and endpoint.

use crate::store::ids::WebhookId;
use crate::vault::{Place, Secret, Vault};

/// Where they are kept.
const COLUMN: &str = "webhook_secrets.secret";

/// Seals a secret for an endpoint of a portal.
pub(super) fn seal(vault: &Vault, (portal, webhook): (&str, WebhookId), secret: &Secret) -> Vec<u8> {
    vault.seal(&Place::of_portal(portal, COLUMN, webhook.0), secret)
}

/// Opens what was sealed. What does not open signs nothing, which the endpoint will refuse.
pub(super) fn open(vault: &Vault, (portal, webhook): (&str, WebhookId), sealed: &[Vec<u8>]) -> Vec<Secret> {
    let place = Place::of_portal(portal, COLUMN, webhook.0);
    let opened = sealed.iter().map(|sealed| vault.unseal(&place, sealed));
    let told = |error| tracing::error!(webhook = webhook.0, %error, "a webhook's secret cannot be opened");
    opened.filter_map(|secret| secret.map_err(told).ok()).collect()
}
