//! Sessions of visitors. One with a cookie is over when it was idle for eight hours or is a day old;
//! one of a frame (`embedded`) at a moment that can be put off.

mod embedded;

use protocol::ids::Moment;
use protocol::store::Permissions;

use super::ids::{SessionId, TenantId, VisitorId};
use super::{Db, StoreError, permissions};
use crate::clock::after;
use crate::state::Visitor;

pub use embedded::{AT_MOST, LASTS, NewEmbedded, Resumed};

const HOUR: u64 = 3_600_000;
/// A session that nobody uses ends after this, in milliseconds.
pub const IDLE: u64 = 8 * HOUR;
/// A session with a cookie ends after this in any case, in milliseconds.
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
    /// What its sockets go by.
    pub standing: Standing,
}

/// What the sockets of a session go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What the person may do.
    pub permissions: Permissions,
    /// When it ends whatever happens, unless it is renewed before.
    pub ends: Moment,
    /// How often its resume secret was exchanged: only the socket of the last time goes on.
    pub turns: i64,
}

impl LiveSession {
    /// When it is over if nothing more happens.
    pub fn over(&self) -> Moment {
        self.standing.over(self.seen)
    }
}

impl Standing {
    /// When a session of this standing is over that was last used at this moment.
    pub fn over(&self, seen: Moment) -> Moment {
        self.ends.min(after(seen, IDLE))
    }

    fn new(bits: i64, ends: i64, turns: i64) -> Self {
        let permissions = permissions::from_bits(bits);
        Self { permissions, ends: Moment(ends.cast_unsigned()), turns }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    permissions: i64,
    locale: String,
    seen_at: i64,
    ends_at: i64,
    turns: i64,
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
            "SELECT s.id, s.permissions, s.locale, s.seen_at, s.ends_at, s.turns, v.id AS visitor,
                    v.name AS visitor_name, t.id AS tenant, t.name AS organisation, p.id AS portal,
                    p.name AS portal_name, p.return_url
             FROM sessions s JOIN visitors v ON v.id = s.visitor JOIN tenants t ON t.id = v.tenant
             JOIN portals p ON p.id = t.portal
             WHERE s.ended_at IS NULL AND s.seen_at > ?2 AND s.ends_at > ?3 AND ",
            $by
        )
    };
}

impl From<Row> for LiveSession {
    fn from(row: Row) -> Self {
        let standing = Standing::new(row.permissions, row.ends_at, row.turns);
        Self {
            who: Visitor {
                session: SessionId(row.id),
                visitor: VisitorId(row.visitor),
                name: row.visitor_name,
                tenant: TenantId(row.tenant),
                portal: row.portal,
                permissions: standing.permissions,
                peer: None,
            },
            portal_name: row.portal_name,
            return_url: row.return_url,
            organisation: row.organisation,
            locale: row.locale,
            seen: Moment(row.seen_at.cast_unsigned()),
            standing,
        }
    }
}

fn before(now: Moment, milliseconds: u64) -> i64 {
    now.0.cast_signed() - milliseconds.cast_signed()
}

impl Db<'_> {
    /// Begins a session with a cookie, kept by the hash of that.
    pub async fn add_session(
        &mut self,
        hash: [u8; 32],
        whose: (VisitorId, Permissions),
        locale: &str,
        now: Moment,
    ) -> Result<SessionId, StoreError> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO sessions (hash, visitor, permissions, locale, created_at, seen_at, ends_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) RETURNING id",
        )
        .bind(hash.as_slice())
        .bind(whose.0.0)
        .bind(permissions::to_bits(whose.1))
        .bind(locale)
        .bind(now.0.cast_signed())
        .bind(after(now, LIFETIME).0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(SessionId(id))
    }

    /// The session of this cookie; none when it is unknown or over. A frame's secret is no cookie.
    pub async fn session_of(
        &mut self,
        hash: [u8; 32],
        now: Moment,
    ) -> Result<Option<LiveSession>, StoreError> {
        let row: Option<Row> = sqlx::query_as(select_live!("s.hash = ?1 AND s.kind = 'cookie'"))
            .bind(hash.as_slice())
            .bind(before(now, IDLE))
            .bind(now.0.cast_signed())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.map(LiveSession::from))
    }

    /// The session of this id, with today's rights; none when it is over.
    pub async fn session(&mut self, id: SessionId, now: Moment) -> Result<Option<LiveSession>, StoreError> {
        let row: Option<Row> = sqlx::query_as(select_live!("s.id = ?1"))
            .bind(id.0)
            .bind(before(now, IDLE))
            .bind(now.0.cast_signed())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.map(LiveSession::from))
    }

    /// The sessions of a tenant that are not over, as they stand.
    pub async fn sessions_of_tenant(
        &mut self,
        tenant: TenantId,
        now: Moment,
    ) -> Result<Vec<(SessionId, Standing)>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT s.id, s.permissions, s.ends_at, s.turns FROM sessions s
             JOIN visitors v ON v.id = s.visitor
             WHERE v.tenant = ? AND s.ended_at IS NULL AND s.seen_at > ? AND s.ends_at > ?",
        )
        .bind(tenant.0)
        .bind(before(now, IDLE))
        .bind(now.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        let standing = |(id, bits, ends, turns)| (SessionId(id), Standing::new(bits, ends, turns));
        Ok(rows.into_iter().map(standing).collect())
    }

    /// Notes that a session is in use. One that is over stays so.
    pub async fn touch_session(&mut self, id: SessionId, now: Moment) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET seen_at = ?1 WHERE id = ?2 AND seen_at > ?3")
            .bind(now.0.cast_signed())
            .bind(id.0)
            .bind(before(now, IDLE))
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
