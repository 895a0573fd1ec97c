//! The origins on whose pages a portal embeds the store.

use super::{Db, StoreError};

impl Db<'_> {
    /// A portal's origins, in the order of the alphabet.
    pub async fn origins_of(&mut self, portal: &str) -> Result<Vec<String>, StoreError> {
        let origins =
            sqlx::query_scalar("SELECT origin FROM portal_origins WHERE portal = ? ORDER BY origin")
                .bind(portal)
                .fetch_all(&mut *self.0)
                .await?;
        Ok(origins)
    }

    /// Adds an origin; false when it was there.
    pub async fn add_origin(&mut self, portal: &str, origin: &str) -> Result<bool, StoreError> {
        let added = sqlx::query("INSERT OR IGNORE INTO portal_origins (portal, origin) VALUES (?, ?)")
            .bind(portal)
            .bind(origin)
            .execute(&mut *self.0)
            .await?;
        Ok(added.rows_affected() == 1)
    }

    /// Takes an origin away; false when it was not there.
    pub async fn remove_origin(&mut self, portal: &str, origin: &str) -> Result<bool, StoreError> {
        let removed = sqlx::query("DELETE FROM portal_origins WHERE portal = ? AND origin = ?")
            .bind(portal)
            .bind(origin)
            .execute(&mut *self.0)
            .await?;
        Ok(removed.rows_affected() == 1)
    }
}
