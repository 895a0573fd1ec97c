//! What `patchbay doctor` asks the database. Nothing is written, whoever serves from it.

use std::path::Path;

use sqlx::Connection as _;

use super::backup::{open_to_read, schema};
use super::file::{Guard, is_current};
use super::registrations::RegistrationRow;
use super::{Db, OpenError, StoreError};

/// How the database is.
#[derive(Debug)]
pub struct Checkup {
    /// What SQLite finds wrong with the file, at most ten things.
    pub flaws: Vec<String>,
    /// The number of its newest migration.
    pub schema: i64,
    /// How its commits are journalled: "wal", unless somebody has changed it.
    pub journal: String,
    /// The sealed word by which a wrong key file is noticed.
    pub checked: Option<Vec<u8>>,
    /// What is asked only of a database of our own schema.
    pub vault: Option<VaultCheckup>,
}

/// What the database knows of the vault's keys.
#[derive(Debug)]
pub struct VaultCheckup {
    /// Keys that seal something.
    pub used: Vec<u32>,
    /// Keys that the running proxy knows.
    pub known: Vec<u32>,
}

/// Looks a database over.
pub async fn checkup(path: &Path) -> Result<Checkup, OpenError> {
    let mut connection = open_to_read(path).await?;
    let asked = async {
        let flaws: Vec<String> =
            sqlx::query_scalar("PRAGMA quick_check(10)").fetch_all(&mut connection).await?;
        let journal = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await?;
        let schema = schema(&mut connection).await?;
        let current = is_current(&mut connection).await?;
        let mut db = Db(&mut connection);
        let checked = db.seal_check().await?;
        let vault = if current {
            let used = db.seal_uses().await?.into_keys().collect();
            Some(VaultCheckup { used, known: db.known_keys().await?.unwrap_or_default() })
        } else {
            None
        };
        let flaws = flaws.into_iter().filter(|flaw| flaw != "ok").collect();
        Ok::<_, StoreError>(Checkup { flaws, schema, journal, checked, vault })
    };
    let asked = asked.await;
    drop(connection.close().await);
    asked.map_err(|error| super::file::damage(path, error.to_string()))
}

/// Whether live connections of this registration were made with another client.
pub async fn client_would_change(path: &Path, row: &RegistrationRow<'_>) -> Result<bool, OpenError> {
    let mut connection = open_to_read(path).await?;
    let asked = Db(&mut connection).client_would_change(row).await;
    drop(connection.close().await);
    asked.map_err(|error| super::file::damage(path, error.to_string()))
}

/// Whether a proxy serves from this database, or a command works on it without one.
pub fn is_in_use(path: &Path) -> Result<bool, OpenError> {
    Ok(Guard::take(path)?.is_none())
}

/// Free bytes on the disk of a file; none where that cannot be told.
#[cfg(unix)]
pub fn free_bytes(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Free bytes on the disk of a file: not known here.
#[cfg(not(unix))]
pub fn free_bytes(_path: &Path) -> Option<u64> {
    None
}
