//! The tenant's log of events, and each visitor's read marks.

use std::collections::HashMap;

use protocol::ids::{EventSeq, IntegrationId, Moment};
use protocol::notification::{Event, Notification};

use super::ids::{TenantId, VisitorId};
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

/// What a visitor has read: all up to one, and single ones above it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// All up to this one.
    pub upto: EventSeq,
    /// These too, ascending.
    pub also: Vec<EventSeq>,
}

impl Marks {
    /// Whether an event is read.
    pub fn has(&self, seq: EventSeq) -> bool {
        seq <= self.upto || self.also.binary_search(&seq).is_ok()
    }
}

/// A visitor's marks, and how many entries are left to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reader {
    /// What is read.
    pub marks: Marks,
    /// How many are not.
    pub unread: u32,
}

type Row = (i64, String, String, Option<String>, i64);

/// An entry as kept; nobody has read it yet.
fn entry((seq, integration, event, by, at): Row) -> Result<Notification, StoreError> {
    let unreadable = || StoreError::Unreadable("notification");
    Ok(Notification {
        seq: EventSeq(seq.cast_unsigned()),
        at: Moment(at.cast_unsigned()),
        integration: IntegrationId::new(integration).map_err(|_| unreadable())?,
        event: serde_json::from_str(&event).map_err(|_| unreadable())?,
        by,
        read: false,
    })
}

fn entries(rows: Vec<Row>) -> Result<Vec<Notification>, StoreError> {
    rows.into_iter().map(entry).collect()
}

impl Db<'_> {
    /// Appends to the tenant's log, and has its portal told.
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
        let seq = EventSeq(seq.cast_unsigned());
        self.tell_portal(seq, &new).await?;
        Ok(seq)
    }

    /// The tenant's newest entries, newest first, all as unread.
    pub async fn newest_events(
        &mut self,
        tenant: TenantId,
        limit: u16,
    ) -> Result<Vec<Notification>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT seq, integration, event, by_whom, at FROM notifications WHERE tenant = ?
             ORDER BY seq DESC LIMIT ?",
        )
        .bind(tenant.0)
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        entries(rows)
    }

    /// Entries after one, oldest first, all as unread; at most `limit`.
    pub async fn events_after(
        &mut self,
        tenant: TenantId,
        cursor: EventSeq,
        limit: u16,
    ) -> Result<Vec<Notification>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT seq, integration, event, by_whom, at FROM notifications WHERE tenant = ? AND seq > ?
             ORDER BY seq LIMIT ?",
        )
        .bind(tenant.0)
        .bind(cursor.0.cast_signed())
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        entries(rows)
    }

    /// Entries of one integration before one, newest first, all as unread.
    pub async fn activity(
        &mut self,
        tenant: TenantId,
        integration: &IntegrationId,
        before: Option<EventSeq>,
        limit: u16,
    ) -> Result<Vec<Notification>, StoreError> {
        let before = before.map_or(i64::MAX, |seq| i64::try_from(seq.0).unwrap_or(i64::MAX));
        let rows = sqlx::query_as(
            "SELECT seq, integration, event, by_whom, at FROM notifications
             WHERE tenant = ? AND seq < ? AND integration = ? ORDER BY seq DESC LIMIT ?",
        )
        .bind(tenant.0)
        .bind(before)
        .bind(integration.as_str())
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        entries(rows)
    }

    /// Whether an entry is in this tenant's log: only such a cursor means anything.
    pub async fn knows_event(&mut self, tenant: TenantId, seq: EventSeq) -> Result<bool, StoreError> {
        let known =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM notifications WHERE tenant = ? AND seq = ?)")
                .bind(tenant.0)
                .bind(seq.0.cast_signed())
                .fetch_one(&mut *self.0)
                .await?;
        Ok(known)
    }

    /// What a visitor has read.
    pub async fn marks(&mut self, visitor: VisitorId) -> Result<Marks, StoreError> {
        let upto: i64 = sqlx::query_scalar("SELECT read_upto FROM visitors WHERE id = ?")
            .bind(visitor.0)
            .fetch_one(&mut *self.0)
            .await?;
        let also: Vec<i64> =
            sqlx::query_scalar("SELECT seq FROM visitor_reads WHERE visitor = ? ORDER BY seq")
                .bind(visitor.0)
                .fetch_all(&mut *self.0)
                .await?;
        Ok(Marks {
            upto: EventSeq(upto.cast_unsigned()),
            also: also.into_iter().map(|seq| EventSeq(seq.cast_unsigned())).collect(),
        })
    }

    /// What each visitor of a tenant who has a session has read.
    pub async fn readers(&mut self, tenant: TenantId) -> Result<HashMap<VisitorId, Reader>, StoreError> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT v.id, v.read_upto, (
                SELECT count(*) FROM notifications n WHERE n.tenant = v.tenant AND n.seq > v.read_upto
                AND NOT EXISTS (SELECT 1 FROM visitor_reads r WHERE r.visitor = v.id AND r.seq = n.seq))
             FROM visitors v WHERE v.tenant = ?
             AND EXISTS (SELECT 1 FROM sessions s WHERE s.visitor = v.id AND s.ended_at IS NULL)",
        )
        .bind(tenant.0)
        .fetch_all(&mut *self.0)
        .await?;
        let mut readers: HashMap<VisitorId, Reader> = rows
            .into_iter()
            .map(|(visitor, upto, unread)| {
                let marks = Marks { upto: EventSeq(upto.cast_unsigned()), also: Vec::new() };
                (VisitorId(visitor), Reader { marks, unread: u32::try_from(unread).unwrap_or(u32::MAX) })
            })
            .collect();
        let also: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT r.visitor, r.seq FROM visitor_reads r JOIN visitors v ON v.id = r.visitor
             WHERE v.tenant = ? ORDER BY r.visitor, r.seq",
        )
        .bind(tenant.0)
        .fetch_all(&mut *self.0)
        .await?;
        for (visitor, seq) in also {
            if let Some(reader) = readers.get_mut(&VisitorId(visitor)) {
                reader.marks.also.push(EventSeq(seq.cast_unsigned()));
            }
        }
        Ok(readers)
    }

    /// Marks all up to one as read; never beyond the tenant's newest, never backwards.
    pub async fn mark_read(
        &mut self,
        tenant: TenantId,
        visitor: VisitorId,
        upto: EventSeq,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE visitors SET read_upto = max(read_upto, (
                SELECT coalesce(max(seq), 0) FROM notifications WHERE tenant = ?1 AND seq <= ?3))
             WHERE id = ?2",
        )
        .bind(tenant.0)
        .bind(visitor.0)
        .bind(i64::try_from(upto.0).unwrap_or(i64::MAX))
        .execute(&mut *self.0)
        .await?;
        sqlx::query(
            "DELETE FROM visitor_reads WHERE visitor = ?1
             AND seq <= (SELECT read_upto FROM visitors WHERE id = ?1)",
        )
        .bind(visitor.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Marks one entry as read. False when the tenant has no such entry.
    pub async fn mark_one_read(
        &mut self,
        tenant: TenantId,
        visitor: VisitorId,
        seq: EventSeq,
    ) -> Result<bool, StoreError> {
        if !self.knows_event(tenant, seq).await? {
            return Ok(false);
        }
        sqlx::query(
            "INSERT OR IGNORE INTO visitor_reads (visitor, seq)
             SELECT id, ?2 FROM visitors WHERE id = ?1 AND read_upto < ?2",
        )
        .bind(visitor.0)
        .bind(seq.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(true)
    }
}
