//! `bench`: what the release build weighs and takes, each figure beside its budget.

mod connect;
mod flood;
mod ground;
mod import;
mod memory;
mod tokens;
mod web;

use std::fs;

use anyhow::{Result, bail};
use clap::Args;

use crate::{clock, dist, say, size};

/// One figure and what it may be at most.
struct Figure {
    what: &'static str,
    value: u64,
    budget: u64,
    unit: &'static str,
}

/// What is measured.
#[derive(Args)]
pub(crate) struct Options {
    /// Imports alone, by a proxy without the browser program.
    #[arg(long)]
    only_imports: bool,
    /// Customers of the companies that are imported one after the other: at least two sizes.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000")]
    customers: Vec<u32>,
    /// Seconds that imports go on at the provider's limits: whole minutes, since the limit of a minute is the narrower one.
    #[arg(long, default_value_t = 60)]
    limits_seconds: u32,
}

/// Measures on this machine and prints a table; fails where a budget is broken.
pub(crate) fn run(options: &Options) -> Result<()> {
    let figures =
        if options.only_imports { import::figures(&dist::proxy_alone()?, options)? } else { all(options)? };
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

fn all(options: &Options) -> Result<Vec<Figure>> {
    let shipped = dist::build()?;
    let first_load = size::total(&size::first_load(&shipped.dist)?);
    let mut figures =
        vec![Figure { what: "first load, brotli", value: first_load, budget: size::BUDGET, unit: "bytes" }];
    figures.extend(memory::figures(&shipped)?);
    figures.extend(connect::figures(&shipped)?);
    figures.extend(flood::figures(&shipped)?);
    figures.extend(tokens::figures(&shipped)?);
    figures.extend(import::figures(&shipped, options)?);
    Ok(figures)
}

/// Processor, cores and system in one line.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores {model}, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}
