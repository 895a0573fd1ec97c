//! Connections: tenant x integration, with state, company and sealed tokens.

mod erase;
pub(crate) mod listing;
pub(crate) mod ready;
mod tokens;

use protocol::ids::{IntegrationId, Moment};
use protocol::store::{ConnectFailure, Stamp};
use serde_json::Value;

use super::ids::{ConnectionId, TenantId};
use super::{Db, StoreError};
use crate::connections::machine::State;
use crate::providers::CompanyFacts;

/// A connection as it is kept.
#[derive(Debug, Clone)]
pub struct ConnectionRow {
    /// The row.
    pub id: ConnectionId,
    /// What a portal's backend calls it.
    pub public_id: String,
    /// Whose.
    pub tenant: TenantId,
    /// The tenant's portal.
    pub portal: String,
    /// Of what.
    pub integration: IntegrationId,
    /// The client registration that its tokens belong, or belonged, to.
    pub registration: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Tokens are kept for use.
    pub live: bool,
    /// Grows with every change.
    pub revision: u64,
    /// The provider's id of the company it is, or was last, connected to.
    pub company_id: Option<String>,
    /// That company.
    pub company: Option<CompanyFacts>,
    /// Who connected, and when.
    pub connected: Option<Stamp>,
    /// Why the last attempt came to nothing.
    pub last_failure: Option<ConnectFailure>,
    /// It is paused because the provider's subscription has ended.
    pub subscription_ended: bool,
    /// Of its tokens.
    pub generation: u64,
    /// Its tokens; none unless it is live.
    pub tokens: Option<SealedTokens>,
}

/// Tokens as the vault sealed them, with what is known of their ends.
#[derive(Debug, Clone)]
pub struct SealedTokens {
    /// The access token.
    pub access: Vec<u8>,
    /// The refresh token.
    pub refresh: Vec<u8>,
    /// When the access token ends.
    pub access_expires: Moment,
    /// When the refresh token ends unless it is used.
    pub refresh_expires: Option<Moment>,
    /// When the refresh token ends in any case.
    pub hard_expires: Option<Moment>,
}

/// What a connection becomes when a company was proven.
pub struct NewTokens<'a> {
    /// Which connection.
    pub connection: ConnectionId,
    /// The client registration.
    pub registration: &'a str,
    /// The provider's id of the company.
    pub company_id: &'a str,
    /// The company.
    pub company: &'a CompanyFacts,
    /// The tokens, sealed under `generation`.
    pub tokens: &'a SealedTokens,
    /// The one after the connection's present one.
    pub generation: u64,
    /// Who connected, and when.
    pub connected: &'a Stamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    public_id: String,
    tenant: i64,
    portal: String,
    integration: String,
    registration: Option<String>,
    state: String,
    detail: Option<String>,
    live: bool,
    revision: i64,
    company_id: Option<String>,
    company: Option<String>,
    connected_by: Option<String>,
    connected_at: Option<i64>,
    last_failure: Option<String>,
    subscription_ended: bool,
    generation: i64,
    access_sealed: Option<Vec<u8>>,
    refresh_sealed: Option<Vec<u8>>,
    access_expires_at: Option<i64>,
    refresh_expires_at: Option<i64>,
    hard_expires_at: Option<i64>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT c.*, t.portal FROM connections c JOIN tenants t ON t.id = c.tenant WHERE ", $rest)
    };
}

impl TryFrom<Row> for ConnectionRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let tokens = match (row.access_sealed, row.refresh_sealed, row.access_expires_at) {
            (Some(access), Some(refresh), Some(expires)) if row.live => Some(SealedTokens {
                access,
                refresh,
                access_expires: moment(expires),
                refresh_expires: row.refresh_expires_at.map(moment),
                hard_expires: row.hard_expires_at.map(moment),
            }),
            _ => None,
        };
        Ok(Self {
            id: ConnectionId(row.id),
            public_id: row.public_id,
            tenant: TenantId(row.tenant),
            portal: row.portal,
            integration: IntegrationId::new(row.integration)
                .map_err(|_| StoreError::Unreadable("integration"))?,
            registration: row.registration,
            state: state(&row.state, row.detail.as_deref())?,
            live: row.live,
            revision: row.revision.cast_unsigned(),
            company_id: row.company_id,
            company: row.company.map(|text| read("company", &text)).transpose()?,
            connected: row.connected_by.zip(row.connected_at).map(|(by, at)| Stamp { by, at: moment(at) }),
            last_failure: row.last_failure.map(|text| read("connect failure", &text)).transpose()?,
            subscription_ended: row.subscription_ended,
            generation: row.generation.cast_unsigned(),
            tokens,
        })
    }
}

/// A state from its word and its detail.
fn state(word: &str, detail: Option<&str>) -> Result<State, StoreError> {
    let unreadable = |_| StoreError::Unreadable("connection state");
    let detail: Option<Value> = detail.map(serde_json::from_str).transpose().map_err(unreadable)?;
    let mut tagged = serde_json::json!({ "state": word });
    if let Some(detail) = detail {
        tagged["detail"] = detail;
    }
    serde_json::from_value(tagged).map_err(unreadable)
}

/// A state as its word and its detail.
pub(in crate::store) fn words(state: &State) -> Result<(String, Option<String>), StoreError> {
    let unreadable = || StoreError::Unreadable("connection state");
    let tagged = serde_json::to_value(state).map_err(|_| unreadable())?;
    let word = tagged["state"].as_str().ok_or_else(unreadable)?.to_owned();
    Ok((word, tagged.get("detail").map(Value::to_string)))
}

fn moment(milliseconds: i64) -> Moment {
    Moment(milliseconds.cast_unsigned())
}

fn number(moment: Moment) -> i64 {
    moment.0.cast_signed()
}

fn read<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable(what))
}

fn write<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable(what))
}

impl Db<'_> {
    /// One connection.
    pub async fn connection(&mut self, id: ConnectionId) -> Result<Option<ConnectionRow>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as(select!("c.id = ?")).bind(id.0).fetch_optional(&mut *self.0).await?;
        row.map(ConnectionRow::try_from).transpose()
    }

    /// The tenant's connection of an integration; none when nobody ever tried.
    pub async fn connection_of(
        &mut self,
        tenant: TenantId,
        integration: &IntegrationId,
    ) -> Result<Option<ConnectionRow>, StoreError> {
        let row: Option<Row> = sqlx::query_as(select!("c.tenant = ? AND c.integration = ?"))
            .bind(tenant.0)
            .bind(integration.as_str())
            .fetch_optional(&mut *self.0)
            .await?;
        row.map(ConnectionRow::try_from).transpose()
    }

    /// All connections of a tenant.
    pub async fn connections(&mut self, tenant: TenantId) -> Result<Vec<ConnectionRow>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(select!("c.tenant = ? ORDER BY c.id"))
            .bind(tenant.0)
            .fetch_all(&mut *self.0)
            .await?;
        rows.into_iter().map(ConnectionRow::try_from).collect()
    }

    /// A connection that was never made yet.
    pub async fn add_connection(
        &mut self,
        tenant: TenantId,
        integration: &IntegrationId,
    ) -> Result<ConnectionId, StoreError> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO connections (tenant, integration, state) VALUES (?, ?, 'available') RETURNING id",
        )
        .bind(tenant.0)
        .bind(integration.as_str())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(ConnectionId(id))
    }

    /// Writes a state that the machine decided.
    pub(crate) async fn set_connection_state(
        &mut self,
        id: ConnectionId,
        state: &State,
    ) -> Result<(), StoreError> {
        let (word, detail) = words(state)?;
        sqlx::query("UPDATE connections SET state = ?, detail = ?, revision = revision + 1 WHERE id = ?")
            .bind(word)
            .bind(detail)
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Something about it that is seen has changed.
    pub async fn bump_connection(&mut self, id: ConnectionId) -> Result<(), StoreError> {
        sqlx::query("UPDATE connections SET revision = revision + 1 WHERE id = ?")
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Whether it is paused because the provider's subscription has ended.
    pub async fn set_subscription_ended(&mut self, id: ConnectionId, ended: bool) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE connections SET subscription_ended = ?2, revision = revision + 1
             WHERE id = ?1 AND subscription_ended <> ?2",
        )
        .bind(id.0)
        .bind(ended)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Why the last attempt came to nothing; none forgets it.
    pub async fn set_connect_failure(
        &mut self,
        id: ConnectionId,
        failure: Option<ConnectFailure>,
    ) -> Result<(), StoreError> {
        let failure = failure.map(|failure| write("connect failure", &failure)).transpose()?;
        sqlx::query("UPDATE connections SET last_failure = ?, revision = revision + 1 WHERE id = ?")
            .bind(failure)
            .bind(id.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
