//! What is needed to hand out an access token, and nothing more: one statement, asked at every read.

use protocol::ids::{IntegrationId, Moment};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{moment, state};
use crate::connections::machine::State;
use crate::store::api_keys::{KnownKey, Scopes};
use crate::store::ids::{ConnectionId, KeyId, TenantId};
use crate::store::{Db, StoreError};

/// A connection with its access token, still sealed.
pub struct ReadyRow {
    /// The row.
    pub id: ConnectionId,
    /// Whose.
    pub tenant: TenantId,
    /// Of what.
    pub integration: IntegrationId,
    /// The client registration that its token belongs to.
    pub registration: Option<String>,
    /// Where it stands.
    pub state: State,
    /// The provider's id of its company.
    pub company: Option<String>,
    /// Of its tokens.
    pub generation: u64,
    /// The access token and when it ends; none unless tokens are kept for use.
    pub access: Option<(Vec<u8>, Moment)>,
}

/// The columns of a [`ReadyRow`], in their order.
macro_rules! ready {
    ($before:literal, $rest:literal) => {
        concat!(
            "SELECT c.id, c.tenant, c.integration, c.registration, c.state, c.detail, c.company_id,
                 c.generation, iif(c.live, c.access_sealed, NULL), c.access_expires_at",
            $before,
            $rest
        )
    };
}

impl Db<'_> {
    /// A portal's connection by its public id; none for another portal's.
    pub async fn ready_row(&mut self, portal: &str, public_id: &str) -> Result<Option<ReadyRow>, StoreError> {
        let row = sqlx::query(ready!(
            "",
            " FROM connections c JOIN tenants t ON t.id = c.tenant WHERE c.public_id = ? AND t.portal = ?"
        ))
        .bind(public_id)
        .bind(portal)
        .fetch_optional(&mut *self.0)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// The key of this hash, as [`Db::api_key`] has it, and its portal's connection of this public id.
    pub async fn key_and_ready_row(
        &mut self,
        hash: [u8; 32],
        public_id: &str,
    ) -> Result<Option<(KnownKey, Option<ReadyRow>)>, StoreError> {
        let row = sqlx::query(ready!(
            ", k.id, k.portal, k.prefix, k.scopes, k.revoked_at IS NULL",
            " FROM api_keys k LEFT JOIN (connections c JOIN tenants t ON t.id = c.tenant)
                 ON c.public_id = ? AND t.portal = k.portal
             WHERE k.hash = ?"
        ))
        .bind(public_id)
        .bind(hash.as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let key = KnownKey {
            id: KeyId(row.try_get(10)?),
            portal: row.try_get(11)?,
            prefix: row.try_get(12)?,
            scopes: Scopes::read(row.try_get(13)?),
            stands: row.try_get(14)?,
        };
        let there = row.try_get::<Option<i64>, _>(0)?.is_some();
        Ok(Some((key, there.then(|| read(&row)).transpose()?)))
    }
}

fn read(row: &SqliteRow) -> Result<ReadyRow, StoreError> {
    let integration: String = row.try_get(2)?;
    let (sealed, expires): (Option<Vec<u8>>, Option<i64>) = (row.try_get(8)?, row.try_get(9)?);
    Ok(ReadyRow {
        id: ConnectionId(row.try_get(0)?),
        tenant: TenantId(row.try_get(1)?),
        integration: IntegrationId::new(integration).map_err(|_| StoreError::Unreadable("integration"))?,
        registration: row.try_get(3)?,
        state: state(row.try_get(4)?, row.try_get(5)?)?,
        company: row.try_get(6)?,
        generation: row.try_get::<i64, _>(7)?.cast_unsigned(),
        access: sealed.zip(expires.map(moment)),
    })
}
