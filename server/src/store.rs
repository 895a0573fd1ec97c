//! What is kept, by noun. The only room that knows there is SQLite: readers see a snapshot each,
//! one writer does all writing, and a write is over when it is on the disk.
//!
//! `synchronous=FULL`, because a rotated refresh token that a power cut takes back is a lost
//! connection (<https://www.sqlite.org/pragma.html#pragma_synchronous>).

pub mod books;
pub mod configurations;
pub mod drafts;
#[cfg(test)]
pub(crate) mod fixture;
pub mod imports;
pub mod links;
mod lists;
pub mod mappings;
pub mod notifications;
mod permissions;
pub mod portal_records;
pub mod portals;
pub mod records;
pub mod sessions;
mod writer;

use std::path::Path;

use futures_util::future::BoxFuture;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Connection as _, Executor as _};

use writer::Writer;

/// Names of rows. The number is the row's, never shown outside.
pub mod ids {
    macro_rules! row_id {
        ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $name(pub i64);
        )+};
    }
    row_id!(
        /// An organisation of a portal.
        TenantId,
        /// A person of a tenant.
        VisitorId,
        /// A visitor's session.
        SessionId,
        /// Tenant x integration.
        ConnectionId,
        /// A run of the OAuth flow.
        AttemptId,
    );
}

/// Why the store could not serve.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row that must be unique is there already; names the table and columns.
    #[error("{0} is there already")]
    Taken(String),
    /// The database said no; the operation had no effect.
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
    /// What is stored cannot be understood by this program.
    #[error("stored {0} cannot be understood")]
    Unreadable(&'static str),
    /// The program is shutting down.
    #[error("the store is closed")]
    Closed,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(cause) if cause.is_unique_violation() => Self::Taken(cause.message().to_owned()),
            _ => Self::Database(error),
        }
    }
}

/// Why a database file cannot be used. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process serves from this file.
    #[error("{path} is in use by another Patchbay. Stop that one first; two may not share a database.")]
    InUse {
        /// The file.
        path: String,
    },
    /// Not a database of ours, or damaged.
    #[error(
        "{path} cannot be used as the database: {cause}. Nothing was changed. Restore a backup, or name another file under [storage]."
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A newer Patchbay has written it.
    #[error("{path} was written by a newer Patchbay. Use that version or a later one.")]
    Newer {
        /// The file.
        path: String,
    },
}

/// A value as it is kept in a text column.
fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable("value"))
}

/// A value out of a text column.
fn unjson<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable(what))
}

/// The database under a transaction, with a method per question; see the noun modules.
pub struct Db<'c>(pub(in crate::store) &'c mut SqliteConnection);

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: SqlitePool,
    writer: Writer,
    _lock: std::sync::Arc<std::fs::File>,
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

impl Store {
    /// Reads in one snapshot.
    pub async fn read<T, E, F>(&self, question: F) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
        F: for<'c> FnOnce(Db<'c>) -> BoxFuture<'c, Result<T, E>> + Send,
    {
        let mut connection = self.readers.acquire().await.map_err(StoreError::from)?;
        let mut snapshot = connection.begin().await.map_err(StoreError::from)?;
        question(Db(&mut snapshot)).await
    }

    /// Writes in one transaction: all of it is on the disk when this returns `Ok`, none of it was
    /// done when it returns `Err`. A caller that goes away changes nothing of that.
    pub async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'c> FnOnce(Db<'c>) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        self.writer.run(change).await
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.readers.execute("SELECT 1").await?;
        Ok(())
    }
}

/// Opens the database, creating it when the file does not exist, and brings its schema up to date.
/// The second value is the writer's work: it must be spawned once, and ends after the last clone of
/// the store is gone.
pub async fn open(path: &Path) -> Result<(Store, impl Future<Output = ()> + Send + 'static), OpenError> {
    let shown = path.display().to_string();
    let lock = lock(path, &shown)?;
    let damaged =
        |cause: &dyn std::fmt::Display| OpenError::Damaged { path: shown.clone(), cause: cause.to_string() };
    let fresh = refuse_leftovers(path).map_err(|cause| damaged(&cause))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(fresh)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(std::time::Duration::from_secs(10))
        .pragma("cell_size_check", "ON");
    let mut writing = SqliteConnection::connect_with(&options).await.map_err(|cause| damaged(&cause))?;
    if !fresh {
        check(&mut writing).await.map_err(|cause| damaged(&cause))?;
    }
    MIGRATIONS.run(&mut writing).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::VersionMissing(_) => OpenError::Newer { path: shown.clone() },
        other => damaged(&other),
    })?;
    let readers = SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options.create_if_missing(false).read_only(true))
        .await
        .map_err(|cause| damaged(&cause))?;
    let (writer, work) = writer::channel(writing);
    Ok((Store { readers, writer, _lock: std::sync::Arc::new(lock) }, work))
}

/// Takes the advisory lock beside the database that keeps a second proxy away.
fn lock(path: &Path, shown: &str) -> Result<std::fs::File, OpenError> {
    let beside = path.with_extension("lock");
    let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&beside).map_err(
        |cause| OpenError::Damaged {
            path: shown.to_owned(),
            cause: format!("{} cannot be opened: {cause}", beside.display()),
        },
    )?;
    file.try_lock().map_err(|_| OpenError::InUse { path: shown.to_owned() })?;
    Ok(file)
}

/// True when the file is to be created. A write-ahead log without its database, or an empty file
/// where a database was expected, is a loss to be told, not a fresh start.
fn refuse_leftovers(path: &Path) -> Result<bool, String> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() == 0 => Err("the file is empty".to_owned()),
        Ok(found) if !found.is_file() => Err("it is not a file".to_owned()),
        Ok(_) => Ok(false),
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
            let log = path.with_file_name(format!(
                "{}-wal",
                path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
            ));
            if log.exists() {
                Err(format!("the database is gone but its log {} is there", log.display()))
            } else {
                Ok(true)
            }
        }
        Err(other) => Err(other.to_string()),
    }
}

/// Whole-file checks before anything is written.
async fn check(connection: &mut SqliteConnection) -> Result<(), String> {
    let told = |error: sqlx::Error| error.to_string();
    let verdicts: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_all(&mut *connection).await.map_err(told)?;
    if verdicts != ["ok"] {
        return Err(verdicts.join("; "));
    }
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await
            .map_err(told)?;
    if tables == 0 {
        return Err("it is not a Patchbay database".to_owned());
    }
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(connection).await.map_err(told)?;
    if broken.is_empty() { Ok(()) } else { Err(format!("{} rows point nowhere", broken.len())) }
}
