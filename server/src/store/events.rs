//! What portals are told of: written in the transaction of what happened, numbered without gaps for
//! each portal, kept for thirty days.

use protocol::ids::{EventSeq, Moment};
use sha2::{Digest as _, Sha256};

use super::ids::TenantId;
use super::notifications::NewEvent;
use super::{Db, StoreError};
use crate::events::{self, About, Kind};

/// Events older than thirty days are forgotten, in milliseconds.
pub const KEPT: u64 = 30 * 24 * 3_600_000;

/// An event as a portal reads it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Told {
    /// `evt_` and 32 characters; the same wherever and whenever it is sent.
    pub id: String,
    /// Its place among the portal's events, from 1, without gaps.
    pub number: i64,
    /// The JSON that is sent.
    pub body: String,
}

/// Which of a portal's events there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Extent {
    /// The newest one's number; 0 before the first.
    pub newest: i64,
    /// Those up to this number are forgotten.
    pub swept: i64,
}

#[derive(sqlx::FromRow)]
struct Around {
    portal: String,
    external_id: String,
    name: String,
    company_id: Option<String>,
    company: Option<String>,
}

impl Db<'_> {
    /// Writes down what the tenant's portal is to be told of an entry of the log, and for each of its
    /// endpoints that wants it that it must be sent.
    pub(super) async fn tell_portal(&mut self, seq: EventSeq, new: &NewEvent<'_>) -> Result<(), StoreError> {
        let around = self.around(new.tenant, new.integration.as_str()).await?;
        let company = around.company_id.as_deref().zip(around.company.as_deref());
        let tenant = (around.external_id.as_str(), around.name.as_str());
        let about = About { tenant, integration: new.integration, company, by: new.by, at: new.now };
        let body = events::body(new.event, &about).map_err(|_| StoreError::Unreadable("event"))?;
        sqlx::query(
            "INSERT INTO events (seq, id, portal, number, tenant, kind, body, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(seq.0.cast_signed())
        .bind(id(seq, &around.portal, &body))
        .bind(&around.portal)
        .bind(self.next_event(&around.portal).await?)
        .bind(new.tenant.0)
        .bind(Kind::of(new.event).word())
        .bind(body)
        .bind(new.now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        self.plan_deliveries(seq, new.now).await
    }

    async fn around(&mut self, tenant: TenantId, integration: &str) -> Result<Around, StoreError> {
        let around = sqlx::query_as(
            "SELECT t.portal, t.external_id, t.name, c.company_id, c.company ->> '$.name' AS company
             FROM tenants t LEFT JOIN connections c ON c.tenant = t.id AND c.integration = ?2 WHERE t.id = ?1",
        )
        .bind(tenant.0)
        .bind(integration)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(around)
    }

    /// Takes the portal's next number.
    async fn next_event(&mut self, portal: &str) -> Result<i64, StoreError> {
        let number =
            sqlx::query_scalar("UPDATE portals SET events = events + 1 WHERE id = ? RETURNING events")
                .bind(portal)
                .fetch_one(&mut *self.0)
                .await?;
        Ok(number)
    }

    /// A portal's events after a number, oldest first, at most `limit`.
    pub async fn told_after(
        &mut self,
        portal: &str,
        number: i64,
        limit: u32,
    ) -> Result<Vec<Told>, StoreError> {
        let told = sqlx::query_as(
            "SELECT id, number, body FROM events WHERE portal = ? AND number > ? ORDER BY number LIMIT ?",
        )
        .bind(portal)
        .bind(number)
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(told)
    }

    /// Which of a portal's events there are.
    pub async fn events_extent(&mut self, portal: &str) -> Result<Extent, StoreError> {
        let extent =
            sqlx::query_as("SELECT events AS newest, events_swept AS swept FROM portals WHERE id = ?")
                .bind(portal)
                .fetch_one(&mut *self.0)
                .await?;
        Ok(extent)
    }

    /// Forgets events that are older than thirty days, sent or not.
    pub async fn sweep_events(&mut self, now: Moment) -> Result<(), StoreError> {
        let until = now.0.saturating_sub(KEPT).cast_signed();
        sqlx::query(
            "UPDATE portals SET events_swept = old.number
             FROM (SELECT portal, max(number) AS number FROM events WHERE at <= ? GROUP BY portal) AS old
             WHERE portals.id = old.portal AND old.number > events_swept",
        )
        .bind(until)
        .execute(&mut *self.0)
        .await?;
        sqlx::query("DELETE FROM events WHERE at <= ?").bind(until).execute(&mut *self.0).await?;
        Ok(())
    }
}

/// Made of what there is only once. The place in the log alone would come again after a backup was
/// restored, for something else.
fn id(seq: EventSeq, portal: &str, body: &str) -> String {
    let parts: [&[u8]; 4] = [&seq.0.to_be_bytes(), portal.as_bytes(), &[0], body.as_bytes()];
    let digest = Sha256::digest(parts.concat());
    format!("evt_{:.32}", format!("{digest:x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_for_the_same_event_alone() {
        let first = id(EventSeq(7), "demo", "{}");
        assert_eq!((first.len(), &first), (36, &id(EventSeq(7), "demo", "{}")));
        for other in
            [id(EventSeq(8), "demo", "{}"), id(EventSeq(7), "dem", "o{}"), id(EventSeq(7), "demo", "")]
        {
            assert_ne!(first, other);
        }
    }
}
