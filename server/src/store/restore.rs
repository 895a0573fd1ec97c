//! A copy of the database in the place of the database, whole or not at all.

use std::path::{Path, PathBuf};

use super::OpenError;
use super::file::{Guard, damage};
use crate::vault::key_file::{beside, sync_folder};

/// The place of a database that nobody serves from, held until it is dropped.
pub struct Claim {
    path: PathBuf,
    guard: Guard,
}

/// Claims the place of a database. Refused while a proxy serves from it.
pub fn claim(path: &Path) -> Result<Claim, OpenError> {
    let guard = Guard::take(path)?.ok_or_else(|| OpenError::InUse { path: path.display().to_string() })?;
    Ok(Claim { path: path.to_owned(), guard })
}

impl Claim {
    /// Whether there is a database, or the log of one.
    pub fn is_taken(&self) -> bool {
        self.path.exists() || beside(&self.path, "-wal").exists()
    }

    /// Puts a checked and closed database here. What is here goes to `aside`, with its log.
    ///
    /// From the first step to the last the note beside the database says that it is open: a crash in
    /// between is told at the next start, and never taken for a database that is yet to be made.
    pub fn install(self, ready: &Path, aside: &Path) -> Result<(), OpenError> {
        let told = |cause: std::io::Error| damage(&self.path, format!("{cause}; run the command again"));
        self.guard.write("open").map_err(told)?;
        for ending in ["", "-wal"] {
            rename_if_there(&beside(&self.path, ending), &beside(aside, ending)).map_err(told)?;
        }
        drop(std::fs::remove_file(beside(&self.path, "-shm")));
        std::fs::rename(ready, &self.path).map_err(told)?;
        sync_folder(&self.path).map_err(told)?;
        self.guard.write("closed").map_err(told)
    }
}

fn rename_if_there(from: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
