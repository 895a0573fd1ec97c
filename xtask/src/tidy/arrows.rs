//! The arrows between the crates: who may depend on whom.

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use super::{CRATES, Finding};

/// A crate, what it may depend on, and what only its tests may.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("app", &["protocol"], &[]),
    ("server", &["protocol", "sandbox"], &[]),
    ("e2e", &["server", "sandbox", "portal", "protocol"], &[]),
];

/// Checks one crate's Cargo.toml.
pub(super) fn check(path: &str, text: &str) -> Result<Vec<Finding>> {
    let krate = path.split('/').next().unwrap_or_default();
    let manifest: Table = text.parse().with_context(|| format!("{path} is not valid TOML"))?;
    let (product, tests) =
        ARROWS.iter().find(|(name, ..)| *name == krate).map_or((&[][..], &[][..]), |(_, a, b)| (*a, *b));
    let mut findings = Vec::new();
    for (section, table) in &manifest {
        let tests_too = section == "dev-dependencies";
        if !section.ends_with("dependencies") {
            continue;
        }
        let names = table.as_table().into_iter().flat_map(Table::iter);
        for (name, value) in names.filter(|(name, _)| CRATES.contains(&name.as_str())) {
            // A crate's own tests may ask it for its features.
            let allowed = name == krate
                || product.contains(&name.as_str())
                || (tests_too && tests.contains(&name.as_str()));
            if !allowed {
                findings.push(finding(path, text, name, format!("{krate} must not depend on {name}")));
            } else if !tests_too && is_always_there(krate, name, value) {
                let advice = "the proxy takes the sandbox only by its feature: `optional = true`";
                findings.push(finding(path, text, name, advice.to_owned()));
            }
        }
    }
    Ok(findings)
}

fn is_always_there(krate: &str, name: &str, value: &Value) -> bool {
    let optional = value.get("optional").and_then(Value::as_bool).unwrap_or_default();
    krate == "server" && name == "sandbox" && !optional
}

fn finding(path: &str, text: &str, name: &str, advice: String) -> Finding {
    let line = text.lines().position(|line| line.trim_start().starts_with(name));
    Finding {
        file: path.to_owned(),
        line: line.unwrap_or_default() + 1,
        rule: "arrows between crates",
        advice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let found = check(path, text).expect("valid TOML");
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_found() {
        let text = "[dependencies]\nserde.workspace = true\nserver.workspace = true\n";
        let found = findings("portal/Cargo.toml", text);
        assert_eq!(found, ["portal/Cargo.toml:3: arrows between crates: portal must not depend on server"]);
        assert!(findings("e2e/Cargo.toml", text).is_empty());
    }

    #[test]
    fn the_proxy_takes_the_sandbox_only_by_feature() {
        let optional = "[dependencies]\nsandbox = { workspace = true, optional = true }\n";
        assert!(findings("server/Cargo.toml", optional).is_empty());
        assert_eq!(findings("server/Cargo.toml", "[dependencies]\nsandbox.workspace = true\n").len(), 1);
        assert!(findings("server/Cargo.toml", "[dev-dependencies]\nsandbox.workspace = true\n").is_empty());
    }
}
