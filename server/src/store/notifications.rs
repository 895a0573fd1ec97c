//! The tenant's log of events, and each visitor's read marks.

use protocol::ids::{EventSeq, IntegrationId, Moment};
use protocol::notification::Event;

use super::ids::TenantId;
use super::{Db, StoreError};

impl Db<'_> {
    /// Appends to the tenant's log. `by` names the person; none when nobody did it.
    pub async fn notify(
        &mut self,
        tenant: TenantId,
        integration: &IntegrationId,
        event: &Event,
        by: Option<&str>,
        now: Moment,
    ) -> Result<EventSeq, StoreError> {
        let body = serde_json::to_string(event).map_err(|_| StoreError::Unreadable("event"))?;
        let seq: i64 = sqlx::query_scalar(
            "INSERT INTO notifications (tenant, integration, event, by_whom, at) VALUES (?, ?, ?, ?, ?) RETURNING seq",
        )
        .bind(tenant.0)
        .bind(integration.as_str())
        .bind(body)
        .bind(by)
        .bind(now.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(EventSeq(seq.cast_unsigned()))
    }
}
