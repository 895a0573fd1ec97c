//! The database file: opened with care, checked before anything is written, served by one process.
//!
//! Beside it lies a file with the ending `.lock`. Its lock keeps a second proxy away; its text says
//! whether the database was closed. A database that was not closed and has lost its write-ahead log
//! has lost commits, and is refused rather than served as if nothing were missing.

use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};

use super::glances::Glances;
use super::{OpenError, Store, writer};
use crate::vault::key_file::beside;

/// How often, and with which pause, it is looked whether somebody else's migration is over, or whether the
/// proxy before this one is gone.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// How the connection that writes treats the log. Moved into the database every 16 MiB rather than every 4, because
/// each time is two syncs more and imports fill it by the megabyte; a log that readers let grow is cut back to 64 MiB.
/// Its cache holds what a page of an import touches (<https://www.sqlite.org/pragma.html>).
const CHECKPOINTS: [(&str, &str); 3] =
    [("wal_autocheckpoint", "4096"), ("journal_size_limit", "67108864"), ("cache_size", "-4096")];

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Opens the database to serve from it, creating it when the file does not exist, and brings its
/// schema up to date. One that is still on its way out is waited for, for a second. The second value is the writer's work: it must be spawned once, and ends after
/// the last clone of the store is gone.
pub async fn open(path: &Path) -> Result<(Store, impl Future<Output = ()> + Send + 'static), OpenError> {
    for _ in 0..TRIES {
        match Guard::take(path)? {
            Some(guard) => return attach(path, Some(guard)).await,
            None => tokio::time::sleep(PAUSE).await,
        }
    }
    Err(OpenError::InUse { path: path.display().to_string() })
}

/// Opens the database for one command, whether a proxy serves from it at this moment or not. One that is
/// just being brought up to date by somebody else is waited for.
pub async fn visit(path: &Path) -> Result<(Store, impl Future<Output = ()> + Send + 'static), OpenError> {
    for _ in 0..TRIES {
        match attach(path, Guard::take(path)?).await {
            Err(OpenError::Older { .. }) => tokio::time::sleep(PAUSE).await,
            attached => return attached,
        }
    }
    attach(path, Guard::take(path)?).await
}

async fn attach(
    path: &Path,
    guard: Option<Guard>,
) -> Result<(Store, impl Future<Output = ()> + Send + 'static), OpenError> {
    let damaged = |cause: String| damage(path, cause);
    let told = |error: sqlx::Error| damage(path, error.to_string());
    let fresh = look(path, guard.as_ref()).map_err(damaged)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(fresh)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("cell_size_check", "ON");
    let writer =
        CHECKPOINTS.iter().fold(options.clone(), |options, (key, value)| options.pragma(*key, *value));
    let mut writing = SqliteConnection::connect_with(&writer).await.map_err(told)?;
    if fresh {
        close_to_others(path).map_err(|cause| damaged(cause.to_string()))?;
    }
    if !fresh && guard.is_some() {
        check(&mut writing).await.map_err(damaged)?;
    }
    if guard.is_none() && !is_current(&mut writing).await.map_err(told)? {
        return Err(OpenError::Older { path: path.display().to_string() });
    }
    MIGRATIONS.run(&mut writing).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) => OpenError::Newer { path: path.display().to_string() },
        other => damaged(other.to_string()),
    })?;
    // A reader walks through books that are far larger than any cache, and sorts them aside; in kibibytes.
    let reading = options.create_if_missing(false).read_only(true);
    let reading = reading.pragma("cache_size", "-1024").pragma("temp.cache_size", "-256");
    let glances = Glances::new(&reading);
    let readers = SqlitePoolOptions::new().max_connections(4).connect_with(reading).await.map_err(told)?;
    if let Some(guard) = &guard {
        guard.write("open").map_err(|cause| damaged(cause.to_string()))?;
    }
    let (writer, writing) = writer::channel(writing);
    let (pool, others) = (readers.clone(), glances.clone());
    let beside = guard.is_none();
    let work = async move {
        let connection = writing.await;
        pool.close().await;
        others.close().await;
        if let Some(Err(error)) = guard.as_ref().map(|guard| guard.write("closed")) {
            tracing::warn!(%error, "the file beside the database could not be written");
        }
        if let Err(error) = connection.close().await {
            tracing::warn!(%error, "the database did not close cleanly");
        }
    };
    Ok((Store { readers, glances, writer, beside }, work))
}

/// Customers' books lie in it in the clear. SQLite gives the files beside it the same rights.
#[cfg(unix)]
fn close_to_others(path: &Path) -> std::io::Result<()> {
    for ending in ["", "-wal", "-shm"] {
        match std::fs::set_permissions(
            beside(path, ending),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        ) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Files have no such rights here.
#[cfg(not(unix))]
fn close_to_others(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

pub(super) fn damage(path: &Path, cause: String) -> OpenError {
    OpenError::Damaged { path: path.display().to_string(), cause }
}

/// The right to serve from a database, and the note whether it was closed.
pub(super) struct Guard {
    file: std::fs::File,
    closed: bool,
}

impl Guard {
    /// Takes the lock; none when another process has it.
    pub(super) fn take(path: &Path) -> Result<Option<Self>, OpenError> {
        let beside = path.with_extension("lock");
        let told =
            |cause: std::io::Error| damage(path, format!("{} cannot be opened: {cause}", beside.display()));
        let mut options = std::fs::OpenOptions::new();
        let file = options.create(true).truncate(false).read(true).write(true).open(&beside).map_err(told)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(cause)) => return Err(told(cause)),
        }
        let closed = std::fs::read_to_string(&beside).map_err(told)? != "open";
        Ok(Some(Self { file, closed }))
    }

    /// Notes, durably, that the database is "open" or "closed".
    pub(super) fn write(&self, word: &str) -> std::io::Result<()> {
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(word.as_bytes())?;
        file.sync_all()
    }
}

/// True when the file is to be created. An empty file, a log without its database, a database that
/// was in use and lost its log: each is a loss to be told, not a fresh start.
pub(super) fn look(path: &Path, guard: Option<&Guard>) -> Result<bool, String> {
    let log = beside(path, "-wal");
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err("it is not a file".to_owned()),
        Ok(found) if found.len() == 0 => Err("the file is empty".to_owned()),
        Ok(_) if guard.is_some_and(|guard| !guard.closed) && !log.exists() => {
            Err(format!("it was not closed, and its log {} is gone with what was last saved", log.display()))
        }
        Ok(_) => Ok(false),
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
            if log.exists() || guard.is_some_and(|guard| !guard.closed) {
                return Err("the database is gone, though it was in use".to_owned());
            }
            Ok(true)
        }
        Err(other) => Err(other.to_string()),
    }
}

/// Whether the schema is ours already. Under a proxy that runs it must not be changed.
pub(super) async fn is_current(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let done: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
        .fetch_all(connection)
        .await?;
    Ok(MIGRATIONS.iter().all(|migration| done.contains(&migration.version)))
}

/// Whole-file checks, before anything is written.
pub(super) async fn check(connection: &mut SqliteConnection) -> Result<(), String> {
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
