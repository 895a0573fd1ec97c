//! Memory of the shipped proxy: idle, and for each socket of a thousand that are signed in and do nothing.

use std::fs;
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Figure;
use super::ground::Ground;
use crate::dist::Shipped;
use crate::{clock, say};

/// Memory of a proxy that does nothing, in bytes.
const IDLE: u64 = 30_000_000;

/// Memory of a socket that is signed in and does nothing, in bytes.
const PER_SOCKET: u64 = 12_000;

const SOCKETS: u64 = 1_000;

/// A person opens the store in so many tabs.
const TABS: u64 = 10;

/// Starts the binary on an empty database and measures it.
pub(super) fn figures(shipped: &Shipped) -> Result<Vec<Figure>> {
    say::step(format_args!("memory of the idle proxy, and of {SOCKETS} sockets"));
    let ground = Ground::prepare("bench-memory", shipped)?.serve("", &[])?;
    let idle = settled(ground.pid()?)?;
    let sockets = open_all(&ground, &shipped.build)?;
    let busy = settled(ground.pid()?)?;
    let per_socket = busy.saturating_sub(idle) / SOCKETS;
    drop(sockets);
    Ok(vec![
        Figure { what: "idle proxy, resident memory", value: idle, budget: IDLE, unit: "bytes" },
        Figure { what: "each of 1,000 idle sockets", value: per_socket, budget: PER_SOCKET, unit: "bytes" },
    ])
}

fn open_all(ground: &Ground, build: &str) -> Result<Vec<TcpStream>> {
    let mut sockets = Vec::new();
    for person in 0..SOCKETS / TABS {
        let cookie = ground.sign_in("bench", person, &["view"])?;
        for _ in 0..TABS {
            sockets.push(ground.proxy.socket(&cookie, build)?);
        }
    }
    Ok(sockets)
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
    amount(status, "VmRSS:")
}

/// The most resident memory that a process ever had, in bytes.
pub(super) fn highest(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    amount(&status, "VmHWM:").context("/proc tells no VmHWM")
}

fn amount(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
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
