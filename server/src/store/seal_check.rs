//! One sealed word, by which a wrong key file is noticed at the start.

use super::{Db, StoreError};

impl Db<'_> {
    /// The sealed word, once there is one.
    pub async fn seal_check(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar("SELECT sealed FROM seal_check").fetch_optional(&mut *self.0).await?)
    }

    /// Keeps the sealed word of a new key ring.
    pub async fn put_seal_check(&mut self, sealed: &[u8]) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO seal_check (id, sealed) VALUES (1, ?)")
            .bind(sealed)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
