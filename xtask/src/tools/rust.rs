//! The wasm32 target, trunk and wasm-bindgen's command line, by rustup and `cargo install`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{repo, run, say};

const TARGET: &str = "wasm32-unknown-unknown";

/// 0.22 needs a newer compiler than the one of rust-toolchain.toml.
const TRUNK: &str = "0.21.14";

/// Adds the target with rustup where the compiler lacks its library.
pub(super) fn ensure_wasm_target() -> Result<()> {
    let mut ask = run::program("rustc");
    ask.args(["--print", "target-libdir", "--target", TARGET]);
    if Path::new(run::output(&mut ask)?.trim()).is_dir() {
        return Ok(());
    }
    say::step(format_args!("rustup target add {TARGET}"));
    let mut rustup = run::program("rustup");
    run::show(rustup.args(["target", "add", TARGET])).with_context(|| {
        format!("the compiler lacks {TARGET}: install Rust with rustup, or that target by hand")
    })
}

/// Finds or installs trunk, in its one version.
pub(super) fn ensure_trunk(folder: &Path) -> Result<PathBuf> {
    ensure(&Wanted { program: "trunk", package: "trunk", version: TRUNK }, folder)
}

/// Finds or installs wasm-bindgen's command line, which must equal the library's version.
pub(super) fn ensure_wasm_bindgen(folder: &Path) -> Result<PathBuf> {
    let lock =
        std::fs::read_to_string(repo::root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let version = locked("wasm-bindgen", &lock)?;
    let wanted = Wanted { program: "wasm-bindgen", package: "wasm-bindgen-cli", version: &version };
    ensure(&wanted, folder)
}

struct Wanted<'a> {
    program: &'a str,
    package: &'a str,
    version: &'a str,
}

impl Wanted<'_> {
    fn is(&self, program: &Path) -> bool {
        run::version(program)
            .is_some_and(|said| said.split_whitespace().nth(1).is_some_and(|version| version == self.version))
    }
}

/// Looks in our own folder, on the PATH and in cargo's; installs what none of them has.
fn ensure(wanted: &Wanted<'_>, folder: &Path) -> Result<PathBuf> {
    let places = places(wanted.program, folder);
    if let Some(found) = places.iter().find(|place| wanted.is(place)) {
        return Ok(found.clone());
    }
    // Somebody's other version stays where it is; ours then goes beside the other tools.
    let other = places.iter().any(|place| place.exists());
    install(wanted, other.then_some(folder))?;
    let places = self::places(wanted.program, folder);
    let Some(installed) = places.into_iter().find(|place| wanted.is(place)) else {
        bail!("{} {} was installed but cannot be found", wanted.program, wanted.version);
    };
    Ok(installed)
}

fn places(program: &str, folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.join("bin")];
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    folders.extend(env::var_os("CARGO_HOME").map(PathBuf::from).or(home).map(|cargo| cargo.join("bin")));
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    folders.into_iter().map(|folder| folder.join(&name)).filter(|path| path.exists()).collect()
}

fn install(wanted: &Wanted<'_>, root: Option<&Path>) -> Result<()> {
    let Wanted { package, version, .. } = wanted;
    say::step(format_args!("cargo install {package} {version} (once; up to ten minutes)"));
    if run::show(&mut cargo_install(wanted, root, true)).is_ok() {
        return Ok(());
    }
    // A lock file published with the package may name a version that was withdrawn since.
    say::note("the published lock file does not build: trying without it");
    run::show(&mut cargo_install(wanted, root, false))
}

fn cargo_install(wanted: &Wanted<'_>, root: Option<&Path>, locked: bool) -> Command {
    let mut command = run::cargo("install --quiet");
    command.args([wanted.package, "--version", wanted.version]);
    if locked {
        command.arg("--locked");
    }
    if let Some(root) = root {
        command.arg("--root").arg(root);
    }
    command
}

/// The version of a package in the text of a Cargo.lock.
fn locked(package: &str, lock: &str) -> Result<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines
        .by_ref()
        .find(|line| *line == name)
        .and_then(|_| lines.next())
        .and_then(|line| line.strip_prefix("version = \""))
        .and_then(|rest| rest.strip_suffix('"'))
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock names no {package}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_of_that_very_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked("wasm-bindgen", lock).expect("it is there"), "0.2.130");
        assert!(locked("leptos", lock).is_err());
    }
}
