//! A key on its way to its owner: in a fresh file that nobody else can read, and gone again unless
//! the key was kept.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Sentence;
use crate::vault::Secret;

/// A file with a key in it, removed when it is dropped before it was kept.
pub(super) struct KeyFile {
    path: PathBuf,
    kept: bool,
}

impl KeyFile {
    /// Writes it. A file that is there already is left alone.
    pub(super) fn write(path: &Path, key: &Secret) -> Result<Self, Sentence> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let told = |cause: std::io::Error| {
            let shown = path.display();
            Sentence(format!("the key cannot be written to {shown}: {cause}. Name a file that is not there."))
        };
        let mut file = options.open(path).map_err(told)?;
        let begun = Self { path: path.to_owned(), kept: false };
        key.lend(|text| writeln!(file, "{text}")).and_then(|()| file.sync_all()).map_err(told)?;
        Ok(begun)
    }

    /// The key is in the database: the file stays.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        if !self.kept {
            drop(std::fs::remove_file(&self.path));
        }
    }
}
