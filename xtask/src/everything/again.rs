//! Tests that run again in other circumstances: with the other ways in which QuickBooks changes refresh
//! tokens, and with many more cases than the gate has time for.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::Result;

use super::programs::{PROXY, Programs};
use crate::say;

/// Read by the tests of the proxy and by the flows in a browser; `strict` when it is not set.
const ROTATION: &str = "PATCHBAY_ROTATION";
const OTHERS: [&str; 2] = ["intuit", "grace"];
/// The areas of its tests in which tokens are given, refreshed, refused or revoked.
const OF_TOKENS: &[&str] = &[
    "changes_midway::",
    "clocks::",
    "connect::",
    "hangs::rf_03",
    "keeping::",
    "leases::",
    "refusals::rf_08",
    "revocations::",
    "revoked::rf_20",
    "start_again::",
    "tokens::",
    "unsaved::",
];
/// Properties of whatever reads the provider's answers.
const READERS: (&str, &[&str]) = ("server", &["rf_14", "oa_21"]);
/// What the deep run has more of: histories of refreshing nodes, and a database that is locked.
const HISTORIES: &[&str] = &["rf_02", "rf_22"];
const LOCKED: &[&str] = &["unsaved::"];
/// Ten minutes on two cores.
const CASES: &str = "300000";

/// The tests around tokens with the other rotations.
pub(super) fn tokens_with_other_rotations(programs: &Programs) -> Result<()> {
    OTHERS.into_iter().try_for_each(|mode| {
        say::note(format_args!("rotation {mode}"));
        programs.run_some(PROXY, OF_TOKENS, &[(ROTATION, OsStr::new(mode))])
    })
}

/// Everything that meets QuickBooks, with the other rotations.
pub(super) fn all_with_other_rotations(programs: &Programs, dist: &Path) -> Result<()> {
    OTHERS.into_iter().try_for_each(|mode| {
        say::note(format_args!("rotation {mode}"));
        let circumstances = [(ROTATION, OsStr::new(mode))];
        programs.run_some(PROXY, &[], &circumstances)?;
        programs.run_only("e2e", dist, &circumstances)
    })
}

/// Ten thousand histories of refreshing, and what waits for a lock.
pub(super) fn many_histories() -> Result<()> {
    let programs = Programs::compile("--features server/deep")?;
    programs.run_some((READERS.0, READERS.0), HISTORIES, &[])?;
    programs.run_some(PROXY, LOCKED, &[])
}

/// The provider's answers, damaged in very many ways.
pub(super) fn damaged_answers(programs: &Programs) -> Result<()> {
    let (krate, filters) = READERS;
    programs.run_some((krate, krate), filters, &[("PROPTEST_CASES", OsStr::new(CASES))])
}
