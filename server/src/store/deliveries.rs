//! Which event must still be sent to which endpoint, and when it is tried next. Written with the event
//! itself, so that none is forgotten; taken away only when it arrived, or when it was tried long enough.

use protocol::ids::{EventSeq, Moment};

use super::ids::{TenantId, WebhookId};
use super::{Db, StoreError};

/// An event and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// The endpoint.
    pub webhook: WebhookId,
    /// The event.
    pub event: EventSeq,
    /// Whose event it is: those of one tenant are sent one after the other.
    pub tenant: TenantId,
}

/// What is sent, and where.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Parcel {
    /// The portal.
    pub portal: String,
    /// The endpoint's name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// The event's id.
    pub id: String,
    /// The event as it is signed.
    pub body: String,
    /// How often it was tried in vain.
    pub tries: u32,
    /// Since when nothing arrived there any more, in milliseconds since 1970.
    pub failing_since: Option<i64>,
}

/// What becomes of a delivery that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It arrived.
    Delivered,
    /// It is tried again then.
    Again(Moment),
    /// It was tried often enough.
    GivenUp,
    /// The endpoint wants nothing more.
    Gone,
}

/// Which events are sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed<'a> {
    /// The one of this id.
    One(&'a str),
    /// All that happened from this moment on.
    Since(Moment),
}

impl Db<'_> {
    /// Plans that an event is sent to each of its portal's endpoints that wants it.
    pub(super) async fn plan_deliveries(&mut self, seq: EventSeq, now: Moment) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO webhook_deliveries (webhook, event, next_at)
             SELECT w.id, e.seq, ?2 FROM events e JOIN webhooks w ON w.portal = e.portal
             WHERE e.seq = ?1 AND w.disabled_at IS NULL
             AND (w.kinds IS NULL OR instr(' ' || w.kinds || ' ', ' ' || e.kind || ' ') > 0)",
        )
        .bind(seq.0.cast_signed())
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Deliveries whose time has come: of each endpoint those that wait longest, at most `limit`.
    pub async fn due_deliveries(&mut self, now: Moment, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let webhooks: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM webhooks w WHERE disabled_at IS NULL AND EXISTS
             (SELECT 1 FROM webhook_deliveries d WHERE d.webhook = w.id AND d.next_at <= ?) ORDER BY id",
        )
        .bind(now.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        let mut due = Vec::new();
        for webhook in webhooks {
            due.extend(self.due_at(WebhookId(webhook), now, limit).await?);
        }
        Ok(due)
    }

    async fn due_at(
        &mut self,
        webhook: WebhookId,
        now: Moment,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT d.event, e.tenant FROM webhook_deliveries d JOIN events e ON e.seq = d.event
             WHERE d.webhook = ? AND d.next_at <= ? ORDER BY d.next_at, d.event LIMIT ?",
        )
        .bind(webhook.0)
        .bind(now.0.cast_signed())
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        let delivery = |(event, tenant): (i64, i64)| Delivery {
            webhook,
            event: EventSeq(event.cast_unsigned()),
            tenant: TenantId(tenant),
        };
        Ok(rows.into_iter().map(delivery).collect())
    }

    /// What a delivery sends; none when it is not due any more.
    pub async fn parcel(&mut self, of: Delivery, now: Moment) -> Result<Option<Parcel>, StoreError> {
        let parcel = sqlx::query_as(
            "SELECT w.portal, w.name, w.url, e.id, e.body, d.tries, w.failing_since
             FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook JOIN events e ON e.seq = d.event
             WHERE d.webhook = ? AND d.event = ? AND d.next_at <= ? AND w.disabled_at IS NULL",
        )
        .bind(of.webhook.0)
        .bind(of.event.0.cast_signed())
        .bind(now.0.cast_signed())
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(parcel)
    }

    /// Writes down what came of a delivery; `fault` says why it did not arrive.
    pub async fn note_delivery(
        &mut self,
        of: Delivery,
        (outcome, fault): (Outcome, Option<&str>),
        now: Moment,
    ) -> Result<(), StoreError> {
        match fault {
            None => self.webhook_works(of.webhook, now).await?,
            Some(fault) => self.webhook_fails(of.webhook, fault, now).await?,
        }
        match outcome {
            Outcome::Again(due) => self.postpone_delivery(of, due).await,
            Outcome::Delivered => self.end_delivery(of, "delivered", now).await,
            Outcome::GivenUp => self.end_delivery(of, "given_up", now).await,
            Outcome::Gone => self.end_delivery(of, "gone", now).await,
        }
    }

    async fn postpone_delivery(&mut self, of: Delivery, due: Moment) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhook_deliveries SET tries = tries + 1, next_at = ?3 WHERE webhook = ?1 AND event = ?2",
        )
        .bind(of.webhook.0)
        .bind(of.event.0.cast_signed())
        .bind(due.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn end_delivery(&mut self, of: Delivery, outcome: &str, now: Moment) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhook_deliveries SET tries = tries + 1, next_at = NULL, ended_at = ?3, outcome = ?4
             WHERE webhook = ?1 AND event = ?2",
        )
        .bind(of.webhook.0)
        .bind(of.event.0.cast_signed())
        .bind(now.0.cast_signed())
        .bind(outcome)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Sends events to an endpoint once more, whether they arrived there before or not, as far as it
    /// wants them. Answers how many.
    pub async fn replay(
        &mut self,
        webhook: WebhookId,
        what: Replayed<'_>,
        now: Moment,
    ) -> Result<u64, StoreError> {
        let (id, since) = match what {
            Replayed::One(id) => (Some(id), None),
            Replayed::Since(moment) => (None, Some(moment.0.cast_signed())),
        };
        let planned = sqlx::query(
            "INSERT INTO webhook_deliveries (webhook, event, next_at)
             SELECT w.id, e.seq, ?4 FROM events e JOIN webhooks w ON w.portal = e.portal
             WHERE w.id = ?1 AND (e.id = ?2 OR e.at >= ?3)
             AND (w.kinds IS NULL OR instr(' ' || w.kinds || ' ', ' ' || e.kind || ' ') > 0)
             ON CONFLICT (webhook, event) DO UPDATE
             SET tries = 0, next_at = excluded.next_at, ended_at = NULL, outcome = NULL",
        )
        .bind(webhook.0)
        .bind(id)
        .bind(since)
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(planned.rows_affected())
    }
}
