//! Builds the browser program: trunk by Trunk.toml, then, for release, what trunk leaves undone.
//!
//! A build whose inputs are those of the last one does nothing; trunk alone takes seconds to find out.

mod compress;
mod polish;
mod stamp;

use std::path::PathBuf;

use anyhow::Result;

use crate::{clock, repo, run, say, tools};
pub(crate) use stamp::hex;

/// What the build is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Quick to build, large to load.
    Dev,
    /// What is measured, tested in the browser and shipped.
    Release,
}

impl Kind {
    pub(crate) fn from_dev(dev: bool) -> Self {
        if dev { Self::Dev } else { Self::Release }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

/// Makes dist/ hold the browser program of the present sources, and gives its path.
pub(crate) fn build(kind: Kind) -> Result<PathBuf> {
    let target = repo::target_dir()?;
    let dist = repo::dist();
    let stamp = stamp::Stamp::of_sources(&target, kind.name())?;
    if stamp.matches(&dist) {
        return Ok(dist);
    }
    let tools = tools::for_build(&target)?;
    say::step(format_args!("browser program, {} build", kind.name()));
    let watch = clock::Stopwatch::start();
    // Offline: trunk then takes the programs that we put on its PATH or says which it misses.
    let mut trunk = tools.trunk();
    trunk.args(["build", "--offline", "--skip-version-check", "--no-sri"]);
    if kind == Kind::Release {
        trunk.args(["--release", "--cargo-profile", "wasm-release", "--minify=false"]);
    }
    run::show(&mut trunk)?;
    if kind == Kind::Release {
        polish::dist(&dist, &tools)?;
        compress::folder(&dist)?;
    }
    stamp.keep(&dist)?;
    say::note(format_args!("dist/ is ready after {}", clock::words(watch.elapsed())));
    Ok(dist)
}
