//! `test` and `deep`: every check there is, cheap ones first, with the time of each at the end.
//!
//! All native tests are compiled by one cargo call over one set of crates, so that features are
//! resolved once and nothing is built twice; their programs are then run in two groups.

mod programs;

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::app_build::{self, Kind};
use crate::{clock, repo, run, say, size, tidy, tools};
use programs::Programs;

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
    let done = gate(&mut steps).and_then(|()| steps.run("supply chain", supply_chain));
    steps.tell();
    done
}

fn gate(steps: &mut Steps) -> Result<()> {
    steps.run("format", || run::show(run::cargo().args(["fmt", "--all", "--check"])))?;
    steps.run("tidy", tidy::check)?;
    steps.run("tools", || {
        tools::browser()?;
        tools::for_build(&repo::target_dir()?).map(|_| ())
    })?;
    steps.run("lints", lints)?;
    let programs = steps.run("compile the tests", Programs::compile)?;
    steps.run("tests", || programs.run_all_but("e2e"))?;
    steps.run("documentation tests", documentation)?;
    steps.run("tests of the browser program", || {
        run::show(run::cargo().args(["test", "--quiet", "-p", "app", "--lib"]))
    })?;
    steps.run("size of the first load", size::gate)?;
    let dist = app_build::build(Kind::Release)?;
    steps.run("flows in a browser", || programs.run_only("e2e", &dist))
}

/// Clippy for what runs on the machine and for what runs in the browser.
fn lints() -> Result<()> {
    run::show(run::cargo().args([
        "clippy",
        "--quiet",
        "--workspace",
        "--exclude",
        "app",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    run::show(run::cargo().args([
        "clippy",
        "--quiet",
        "-p",
        "app",
        "--target",
        "wasm32-unknown-unknown",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

/// The examples in the documentation of the crates that others build on.
fn documentation() -> Result<()> {
    run::show(run::cargo().args(["test", "--quiet", "--doc", "--workspace", "--exclude", "app"]))
}

/// Bans, licences and sources of every dependency, by deny.toml.
fn supply_chain() -> Result<()> {
    if run::version("cargo-deny").is_none() {
        say::note("cargo-deny is not installed: `cargo install cargo-deny --locked` adds this check");
        return Ok(());
    }
    run::show(run::cargo().args(["deny", "check", "bans", "licenses", "sources"]))
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
