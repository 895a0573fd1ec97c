//! Saved configurations: every version whole, with what it changed. Never overwritten.

use protocol::ids::Moment;
use protocol::schema::{Change, FieldEntry};
use protocol::store::Stamp;

use super::books::Books;
use super::ids::ConnectionId;
use super::{Db, StoreError, json, unjson};

/// A version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Counts from 1.
    pub version: u32,
    /// Values of the fields that have one.
    pub values: Vec<FieldEntry>,
    /// Who saved it, and when.
    pub stamp: Stamp,
}

impl Db<'_> {
    /// The newest version; none before the first save.
    pub async fn configuration(&mut self, books: &Books) -> Result<Option<Saved>, StoreError> {
        let row: Option<(i64, String, String, i64)> = sqlx::query_as(
            "SELECT version, body, saved_by, saved_at FROM configurations
             WHERE connection = ? AND company_id = ? ORDER BY version DESC LIMIT 1",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(|(version, body, by, at)| {
            Ok(Saved {
                version: u32::try_from(version).map_err(|_| StoreError::Unreadable("version"))?,
                values: unjson(&body, "configuration")?,
                stamp: Stamp { by, at: Moment(at.cast_unsigned()) },
            })
        })
        .transpose()
    }

    /// Who saved the newest version, and when.
    pub async fn configuration_stamp(
        &mut self,
        connection: ConnectionId,
        company: &str,
    ) -> Result<Option<Stamp>, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as(
            "SELECT saved_by, saved_at FROM configurations
             WHERE connection = ? AND company_id = ? ORDER BY version DESC LIMIT 1",
        )
        .bind(connection.0)
        .bind(company)
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(row.map(|(by, at)| Stamp { by, at: Moment(at.cast_unsigned()) }))
    }

    /// What the versions after `base` changed, oldest first.
    pub async fn changes_since(&mut self, books: &Books, base: u32) -> Result<Vec<Change>, StoreError> {
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT changes FROM configurations
             WHERE connection = ? AND company_id = ? AND version > ? ORDER BY version",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(i64::from(base))
        .fetch_all(&mut *self.0)
        .await?;
        let mut changes = Vec::new();
        for body in bodies {
            changes.extend(unjson::<Vec<Change>>(&body, "changes")?);
        }
        Ok(changes)
    }

    /// Appends a version. One that is there already is [`StoreError::Taken`].
    pub async fn save_configuration(
        &mut self,
        books: &Books,
        new: &Saved,
        changes: &[Change],
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO configurations (connection, company_id, version, body, changes, saved_by, saved_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(i64::from(new.version))
        .bind(json(&new.values)?)
        .bind(json(changes)?)
        .bind(&new.stamp.by)
        .bind(new.stamp.at.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
