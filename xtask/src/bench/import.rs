//! Imports: how fast companies of several sizes are read and kept when nothing but this machine is in the way, how
//! much memory that takes, and how near an import comes to what the provider allows. Beside the rate stand, from the
//! same run, the bare limit (a loop that parses the same pages and inserts them, one writer, as durable) and a
//! client that keeps row by row. The provider is played in a process of its own.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::connect::{beside, flow, ticket};
use super::ground::Ground;
use super::memory::highest;
use super::web::Site;
use super::{Figure, Options};
use crate::dist::Shipped;
use crate::{clock, run, say};

/// Memory of the proxy over the whole run, in bytes.
const MEMORY: u64 = 80_000_000;
/// The time of a record in the largest company, of that in the smallest, in percent.
const FLAT: u64 = 120;
/// How much of what is allowed may be left, in percent: 95 are reached.
const LEFT: u64 = 5;
/// How much slower than the bare limit it may be, in percent: 60 of its rate are reached.
const SLOWER: u64 = 40;
/// What the provider takes for a page, in milliseconds, where its limits are kept.
const LATENCY: &str = "150";
/// Customers on a page in the sandbox's own environment.
const PAGE: u32 = 25;
/// What Intuit allows for a company.
const PER_SECOND: u64 = 10;
const PER_MINUTE: u64 = 500;

/// What one import took.
struct Took {
    records: u64,
    milliseconds: u64,
    memory: u64,
}

/// Rate and memory, without limits and latency.
pub(super) fn figures(shipped: &Shipped, options: &Options) -> Result<Vec<Figure>> {
    let mut took = Vec::new();
    for customers in &options.customers {
        took.push(unhindered(shipped, *customers)?);
    }
    let (Some(small), Some(large)) = (took.first(), took.last()) else { bail!("no --customers were given") };
    let rate = large.records * 1000 / large.milliseconds.max(1);
    let (bare, naive) = bare_limit(*options.customers.last().unwrap_or(&0))?;
    say::line(format_args!("{rate} records a second; bare limit {bare}, row by row {naive}"));
    let ratio = large.milliseconds * small.records * 100 / (small.milliseconds * large.records).max(1);
    Ok(vec![
        Figure { what: "import, memory at most", value: large.memory, budget: MEMORY, unit: "bytes" },
        Figure { what: "a record, largest of smallest company", value: ratio, budget: FLAT, unit: "%" },
        Figure {
            what: "import, below the bare limit",
            value: 100 - (rate * 100 / bare.max(1)).min(100),
            budget: SLOWER,
            unit: "%",
        },
    ])
}

/// How near to the provider's limits one import comes, and 20 at once.
pub(super) fn limits(shipped: &Shipped, options: &Options) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for companies in [1, 20] {
        figures.extend(at_the_limit(shipped, companies, options.limits_seconds)?);
    }
    Ok(figures)
}

/// One company of this size, without limits and latency.
fn unhindered(shipped: &Shipped, customers: u32) -> Result<Took> {
    say::step(format_args!("import of {customers} customers"));
    let flags = ["--no-limits".to_owned(), "--generated".to_owned(), company(1, customers)];
    let (ground, sandbox) = beside(Ground::prepare("bench-import", shipped)?, ("measured", &flags))?;
    let cookie = connected(&ground, (&sandbox, shipped), 1)?;
    let import = ended(&ground.proxy, (&cookie, shipped))?;
    let records = import["lists"].as_array().into_iter().flatten();
    let records = records.map(|list| list["done"].as_u64().unwrap_or_default()).sum();
    let milliseconds = moment(&import, "finished") - moment(&import, "started");
    let took = Took { records, milliseconds, memory: highest(ground.pid()?)? };
    let per_record = took.milliseconds * 1000 / took.records.max(1);
    say::line(format_args!(
        "{records} records in {milliseconds} ms, {per_record} \u{b5}s each, {} bytes",
        took.memory
    ));
    Ok(took)
}

/// So many companies at once, each with as much as the provider lets through in that time.
fn at_the_limit(shipped: &Shipped, companies: u32, seconds: u32) -> Result<Vec<Figure>> {
    say::step(format_args!("{companies} imports at the provider's limits, for some {seconds} s"));
    let customers = u32::try_from(allowed(u64::from(seconds) * 1000))? * PAGE;
    let mut flags = vec!["--latency-ms".to_owned(), LATENCY.to_owned()];
    flags.extend((1..=companies).flat_map(|seed| ["--generated".to_owned(), company(seed, customers)]));
    let (ground, sandbox) = beside(Ground::prepare("bench-limits", shipped)?, ("local", &flags))?;
    let cookies = (1..=companies).map(|seed| connected(&ground, (&sandbox, shipped), seed));
    for cookie in cookies.collect::<Result<Vec<_>>>()? {
        ended(&ground.proxy, (&cookie, shipped))?;
    }
    let mut worst = 100;
    let mut refused = 0;
    for seed in 1..=companies {
        let (share, too_many) = reached(&sandbox, seed)?;
        worst = worst.min(share);
        refused += too_many;
    }
    say::line(format_args!("{worst} % of what is allowed by the slowest, {refused} refused with 429"));
    let (left, limited) = match companies {
        1 => ("one company, below what is allowed", "one company, refused with 429"),
        _ => ("20 companies, below what is allowed", "20 companies, refused with 429"),
    };
    Ok(vec![
        Figure { what: left, value: 100 - worst, budget: LEFT, unit: "%" },
        Figure { what: limited, value: refused, budget: 0, unit: "" },
    ])
}

fn company(seed: u32, customers: u32) -> String {
    format!("seed={seed},customers={customers}")
}

/// Somebody of an organisation of its own connects a company; the import begins. Gives the session's cookie.
fn connected(ground: &Ground, (sandbox, shipped): (&Site, &Shipped), seed: u32) -> Result<String> {
    let cookie =
        ground.sign_in(&format!("import-{seed}"), u64::from(seed), &["view", "connect", "import"])?;
    let mut socket = ground.proxy.socket(&cookie, &shipped.build)?;
    let ticket = ticket(&mut socket, 1)?;
    flow((&ground.proxy, sandbox), &ticket, &realm(seed))?;
    Ok(cookie)
}

/// As the sandbox numbers the companies that it computes.
fn realm(seed: u32) -> String {
    format!("93414532{seed:08}")
}

/// The import once it has ended, as a store would see it.
fn ended(proxy: &Site, (cookie, shipped): (&str, &Shipped)) -> Result<Value> {
    let patience = Duration::from_hours(1);
    let look = || {
        let (_, welcome) = proxy.welcomed(cookie, &shipped.build).ok()?;
        let welcome: Value = serde_json::from_str(&welcome).ok()?;
        let import = welcome["message"]["Welcome"]["snapshot"]["imports"].as_array()?.last()?.clone();
        (import["state"] != "Running").then_some(import)
    };
    let import = clock::wait_for(patience, look).context("the import does not end")?;
    if import["state"] != "Done" {
        bail!("the import ended badly: {import}");
    }
    Ok(import)
}

/// Numbers of 64 bits are texts in JSON.
fn moment(import: &Value, name: &str) -> u64 {
    import[name].as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// How much of what was allowed a company was asked, in percent, and how often it was too much.
fn reached(sandbox: &Site, seed: u32) -> Result<(u64, u64)> {
    let answer = sandbox.get(&format!("/sandbox/ledger?route=/company/{}/query", realm(seed)), &[])?;
    let ledger: Value = serde_json::from_str(&answer.body).context("the ledger is JSON")?;
    let requests = ledger["requests"].as_array().context("the ledger has requests")?;
    let refused = requests.iter().filter(|request| request["status"] == 429).count();
    let moments: Vec<u64> = requests.iter().filter_map(|request| request["at"].as_u64()).collect();
    let (Some(first), Some(last)) = (moments.iter().min(), moments.iter().max()) else {
        bail!("nothing was asked of company {seed}");
    };
    let share = u64::try_from(requests.len())? * 100 / allowed(last - first).max(1);
    Ok((share.min(100), u64::try_from(refused)?))
}

/// Requests that the provider lets through in so many milliseconds, whichever way it counts.
fn allowed(milliseconds: u64) -> u64 {
    let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000);
    minutes * PER_MINUTE + (rest * PER_SECOND / 1000).min(PER_MINUTE)
}

/// Records a second of the bare limit, and of a client that keeps row by row.
fn bare_limit(customers: u32) -> Result<(u64, u64)> {
    say::step("the bare limit, and a client that keeps row by row");
    let mut limit = run::cargo("run --quiet --release -p server --example import_limit --");
    let told = run::output(limit.arg(customers.to_string()))?;
    let number = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim().parse().ok()).with_context(|| format!("no {name} in {told}"))
    };
    Ok((number("bare")?, number("naive")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_and_a_half_lets_eight_hundred_through() {
        assert_eq!(allowed(90_000), 800);
        assert_eq!(allowed(55_000), 500);
        assert_eq!(allowed(1_000), 10);
    }
}
