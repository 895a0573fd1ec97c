//! The tenant's log of events, and each visitor's read marks.

use protocol::ids::{EventSeq, IntegrationId, Moment};
use protocol::notification::Event;

use super::ids::TenantId;
use super::{Db, StoreError};

/// An event to log.
pub struct NewEvent<'a> {
    /// Whose log.
    pub tenant: TenantId,
    /// What it is about.
    pub integration: &'a IntegrationId,
    /// What happened.
    pub event: &'a Event,
    /// The person who did it; none when nobody did.
    pub by: Option<&'a str>,
    /// When.
    pub now: Moment,
}

impl Db<'_> {
    /// Appends to the tenant's log.
    pub async fn notify(&mut self, new: NewEvent<'_>) -> Result<EventSeq, StoreError> {
        let body = serde_json::to_string(new.event).map_err(|_| StoreError::Unreadable("event"))?;
        let seq: i64 = sqlx::query_scalar(
            "INSERT INTO notifications (tenant, integration, event, by_whom, at) VALUES (?, ?, ?, ?, ?) RETURNING seq",
        )
        .bind(new.tenant.0)
        .bind(new.integration.as_str())
        .bind(body)
        .bind(new.by)
        .bind(new.now.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(EventSeq(seq.cast_unsigned()))
    }
}
