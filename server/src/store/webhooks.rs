//! Where portals' events are sent: endpoints, whether they work, and the secrets that sign for them.

use protocol::ids::Moment;

use super::ids::WebhookId;
use super::{Db, StoreError};

/// An endpoint to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewWebhook<'a> {
    /// `wh_` and what it is known by.
    pub name: &'a str,
    /// Whose.
    pub portal: &'a str,
    /// Where it is.
    pub url: &'a str,
    /// Words of [`crate::events::Kind`] with blanks between; none for all.
    pub kinds: Option<&'a str>,
}

/// Why nothing is sent to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Somebody said so.
    Operator,
    /// It answered that it is gone.
    Gone,
    /// For days nothing arrived there.
    Failing,
}

impl Why {
    /// As kept, and as shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// An endpoint as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Webhook {
    /// Its row.
    pub id: i64,
    /// What it is known by.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// The events that it wants, with blanks between; none for all.
    pub kinds: Option<String>,
    /// A word of [`Why`] when nothing is sent to it.
    pub disabled_why: Option<String>,
    /// Since when nothing arrived any more, in milliseconds since 1970.
    pub failing_since: Option<i64>,
    /// When an event arrived last, in milliseconds since 1970.
    pub delivered_at: Option<i64>,
    /// What went wrong last; it may be over.
    pub last_fault: Option<String>,
    /// How many events wait to be sent.
    pub waiting: i64,
}

/// How it stands with the endpoints of all portals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Standing {
    /// Endpoints that something is sent to, whether it arrives or not.
    pub enabled: i64,
    /// Those of them where nothing arrives any more.
    pub failing: i64,
    /// Endpoints that nothing is sent to.
    pub disabled: i64,
    /// Events that wait to be sent, once for each endpoint.
    pub waiting: i64,
}

impl Webhook {
    /// Its row.
    pub fn row(&self) -> WebhookId {
        WebhookId(self.id)
    }
}

const SIGHT: &str = "SELECT w.id, w.name, w.url, w.kinds, w.disabled_why, w.failing_since, w.delivered_at, w.last_fault,
        (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook = w.id AND d.next_at IS NOT NULL) AS waiting
     FROM webhooks w WHERE w.portal = ?1 AND (?2 IS NULL OR w.name = ?2) ORDER BY w.id";

impl Db<'_> {
    /// Keeps an endpoint.
    pub async fn add_webhook(&mut self, new: &NewWebhook<'_>, now: Moment) -> Result<WebhookId, StoreError> {
        let id = sqlx::query_scalar(
            "INSERT INTO webhooks (name, portal, url, kinds, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(new.name)
        .bind(new.portal)
        .bind(new.url)
        .bind(new.kinds)
        .bind(now.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(WebhookId(id))
    }

    /// A portal's endpoints, the oldest first.
    pub async fn webhooks_of(&mut self, portal: &str) -> Result<Vec<Webhook>, StoreError> {
        let found = sqlx::query_as(SIGHT).bind(portal).bind(None::<&str>).fetch_all(&mut *self.0).await?;
        Ok(found)
    }

    /// How it stands with the endpoints of all portals, for whoever watches the proxy.
    pub async fn webhooks_standing(&mut self) -> Result<Standing, StoreError> {
        let standing = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE disabled_at IS NULL) AS enabled,
                    count(*) FILTER (WHERE disabled_at IS NULL AND failing_since IS NOT NULL) AS failing,
                    count(*) FILTER (WHERE disabled_at IS NOT NULL) AS disabled,
                    (SELECT count(*) FROM webhook_deliveries WHERE next_at IS NOT NULL) AS waiting
             FROM webhooks",
        )
        .fetch_one(&mut *self.0)
        .await?;
        Ok(standing)
    }

    /// An endpoint of a portal by its name.
    pub async fn webhook(&mut self, portal: &str, name: &str) -> Result<Option<Webhook>, StoreError> {
        let found = sqlx::query_as(SIGHT).bind(portal).bind(name).fetch_optional(&mut *self.0).await?;
        Ok(found)
    }

    /// Sends to an endpoint again. What waited is due as planned.
    pub async fn enable_webhook(&mut self, id: WebhookId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhooks SET disabled_at = NULL, disabled_why = NULL, failing_since = NULL WHERE id = ?",
        )
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Sends nothing to an endpoint any more; what waits goes on waiting. False when it was so before.
    pub async fn disable_webhook(
        &mut self,
        id: WebhookId,
        why: Why,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let disabled = sqlx::query(
            "UPDATE webhooks SET disabled_at = ?, disabled_why = ? WHERE id = ? AND disabled_at IS NULL",
        )
        .bind(now.0.cast_signed())
        .bind(why.word())
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        Ok(disabled.rows_affected() == 1)
    }

    /// Forgets an endpoint, with what waits for it.
    pub async fn remove_webhook(&mut self, id: WebhookId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM webhooks WHERE id = ?").bind(id.0).execute(&mut *self.0).await?;
        Ok(())
    }

    /// An event arrived there.
    pub(super) async fn webhook_works(&mut self, id: WebhookId, now: Moment) -> Result<(), StoreError> {
        sqlx::query("UPDATE webhooks SET delivered_at = ?, failing_since = NULL WHERE id = ?")
            .bind(now.0.cast_signed())
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// An event did not arrive there, and why.
    pub(super) async fn webhook_fails(
        &mut self,
        id: WebhookId,
        fault: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhooks SET failing_since = coalesce(failing_since, ?), last_fault = ? WHERE id = ?",
        )
        .bind(now.0.cast_signed())
        .bind(fault)
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Signs with one more secret from now on. The one before it stays good until `until`, and those
    /// before that are forgotten.
    pub async fn add_webhook_secret(
        &mut self,
        id: WebhookId,
        sealed: &[u8],
        (now, until): (Moment, Moment),
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM webhook_secrets WHERE webhook = ? AND ends_at IS NOT NULL")
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        sqlx::query("UPDATE webhook_secrets SET ends_at = ? WHERE webhook = ?")
            .bind(until.0.cast_signed())
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        sqlx::query("INSERT INTO webhook_secrets (webhook, secret_sealed, created_at) VALUES (?, ?, ?)")
            .bind(id.0)
            .bind(sealed)
            .bind(now.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// The secrets that sign for an endpoint at this moment, sealed, the newest first.
    pub async fn webhook_secrets(&mut self, id: WebhookId, now: Moment) -> Result<Vec<Vec<u8>>, StoreError> {
        let sealed = sqlx::query_scalar(
            "SELECT secret_sealed FROM webhook_secrets
             WHERE webhook = ? AND (ends_at IS NULL OR ends_at > ?) ORDER BY id DESC",
        )
        .bind(id.0)
        .bind(now.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        Ok(sealed)
    }

    /// Forgets secrets that sign no more.
    pub async fn sweep_webhook_secrets(&mut self, now: Moment) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM webhook_secrets WHERE ends_at <= ?")
            .bind(now.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
