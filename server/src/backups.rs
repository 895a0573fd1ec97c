//! Restoring: a backup is copied beside the database, brought up to date, opened with the key file, and
//! only then put in the database's place.

use std::path::{Path, PathBuf};

use crate::clock::{Clock, rfc3339};
use crate::keys::{self, KeysError};
use crate::store::restore::claim;
use crate::store::{self, OpenError, StoreError};
use crate::vault::key_file::beside;

/// Why nothing was restored. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The place of the database cannot be had, or what is in the backup cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key file does not open it.
    #[error("the backup was not restored: {0}")]
    Keys(#[from] KeysError),
    /// The backup cannot be read, or its copy cannot be written.
    #[error("{path} cannot be copied: {cause}")]
    Copy {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A database file that was copied beside a running proxy.
    #[error(
        "{0} has a log beside it, so it is no backup but the file of a database in use. Make one with `patchbay backup`."
    )]
    Raw(String),
    /// There is a database already.
    #[error(
        "there is a database at {0} already, and nothing was changed. To put the backup in its place, and the database beside it: add --replace"
    )]
    Taken(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the database lies that was there before.
    pub aside: Option<PathBuf>,
}

/// Puts a backup in the place of the database, which no proxy may serve from.
pub async fn restore(
    from: &Path,
    (path, key_file): (&Path, &Path),
    replace: bool,
    clock: &Clock,
) -> Result<Restored, RestoreError> {
    let claim = claim(path)?;
    if claim.is_taken() && !replace {
        return Err(RestoreError::Taken(path.display().to_string()));
    }
    if beside(from, "-wal").metadata().is_ok_and(|log| log.len() > 0) {
        return Err(RestoreError::Raw(from.display().to_string()));
    }
    let ready = Ready::copy(from, &beside(path, ".restoring.db"))
        .map_err(|cause| RestoreError::Copy { path: from.display().to_string(), cause })?;
    prove(&ready.0, key_file, clock).await?;
    let taken = claim.is_taken();
    let when = rfc3339(clock.now()).replace([':', '.'], "");
    let aside = beside(path, &format!(".before-{when}"));
    claim.install(&ready.0, &aside)?;
    Ok(Restored { aside: taken.then_some(aside) })
}

/// Opens it as a proxy would, and closes it again.
async fn prove(ready: &Path, key_file: &Path, clock: &Clock) -> Result<(), RestoreError> {
    let (store, writing) = store::open(ready).await?;
    let work = async move {
        keys::prove(&store, key_file, clock).await?;
        // What was numbered after the backup will be numbered again, and cursors must not take it for read.
        let renewed =
            store.write::<_, StoreError, _>(|mut db| Box::pin(async move { db.renew_feeds().await }));
        Ok::<_, RestoreError>(renewed.await?)
    };
    tokio::join!(work, writing).0
}

/// A copy of a backup that is not in its place yet. What is left of it goes when it is dropped. Its name
/// has an ending of its own, which the file that is locked beside it has not: else that of a database
/// without an ending would be the same.
struct Ready(PathBuf);

impl Ready {
    fn copy(from: &Path, to: &Path) -> std::io::Result<Self> {
        let ready = Self(to.to_owned());
        ready.clear();
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut source = std::fs::File::open(from)?;
        let mut file = options.open(to)?;
        std::io::copy(&mut source, &mut file)?;
        file.sync_all()?;
        Ok(ready)
    }

    fn clear(&self) {
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(beside(&self.0, ending)));
        }
        drop(std::fs::remove_file(self.0.with_extension("lock")));
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        self.clear();
    }
}
