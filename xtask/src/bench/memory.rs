//! Memory of the shipped proxy: idle, and for each socket of a thousand that are signed in and do nothing.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Figure;
use super::web::Proxy;
use crate::dist::Shipped;
use crate::start::children::Children;
use crate::{clock, repo, run, say, start};

/// Memory of a proxy that does nothing, in bytes.
const IDLE: u64 = 30_000_000;

/// Memory of a socket that is signed in and does nothing, in bytes.
const PER_SOCKET: u64 = 12_000;

const SOCKETS: u64 = 1_000;

/// All of them come from this machine, as fast as it can.
const MANY: &str = "100000/s burst 100000";

/// A person opens the store in so many tabs.
const TABS: u64 = 10;

/// Starts the binary on an empty database and measures it.
pub(super) fn figures(shipped: &Shipped) -> Result<Vec<Figure>> {
    say::step(format_args!("memory of the idle proxy, and of {SOCKETS} sockets"));
    let directory = repo::target_dir()?.join("bench");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    let proxy = Proxy { port: free_port()? };
    let config = directory.join("patchbay.toml");
    fs::write(&config, configuration(&proxy))?;
    let key = add_portal(&shipped.binary, &config, &directory.join("portal.key"))?;
    let mut children = Children::watch()?;
    children.spawn("proxy", run::program(&shipped.binary).arg("--config").arg(&config).arg("serve"))?;
    start::wait_until_ready(proxy.port, &mut children)?;
    let pid = children.pid("proxy").context("the proxy was started above")?;
    let idle = settled(pid)?;
    let sockets = open_all(&proxy, &key, &shipped.build)?;
    let busy = settled(pid)?;
    let per_socket = busy.saturating_sub(idle) / SOCKETS;
    drop(sockets);
    Ok(vec![
        Figure { what: "idle proxy, resident memory", value: idle, budget: IDLE, unit: "bytes" },
        Figure { what: "each of 1,000 idle sockets", value: per_socket, budget: PER_SOCKET, unit: "bytes" },
    ])
}

fn configuration(proxy: &Proxy) -> String {
    format!(
        "[server]\nlisten = \"127.0.0.1:{}\"\npublic_url = \"{}\"\n\
         [storage]\npath = \"patchbay.db\"\n[keys]\nfile = \"patchbay.key\"\n\
         [limits]\nrequests_per_key = \"{MANY}\"\nvisits_per_address = \"{MANY}\"\nhellos_per_address = \"{MANY}\"\n\
         sockets_per_address = {SOCKETS}\nsockets_per_tenant = {SOCKETS}\n",
        proxy.port,
        proxy.origin()
    )
}

fn add_portal(binary: &Path, config: &Path, key_file: &Path) -> Result<String> {
    let mut command = run::program(binary);
    command.arg("--config").arg(config).args(["portal", "add", "bench", "--name", "Bench"]);
    command.args(["--return-url", "http://portal.localhost/", "--origin", "http://portal.localhost"]);
    run::output(command.arg("--key-file").arg(key_file))?;
    Ok(fs::read_to_string(key_file)?.trim().to_owned())
}

fn open_all(proxy: &Proxy, key: &str, build: &str) -> Result<Vec<TcpStream>> {
    let mut sockets = Vec::new();
    for person in 0..SOCKETS / TABS {
        let cookie = sign_in(proxy, key, person)?;
        for _ in 0..TABS {
            sockets.push(proxy.socket(&cookie, build)?);
        }
    }
    Ok(sockets)
}

/// Enters by a link as a person does, and gives the session's cookie.
fn sign_in(proxy: &Proxy, key: &str, person: u64) -> Result<String> {
    let body = serde_json::json!({
        "tenant": "bench", "tenant_name": "Bench Ltd", "locale": "en", "permissions": ["view"],
        "visitor": { "id": person.to_string(), "name": format!("Person {person}"), "email": "p@bench.example" },
    });
    let headers = ["Content-Type: application/json".to_owned(), format!("Authorization: Bearer {key}")];
    let link = proxy.post("/api/v1/links", &headers, &body.to_string())?;
    if link.status != 201 {
        bail!("no link into the store: {} {}", link.status, link.body);
    }
    let link: serde_json::Value = serde_json::from_str(&link.body)?;
    let url = link["url"].as_str().context("the link has no url")?;
    let path = url.strip_prefix(&proxy.origin()).context("the link leads elsewhere")?;
    let headers = [format!("Origin: {}", proxy.origin()), "Sec-Fetch-Site: same-origin".to_owned()];
    let entered = proxy.post(path, &headers, "")?;
    let cookie = entered.headers.iter().find(|(name, _)| name == "set-cookie");
    let (_, cookie) = cookie.with_context(|| format!("entering set no cookie ({})", entered.status))?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
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
