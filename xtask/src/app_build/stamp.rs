//! Remembers from which sources dist/ was built, so that an unchanged build costs nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest as _, Sha256};

use crate::repo;

/// Everything that the browser program is made of.
const SOURCES: &[&str] = &[
    "app",
    "protocol",
    "style",
    "public",
    "xtask/src/app_build",
    "xtask/tools",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
];

pub(crate) struct Stamp {
    file: PathBuf,
    sources: String,
}

impl Stamp {
    /// Reads all sources once; `kind` keeps the stamps of dev and release apart.
    pub(crate) fn of_sources(target: &Path, kind: &str) -> Result<Self> {
        let root = repo::root();
        let mut hash = Sha256::new();
        hash.update(kind);
        hash.update(root.to_string_lossy().as_bytes());
        for source in SOURCES {
            let path = root.join(source);
            let files = if path.is_dir() { repo::files(&path)? } else { vec![path] };
            for file in files.iter().filter(|file| file.exists()) {
                add(&mut hash, file)?;
            }
        }
        Ok(Self { file: target.join("app.stamp"), sources: hex(&hash.finalize()) })
    }

    /// Whether `dist` is what these sources gave, untouched since.
    pub(crate) fn matches(&self, dist: &Path) -> bool {
        let now = self.text(dist).ok();
        now.is_some() && fs::read_to_string(&self.file).ok() == now
    }

    pub(crate) fn keep(&self, dist: &Path) -> Result<()> {
        fs::write(&self.file, self.text(dist)?)?;
        Ok(())
    }

    fn text(&self, dist: &Path) -> Result<String> {
        let mut hash = Sha256::new();
        for file in repo::files(dist)? {
            add(&mut hash, &file)?;
        }
        Ok(format!("{}\n{}\n", self.sources, hex(&hash.finalize())))
    }
}

fn add(hash: &mut Sha256, file: &Path) -> Result<()> {
    hash.update(file.to_string_lossy().as_bytes());
    hash.update([0]);
    hash.update(fs::read(file)?);
    hash.update([0]);
    Ok(())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
