//! What tokens need besides being used: when to refresh them although nobody asks, and when to speak
//! of their end.

use protocol::ids::Moment;

use super::ids::ConnectionId;
use super::{Db, StoreError};

/// Most connections that are handed out at a time.
const MOST: i64 = 64;
/// By so much clocks may disagree, in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// The care of one connection's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Care {
    /// When the provider gave them.
    pub refreshed: Moment,
    /// When to refresh them although nobody asks; none when that would win nothing.
    pub keep_alive: Option<Moment>,
    /// When something is to be said of their end.
    pub look: Option<Moment>,
    /// The days before their end that were said last.
    pub told: Option<u64>,
}

type Row = (i64, Option<i64>, Option<i64>, Option<i64>);

impl Db<'_> {
    /// How a connection's tokens are cared for; none when it has none.
    pub async fn care(&mut self, connection: ConnectionId) -> Result<Option<Care>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT refreshed_at, keep_alive_at, look_at, told FROM token_care WHERE connection = ?",
        )
        .bind(connection.0)
        .fetch_optional(&mut *self.0)
        .await?;
        let moment = |milliseconds: i64| Moment(milliseconds.cast_unsigned());
        Ok(row.map(|(refreshed, keep_alive, look, told)| Care {
            refreshed: moment(refreshed),
            keep_alive: keep_alive.map(moment),
            look: look.map(moment),
            told: told.map(i64::cast_unsigned),
        }))
    }

    /// Cares for the tokens that a connection has now.
    pub async fn put_care(&mut self, connection: ConnectionId, care: &Care) -> Result<(), StoreError> {
        let number = |moment: Moment| moment.0.cast_signed();
        sqlx::query(
            "INSERT OR REPLACE INTO token_care (connection, refreshed_at, keep_alive_at, look_at, told)
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(connection.0)
        .bind(number(care.refreshed))
        .bind(care.keep_alive.map(number))
        .bind(care.look.map(number))
        .bind(care.told.map(u64::cast_signed))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Nothing is left to care for.
    pub async fn drop_care(&mut self, connection: ConnectionId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM token_care WHERE connection = ?")
            .bind(connection.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Whose tokens are to be kept alive now, the most urgent first; some of them, if there are many.
    /// Those that were refreshed in the future too: the clock was wrong then, and so is their plan.
    pub async fn due_keep_alives(&mut self, now: Moment) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT connection FROM token_care
             WHERE keep_alive_at <= ?1 OR (refreshed_at > ?2 AND keep_alive_at IS NOT NULL)
             ORDER BY keep_alive_at LIMIT ?3",
        )
        .bind(now.0.cast_signed())
        .bind(now.0.saturating_add(DAY).cast_signed())
        .bind(MOST)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }

    /// Tries to keep them alive again at this moment.
    pub async fn postpone_keep_alive(
        &mut self,
        connection: ConnectionId,
        until: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE token_care SET keep_alive_at = ? WHERE connection = ? AND keep_alive_at IS NOT NULL",
        )
        .bind(until.0.cast_signed())
        .bind(connection.0)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Of whose tokens' end something is to be said now; some of them, if there are many.
    pub async fn due_looks(&mut self, now: Moment) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT connection FROM token_care WHERE look_at <= ? ORDER BY look_at LIMIT ?",
        )
        .bind(now.0.cast_signed())
        .bind(MOST)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }
}
