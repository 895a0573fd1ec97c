//! Where our dependencies come from and what is known against them (SC-01, SC-02). Both checks need a
//! program that is not ours; a step that could not look says so instead of passing in silence.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{run, say};

/// Where the vulnerabilities of crates are published.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

/// Bans, licences and sources of every dependency, by deny.toml; nothing is fetched for it.
pub(super) fn bans() -> Result<()> {
    if run::version("cargo-deny").is_none() {
        not_checked("cargo-deny is not installed: `cargo install cargo-deny --locked`");
        return Ok(());
    }
    run::show(&mut run::cargo("deny --offline check bans licenses sources"))
}

/// Known vulnerabilities, by the published list; where that cannot be had, by the stored one, with
/// its date.
pub(super) fn advisories() -> Result<()> {
    if run::version("cargo-audit").is_none() {
        not_checked("cargo-audit is not installed: `cargo install cargo-audit --locked`");
        return Ok(());
    }
    if run::output(run::program("git").args(["ls-remote", "--exit-code", ADVISORIES, "HEAD"])).is_ok() {
        return run::show(&mut run::cargo("audit"));
    }
    let Some(date) = stored().and_then(|folder| date(&folder)) else {
        not_checked(&format!("no list of vulnerabilities is stored, and {ADVISORIES} cannot be had"));
        return Ok(());
    };
    say::note(format_args!("the published list cannot be had; the stored one is of {date}"));
    run::show(&mut run::cargo("audit --no-fetch --stale"))
}

fn not_checked(why: &str) {
    say::note(format_args!("NOT CHECKED: {why}"));
}

/// Where cargo-audit keeps the list.
fn stored() -> Option<PathBuf> {
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from).or(home)?;
    Some(cargo.join("advisory-db")).filter(|folder| folder.is_dir())
}

/// The day of its newest entry.
fn date(folder: &Path) -> Option<String> {
    let mut git = run::program("git");
    let log = run::output(git.arg("-C").arg(folder).args(["log", "-1", "--format=%cs"])).ok()?;
    Some(log.trim().to_owned()).filter(|date| !date.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sc_02_a_folder_without_a_list_has_no_date() {
        assert_eq!(date(Path::new("/")), None);
    }
}
