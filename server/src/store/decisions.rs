//! The company guard's open questions: another company was chosen, its tokens wait, sealed.

use protocol::ids::Moment;

use super::connections::SealedTokens;
use super::ids::{ConnectionId, VisitorId};
use super::{Db, StoreError};
use crate::providers::CompanyFacts;

/// An open question.
#[derive(Debug, Clone)]
pub struct DecisionRow {
    /// Of which connection.
    pub connection: ConnectionId,
    /// Who began the attempt, and alone may decide.
    pub visitor: VisitorId,
    /// The client registration.
    pub registration: String,
    /// The chosen company's id at the provider.
    pub company_id: String,
    /// The chosen company.
    pub company: CompanyFacts,
    /// Its tokens, sealed under the generation `expires`.
    pub tokens: SealedTokens,
    /// When it is dropped.
    pub expires: Moment,
}

#[derive(sqlx::FromRow)]
struct Row {
    connection: i64,
    visitor: i64,
    registration: String,
    company_id: String,
    company: String,
    access_sealed: Vec<u8>,
    refresh_sealed: Vec<u8>,
    access_expires_at: i64,
    refresh_expires_at: Option<i64>,
    hard_expires_at: Option<i64>,
    expires_at: i64,
}

impl TryFrom<Row> for DecisionRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let moment = |milliseconds: i64| Moment(milliseconds.cast_unsigned());
        Ok(Self {
            connection: ConnectionId(row.connection),
            visitor: VisitorId(row.visitor),
            registration: row.registration,
            company_id: row.company_id,
            company: serde_json::from_str(&row.company).map_err(|_| StoreError::Unreadable("company"))?,
            tokens: SealedTokens {
                access: row.access_sealed,
                refresh: row.refresh_sealed,
                access_expires: moment(row.access_expires_at),
                refresh_expires: row.refresh_expires_at.map(moment),
                hard_expires: row.hard_expires_at.map(moment),
            },
            expires: moment(row.expires_at),
        })
    }
}

impl Db<'_> {
    /// Asks; an older question of the connection is forgotten.
    pub async fn put_decision(&mut self, new: &DecisionRow) -> Result<(), StoreError> {
        let number = |moment: Moment| moment.0.cast_signed();
        sqlx::query(
            "INSERT OR REPLACE INTO decisions (connection, visitor, registration, company_id, company,
                 access_sealed, refresh_sealed, access_expires_at, refresh_expires_at,
                 hard_expires_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(new.connection.0)
        .bind(new.visitor.0)
        .bind(&new.registration)
        .bind(&new.company_id)
        .bind(serde_json::to_string(&new.company).map_err(|_| StoreError::Unreadable("company"))?)
        .bind(&new.tokens.access)
        .bind(&new.tokens.refresh)
        .bind(number(new.tokens.access_expires))
        .bind(new.tokens.refresh_expires.map(number))
        .bind(new.tokens.hard_expires.map(number))
        .bind(number(new.expires))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The open question of a connection, also when its time has come.
    pub async fn decision(&mut self, connection: ConnectionId) -> Result<Option<DecisionRow>, StoreError> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM decisions WHERE connection = ?")
            .bind(connection.0)
            .fetch_optional(&mut *self.0)
            .await?;
        row.map(DecisionRow::try_from).transpose()
    }

    /// Takes the open question away, and gives it.
    pub async fn take_decision(
        &mut self,
        connection: ConnectionId,
    ) -> Result<Option<DecisionRow>, StoreError> {
        let row: Option<Row> = sqlx::query_as("DELETE FROM decisions WHERE connection = ? RETURNING *")
            .bind(connection.0)
            .fetch_optional(&mut *self.0)
            .await?;
        row.map(DecisionRow::try_from).transpose()
    }

    /// Connections whose question nobody answered in time.
    pub async fn overdue_decisions(&mut self, now: Moment) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar("SELECT connection FROM decisions WHERE expires_at <= ?")
            .bind(now.0.cast_signed())
            .fetch_all(&mut *self.0)
            .await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }
}
