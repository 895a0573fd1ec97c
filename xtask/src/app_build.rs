//! Builds the browser program: trunk by Trunk.toml, then, for release, what trunk leaves undone.
//!
//! A build whose inputs are those of the last one does nothing; trunk alone takes seconds to find out.

mod compress;
mod polish;
pub(crate) mod split;
mod stamp;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{clock, repo, run, say, tools};
#[cfg(test)]
pub(crate) use compress::brotli;
pub(crate) use stamp::hex;

/// The environment's name for the build's name; app and server read it while they are compiled.
pub(crate) const BUILD_NAME: &str = "PATCHBAY_BUILD";

const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// What the build is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Quick to build, large to load.
    Dev,
    /// What is measured and tested in the browser.
    Release,
    /// The same for shipping: it carries the name of its build, by which a store that is older or
    /// newer than its proxy knows that it must reload.
    Ship,
}

impl Kind {
    pub(crate) fn from_dev(dev: bool) -> Self {
        if dev { Self::Dev } else { Self::Release }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
            Self::Ship => "shipping",
        }
    }
}

/// A built browser program.
pub(crate) struct Built {
    pub(crate) dist: PathBuf,
    /// The build's name, where it carries one: the proxy must be built under the same.
    pub(crate) name: Option<String>,
}

/// Builds the browser program of the present sources, into dist/ or, for shipping, below target/.
pub(crate) fn build(kind: Kind) -> Result<Built> {
    let target = repo::target_dir()?;
    let dist = if kind == Kind::Ship { target.join("ship") } else { repo::dist() };
    let stamp = stamp::Stamp::of_sources(&target, kind)?;
    let name = (kind == Kind::Ship).then(|| stamp.build_name());
    let built = Built { dist, name };
    if !stamp.matches(&built.dist) {
        say::step(format_args!("browser program, {} build", kind.name()));
        let watch = clock::Stopwatch::start();
        make(kind, &built, &target)?;
        stamp.keep(&built.dist)?;
        say::note(format_args!("ready after {}", clock::words(watch.elapsed())));
    }
    Ok(built)
}

fn make(kind: Kind, built: &Built, target: &Path) -> Result<()> {
    let tools = tools::for_build(target)?;
    let mut trunk = tools.trunk();
    // Offline: trunk then takes the programs that we put on its PATH or says which it misses.
    trunk.args(["build", "--offline", "--skip-version-check", "--no-sri", "--dist"]).arg(&built.dist);
    if let Some(name) = &built.name {
        trunk.env(BUILD_NAME, name);
    }
    if kind == Kind::Dev {
        return run::show(&mut trunk);
    }
    // Cargo would take these in the place of ours.
    trunk.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    trunk.env(FLAGS, split::LINKER_FLAGS).args(["--features", split::FEATURE]);
    run::show(trunk.args(["--release", "--cargo-profile", "wasm-release", "--minify=false"]))?;
    split::program(&target.join("wasm32-unknown-unknown/wasm-release/app.wasm"), &built.dist, &tools)?;
    polish::dist(&built.dist, &tools)?;
    compress::folder(&built.dist)
}
