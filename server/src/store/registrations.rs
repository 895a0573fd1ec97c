//! Client registrations, as the database knew them at the last start.

use super::{Db, StoreError};

/// A client registration, without its secret.
pub struct RegistrationRow<'a> {
    /// Its name, in the redirect URI.
    pub id: &'a str,
    /// The catalogue's entry.
    pub integration: &'a str,
    /// The entry's environment.
    pub environment: &'a str,
    /// As the provider issued it.
    pub client_id: &'a str,
}

impl Db<'_> {
    /// Whether live connections belong to this registration under another client than this one.
    pub async fn client_would_change(&mut self, row: &RegistrationRow<'_>) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM connections c JOIN registrations r ON r.id = c.registration
             WHERE c.live = 1 AND r.id = ?
                 AND (r.client_id <> ? OR r.integration <> ? OR r.environment <> ?)",
        )
        .bind(row.id)
        .bind(row.client_id)
        .bind(row.integration)
        .bind(row.environment)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(found > 0)
    }

    /// Keeps a registration as it is configured now.
    pub async fn put_registration(&mut self, row: &RegistrationRow<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO registrations (id, integration, environment, client_id) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET integration = excluded.integration,
                 environment = excluded.environment, client_id = excluded.client_id",
        )
        .bind(row.id)
        .bind(row.integration)
        .bind(row.environment)
        .bind(row.client_id)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
