//! API keys of portals: kept by hash, shown by prefix, bound to scopes.

mod scopes;

use protocol::ids::Moment;

use super::ids::KeyId;
use super::{Db, StoreError};

pub use scopes::{NoScope, Scope, Scopes};

/// A key to be kept.
pub struct NewKey<'a> {
    /// Whose it is.
    pub portal: &'a str,
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// What is shown of it.
    pub prefix: &'a str,
    /// What it may be used for.
    pub scopes: Scopes,
}

/// A key that somebody presented.
#[derive(Debug, Clone)]
pub struct KnownKey {
    /// Its row.
    pub id: KeyId,
    /// Whose it is.
    pub portal: String,
    /// What is shown of it.
    pub prefix: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// It is not revoked.
    pub stands: bool,
}

/// What an operator sees of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySight {
    /// What is shown of it.
    pub prefix: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// Since when.
    pub created: Moment,
    /// To within a minute or two.
    pub last_used: Option<Moment>,
    /// Since when it opens nothing.
    pub revoked: Option<Moment>,
}

impl Db<'_> {
    /// Keeps a key by its hash.
    pub async fn add_api_key(&mut self, key: &NewKey<'_>, now: Moment) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO api_keys (portal, hash, prefix, scopes, created_at) VALUES (?, ?, ?, ?, ?)")
            .bind(key.portal)
            .bind(key.hash.as_slice())
            .bind(key.prefix)
            .bind(key.scopes.to_string())
            .bind(now.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// The key of this hash, though it may be revoked; none when it is unknown.
    pub async fn api_key(&mut self, hash: [u8; 32]) -> Result<Option<KnownKey>, StoreError> {
        let row: Option<(i64, String, String, String, bool)> = sqlx::query_as(
            "SELECT id, portal, prefix, scopes, revoked_at IS NULL FROM api_keys WHERE hash = ?",
        )
        .bind(hash.as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(row.map(|(id, portal, prefix, scopes, stands)| KnownKey {
            id: KeyId(id),
            portal,
            prefix,
            scopes: Scopes::read(&scopes),
            stands,
        }))
    }

    /// Whether a key that was presented a moment ago still opens anything.
    pub async fn api_key_stands(&mut self, key: KeyId) -> Result<bool, StoreError> {
        let stands: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM api_keys WHERE id = ? AND revoked_at IS NULL)")
                .bind(key.0)
                .fetch_one(&mut *self.0)
                .await?;
        Ok(stands)
    }

    /// The keys of a portal, the oldest first.
    pub async fn api_keys_of(&mut self, portal: &str) -> Result<Vec<KeySight>, StoreError> {
        type Row = (String, String, i64, Option<i64>, Option<i64>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT prefix, scopes, created_at, last_used_at, revoked_at FROM api_keys
             WHERE portal = ? ORDER BY id",
        )
        .bind(portal)
        .fetch_all(&mut *self.0)
        .await?;
        let moment = |at: i64| Moment(at.cast_unsigned());
        let sight = |(prefix, scopes, created, last_used, revoked): Row| KeySight {
            prefix,
            scopes: Scopes::read(&scopes),
            created: moment(created),
            last_used: last_used.map(moment),
            revoked: revoked.map(moment),
        };
        Ok(rows.into_iter().map(sight).collect())
    }

    /// Revokes a portal's key by its prefix, and takes back what it handed out and nobody has used.
    /// False when no key of that prefix stands.
    pub async fn revoke_api_key(
        &mut self,
        portal: &str,
        prefix: &str,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let keys: Vec<i64> = sqlx::query_scalar(
            "UPDATE api_keys SET revoked_at = ? WHERE portal = ? AND prefix = ? AND revoked_at IS NULL
             RETURNING id",
        )
        .bind(now.0.cast_signed())
        .bind(portal)
        .bind(prefix)
        .fetch_all(&mut *self.0)
        .await?;
        for key in &keys {
            for table in [
                "DELETE FROM links WHERE api_key = ? AND used_at IS NULL",
                "DELETE FROM session_tokens WHERE api_key = ? AND used_at IS NULL",
            ] {
                sqlx::query(table).bind(key).execute(&mut *self.0).await?;
            }
        }
        Ok(!keys.is_empty())
    }

    /// Notes when keys were last used. A later moment that is noted already stays.
    pub async fn note_key_uses(&mut self, uses: &[(KeyId, Moment)]) -> Result<(), StoreError> {
        for (key, at) in uses {
            sqlx::query("UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?")
                .bind(at.0.cast_signed())
                .bind(key.0)
                .execute(&mut *self.0)
                .await?;
        }
        Ok(())
    }
}
