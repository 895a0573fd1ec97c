//! Where things are: the repository's root, cargo's target directory, and every file of ours.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::run;

/// Folders that hold no source of ours.
const NOT_OURS: &[&str] = &["target", "dist", "node_modules", ".git"];

/// The repository's root.
///
/// Taken from the environment that `cargo run` gives, since a binary in a shared target directory
/// may have been compiled in another checkout.
pub(crate) fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// Where cargo puts what it builds; `CARGO_TARGET_DIR` and cargo's configuration are honoured.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let mut cargo = run::cargo("metadata --no-deps --format-version 1");
    let metadata: serde_json::Value = serde_json::from_str(&run::output(&mut cargo)?)?;
    let directory =
        metadata["target_directory"].as_str().context("`cargo metadata` names no target directory")?;
    Ok(PathBuf::from(directory))
}

/// Where the browser program is built to (`dist` in Trunk.toml).
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Every file below `folder`, in order of path; what is built or downloaded is left out.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(folder, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !path.is_dir() {
            found.push(path);
        } else if !NOT_OURS.contains(&name.as_str()) {
            collect(&path, found)?;
        }
    }
    Ok(())
}
