//! Runs of the OAuth flow. Taken by one statement, so that a code is exchanged at most once.

use protocol::ids::Moment;

use super::ids::{AttemptId, ConnectionId, SessionId};
use super::{Db, StoreError};

/// Attempts that one browser may have under way.
pub const PENDING: usize = 5;

/// An attempt to be kept.
pub struct NewAttempt<'a> {
    /// SHA-256 of the state.
    pub state_hash: [u8; 32],
    /// SHA-256 of the browser's cookie for it.
    pub cookie_hash: [u8; 32],
    /// For which connection.
    pub connection: ConnectionId,
    /// Whose.
    pub session: SessionId,
    /// With which client registration.
    pub registration: &'a str,
    /// As sent to the provider.
    pub redirect_uri: &'a str,
    /// The PKCE verifier, where the provider takes one.
    pub verifier_sealed: Option<Vec<u8>>,
    /// Now.
    pub created: Moment,
    /// When it is over.
    pub expires: Moment,
}

/// An attempt that the callback has taken.
#[derive(Debug, Clone)]
pub struct TakenAttempt {
    /// The row.
    pub id: AttemptId,
    /// For which connection.
    pub connection: ConnectionId,
    /// Whose.
    pub session: SessionId,
    /// The registration that began it.
    pub registration: String,
    /// As it was sent to the provider.
    pub redirect_uri: String,
    /// The PKCE verifier.
    pub verifier_sealed: Option<Vec<u8>>,
    /// SHA-256 of the browser's cookie for it.
    pub cookie_hash: [u8; 32],
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    connection: i64,
    session: i64,
    registration: String,
    redirect_uri: String,
    verifier_sealed: Option<Vec<u8>>,
    cookie_hash: Vec<u8>,
}

impl Db<'_> {
    /// Keeps an attempt.
    pub async fn add_attempt(&mut self, new: NewAttempt<'_>) -> Result<AttemptId, StoreError> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO attempts (state_hash, cookie_hash, connection, session, registration,
                 redirect_uri, verifier_sealed, created_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(new.state_hash.as_slice())
        .bind(new.cookie_hash.as_slice())
        .bind(new.connection.0)
        .bind(new.session.0)
        .bind(new.registration)
        .bind(new.redirect_uri)
        .bind(new.verifier_sealed)
        .bind(new.created.0.cast_signed())
        .bind(new.expires.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(AttemptId(id))
    }

    /// Takes the attempt of this state, if this browser holds a cookie of it, this registration
    /// began it, and nobody took it. Its verifier leaves the database with it.
    pub async fn take_attempt(
        &mut self,
        state_hash: [u8; 32],
        cookies: &[[u8; 32]],
        registration: &str,
        now: Moment,
    ) -> Result<Option<TakenAttempt>, StoreError> {
        let cookie = |index: usize| cookies.get(index).map_or(&[][..], |hash| hash.as_slice());
        let found: Option<Row> = sqlx::query_as(
            "SELECT id, connection, session, registration, redirect_uri, verifier_sealed, cookie_hash
             FROM attempts WHERE state_hash = ?",
        )
        .bind(state_hash.as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        let taken = sqlx::query(
            "UPDATE attempts SET taken_at = ?1, verifier_sealed = NULL
             WHERE state_hash = ?2 AND registration = ?3 AND cookie_hash IN (?4, ?5, ?6, ?7, ?8)
                 AND taken_at IS NULL AND ended_at IS NULL AND expires_at > ?1",
        )
        .bind(now.0.cast_signed())
        .bind(state_hash.as_slice())
        .bind(registration)
        .bind(cookie(0))
        .bind(cookie(1))
        .bind(cookie(2))
        .bind(cookie(3))
        .bind(cookie(4))
        .execute(&mut *self.0)
        .await?;
        found.filter(|_| taken.rows_affected() == 1).map(TakenAttempt::try_from).transpose()
    }

    /// Ends an attempt. False when it had ended already, for example because it was given up.
    pub async fn end_attempt(
        &mut self,
        id: AttemptId,
        outcome: &str,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let ended =
            sqlx::query("UPDATE attempts SET ended_at = ?, outcome = ? WHERE id = ? AND ended_at IS NULL")
                .bind(now.0.cast_signed())
                .bind(outcome)
                .bind(id.0)
                .execute(&mut *self.0)
                .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Ends every attempt of a connection, also those whose code is being exchanged.
    pub async fn end_attempts(
        &mut self,
        connection: ConnectionId,
        outcome: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE attempts SET ended_at = ?, outcome = ?, verifier_sealed = NULL
             WHERE connection = ? AND ended_at IS NULL",
        )
        .bind(now.0.cast_signed())
        .bind(outcome)
        .bind(connection.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Ends the attempts of a connection that no callback has taken yet, of one session or of everybody.
    /// Where a code is being exchanged the provider may have given its tokens already, so that goes on.
    pub async fn supersede_attempts(
        &mut self,
        connection: ConnectionId,
        of: Option<SessionId>,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE attempts SET ended_at = ?1, outcome = 'superseded', verifier_sealed = NULL
             WHERE connection = ?2 AND (?3 IS NULL OR session = ?3)
                 AND taken_at IS NULL AND ended_at IS NULL",
        )
        .bind(now.0.cast_signed())
        .bind(connection.0)
        .bind(of.map(|session| session.0))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Whether an attempt of this connection is still under way.
    pub async fn has_attempt(&mut self, connection: ConnectionId) -> Result<bool, StoreError> {
        let found: i64 =
            sqlx::query_scalar("SELECT count(*) FROM attempts WHERE connection = ? AND ended_at IS NULL")
                .bind(connection.0)
                .fetch_one(&mut *self.0)
                .await?;
        Ok(found > 0)
    }

    /// Ends attempts that ran out of time, and those taken so long ago that whoever took them must
    /// be gone. Tells whose they were.
    pub async fn expire_attempts(
        &mut self,
        now: Moment,
        taken_before: Moment,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "UPDATE attempts SET ended_at = ?1, outcome = 'expired', verifier_sealed = NULL
             WHERE ended_at IS NULL AND ((taken_at IS NULL AND expires_at <= ?1) OR taken_at <= ?2)
             RETURNING connection",
        )
        .bind(now.0.cast_signed())
        .bind(taken_before.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }
}

impl TryFrom<Row> for TakenAttempt {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: AttemptId(row.id),
            connection: ConnectionId(row.connection),
            session: SessionId(row.session),
            registration: row.registration,
            redirect_uri: row.redirect_uri,
            verifier_sealed: row.verifier_sealed,
            cookie_hash: row.cookie_hash.try_into().map_err(|_| StoreError::Unreadable("cookie hash"))?,
        })
    }
}
