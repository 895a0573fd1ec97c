//! The frames of a socket by the Autobahn testsuite (WS-01). The test is the proxy's, under its
//! feature `deep`; here the suite is installed, and its figures are told.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::programs::Programs;
use crate::{repo, say, tools};

/// The program with the proxy's tests of its own rooms.
const PROXY: (&str, &str) = ("server", "server");

/// Runs the suite where it can be installed.
pub(super) fn run() -> Result<()> {
    let Some(suite) = tools::autobahn(&repo::target_dir()?)? else {
        return Ok(());
    };
    let report = suite.join("report");
    if report.exists() {
        fs::remove_dir_all(&report)?;
    }
    let circumstances = [("PATCHBAY_AUTOBAHN", suite.as_os_str())];
    Programs::compile("--features server/deep")?.run_some(PROXY, &["autobahn"], &circumstances)?;
    let index = fs::read_to_string(report.join("index.json")).context("the suite left no report")?;
    say::note(figures(&serde_json::from_str(&index)?));
    Ok(())
}

/// Cases by what the suite says of their behaviour and their close.
fn figures(index: &Value) -> String {
    let agents = index.as_object().into_iter().flat_map(|agents| agents.values());
    let cases = agents.filter_map(Value::as_object).flat_map(|cases| cases.values());
    let mut counts = BTreeMap::<_, usize>::new();
    for case in cases {
        let said = |name: &str| case[name].as_str().unwrap_or("nothing").to_owned();
        *counts.entry((said("behavior"), said("behaviorClose"))).or_default() += 1;
    }
    let words = counts.iter().map(|((behaviour, close), count)| {
        if behaviour == close {
            format!("{count} {behaviour}")
        } else {
            format!("{count} {behaviour} (close {close})")
        }
    });
    let words = words.collect::<Vec<_>>().join(", ");
    format!("{} cases: {words}", counts.values().sum::<usize>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cases_are_counted_by_behaviour_and_close() {
        let fine = json!({"behavior": "OK", "behaviorClose": "OK"});
        let late = json!({"behavior": "NON-STRICT", "behaviorClose": "OK"});
        let index = json!({"patchbay": {"1.1.1": fine, "1.1.2": fine, "6.4.3": late}});
        assert_eq!(figures(&index), "3 cases: 1 NON-STRICT (close OK), 2 OK");
    }
}
