//! Remembers from which sources dist/ was built, so that an unchanged build costs nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest as _, Sha256};

use super::Kind;
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
    kind: Kind,
    sources: String,
}

impl Stamp {
    /// Reads all sources once.
    pub(crate) fn of_sources(target: &Path, kind: Kind) -> Result<Self> {
        let root = repo::root();
        let mut hash = Sha256::new();
        for source in SOURCES {
            let path = root.join(source);
            let files = if path.is_dir() { repo::files(&path)? } else { vec![path] };
            for file in files.iter().filter(|file| file.exists()) {
                add(&mut hash, file, &root)?;
            }
        }
        let place = if kind == Kind::Ship { "ship" } else { "dist" };
        let file = target.join(format!("{place}.stamp"));
        Ok(Self { file, kind, sources: hex(&hash.finalize()) })
    }

    /// A name for a build of these sources, for example `0.1.0-1f6a09c2b7de`.
    pub(crate) fn build_name(&self) -> String {
        format!("{}-{}", env!("CARGO_PKG_VERSION"), &self.sources[..12])
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
            add(&mut hash, &file, dist)?;
        }
        let Self { kind, sources, .. } = self;
        Ok(format!("{kind:?}\n{}\n{sources}\n{}\n", dist.display(), hex(&hash.finalize())))
    }
}

fn add(hash: &mut Sha256, file: &Path, top: &Path) -> Result<()> {
    hash.update(file.strip_prefix(top)?.to_string_lossy().as_bytes());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touched_build_is_made_anew() {
        let folder = tempfile::tempdir().expect("a directory for the test");
        let dist = folder.path().join("out");
        fs::create_dir(&dist).expect("a directory");
        fs::write(dist.join("index.html"), "page").expect("a file");
        let stamp = Stamp::of_sources(folder.path(), Kind::Dev).expect("our sources");
        assert!(!stamp.matches(&dist));
        stamp.keep(&dist).expect("a stamp");
        assert!(stamp.matches(&dist));
        let release = Stamp::of_sources(folder.path(), Kind::Release).expect("our sources");
        assert!(!release.matches(&dist), "another kind is another build");
        fs::write(dist.join("index.html"), "touched").expect("a file");
        assert!(!stamp.matches(&dist));
    }
}
