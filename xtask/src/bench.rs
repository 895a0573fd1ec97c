//! `bench`: what the release build weighs and takes, each figure beside its budget.

mod connect;
mod events;
mod flood;
mod ground;
mod import;
mod memory;
mod records;
mod tokens;
mod web;

use std::fs;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::dist::Shipped;
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
    /// These parts alone, after each other; all of them when none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Customers of the companies that are imported one after the other: at least two sizes.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000")]
    customers: Vec<u32>,
    /// Seconds that imports go on at the provider's limits: whole minutes, since the limit of a minute is the narrower one.
    #[arg(long, default_value_t = 60)]
    limits_seconds: u32,
}

/// A part of it.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Size,
    Memory,
    Connect,
    Flood,
    Tokens,
    Records,
    Events,
    Imports,
    Limits,
}

impl Part {
    fn figures(self, shipped: &Shipped, options: &Options) -> Result<Vec<Figure>> {
        match self {
            Self::Size => first_load(shipped),
            Self::Memory => memory::figures(shipped),
            Self::Connect => connect::figures(shipped),
            Self::Flood => flood::figures(shipped),
            Self::Tokens => tokens::figures(shipped),
            Self::Records => records::figures(shipped),
            Self::Events => events::figures(shipped),
            Self::Imports => import::figures(shipped, options),
            Self::Limits => import::limits(shipped, options),
        }
    }
}

/// Measures on this machine and prints a table; fails where a budget is broken.
pub(crate) fn run(options: &Options) -> Result<()> {
    let parts = if options.parts.is_empty() { Part::value_variants() } else { &options.parts };
    let shipped = dist::build()?;
    let mut figures = Vec::new();
    for part in parts {
        figures.extend(part.figures(&shipped, options)?);
    }
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

fn first_load(shipped: &Shipped) -> Result<Vec<Figure>> {
    let value = size::total(&size::first_load(&shipped.dist)?);
    Ok(vec![Figure { what: "first load, brotli", value, budget: size::BUDGET, unit: "bytes" }])
}

/// Processor, cores and system in one line.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores {model}, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}
