//! Sessions of visitors: idle for eight hours, or a day old, they are over.

use protocol::ids::Moment;
use protocol::store::Permissions;

use super::ids::{SessionId, TenantId, VisitorId};
use super::{Db, StoreError, permissions};
use crate::state::Visitor;

const HOUR: u64 = 3_600_000;
/// A session that nobody uses ends after this, in milliseconds.
pub const IDLE: u64 = 8 * HOUR;
/// A session ends after this in any case, in milliseconds.
pub const LIFETIME: u64 = 24 * HOUR;

/// A session as it stands.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// The person, with today's rights.
    pub who: Visitor,
    /// The portal's name on screen.
    pub portal_name: String,
    /// Where "Back to ..." leads.
    pub return_url: Option<String>,
    /// The organisation's name.
    pub organisation: String,
    /// The person's language.
    pub locale: String,
    /// When it was last used, to within a minute.
    pub seen: Moment,
    /// When it ends whatever happens.
    pub ends: Moment,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    permissions: i64,
    locale: String,
    created_at: i64,
    seen_at: i64,
    visitor: i64,
    visitor_name: String,
    tenant: i64,
    organisation: String,
    portal: String,
    portal_name: String,
    return_url: Option<String>,
}

macro_rules! select_live {
    ($by:literal) => {
        concat!(
            "SELECT s.id, s.permissions, s.locale, s.created_at, s.seen_at, v.id AS visitor,
                    v.name AS visitor_name, t.id AS tenant, t.name AS organisation, p.id AS portal,
                    p.name AS portal_name, p.return_url
             FROM sessions s JOIN visitors v ON v.id = s.visitor JOIN tenants t ON t.id = v.tenant
             JOIN portals p ON p.id = t.portal
             WHERE s.ended_at IS NULL AND s.seen_at > ?2 AND s.created_at > ?3 AND ",
            $by
        )
    };
}

impl From<Row> for LiveSession {
    fn from(row: Row) -> Self {
        let created = row.created_at.cast_unsigned();
        Self {
            who: Visitor {
                session: SessionId(row.id),
                visitor: VisitorId(row.visitor),
                name: row.visitor_name,
                tenant: TenantId(row.tenant),
                portal: row.portal,
                permissions: permissions::from_bits(row.permissions),
            },
            portal_name: row.portal_name,
            return_url: row.return_url,
            organisation: row.organisation,
            locale: row.locale,
            seen: Moment(row.seen_at.cast_unsigned()),
            ends: Moment(created + LIFETIME),
        }
    }
}

fn before(now: Moment, milliseconds: u64) -> i64 {
    now.0.cast_signed() - milliseconds.cast_signed()
}

impl Db<'_> {
    /// Begins a session, kept by the hash of its secret.
    pub async fn add_session(
        &mut self,
        hash: [u8; 32],
        whose: (VisitorId, Permissions),
        locale: &str,
        now: Moment,
    ) -> Result<SessionId, StoreError> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO sessions (hash, visitor, permissions, locale, created_at, seen_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5) RETURNING id",
        )
        .bind(hash.as_slice())
        .bind(whose.0.0)
        .bind(permissions::to_bits(whose.1))
        .bind(locale)
        .bind(now.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(SessionId(id))
    }

    /// The session of this secret; none when it is unknown or over.
    pub async fn session_of(
        &mut self,
        hash: [u8; 32],
        now: Moment,
    ) -> Result<Option<LiveSession>, StoreError> {
        let row: Option<Row> = sqlx::query_as(select_live!("s.hash = ?1"))
            .bind(hash.as_slice())
            .bind(before(now, IDLE))
            .bind(before(now, LIFETIME))
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.map(LiveSession::from))
    }

    /// The session of this id, with today's rights; none when it is over.
    pub async fn session(&mut self, id: SessionId, now: Moment) -> Result<Option<LiveSession>, StoreError> {
        let row: Option<Row> = sqlx::query_as(select_live!("s.id = ?1"))
            .bind(id.0)
            .bind(before(now, IDLE))
            .bind(before(now, LIFETIME))
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.map(LiveSession::from))
    }

    /// The sessions of a tenant that are not over, with today's rights.
    pub async fn sessions_of_tenant(
        &mut self,
        tenant: TenantId,
        now: Moment,
    ) -> Result<Vec<(SessionId, Permissions)>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT s.id, s.permissions FROM sessions s JOIN visitors v ON v.id = s.visitor
             WHERE v.tenant = ? AND s.ended_at IS NULL AND s.seen_at > ? AND s.created_at > ?",
        )
        .bind(tenant.0)
        .bind(before(now, IDLE))
        .bind(before(now, LIFETIME))
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows.into_iter().map(|(id, bits)| (SessionId(id), permissions::from_bits(bits))).collect())
    }

    /// Notes that a session is in use.
    pub async fn touch_session(&mut self, id: SessionId, now: Moment) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET seen_at = ? WHERE id = ?")
            .bind(now.0.cast_signed())
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Changes what a session may do.
    pub async fn set_permissions(&mut self, id: SessionId, to: Permissions) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET permissions = ? WHERE id = ?")
            .bind(permissions::to_bits(to))
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Ends a session.
    pub async fn end_session(&mut self, id: SessionId, now: Moment) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL")
            .bind(now.0.cast_signed())
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Forgets sessions that have been over for a day.
    pub async fn sweep_sessions(&mut self, now: Moment) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE created_at <= ?")
            .bind(before(now, 2 * LIFETIME))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
