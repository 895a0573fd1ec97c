//! Session tokens: what an embedded store says hello with, once, within minutes.

use protocol::ids::Moment;
use protocol::store::Permissions;

use super::ids::{TenantId, VisitorId};
use super::invitations::NewInvitation;
use super::{Db, StoreError};

impl Db<'_> {
    /// Keeps a session token by its hash.
    pub async fn add_session_token(&mut self, new: &NewInvitation<'_>) -> Result<(), StoreError> {
        let insert = "INSERT INTO session_tokens (hash, visitor, api_key, permissions, locale, expires_at)
                      VALUES (?, ?, ?, ?, ?, ?)";
        self.keep_invitation(insert, new).await
    }

    /// Uses a session token up, in one statement: whom it lets in, with what rights and language.
    /// None when it is unknown, used or expired.
    pub async fn take_session_token(
        &mut self,
        hash: [u8; 32],
        now: Moment,
    ) -> Result<Option<(VisitorId, Permissions, String)>, StoreError> {
        let update = "UPDATE session_tokens SET used_at = ?2
                      WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2
                      RETURNING visitor, permissions, locale";
        self.take_invitation(update, hash, now).await
    }

    /// The tenant of a session token that is good in this portal. The token stays good.
    pub async fn token_leads_to(
        &mut self,
        portal: &str,
        hash: [u8; 32],
        now: Moment,
    ) -> Result<Option<TenantId>, StoreError> {
        let tenant: Option<i64> = sqlx::query_scalar(
            "SELECT t.id FROM session_tokens s
             JOIN visitors v ON v.id = s.visitor JOIN tenants t ON t.id = v.tenant
             WHERE s.hash = ? AND t.portal = ? AND s.used_at IS NULL AND s.expires_at > ?",
        )
        .bind(hash.as_slice())
        .bind(portal)
        .bind(now.0.cast_signed())
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(tenant.map(TenantId))
    }

    /// Whom a session token was handed out for, whether it is good or not, with the portal's name.
    pub async fn session_token_of(
        &mut self,
        hash: [u8; 32],
    ) -> Result<Option<(VisitorId, TenantId, String)>, StoreError> {
        let row: Option<(i64, i64, String)> = sqlx::query_as(
            "SELECT v.id, t.id, t.portal FROM session_tokens s
             JOIN visitors v ON v.id = s.visitor JOIN tenants t ON t.id = v.tenant WHERE s.hash = ?",
        )
        .bind(hash.as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(row.map(|(visitor, tenant, portal)| (VisitorId(visitor), TenantId(tenant), portal)))
    }

    /// Forgets session tokens that can no longer be used.
    pub async fn sweep_session_tokens(&mut self, now: Moment) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM session_tokens WHERE expires_at <= ?")
            .bind(now.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
