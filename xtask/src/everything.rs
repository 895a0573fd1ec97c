//! `test` and `deep`: every check there is, cheap ones first, with the time of each at the end.
//!
//! All native tests are compiled by one cargo call over one set of crates, so that features are
//! resolved once and nothing is built twice; their programs are then run in two groups.

mod again;
mod autobahn;
mod programs;
mod supply;

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::app_build::{self, Kind};
use crate::{clock, react_page, repo, run, say, size, tidy, tools};
use programs::{PROXY, Programs};

/// With the long checks, which no other step of the gate compiles.
const LINTS: &str = "clippy --quiet --workspace --exclude app --all-targets \
    --features server/deep,sandbox/deep,e2e/deep -- -D warnings";
const LINTS_OF_APP: &str =
    "clippy --quiet -p app --target wasm32-unknown-unknown --all-targets -- -D warnings";
/// Ten minutes of made-up statements through the sandbox's query language.
const FUZZ_OF_STATEMENTS: &str =
    "test --quiet --profile fuzz -p sandbox --features deep --lib tests::deep -- --nocapture";
/// Fails when pages or memory are over their budgets.
const MILLION: &str = "run --quiet --release -p sandbox --example million";
/// Tests of the proxy that its feature `deep` makes longer, but for those of `again`.
const LONGER: &[&str] =
    &["crash::deep::", "churn::", "keys::st_10", "migrations::st_14", "refreshing::deep::", "start::st_04"];
const DOC_TESTS: &str = "test --quiet --doc --workspace --exclude app";

/// Runs everything that must pass before a change lands.
pub(crate) fn test() -> Result<()> {
    let mut steps = Steps::default();
    let done = gate(&mut steps);
    steps.tell();
    done
}

/// Runs `test`, then what takes longer or needs more tools.
pub(crate) fn deep() -> Result<()> {
    let mut steps = Steps::default();
    let done = gate(&mut steps).and_then(|()| {
        steps.run("Autobahn testsuite", autobahn::run)?;
        steps.run("made-up statements", || run::show(&mut run::cargo(FUZZ_OF_STATEMENTS)))?;
        steps.run("a company of a million", || run::show(&mut run::cargo(MILLION)))?;
        steps.run("a crash at every sync, and large companies", long_ones)?;
        steps.run("histories of refreshing", again::many_histories)?;
        let programs = Programs::compile("")?;
        let dist = app_build::build(Kind::Release)?.dist;
        steps.run("damaged answers", || again::damaged_answers(&programs))?;
        steps.run("everything, other rotations", || again::all_with_other_rotations(&programs, &dist))?;
        steps.run("long flows in a browser", long_flows)?;
        steps.run("bans, licences, sources", supply::bans)?;
        steps.run("known vulnerabilities", supply::advisories)
    });
    steps.tell();
    done
}

fn gate(steps: &mut Steps) -> Result<()> {
    steps.run("format", || run::show(&mut run::cargo("fmt --all --check")))?;
    steps.run("tidy", tidy::check)?;
    steps.run("tools", || {
        tools::browser()?;
        tools::strace()?;
        tools::for_build(&repo::target_dir()?).map(|_| ())
    })?;
    steps.run("lints", || run::show(&mut run::cargo(LINTS)))?;
    steps.run("lints of the browser program", || run::show(&mut run::cargo(LINTS_OF_APP)))?;
    let programs = steps.run("compile the tests", || Programs::compile(""))?;
    steps.run("tests", || programs.run_all_but("e2e"))?;
    steps.run("tests of tokens, other rotations", || again::tokens_with_other_rotations(&programs))?;
    steps.run("documentation tests", || run::show(&mut run::cargo(DOC_TESTS)))?;
    steps.run("tests of the browser program", || run::show(&mut run::cargo("test --quiet -p app --lib")))?;
    steps.run("size of the first load", size::gate)?;
    steps.run("React page of the flows", react_page::build)?;
    let dist = app_build::build(Kind::Release)?.dist;
    steps.run("flows in a browser", || programs.run_only("e2e", &dist, &[]))
}

/// The proxy, killed at each of its syncs and at many of its writes; key rotations and migrations, killed
/// at each; a thousand damaged databases; thousands of frames; large companies.
fn long_ones() -> Result<()> {
    Programs::compile("--features server/deep")?.run_some(PROXY, LONGER, &[])
}

/// The flows that take minutes: `e2e` has them under its feature `deep`.
fn long_flows() -> Result<()> {
    let manifest = fs::read_to_string(repo::root().join("e2e/Cargo.toml"))?.parse::<toml::Table>()?;
    if manifest.get("features").and_then(|features| features.get("deep")).is_none() {
        say::note("e2e has no feature `deep` and so no long flows");
        return Ok(());
    }
    let dist = app_build::build(Kind::Release)?.dist;
    Programs::compile("--features e2e/deep")?.run_only("e2e", &dist, &[])
}

/// What ran, and how long it took.
#[derive(Default)]
struct Steps {
    times: Vec<(&'static str, Duration)>,
}

impl Steps {
    fn run<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        say::step(name);
        let watch = clock::Stopwatch::start();
        let done = work().with_context(|| format!("the step `{name}` failed"));
        self.times.push((name, watch.elapsed()));
        done
    }

    fn tell(&self) {
        say::step("how long it took");
        for (name, time) in &self.times {
            say::note(format_args!("{name:<32} {:>12}", clock::words(*time)));
        }
        let all = self.times.iter().map(|(_, time)| *time).sum();
        say::note(format_args!("{:<32} {:>12}", "all", clock::words(all)));
    }
}
