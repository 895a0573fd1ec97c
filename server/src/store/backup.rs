//! Copies of the database, made while it is written to: one snapshot by `VACUUM INTO`
//! (<https://www.sqlite.org/lang_vacuum.html>), looked through before anybody is told that it is there.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::file::{Guard, MIGRATIONS, check, damage, is_current, look};
use super::{Db, OpenError, StoreError};
use crate::vault::key_file::{beside, sync_folder};

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its size in bytes.
    pub bytes: u64,
    /// The number of its newest migration.
    pub schema: i64,
    /// The keys that seal values in it; none when it is of an older schema, which is not looked into.
    pub keys: Option<Vec<u32>>,
}

/// Why there is no copy. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be used.
    #[error(transparent)]
    Source(#[from] OpenError),
    /// Nothing is overwritten.
    #[error("{0} is there already. Name a file that is not there; nothing was written.")]
    Exists(String),
    /// It cannot be written.
    #[error("the copy cannot be written to {path}: {cause}")]
    Target {
        /// The file.
        path: String,
        /// What the system or the database said.
        cause: String,
    },
    /// The copy was made and is not whole, so it was removed.
    #[error("the copy is damaged ({0}) and was removed. Check the disk, and the database: patchbay doctor")]
    Damaged(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] StoreError),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Copies the database into a file that is not there, readable by its owner alone. The copy is checked
/// and on the disk when this returns.
pub async fn backup(path: &Path, target: &Path) -> Result<Copied, BackupError> {
    if target.exists() {
        return Err(BackupError::Exists(target.display().to_string()));
    }
    let told = |cause: std::io::Error| BackupError::Target {
        path: target.display().to_string(),
        cause: cause.to_string(),
    };
    let part = Part::begin(target).map_err(told)?;
    let copied = copy(path, &part.0).await?;
    std::fs::File::open(&part.0).and_then(|file| file.sync_all()).map_err(told)?;
    name(&part.0, target).map_err(|cause| match cause.kind() {
        ErrorKind::AlreadyExists => BackupError::Exists(target.display().to_string()),
        _ => told(cause),
    })?;
    drop(part);
    sync_folder(target).map_err(told)?;
    Ok(copied)
}

/// Gives a finished file its name: by a link, which never replaces what somebody has put there meanwhile,
/// or by a rename on disks that know no links.
fn name(part: &Path, target: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(part, target) {
        Err(_) if !target.exists() => std::fs::rename(part, target),
        linked => linked,
    }
}

/// Copies the database into a file without a name, for whoever hands it on. `place` says on which disk.
pub async fn backup_nameless(path: &Path, place: &Path) -> Result<(std::fs::File, Copied), BackupError> {
    let told = |cause: std::io::Error| BackupError::Target {
        path: place.display().to_string(),
        cause: cause.to_string(),
    };
    let part = Part::begin(place).map_err(told)?;
    let copied = copy(path, &part.0).await?;
    let file = std::fs::File::open(&part.0).map_err(told)?;
    Ok((file, copied))
}

/// A file that is being written, removed when it is dropped.
struct Part(PathBuf);

impl Part {
    /// An empty file that nobody else can read. What an interrupted copy left is replaced.
    fn begin(target: &Path) -> std::io::Result<Self> {
        let path = beside(target, ".part");
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// Opens a database for reading alone, whoever serves from it. Nothing is brought up to date.
pub(super) async fn open_to_read(path: &Path) -> Result<SqliteConnection, OpenError> {
    if !path.exists() {
        return Err(damage(path, "there is no such file".to_owned()));
    }
    {
        // Held for the look alone: a proxy may start meanwhile.
        let guard = Guard::take(path)?;
        look(path, guard.as_ref()).map_err(|cause| damage(path, cause))?;
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let options = options.busy_timeout(Duration::from_secs(10)).disable_statement_logging();
    options.connect().await.map_err(|error| damage(path, error.to_string()))
}

async fn copy(path: &Path, part: &Path) -> Result<Copied, BackupError> {
    let mut connection = open_to_read(path).await?;
    let target = |cause: String| BackupError::Target { path: part.display().to_string(), cause };
    let name = part.to_str().ok_or_else(|| target("its name is not UTF-8".to_owned()))?;
    let copied = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await;
    copied.map_err(|error| target(error.to_string()))?;
    connection.close().await?;
    let bytes = std::fs::metadata(part).map_err(|cause| target(cause.to_string()))?.len();
    let mut copy = SqliteConnectOptions::new().filename(part).read_only(true).connect().await?;
    check(&mut copy).await.map_err(BackupError::Damaged)?;
    let schema = schema(&mut copy).await?;
    let keys = if is_current(&mut copy).await? {
        Some(Db(&mut copy).seal_uses().await?.into_keys().collect())
    } else {
        None
    };
    copy.close().await?;
    Ok(Copied { bytes, schema, keys })
}

/// The number of the newest migration that was done.
pub(super) async fn schema(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(connection).await
}

/// The number of the newest migration that this program knows.
pub fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}
