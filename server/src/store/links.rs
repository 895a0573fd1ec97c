//! One-time links: who will be signed in where, until used or expired.

use protocol::ids::Moment;
use protocol::store::Permissions;

use super::ids::VisitorId;
use super::{Db, StoreError, permissions};

/// A link to be made.
pub struct NewLink<'a> {
    /// SHA-256 of its code.
    pub hash: [u8; 32],
    /// Whom it signs in.
    pub visitor: VisitorId,
    /// What the session may do.
    pub permissions: Permissions,
    /// The session's language.
    pub locale: &'a str,
    /// Good until then.
    pub expires: Moment,
}

/// What a link's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSight {
    /// Whom it signs in.
    pub visitor: VisitorId,
    /// Their name.
    pub visitor_name: String,
    /// Their organisation.
    pub organisation: String,
    /// Its portal.
    pub portal_name: String,
}

impl Db<'_> {
    /// Keeps a link by its hash.
    pub async fn add_link(&mut self, link: &NewLink<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO links (hash, visitor, permissions, locale, expires_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(link.hash.as_slice())
        .bind(link.visitor.0)
        .bind(permissions::to_bits(link.permissions))
        .bind(link.locale)
        .bind(link.expires.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Looks at a link without using it; none when it is unknown, used or expired.
    pub async fn look_at_link(
        &mut self,
        hash: [u8; 32],
        now: Moment,
    ) -> Result<Option<LinkSight>, StoreError> {
        let row: Option<(i64, String, String, String)> = sqlx::query_as(
            "SELECT v.id, v.name, t.name, p.name FROM links l
             JOIN visitors v ON v.id = l.visitor JOIN tenants t ON t.id = v.tenant
             JOIN portals p ON p.id = t.portal
             WHERE l.hash = ? AND l.used_at IS NULL AND l.expires_at > ?",
        )
        .bind(hash.as_slice())
        .bind(now.0.cast_signed())
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(row.map(|(visitor, visitor_name, organisation, portal_name)| LinkSight {
            visitor: VisitorId(visitor),
            visitor_name,
            organisation,
            portal_name,
        }))
    }

    /// Uses a link up, in one statement: whom it signs in, with what rights and language. None when
    /// it is unknown, used or expired.
    pub async fn take_link(
        &mut self,
        hash: [u8; 32],
        now: Moment,
    ) -> Result<Option<(VisitorId, Permissions, String)>, StoreError> {
        let row: Option<(i64, i64, String)> = sqlx::query_as(
            "UPDATE links SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2
             RETURNING visitor, permissions, locale",
        )
        .bind(hash.as_slice())
        .bind(now.0.cast_signed())
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(row.map(|(visitor, bits, locale)| (VisitorId(visitor), permissions::from_bits(bits), locale)))
    }

    /// Forgets links that can no longer be used.
    pub async fn sweep_links(&mut self, now: Moment) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM links WHERE expires_at <= ?")
            .bind(now.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
