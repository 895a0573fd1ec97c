//! One-time links: who will be signed in where, until used or expired.

use protocol::ids::Moment;
use protocol::store::Permissions;

use super::ids::VisitorId;
use super::invitations::NewInvitation;
use super::{Db, StoreError};

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
    pub async fn add_link(&mut self, new: &NewInvitation<'_>) -> Result<(), StoreError> {
        let insert = "INSERT INTO links (hash, visitor, api_key, permissions, locale, expires_at)
                      VALUES (?, ?, ?, ?, ?, ?)";
        self.keep_invitation(insert, new).await
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
        let update = "UPDATE links SET used_at = ?2
                      WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2
                      RETURNING visitor, permissions, locale";
        self.take_invitation(update, hash, now).await
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
