//! Revocations: retried until the provider has answered, or until they must not be sent.

use protocol::health::Revocation;
use protocol::ids::Moment;

use super::ids::ConnectionId;
use super::{Db, StoreError};

/// A token to be revoked.
pub struct NewRevocation<'a> {
    /// The connection it belonged to.
    pub connection: ConnectionId,
    /// The client registration that it was issued to.
    pub registration: &'a str,
    /// The company it opens.
    pub company_id: &'a str,
    /// The token, sealed.
    pub token_sealed: &'a [u8],
    /// The generation it is sealed under.
    pub generation: u64,
    /// When to send it.
    pub due: Moment,
}

/// A revocation that is due.
#[derive(Debug, Clone)]
pub struct DueRevocation {
    /// The row.
    pub id: i64,
    /// The connection the token belonged to.
    pub connection: ConnectionId,
    /// The client registration.
    pub registration: String,
    /// The company.
    pub company_id: String,
    /// The token, sealed.
    pub token_sealed: Vec<u8>,
    /// The generation it is sealed under.
    pub generation: u64,
    /// How often it was tried in vain.
    pub tries: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    connection: i64,
    registration: String,
    company_id: String,
    token_sealed: Vec<u8>,
    generation: i64,
    tries: i64,
}

impl From<Row> for DueRevocation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            connection: ConnectionId(row.connection),
            registration: row.registration,
            company_id: row.company_id,
            token_sealed: row.token_sealed,
            generation: row.generation.cast_unsigned(),
            tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
        }
    }
}

impl Db<'_> {
    /// Plans a revocation.
    pub async fn add_revocation(&mut self, new: NewRevocation<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO revocations (connection, registration, company_id, token_sealed, generation, next_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(new.connection.0)
        .bind(new.registration)
        .bind(new.company_id)
        .bind(new.token_sealed)
        .bind(new.generation.cast_signed())
        .bind(new.due.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Revocations whose time has come, the oldest first.
    pub async fn due_revocations(&mut self, now: Moment) -> Result<Vec<DueRevocation>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, connection, registration, company_id, token_sealed, generation, tries
             FROM revocations
             WHERE ended_at IS NULL AND token_sealed IS NOT NULL AND next_at <= ? ORDER BY id LIMIT 100",
        )
        .bind(now.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows.into_iter().map(DueRevocation::from).collect())
    }

    /// Whether it is still due: nobody sent it meanwhile.
    pub async fn revocation_is_due(&mut self, id: i64, now: Moment) -> Result<bool, StoreError> {
        let due: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM revocations WHERE id = ? AND ended_at IS NULL AND next_at <= ?",
        )
        .bind(id)
        .bind(now.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(due > 0)
    }

    /// When the next revocation is due.
    pub async fn next_revocation(&mut self) -> Result<Option<Moment>, StoreError> {
        let next: Option<i64> =
            sqlx::query_scalar("SELECT min(next_at) FROM revocations WHERE ended_at IS NULL")
                .fetch_one(&mut *self.0)
                .await?;
        Ok(next.map(|at| Moment(at.cast_unsigned())))
    }

    /// What became of the newest revocation of a connection.
    pub async fn last_revocation(
        &mut self,
        connection: ConnectionId,
    ) -> Result<Option<Revocation>, StoreError> {
        let row: Option<(i64, Option<i64>, Option<String>)> = sqlx::query_as(
            "SELECT next_at, ended_at, outcome FROM revocations WHERE connection = ? ORDER BY id DESC LIMIT 1",
        )
        .bind(connection.0)
        .fetch_optional(&mut *self.0)
        .await?;
        let moment = |at: i64| Moment(at.cast_unsigned());
        Ok(row.map(|(next, ended, outcome)| match (ended, outcome.as_deref()) {
            (None, _) => Revocation::Waits { next: moment(next) },
            (Some(at), Some("revoked")) => Revocation::Done { at: moment(at) },
            (Some(_), Some("dropped")) => Revocation::Shared,
            (Some(_), _) => Revocation::Unreadable,
        }))
    }

    /// It could not be sent; it is due again then.
    pub async fn postpone_revocation(&mut self, id: i64, due: Moment) -> Result<(), StoreError> {
        sqlx::query("UPDATE revocations SET tries = tries + 1, next_at = ? WHERE id = ?")
            .bind(due.0.cast_signed())
            .bind(id)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// It is over, in one word; our copy of the token is erased.
    pub async fn end_revocation(&mut self, id: i64, outcome: &str, now: Moment) -> Result<(), StoreError> {
        sqlx::query("UPDATE revocations SET ended_at = ?, outcome = ?, token_sealed = NULL WHERE id = ?")
            .bind(now.0.cast_signed())
            .bind(outcome)
            .bind(id)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
