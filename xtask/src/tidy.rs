//! Holds the code to the rules of docs/STYLE.md that a program can check.
//!
//! Rules see code with comments and the insides of strings blanked out (`source`), so that prose
//! about a rule never breaks it. Each finding says what to do. Secrets are looked for in every file.

mod arrows;
mod measures;
mod names;
mod secrets;
mod source;
mod words;

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::{repo, say};
use source::Source;

/// The workspace's crates, each a folder of that name.
const CRATES: &[&str] = &["app", "server", "protocol", "sandbox", "portal", "e2e", "xtask"];

/// Something that a rule found.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    file: String,
    line: usize,
    rule: &'static str,
    advice: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, rule, advice } = self;
        write!(out, "{file}:{line}: {rule}: {advice}")
    }
}

/// Checks the whole repository; fails when anything was found.
pub(crate) fn check() -> Result<()> {
    let root = repo::root();
    let mut findings = Vec::new();
    let mut sources = Vec::new();
    for file in repo::files(&root)? {
        let path = relative(&root, &file);
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        if is_ours(&path, "rs") {
            sources.push(Source::read(&path, &text));
        }
        if path.ends_with("/Cargo.toml") {
            findings.extend(arrows::check(&path, &text)?);
        }
        findings.extend(words::check(&path, &text));
        findings.extend(secrets::check(&path, &text));
    }
    let tests: Vec<String> = sources.iter().flat_map(Source::test_files).collect();
    for source in sources.iter_mut().filter(|source| tests.contains(&source.path)) {
        source.mark_as_test();
    }
    for source in &sources {
        findings.extend(names::check(source));
        findings.extend(measures::check(source));
    }
    findings.extend(measures::expects(&sources));
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    for finding in &findings {
        say::line(finding);
    }
    if findings.is_empty() {
        say::note(format_args!("{} files of code are tidy", sources.len()));
        return Ok(());
    }
    bail!("tidy found {}; docs/STYLE.md tells the reasons", count(findings.len()));
}

fn relative(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

fn is_ours(path: &str, extension: &str) -> bool {
    let crate_name = path.split('/').next().unwrap_or_default();
    CRATES.contains(&crate_name) && path.rsplit('.').next() == Some(extension)
}

fn count(findings: usize) -> String {
    if findings == 1 { "one thing".to_owned() } else { format!("{findings} things") }
}
