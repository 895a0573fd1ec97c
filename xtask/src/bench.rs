//! `bench`: what the release build weighs and takes, each figure beside its budget.

mod connect;
mod events;
mod flood;
mod ground;
mod memory;
mod records;
mod tokens;
mod web;

use std::fs;

use anyhow::{Result, bail};

use crate::{clock, dist, say, size};

/// One figure and what it may be at most.
struct Figure {
    what: &'static str,
    value: u64,
    budget: u64,
    unit: &'static str,
}

/// Measures on this machine and prints a table; fails where a budget is broken.
pub(crate) fn run() -> Result<()> {
    let shipped = dist::build()?;
    let first_load = size::total(&size::first_load(&shipped.dist)?);
    let mut figures =
        vec![Figure { what: "first load, brotli", value: first_load, budget: size::BUDGET, unit: "bytes" }];
    figures.extend(memory::figures(&shipped)?);
    figures.extend(connect::figures(&shipped)?);
    figures.extend(flood::figures(&shipped)?);
    figures.extend(tokens::figures(&shipped)?);
    figures.extend(records::figures(&shipped)?);
    figures.extend(events::figures(&shipped)?);
    say::line("");
    say::line(format_args!("{}, {}", clock::today(), machine()));
    say::line(format_args!("{:<40} {:>12} {:>12}", "figure", "measured", "budget"));
    for figure in &figures {
        let Figure { what, value, budget, unit } = figure;
        say::line(format_args!("{what:<40} {value:>12} {budget:>12} {unit}"));
    }
    let broken: Vec<_> = figures.iter().filter(|figure| figure.value > figure.budget).collect();
    if let Some(first) = broken.first() {
        bail!("{} of {} figures break their budget, first: {}", broken.len(), figures.len(), first.what);
    }
    Ok(())
}

/// Processor, cores and system in one line.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores {model}, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}
