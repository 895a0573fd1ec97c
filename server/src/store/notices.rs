//! Notices of providers: which were taken, and of which lists something changed that no import was planned for.

use protocol::ids::Moment;
use protocol::import::List;

use super::connections::words;
use super::ids::ConnectionId;
use super::lists::{list_name, list_named};
use super::{Db, StoreError};
use crate::connections::machine::State;

/// Rows in one transaction of forgetting.
const BATCH: i64 = 5000;

/// A connection that is told of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// The client registration.
    pub registration: &'a str,
    /// The provider's id of the company.
    pub company: &'a str,
}

impl Db<'_> {
    /// Takes a notice; false when it was taken before.
    pub async fn take_notice(&mut self, digest: &[u8; 32], now: Moment) -> Result<bool, StoreError> {
        let taken = sqlx::query("INSERT OR IGNORE INTO notices (digest, at) VALUES (?, ?)")
            .bind(&digest[..])
            .bind(now.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Notes that a list of a company has changed. False when no connection to it is live.
    pub async fn note_change(&mut self, told: Told<'_>, list: List, now: Moment) -> Result<bool, StoreError> {
        let noted = sqlx::query(
            "INSERT INTO noticed (connection, company_id, list, at)
             SELECT id, company_id, ?3, ?4 FROM connections
             WHERE registration = ?1 AND company_id = ?2 AND live = 1
             ON CONFLICT (connection, company_id, list) DO UPDATE SET at = excluded.at",
        )
        .bind(told.registration)
        .bind(told.company)
        .bind(list_name(list))
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(noted.rows_affected() > 0)
    }

    /// Connections with changed lists whose imports can be planned now: they work, nothing is read of them at
    /// this moment, and the last run that nobody asked for ended before `rested`.
    pub async fn noticed(&mut self, rested: Moment) -> Result<Vec<ConnectionId>, StoreError> {
        let (paused, _) = words(&State::Paused)?;
        let rows: Vec<i64> = sqlx::query_scalar(
            "SELECT DISTINCT n.connection FROM noticed n JOIN connections c ON c.id = n.connection
             WHERE c.live = 1 AND c.state <> ?1 AND c.company_id = n.company_id AND NOT EXISTS
                 (SELECT 1 FROM imports i WHERE i.id = (SELECT max(id) FROM imports WHERE connection = c.id)
                  AND (i.state = 'running' OR (i.started_by IS NULL AND i.finished_at > ?2)))",
        )
        .bind(paused)
        .bind(rested.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows.into_iter().map(ConnectionId).collect())
    }

    /// Takes the changed lists of a connection's present company.
    pub async fn take_noticed(&mut self, connection: ConnectionId) -> Result<Vec<List>, StoreError> {
        let lists: Vec<String> = sqlx::query_scalar(
            "DELETE FROM noticed WHERE connection = ?1 AND company_id =
                 (SELECT company_id FROM connections WHERE id = ?1) RETURNING list",
        )
        .bind(connection.0)
        .fetch_all(&mut *self.0)
        .await?;
        lists.iter().map(|name| list_named(name)).collect()
    }

    /// Forgets changes of companies that are not connected any more: connecting reads everything.
    pub async fn drop_noticed(&mut self) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM noticed WHERE NOT EXISTS (SELECT 1 FROM connections c
                 WHERE c.id = noticed.connection AND c.live = 1 AND c.company_id = noticed.company_id)",
        )
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Forgets a batch of the notices that were taken before this moment.
    pub async fn sweep_notices(&mut self, before: Moment) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM notices WHERE digest IN (SELECT digest FROM notices WHERE at <= ? ORDER BY at LIMIT ?)",
        )
        .bind(before.0.cast_signed())
        .bind(BATCH)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
