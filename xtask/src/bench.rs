//! `bench`: what the release build weighs and takes, each figure beside its budget.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::start::children::Children;
use crate::{clock, dist, repo, run, say, size, start};

/// Memory of a proxy that does nothing, in bytes.
const IDLE_RSS: u64 = 30_000_000;

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
    figures.push(idle_memory(&shipped.binary)?);
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

/// Starts the release binary on an empty database and reads its memory when it has settled.
fn idle_memory(binary: &Path) -> Result<Figure> {
    say::step("memory of the idle proxy");
    let directory = repo::target_dir()?.join("bench");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    let port = free_port()?;
    let config = directory.join("patchbay.toml");
    fs::write(
        &config,
        format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://store.localhost:{port}\"\n\
             [storage]\npath = \"patchbay.db\"\n[keys]\nfile = \"patchbay.key\"\n"
        ),
    )?;
    let mut children = Children::watch()?;
    children.spawn("proxy", run::program(binary).arg("--config").arg(&config).arg("serve"))?;
    start::wait_until_ready(port, &mut children)?;
    let pid = children.pid("proxy").context("the proxy was started above")?;
    let value = settled(pid)?;
    Ok(Figure { what: "idle proxy, resident memory", value, budget: IDLE_RSS, unit: "bytes" })
}

/// The memory of a process once it has not grown for two seconds.
fn settled(pid: u32) -> Result<u64> {
    let mut last = resident(pid)?;
    loop {
        let grown = clock::wait_for(Duration::from_secs(2), || resident(pid).ok().filter(|now| *now > last));
        let Some(now) = grown else { return Ok(last) };
        last = now;
    }
}

/// Resident memory of a process in bytes, as Linux tells it.
fn resident(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .context("memory is read from /proc, which this system lacks")?;
    parse_resident(&status).context("/proc tells no VmRSS")
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Processor, cores and system in one line.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores {model}, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_in_bytes() {
        let status = "Name:\tpatchbay\nVmPeak:\t  300 kB\nVmRSS:\t    2048 kB\n";
        assert_eq!(parse_resident(status), Some(2_097_152));
        assert_eq!(parse_resident("Name:\tpatchbay\n"), None);
    }
}
