//! Connections that were loaded to be moved from OAuth 1.0a to OAuth 2.0, and how far each has come.

mod moves;
mod standing;

use protocol::ids::{IntegrationId, Moment};

pub use moves::{DueMove, Mover};
pub use standing::CampaignStanding;

use super::ids::ConnectionId;
use super::{Db, StoreError, json};
use crate::providers::CompanyFacts;

/// Credentials under OAuth 1.0a as the vault sealed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCredentials {
    /// The token.
    pub token: Vec<u8>,
    /// Its secret.
    pub secret: Vec<u8>,
    /// SHA-256 of both, to know the same ones again.
    pub digest: [u8; 32],
    /// What both are sealed under.
    pub generation: u64,
}

/// A connection that is loaded, or loaded anew.
pub struct NewLegacy<'a> {
    /// Which.
    pub connection: ConnectionId,
    /// The provider's id of its company.
    pub company_id: &'a str,
    /// After this it stops working.
    pub deadline: Option<Moment>,
    /// SHA-256 of what was loaded.
    pub content: [u8; 32],
    /// What it can be moved with; none leaves what is there.
    pub credentials: Option<SealedCredentials>,
    /// When.
    pub now: Moment,
}

impl Db<'_> {
    /// SHA-256 of what was loaded last; none when nothing was, or it has moved.
    pub async fn legacy_content(&mut self, id: ConnectionId) -> Result<Option<[u8; 32]>, StoreError> {
        let content: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT content FROM legacy WHERE connection = ? AND moved_at IS NULL")
                .bind(id.0)
                .fetch_optional(&mut *self.0)
                .await?;
        Ok(content.and_then(|content| content.try_into().ok()))
    }

    /// The deadline that a connection waits with; none when it does not wait.
    pub async fn legacy_deadline(&mut self, id: ConnectionId) -> Result<Option<Option<Moment>>, StoreError> {
        let found: Option<Option<i64>> = sqlx::query_scalar(
            "SELECT l.deadline FROM legacy l JOIN connections c ON c.id = l.connection
             WHERE l.connection = ? AND l.moved_at IS NULL AND c.state = 'legacy'",
        )
        .bind(id.0)
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(found.map(|deadline| deadline.map(|at| Moment(at.cast_unsigned()))))
    }

    /// Whether another connection waits for this company.
    pub async fn legacy_company_is_taken(
        &mut self,
        integration: &IntegrationId,
        company_id: &str,
        except: Option<ConnectionId>,
    ) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM legacy l JOIN connections c ON c.id = l.connection
                 WHERE l.company_id = ? AND l.moved_at IS NULL AND c.integration = ? AND c.id <> ?
                   AND c.state IN ('legacy', 'authorizing'))",
        )
        .bind(company_id)
        .bind(integration.as_str())
        .bind(except.map_or(0, |id| id.0))
        .fetch_one(&mut *self.0)
        .await?;
        Ok(found > 0)
    }

    /// Names the company that a connection was made to under OAuth 1.0a.
    pub async fn set_legacy_company(
        &mut self,
        id: ConnectionId,
        company_id: &str,
        company: &CompanyFacts,
    ) -> Result<(), StoreError> {
        self.finish_erasure(id).await?;
        sqlx::query(
            "UPDATE connections SET company_id = ?, company = ?, revision = revision + 1
             WHERE id = ? AND live = 0",
        )
        .bind(company_id)
        .bind(json(company)?)
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Notes what was loaded. Credentials that were there stay, unless there are others, which are tried at once.
    pub async fn put_legacy(&mut self, new: &NewLegacy<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO legacy (connection, company_id, deadline, content, loaded_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (connection) DO UPDATE SET company_id = ?2, deadline = ?3, content = ?4,
                 loaded_at = CASE WHEN moved_at IS NULL THEN loaded_at ELSE ?5 END,
                 moved_at = NULL, moved_by = NULL",
        )
        .bind(new.connection.0)
        .bind(new.company_id)
        .bind(new.deadline.map(|at| at.0.cast_signed()))
        .bind(new.content.as_slice())
        .bind(new.now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        match &new.credentials {
            Some(credentials) => self.put_legacy_credentials(new.connection, credentials, new.now).await,
            None => Ok(()),
        }
    }

    async fn put_legacy_credentials(
        &mut self,
        id: ConnectionId,
        new: &SealedCredentials,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE legacy SET token_sealed = ?2, secret_sealed = ?3, credentials = ?4, generation = ?5,
                 tries = 0, next_at = ?6, sending_at = NULL, failure = NULL
             WHERE connection = ?1 AND credentials IS NOT ?4",
        )
        .bind(id.0)
        .bind(&new.token)
        .bind(&new.secret)
        .bind(new.digest.as_slice())
        .bind(new.generation.cast_signed())
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Erases the old credentials: nobody will move the connection with them.
    pub async fn erase_legacy_credentials(&mut self, id: ConnectionId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE legacy SET token_sealed = NULL, secret_sealed = NULL, credentials = NULL, next_at = NULL,
                 sending_at = NULL
             WHERE connection = ?",
        )
        .bind(id.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
