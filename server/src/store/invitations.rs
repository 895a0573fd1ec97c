//! What a portal's backend gets for a person who is to be let in: a link or a session token. Both
//! are kept by hash, are good once and for minutes, and say who comes with what rights.

use protocol::ids::Moment;
use protocol::store::Permissions;

use super::ids::{KeyId, VisitorId};
use super::{Db, StoreError, permissions};

/// A link or a session token to be kept.
pub struct NewInvitation<'a> {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// Whom it lets in.
    pub visitor: VisitorId,
    /// What the session may do.
    pub permissions: Permissions,
    /// The session's language.
    pub locale: &'a str,
    /// The key that asked for it: when that is revoked, so is this.
    pub key: Option<KeyId>,
    /// Good until then.
    pub expires: Moment,
}

impl Db<'_> {
    /// `insert` names the table; its columns are in the order of the values below.
    pub(super) async fn keep_invitation(
        &mut self,
        insert: &'static str,
        new: &NewInvitation<'_>,
    ) -> Result<(), StoreError> {
        sqlx::query(insert)
            .bind(new.hash.as_slice())
            .bind(new.visitor.0)
            .bind(new.key.map(|key| key.0))
            .bind(permissions::to_bits(new.permissions))
            .bind(new.locale)
            .bind(new.expires.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// `update` uses it up and returns visitor, permissions and language, in one statement.
    pub(super) async fn take_invitation(
        &mut self,
        update: &'static str,
        hash: [u8; 32],
        now: Moment,
    ) -> Result<Option<(VisitorId, Permissions, String)>, StoreError> {
        let row: Option<(i64, i64, String)> = sqlx::query_as(update)
            .bind(hash.as_slice())
            .bind(now.0.cast_signed())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.map(|(visitor, bits, locale)| (VisitorId(visitor), permissions::from_bits(bits), locale)))
    }
}
