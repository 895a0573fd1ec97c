//! Sessions of frames: an hour at a time, half a day in all, resumed by a secret that changes with
//! every welcome.
//!
//! A resume secret is spent when the next one is known to have arrived, not when that is sent: see
//! [`Db::resume`].

use protocol::ids::Moment;
use protocol::store::Permissions;

use super::super::ids::{SessionId, TenantId, VisitorId};
use super::super::{Db, StoreError, permissions};
use super::HOUR;
use crate::clock::after;

/// How long a session of a frame lasts unless it is renewed, in milliseconds.
pub const LASTS: u64 = HOUR;
/// How far it can be renewed, counted from its beginning, in milliseconds.
pub const AT_MOST: u64 = 12 * HOUR;

/// A session to be begun for a frame.
pub struct NewEmbedded<'a> {
    /// SHA-256 of its first resume secret.
    pub hash: [u8; 32],
    /// Whose it is.
    pub visitor: VisitorId,
    /// What the person may do.
    pub permissions: Permissions,
    /// The person's language.
    pub locale: &'a str,
}

/// What a resume secret came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    /// It was good, for this session.
    Session(SessionId),
    /// It was good once, for this session.
    Spent(SessionId),
    /// It belongs to no session of this portal that is not over.
    Unknown,
}

/// Whose secret this is (?1), in a frame of this portal (?2), at this time (?3).
macro_rules! by_secret {
    ($statement:literal, $rest:literal) => {
        concat!(
            $statement,
            " WHERE (hash = ?1 OR previous = ?1) AND kind = 'embedded' AND ended_at IS NULL
                  AND ends_at > ?3 AND EXISTS (SELECT 1 FROM visitors v JOIN tenants t ON t.id = v.tenant
                                               WHERE v.id = sessions.visitor AND t.portal = ?2) ",
            $rest
        )
    };
}

impl Db<'_> {
    /// Begins a session of a frame.
    pub async fn add_embedded(
        &mut self,
        new: &NewEmbedded<'_>,
        now: Moment,
    ) -> Result<SessionId, StoreError> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO sessions (hash, visitor, permissions, locale, created_at, seen_at, ends_at, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, 'embedded') RETURNING id",
        )
        .bind(new.hash.as_slice())
        .bind(new.visitor.0)
        .bind(permissions::to_bits(new.permissions))
        .bind(new.locale)
        .bind(now.0.cast_signed())
        .bind(after(now, LASTS).0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(SessionId(id))
    }

    /// Exchanges a resume secret for a new one, in one statement.
    ///
    /// A welcome can be lost with its socket, and an honest store then has nothing but the secret
    /// before it. So the one that was presented stays good (`previous`) until the new one is
    /// confirmed. Of the two that are good at a time, presenting one spends the other.
    pub async fn resume(
        &mut self,
        portal: &str,
        (old, new): ([u8; 32], [u8; 32]),
        now: Moment,
    ) -> Result<Resumed, StoreError> {
        sqlx::query(by_secret!(
            "INSERT INTO spent_secrets (hash, session)
             SELECT CASE WHEN hash = ?1 THEN previous ELSE hash END, id FROM sessions",
            "AND previous IS NOT NULL"
        ))
        .bind(old.as_slice())
        .bind(portal)
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        let resumed: Option<i64> = sqlx::query_scalar(by_secret!(
            "UPDATE sessions SET previous = ?1, hash = ?4, turns = turns + 1, seen_at = ?3",
            "RETURNING id"
        ))
        .bind(old.as_slice())
        .bind(portal)
        .bind(now.0.cast_signed())
        .bind(new.as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        if let Some(id) = resumed {
            return Ok(Resumed::Session(SessionId(id)));
        }
        Ok(self.spent_by(old).await?.map_or(Resumed::Unknown, Resumed::Spent))
    }

    /// The tenant of a resume secret that is good in this portal. Nothing is exchanged.
    pub async fn secret_leads_to(
        &mut self,
        portal: &str,
        secret: [u8; 32],
        now: Moment,
    ) -> Result<Option<TenantId>, StoreError> {
        let tenant: Option<i64> = sqlx::query_scalar(by_secret!(
            "SELECT (SELECT tenant FROM visitors WHERE id = sessions.visitor) FROM sessions",
            ""
        ))
        .bind(secret.as_slice())
        .bind(portal)
        .bind(now.0.cast_signed())
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(tenant.map(TenantId))
    }

    /// The session for which this resume secret was good once.
    pub async fn spent_by(&mut self, hash: [u8; 32]) -> Result<Option<SessionId>, StoreError> {
        let spent: Option<i64> = sqlx::query_scalar("SELECT session FROM spent_secrets WHERE hash = ?")
            .bind(hash.as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(spent.map(SessionId))
    }

    /// The resume secret of this hash has arrived: the one before it is spent. Changes nothing when it
    /// is no longer the newest.
    pub async fn confirm_secret(&mut self, id: SessionId, hash: [u8; 32]) -> Result<(), StoreError> {
        for statement in [
            "INSERT INTO spent_secrets (hash, session) SELECT previous, id FROM sessions
             WHERE id = ?1 AND hash = ?2 AND previous IS NOT NULL",
            "UPDATE sessions SET previous = NULL WHERE id = ?1 AND hash = ?2",
        ] {
            sqlx::query(statement).bind(id.0).bind(hash.as_slice()).execute(&mut *self.0).await?;
        }
        Ok(())
    }

    /// Makes a session of a frame last longer, with the rights and language of today. False when this
    /// is no such session.
    pub async fn renew_session(
        &mut self,
        id: SessionId,
        (permissions, locale): (Permissions, &str),
        now: Moment,
    ) -> Result<bool, StoreError> {
        let renewed = sqlx::query(
            "UPDATE sessions SET permissions = ?2, locale = ?3, seen_at = ?4,
                 ends_at = min(?5, created_at + ?6)
             WHERE id = ?1 AND kind = 'embedded' AND ended_at IS NULL AND ends_at > ?4",
        )
        .bind(id.0)
        .bind(permissions::to_bits(permissions))
        .bind(locale)
        .bind(now.0.cast_signed())
        .bind(after(now, LASTS).0.cast_signed())
        .bind(AT_MOST.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(renewed.rows_affected() == 1)
    }
}
