//! The programs that building and testing need, found or installed.
//!
//! What is there in the right version is used and nothing is said; what is missing is installed
//! and said. Nothing is fetched but from the package registries.

mod browser;
mod node;
mod python;
mod rust;
mod strace;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

pub(crate) use browser::ensure as browser;
pub(crate) use node::packages as npm_packages;
pub(crate) use python::autobahn;
pub(crate) use strace::ensure as strace;

/// What a build of the browser program runs with.
pub(crate) struct BuildTools {
    trunk: PathBuf,
    path: OsString,
}

impl BuildTools {
    /// Trunk, with every program that it calls first on its PATH.
    pub(crate) fn trunk(&self) -> Command {
        let mut trunk = crate::run::program(&self.trunk);
        trunk.env("PATH", &self.path);
        trunk
    }

    /// wasm-bindgen, at the version of the lock file.
    pub(crate) fn wasm_bindgen(&self) -> Command {
        self.program("wasm-bindgen")
    }

    /// wasm-opt, at the version of xtask/tools/package.json.
    pub(crate) fn wasm_opt(&self) -> Command {
        self.program("wasm-opt")
    }

    /// esbuild, at the version of xtask/tools/package.json.
    pub(crate) fn esbuild(&self) -> Command {
        self.program("esbuild")
    }

    fn program(&self, name: &str) -> Command {
        let mut program = crate::run::program(name);
        program.env("PATH", &self.path);
        program
    }
}

/// Finds or installs what a build of the browser program needs.
pub(crate) fn for_build(target: &Path) -> Result<BuildTools> {
    rust::ensure_wasm_target()?;
    let folder = target.join("tools");
    let modules = node::ensure(&folder)?;
    let trunk = rust::ensure_trunk(&folder)?;
    let bindgen = rust::ensure_wasm_bindgen(&folder)?;
    let mut first = vec![modules];
    first.extend(bindgen.parent().map(Path::to_path_buf));
    first.extend(trunk.parent().map(Path::to_path_buf));
    let before = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(first.into_iter().chain(env::split_paths(&before)))
        .context("a folder on the PATH has a separator in its name")?;
    Ok(BuildTools { trunk, path })
}

/// Whether we may install system packages: Debian's tool is there and we are root.
fn may_apt() -> bool {
    let root = crate::run::output(Command::new("id").arg("-u"));
    root.is_ok_and(|id| id.trim() == "0") && crate::run::version("apt-get").is_some()
}

/// Installs Debian packages, after a fresh look at what there is.
fn apt_install(packages: &[&str]) -> Result<()> {
    crate::say::step(format_args!("apt-get install {}", packages.join(" ")));
    crate::run::output(Command::new("apt-get").args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages);
    crate::run::output(&mut install).map(|_| ())
}
