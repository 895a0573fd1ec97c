//! What is known of the vault's keys besides the keys: when each was made, and which of them the
//! running proxy knows.

use std::collections::BTreeMap;

use protocol::ids::Moment;

use super::{Db, StoreError, json, unjson};

impl Db<'_> {
    /// Notes when a key was made. What was noted before stays.
    pub async fn put_vault_key(&mut self, id: u32, made: Moment) -> Result<(), StoreError> {
        sqlx::query("INSERT OR IGNORE INTO vault_keys (id, made_at) VALUES (?, ?)")
            .bind(id)
            .bind(made.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// When the keys were made, as far as it was noted.
    pub async fn vault_keys(&mut self) -> Result<BTreeMap<u32, Moment>, StoreError> {
        let rows: Vec<(u32, i64)> =
            sqlx::query_as("SELECT id, made_at FROM vault_keys").fetch_all(&mut *self.0).await?;
        Ok(rows.into_iter().map(|(id, made)| (id, Moment(made.cast_unsigned()))).collect())
    }

    /// Forgets when a key was made.
    pub async fn forget_vault_key(&mut self, id: u32) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM vault_keys WHERE id = ?").bind(id).execute(&mut *self.0).await?;
        Ok(())
    }

    /// The running proxy says which keys it knows, the newest last.
    pub async fn put_known_keys(&mut self, known: &[u32]) -> Result<(), StoreError> {
        sqlx::query("INSERT OR REPLACE INTO vault_ring (id, known) VALUES (1, ?)")
            .bind(json(known)?)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// A proxy that starts takes back what the one before it said.
    pub async fn clear_known_keys(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM vault_ring").execute(&mut *self.0).await?;
        Ok(())
    }

    /// The keys that the running proxy, if there is one, has said to know; none while it starts.
    pub async fn known_keys(&mut self) -> Result<Option<Vec<u32>>, StoreError> {
        let known: Option<String> =
            sqlx::query_scalar("SELECT known FROM vault_ring").fetch_optional(&mut *self.0).await?;
        known.map(|known| unjson(&known, "known keys")).transpose()
    }
}
