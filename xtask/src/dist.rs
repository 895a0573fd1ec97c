//! `dist`: one release binary with the browser program inside it.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::app_build::{self, Kind};
use crate::{repo, run, say};

/// Builds it, says where it lies and how large it is, and gives its path.
pub(crate) fn build() -> Result<PathBuf> {
    let dist = app_build::build(Kind::Release)?;
    say::step("proxy, release build with the browser program inside");
    let mut cargo = run::cargo("build --quiet --release -p server --features bundle");
    cargo.env("PATCHBAY_DIST", &dist);
    run::show(&mut cargo)?;
    let name = format!("patchbay{}", std::env::consts::EXE_SUFFIX);
    let binary = repo::target_dir()?.join("release").join(name);
    let size = fs::metadata(&binary)?.len();
    say::note(format_args!("{} ({}.{} MB)", binary.display(), size / 1_000_000, size % 1_000_000 / 100_000));
    Ok(binary)
}
