//! How long it takes until people see what an import has kept: from the commit, of which the proxy's
//! log tells, to every socket that watches, and to the painted page of one that is a browser. First one
//! import that 200 watch, then 200 imports at once that 1,000 watch.

mod painted;
mod told;
mod watchers;

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Figure;
use super::connect::{beside_held, flow, ticket};
use super::ground::Ground;
use super::web::Site;
use crate::dist::Shipped;
use crate::{clock, say};
use painted::Page;
use told::{Change, changes};
use watchers::{Seen, Watcher, watch};

/// Milliseconds from commit to a socket, and to the painted page, of one import (99 of 100).
const ONE: u64 = 150;
/// The same of 200 imports at once.
const MANY: u64 = 250;

/// What is played: imports at once, sockets that watch each, customers of each company.
struct Play {
    name: &'static str,
    imports: u64,
    watchers: usize,
    customers: u32,
}

/// 25 records a page, as the catalogue has it for the sandbox, and ten pages a second by Intuit's limits.
const ALONE: Play = Play { name: "bench-events", imports: 1, watchers: 200, customers: 2_500 };
const AT_ONCE: Play = Play { name: "bench-events-many", imports: 200, watchers: 5, customers: 250 };

/// Plays both.
pub(super) fn figures(shipped: &Shipped) -> Result<Vec<Figure>> {
    say::step("from the commit of a page to 200 sockets and a painted page");
    let (sockets, painted) = play(&ALONE, shipped, true)?;
    say::step("the same of 200 imports at once, watched by 1,000 sockets");
    let (many, _) = play(&AT_ONCE, shipped, false)?;
    let figure = |what, value, budget| Figure { what, value, budget, unit: "ms" };
    Ok(vec![
        figure("page kept to 200 sockets, p99", sockets, ONE),
        figure("page kept to the painted page, p99", painted, ONE),
        figure("200 imports, 1,000 sockets, p99", many, MANY),
    ])
}

/// The realm of a company that is made up for this.
fn realm(number: u64) -> String {
    (9_341_453_300_000_000_u64 + number).to_string()
}

/// Connects the companies, lets all imports go at once, and watches them to their ends.
fn play(play: &Play, shipped: &Shipped, browser: bool) -> Result<(u64, u64)> {
    let companies = (0..play.imports).map(|number| {
        format!("seed={number},customers={},realm={},name=Bench {number}", play.customers, realm(number))
    });
    let ground = Ground::prepare(play.name, shipped)?.logging("warn,server::live::hub=trace");
    let (ground, sandbox) = beside_held(ground, &companies.collect::<Vec<_>>())?;
    let mut watchers = Vec::new();
    for number in 0..play.imports {
        watchers.extend(connected(&ground, &sandbox, number, play.watchers, &shipped.build)?);
    }
    let page = if browser { Some(Page::open(&ground.link("bench-0", 2, &["view"])?)?) } else { None };
    let begun = now();
    control(&sandbox, r#"{"hold":""}"#)?;
    let seen: Vec<Vec<Seen>> = watchers.into_iter().map(Watcher::end).collect::<Result<_>>()?;
    let painted = page.map(Page::end).transpose()?;
    // What changed before was in the sockets' welcomes.
    let mut changes = changes(&ground.log()?)?;
    changes.retain(|change| change.at >= begun);
    refuse_losses(&seen)?;
    let sockets = latencies(&changes, &seen);
    let painted = painted.map(|paints| painted::latencies(&changes, &seen, &paints)).unwrap_or_default();
    let counts = format!("{} changes, {} of them told", changes.len(), sockets.len());
    say::line(format_args!("{counts}; sockets {}; painted {}", words(&sockets), words(&painted)));
    Ok((at(&sockets, 99), at(&painted, 99)))
}

/// Connects one company, whose import is held at the provider, and watches it from so many sockets.
fn connected(
    ground: &Ground,
    sandbox: &Site,
    number: u64,
    watchers: usize,
    build: &str,
) -> Result<Vec<Watcher>> {
    let cookie = ground.sign_in(&format!("bench-{number}"), 1, &["view", "connect", "import"])?;
    let mut socket = ground.proxy.socket(&cookie, build)?;
    flow((&ground.proxy, sandbox), &ticket(&mut socket, number)?, &realm(number))?;
    drop(socket);
    (0..watchers).map(|_| Ok(watch(ground.proxy.socket(&cookie, build)?))).collect()
}

fn control(sandbox: &Site, wishes: &str) -> Result<()> {
    let json = ["Content-Type: application/json".to_owned()];
    let answer = sandbox.post("/sandbox/control", &json, wishes)?;
    if answer.status != 200 {
        bail!("the sandbox does not do {wishes}: {} {}", answer.status, answer.body);
    }
    Ok(())
}

/// Every socket saw its import end, at the same revision as the others, and never an older one.
fn refuse_losses(seen: &[Vec<Seen>]) -> Result<()> {
    let mut ends = HashMap::new();
    for socket in seen {
        if !socket.is_sorted_by(|one, next| one.revision < next.revision && one.done <= next.done) {
            bail!("a socket was told something twice, or that an import ran backwards");
        }
        let end = socket.last().filter(|last| last.over).context("a socket never heard the end")?;
        if *ends.entry(end.import).or_insert(end.revision) != end.revision {
            bail!("two sockets saw another end of import {}", end.import);
        }
    }
    Ok(())
}

/// From each commit to each socket that watches, in microseconds, the quickest first.
fn latencies(changes: &[Change], seen: &[Vec<Seen>]) -> Vec<u64> {
    let mut by_import: HashMap<u64, Vec<&Vec<Seen>>> = HashMap::new();
    for socket in seen {
        if let Some(first) = socket.first() {
            by_import.entry(first.import).or_default().push(socket);
        }
    }
    let mut took = Vec::new();
    for change in changes {
        for socket in by_import.get(&change.import).into_iter().flatten() {
            // What was known before the commit answers an earlier one.
            let answer = socket.iter().find(|seen| seen.revision >= change.revision);
            took.extend(answer.map(|seen| seen.at.saturating_sub(change.at)));
        }
    }
    took.sort_unstable();
    took
}

/// The value that so many of a hundred stay within, in whole milliseconds, rounded up.
fn at(took: &[u64], hundredths: usize) -> u64 {
    let place = (took.len() * hundredths / 100).min(took.len().saturating_sub(1));
    took.get(place).copied().unwrap_or_default().div_ceil(1_000)
}

fn words(took: &[u64]) -> String {
    let most = took.last().copied().unwrap_or_default().div_ceil(1_000);
    format!("p50 {} ms, p99 {} ms, most {most} ms", at(took, 50), at(took, 99))
}

/// How long anything may take before this gives up.
const PATIENCE: Duration = Duration::from_mins(5);

/// A thread of a small stack: there are a thousand of them.
fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<thread::JoinHandle<Result<T>>> {
    Ok(thread::Builder::new().stack_size(128 * 1024).spawn(work)?)
}

/// Microseconds since 1970.
fn now() -> u64 {
    clock::since_1970().as_micros().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(at: u64, revision: u64) -> Seen {
        Seen { at, import: 7, revision, done: revision, over: revision == 9 }
    }

    #[test]
    fn a_commit_is_answered_by_the_first_revision_that_knows_it() {
        let sockets = [vec![seen(100, 1), seen(900, 4), seen(950, 9)], vec![seen(700, 9)]];
        let change = Change { at: 500, import: 7, revision: 3 };
        assert_eq!(latencies(&[change], &sockets), [200, 400]);
        assert!(refuse_losses(&sockets).is_ok());
    }

    #[test]
    fn what_is_lost_doubled_or_runs_backwards_is_refused() {
        assert!(refuse_losses(&[vec![seen(1, 4)]]).is_err(), "no end");
        assert!(refuse_losses(&[vec![seen(1, 4), seen(2, 4), seen(3, 9)]]).is_err(), "twice");
        assert!(refuse_losses(&[vec![seen(1, 5), seen(2, 4), seen(3, 9)]]).is_err(), "backwards");
    }

    #[test]
    fn hundredths_are_rounded_up_to_milliseconds() {
        let took: Vec<u64> = (1..=200).map(|value| value * 1_000 - 1).collect();
        assert_eq!((at(&took, 50), at(&took, 99)), (101, 199));
        assert_eq!(at(&[], 99), 0);
    }
}
