//! wasm-opt and esbuild, which come as npm packages in the versions of xtask/tools.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{repo, run, say};

/// Puts the packages of xtask/tools below `folder` and gives the folder of their programs.
pub(super) fn ensure(folder: &Path) -> Result<PathBuf> {
    ensure_npm()?;
    let bin = folder.join("node_modules").join(".bin");
    let wanted = repo::root().join("xtask").join("tools");
    let done = folder.join("installed.json");
    let lock = fs::read_to_string(wanted.join("package-lock.json"))
        .context("xtask/tools/package-lock.json cannot be read")?;
    if bin.is_dir() && fs::read_to_string(&done).is_ok_and(|installed| installed == lock) {
        return Ok(bin);
    }
    say::step("npm ci: wasm-opt and esbuild");
    fs::create_dir_all(folder)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(wanted.join(name), folder.join(name))?;
    }
    // Both packages carry their program inside, so no install script has to run.
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
