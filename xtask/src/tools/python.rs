//! The Autobahn testsuite in a virtualenv of its own. It was written for Python 2.7, which few
//! machines still have; a virtualenv of that is made by a Python 3.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::{repo, run, say};

/// The last version that makes virtualenvs for Python 2.7 is of this line.
const VIRTUALENV: &str = "virtualenv==20.21.1";
const IS_2_7: &str = "import sys; sys.exit(sys.version_info[:2] != (2, 7))";

/// Finds or installs the suite below `target` and gives its virtualenv; none, with a word about it,
/// where a Python is missing.
pub(crate) fn autobahn(target: &Path) -> Result<Option<PathBuf>> {
    let wanted = fs::read_to_string(repo::root().join("xtask/tools/autobahn.txt"))?;
    let folder = target.join("tools").join("autobahn");
    let done = folder.join(".installed.txt");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(Some(folder));
    }
    let Some(old) = python_2_7() else {
        say::note("the Autobahn testsuite needs Python 2.7 on the PATH or in pyenv: this check is left out");
        return Ok(None);
    };
    let maker = target.join("tools").join("virtualenv");
    if run::output(run::program("python3").args(["-m", "venv", "--clear"]).arg(&maker)).is_err() {
        say::note("the Autobahn testsuite needs `python3 -m venv`: this check is left out");
        return Ok(None);
    }
    say::step("pip install: the Autobahn testsuite");
    pip(&maker, &[VIRTUALENV])?;
    let mut make = run::program(maker.join("bin/virtualenv"));
    run::output(make.args(["--clear", "--no-download", "--python"]).arg(old).arg(&folder))?;
    pip(&folder, &["--requirement", "xtask/tools/autobahn.txt"])
        .context("the Autobahn testsuite cannot be installed")?;
    fs::write(done, wanted)?;
    Ok(Some(folder))
}

fn pip(virtualenv: &Path, what: &[&str]) -> Result<()> {
    let mut pip = run::program(virtualenv.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(what);
    run::output(&mut pip).map(|_| ())
}

/// A Python 2.7 that starts: what pyenv puts on the PATH may name one that it does not select.
fn python_2_7() -> Option<PathBuf> {
    let prefix = run::output(run::program("pyenv").args(["prefix", "2.7"]));
    let of_pyenv = prefix.ok().map(|prefix| Path::new(prefix.trim()).join("bin/python2.7"));
    let on_path = ["python2.7", "python2"].map(PathBuf::from);
    let starts = |python: &PathBuf| run::output(run::program(python).args(["-c", IS_2_7])).is_ok();
    on_path.into_iter().chain(of_pyenv).find(starts)
}
