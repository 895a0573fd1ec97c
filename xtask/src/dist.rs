//! `dist`: one release binary with the browser program inside it.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::app_build::{self, Kind};
use crate::{repo, run, say};

/// What is shipped.
pub(crate) struct Shipped {
    pub(crate) binary: PathBuf,
    /// The browser program that is inside.
    pub(crate) dist: PathBuf,
    /// The name of the build, which a store says in its hello.
    pub(crate) build: String,
}

/// The proxy's release build without a browser program, for what needs none.
pub(crate) fn proxy_alone() -> Result<Shipped> {
    say::step("proxy, release build");
    run::show(&mut run::cargo("build --quiet --release -p server"))?;
    let binary =
        repo::target_dir()?.join("release").join(format!("patchbay{}", std::env::consts::EXE_SUFFIX));
    Ok(Shipped { binary, dist: PathBuf::new(), build: "dev".to_owned() })
}

/// Builds it, says where it lies and how large it is, and gives its path and the browser program's.
pub(crate) fn build() -> Result<Shipped> {
    let app = app_build::build(Kind::Ship)?;
    say::step("proxy, release build with the browser program inside");
    let mut cargo = run::cargo("build --quiet --release -p server --features bundle");
    let name = app.name.unwrap_or_default();
    cargo.env("PATCHBAY_DIST", &app.dist).env(app_build::BUILD_NAME, &name);
    run::show(&mut cargo)?;
    let file = format!("patchbay{}", std::env::consts::EXE_SUFFIX);
    let binary = repo::target_dir()?.join("release").join(file);
    let size = fs::metadata(&binary)?.len();
    say::note(format_args!("{} ({}.{} MB)", binary.display(), size / 1_000_000, size % 1_000_000 / 100_000));
    Ok(Shipped { binary, dist: app.dist, build: name })
}
