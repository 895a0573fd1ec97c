//! The test programs that cargo compiled, and the proxy's binary that came with them.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{run, say};

/// How many tests may fail beside each other and be run once more.
const SECOND_CHANCES: usize = 3;
/// Tests of the whole proxy wait for most of their time: for a provider's pace, for syncs, for clocks that
/// stand still. So many run beside each other on a core; tests with a browser are not among them.
const BESIDE_EACH_OTHER: usize = 3;
/// What the databases of that many tests take at most, in MiB, with much to spare.
const ROOM: u64 = 2048;

/// The proxy as its neighbours meet it.
pub(super) const PROXY: (&str, &str) = ("server", "it");

pub(super) struct Programs {
    tests: Vec<Test>,
    /// The proxy as the tests of its crate were built with it.
    patchbay: Option<PathBuf>,
}

/// Variables of the environment that a run has beside the usual ones.
pub(super) type Circumstances<'a> = [(&'a str, &'a OsStr)];

struct Test {
    krate: String,
    name: String,
    program: PathBuf,
    /// The crate's folder, where cargo would run it.
    folder: PathBuf,
}

impl Programs {
    /// Compiles the tests of every native crate; `features` is cargo's flag, or nothing.
    pub(super) fn compile(features: &str) -> Result<Self> {
        let mut cargo = run::cargo("test --workspace --exclude app --no-run --quiet");
        cargo.args(["--message-format", "json-render-diagnostics"]).args(features.split_whitespace());
        let mut child = cargo.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
        let mut programs = Self { tests: Vec::new(), patchbay: None };
        if let Some(messages) = child.stdout.take() {
            for line in BufReader::new(messages).lines() {
                programs.add(&serde_json::from_str(&line?)?);
            }
        }
        if !child.wait()?.success() {
            bail!("`{}` failed", run::words(&cargo));
        }
        programs.tests.sort_by(|a, b| (&a.krate, &a.name).cmp(&(&b.krate, &b.name)));
        Ok(programs)
    }

    fn add(&mut self, message: &Value) {
        let target = &message["target"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let Some(program) = message["executable"].as_str().map(PathBuf::from) else {
            return;
        };
        if message["profile"]["test"] == true {
            let folder = PathBuf::from(text(&message["manifest_path"]));
            let folder = folder.parent().map(Path::to_path_buf).unwrap_or_default();
            let krate = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.tests.push(Test { krate, name: text(&target["name"]), program, folder });
        } else if target["name"] == "patchbay" {
            self.patchbay = Some(program);
        }
    }

    /// Runs the tests of every crate but one.
    pub(super) fn run_all_but(&self, krate: &str) -> Result<()> {
        self.tests.iter().filter(|test| test.krate != krate).try_for_each(|test| self.run(test, &[], &[]))
    }

    /// Runs the tests of one crate, with the browser program in `dist`. A few that fail beside each other
    /// are run once more, alone and for all to see: two browsers on a machine that is out of breath are
    /// no person's lot. What fails alone fails.
    pub(super) fn run_only(&self, krate: &str, dist: &Path, circumstances: &Circumstances<'_>) -> Result<()> {
        let all = [circumstances, &[("PATCHBAY_DIST", dist.as_os_str())]].concat();
        for test in self.tests.iter().filter(|test| test.krate == krate) {
            let mut program = self.prepared(test, &[], &all);
            let Err(problem) = run::show_and_keep(&mut program, is_told_of_a_failure)? else { continue };
            let failed = problem.kept.iter().map(|line| line.trim()).collect::<Vec<_>>();
            if !(1..=SECOND_CHANCES).contains(&failed.len()) {
                return Err(problem.error);
            }
            for name in failed {
                say::note(format_args!("{name} failed beside others; once more, alone"));
                self.run(test, &["--exact", name], &all)?;
            }
        }
        Ok(())
    }

    /// Runs some tests of one program, or all without a filter. A filter that fits none is a mistake.
    pub(super) fn run_some(
        &self,
        (krate, name): (&str, &str),
        filters: &[&str],
        circumstances: &Circumstances<'_>,
    ) -> Result<()> {
        let test = self.tests.iter().find(|test| test.krate == krate && test.name == name);
        let test = test.with_context(|| format!("there is no test program {krate} {name}"))?;
        for filter in filters {
            if run::output(program(test).args(["--list", "--format", "terse", filter]))?.is_empty() {
                bail!("no test of {krate} {name} is called {filter}...");
            }
        }
        self.run(test, filters, circumstances)
    }

    fn run(&self, test: &Test, filters: &[&str], circumstances: &Circumstances<'_>) -> Result<()> {
        run::show(&mut self.prepared(test, filters, circumstances))
    }

    fn prepared(&self, test: &Test, filters: &[&str], circumstances: &Circumstances<'_>) -> Command {
        say::note(format_args!("{} {}", test.krate, test.name));
        let mut program = program(test);
        program.arg("--quiet").args(filters).envs(circumstances.iter().copied());
        if let Some(patchbay) = &self.patchbay {
            program.env("PATCHBAY_BIN", patchbay);
        }
        if (test.krate.as_str(), test.name.as_str()) == PROXY {
            program.args(["--test-threads", &at_once().to_string()]);
            program.envs(in_memory().map(|folder| ("TMPDIR", folder)));
        }
        program
    }
}

/// How many tests of the proxy run at once on this machine.
fn at_once() -> usize {
    thread::available_parallelism().map_or(BESIDE_EACH_OTHER, |cores| cores.get() * BESIDE_EACH_OTHER)
}

/// Where the databases of tests lie, if there is room: each commit is synced, and here that takes no time.
/// A process that is killed loses no more there than on a disk.
fn in_memory() -> Option<&'static str> {
    const FOLDER: &str = "/dev/shm";
    let told = run::output(run::program("df").args(["--output=avail", "--block-size=1M", FOLDER])).ok()?;
    let free: u64 = told.lines().nth(1)?.trim().parse().ok()?;
    (free >= ROOM && env::var_os("TMPDIR").is_none()).then_some(FOLDER)
}

/// The test program names what failed at its end, by four spaces and a path.
fn is_told_of_a_failure(line: &str) -> bool {
    let name = line.strip_prefix("    ").unwrap_or_default();
    name.contains("::") && name.chars().all(|letter| letter.is_alphanumeric() || "_:".contains(letter))
}

fn program(test: &Test) -> Command {
    let mut program = run::program(&test.program);
    program.current_dir(&test.folder).env("CARGO_MANIFEST_DIR", &test.folder);
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_known_by_its_line() {
        assert!(is_told_of_a_failure("    widget::em_07_the_whole_story"));
        for other in
            ["failures:", "    at src/main.rs:3", "    a::b was not there", "     widget::deeper", ""]
        {
            assert!(!is_told_of_a_failure(other), "{other}");
        }
    }

    #[test]
    fn test_programs_and_the_proxy_are_told_apart() {
        let mut programs = Programs { tests: Vec::new(), patchbay: None };
        for line in [
            r#"{"reason":"compiler-artifact","manifest_path":"/r/server/Cargo.toml","target":{"name":"api"},"profile":{"test":true},"executable":"/t/api-1"}"#,
            r#"{"reason":"compiler-artifact","manifest_path":"/r/server/Cargo.toml","target":{"name":"patchbay"},"profile":{"test":false},"executable":"/t/patchbay"}"#,
            r#"{"reason":"compiler-artifact","manifest_path":"/r/protocol/Cargo.toml","target":{"name":"protocol"},"profile":{"test":false},"executable":null}"#,
            r#"{"reason":"build-finished","success":true}"#,
        ] {
            programs.add(&serde_json::from_str(line).expect("valid JSON"));
        }
        assert_eq!(programs.patchbay.as_deref(), Some(Path::new("/t/patchbay")));
        let [test] = programs.tests.as_slice() else { panic!("one test program") };
        assert_eq!((test.krate.as_str(), test.name.as_str()), ("server", "api"));
        assert_eq!(test.folder, Path::new("/r/server"));
    }
}
