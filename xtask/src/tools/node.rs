//! What comes as npm packages, in the versions of a lock file: wasm-opt and esbuild of xtask/tools,
//! React of e2e/react.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{repo, run, say};

const LOCK: &str = "package-lock.json";

/// Puts the packages of xtask/tools below `folder` and gives the folder of their programs.
pub(super) fn ensure(folder: &Path) -> Result<PathBuf> {
    let wanted = repo::root().join("xtask").join("tools");
    fs::create_dir_all(folder)?;
    for name in ["package.json", LOCK] {
        fs::copy(wanted.join(name), folder.join(name))?;
    }
    packages(folder, "wasm-opt and esbuild")
}

/// Installs what the lock file in `folder` names, and gives the folder of its programs.
pub(crate) fn packages(folder: &Path, what: &str) -> Result<PathBuf> {
    ensure_npm()?;
    let modules = folder.join("node_modules");
    let (bin, done) = (modules.join(".bin"), modules.join(".installed.json"));
    let lock = fs::read_to_string(folder.join(LOCK))
        .with_context(|| format!("{} has no {LOCK}", folder.display()))?;
    if bin.is_dir() && fs::read_to_string(&done).is_ok_and(|installed| installed == lock) {
        return Ok(bin);
    }
    say::step(format_args!("npm ci: {what}"));
    // Every package carries its program inside, so no install script has to run.
    let mut npm = run::program("npm");
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run::output(&mut npm)?;
    fs::write(done, lock)?;
    Ok(bin)
}

fn ensure_npm() -> Result<()> {
    let there = || run::version("node").is_some() && run::version("npm").is_some();
    if there() {
        return Ok(());
    }
    if super::may_apt() {
        super::apt_install(&["nodejs", "npm"])?;
    }
    if !there() {
        bail!("Node.js (18 or newer) and npm are missing: install them and run this again");
    }
    Ok(())
}
