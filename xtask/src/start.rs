//! `start`: proxy, sandbox and demo portal side by side, on a database made for this run.

pub(crate) mod children;
mod files;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::app_build::{self, Kind};
use crate::{clock, repo, run, say};
use children::Children;

/// How long the proxy may take until it says that it is ready.
const READY: Duration = Duration::from_secs(30);

/// What can be chosen.
#[derive(Args)]
pub(crate) struct Options {
    /// The port of the proxy.
    #[arg(long, default_value_t = 7300)]
    proxy_port: u16,
    /// The port of the sandbox, which plays QuickBooks.
    #[arg(long, default_value_t = 7310)]
    sandbox_port: u16,
    /// The port of the demo portal.
    #[arg(long, default_value_t = 7320)]
    portal_port: u16,
    /// How long the sandbox takes for an answer, so that an import can be watched.
    #[arg(long, default_value_t = 900)]
    latency_ms: u32,
    /// Build the browser program without optimisation: quicker after a change, slower to load.
    #[arg(long)]
    dev: bool,
}

/// Runs everything until Ctrl-C or until one part ends.
pub(crate) fn start(options: &Options) -> Result<()> {
    check_ports(options)?;
    let dist = app_build::build(Kind::from_dev(options.dev))?.dist;
    let programs = build_programs()?;
    let place = files::prepare(&repo::target_dir()?.join("start"), options, &dist)?;
    add_portal(&programs.patchbay, &place, options)?;
    add_webhook(&programs.patchbay, &place, options)?;
    say::step("proxy with sandbox, and demo portal");
    let mut children = Children::watch()?;
    children.spawn("proxy", run::program(&programs.patchbay).args(place.serve()))?;
    wait_until_ready(options.proxy_port, &mut children)?;
    let mut portal = run::program(&programs.portal);
    portal
        .args(["--listen", &format!("127.0.0.1:{}", options.portal_port)])
        .args(["--proxy-url", &format!("http://127.0.0.1:{}", options.proxy_port)])
        .args(["--store-url", &proxy_url(options)])
        .args(["--public-url", &portal_url(options)])
        .arg("--key-file")
        .arg(&place.portal_key)
        .arg("--webhook-secret-file")
        .arg(&place.webhook_secret);
    children.spawn("portal", &mut portal)?;
    wait_for_port(options.portal_port, &mut children)?;
    tell(options);
    children.until_stopped()
}

fn tell(options: &Options) {
    say::line("");
    say::line("Patchbay is running. Open the demo portal and go to Integrations:");
    say::line(format_args!("    demo portal   {}", portal_url(options)));
    say::line(format_args!("    store         {}", proxy_url(options)));
    say::line(format_args!("    sandbox       {}/sandbox", sandbox_url(options)));
    say::line("Ctrl-C stops everything. The next start begins with a fresh database.");
    say::line("");
}

fn portal_url(options: &Options) -> String {
    format!("http://portal.localhost:{}", options.portal_port)
}

fn proxy_url(options: &Options) -> String {
    format!("http://store.localhost:{}", options.proxy_port)
}

fn sandbox_url(options: &Options) -> String {
    format!("http://intuit.localhost:{}", options.sandbox_port)
}

/// Refuses a taken port before anything is built.
fn check_ports(options: &Options) -> Result<()> {
    for (port, whose, flag) in [
        (options.proxy_port, "proxy", "--proxy-port"),
        (options.sandbox_port, "sandbox", "--sandbox-port"),
        (options.portal_port, "demo portal", "--portal-port"),
    ] {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
            bail!(
                "port {port} of the {whose} is taken: stop what listens there, or choose another with {flag}"
            );
        }
    }
    Ok(())
}

struct Programs {
    patchbay: PathBuf,
    portal: PathBuf,
}

fn build_programs() -> Result<Programs> {
    say::step("proxy, sandbox and demo portal, dev build");
    let mut cargo = run::cargo("build --quiet -p server -p portal --features server/sandbox");
    run::show(&mut cargo)?;
    let built = repo::target_dir()?.join("debug");
    let program = |name: &str| built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Ok(Programs { patchbay: program("patchbay"), portal: program("portal") })
}

/// Makes the portal known to the proxy, which writes a fresh API key for it.
fn add_portal(patchbay: &Path, place: &files::Place, options: &Options) -> Result<()> {
    let url = portal_url(options);
    let mut command = run::program(patchbay);
    command
        .arg("--config")
        .arg(&place.config)
        .args(["portal", "add", "demo", "--name", "Northwind Stock"])
        .args(["--return-url", &format!("{url}/")])
        .args(["--origin", &url])
        .arg("--key-file")
        .arg(&place.portal_key);
    run::output(&mut command).context("the demo portal could not be added")?;
    Ok(())
}

/// Has the demo portal told of what happens, signed with a fresh secret.
fn add_webhook(patchbay: &Path, place: &files::Place, options: &Options) -> Result<()> {
    let mut command = run::program(patchbay);
    command
        .arg("--config")
        .arg(&place.config)
        .args(["portal", "webhooks", "demo", "add"])
        .arg(format!("http://127.0.0.1:{}/patchbay/webhooks", options.portal_port))
        .arg("--secret-file")
        .arg(&place.webhook_secret);
    run::output(&mut command).context("the demo portal's webhook could not be added")?;
    Ok(())
}

/// Waits until the proxy says that it is ready, or ended.
pub(crate) fn wait_until_ready(port: u16, children: &mut Children) -> Result<()> {
    let ready = clock::wait_for(READY, || {
        if let Err(problem) = children.check() {
            return Some(Err(problem));
        }
        is_ready(port).then_some(Ok(()))
    });
    ready.unwrap_or_else(|| bail!("the proxy was not ready after {}", clock::words(READY)))
}

/// Waits until somebody listens, or a program ended.
pub(crate) fn wait_for_port(port: u16, children: &mut Children) -> Result<()> {
    let ready = clock::wait_for(READY, || {
        if let Err(problem) = children.check() {
            return Some(Err(problem));
        }
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok().then_some(Ok(()))
    });
    ready.unwrap_or_else(|| bail!("nothing listens on port {port}"))
}

/// Whether `/readyz` says 200.
fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: store.localhost:{port}\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.ends_with(b" 200"))
    };
    ask().unwrap_or_default()
}

/// Removes a directory of an earlier run; it is no error when there was none.
fn remove(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_its_flag() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = taken.local_addr().expect("its address").port();
        let options =
            Options { proxy_port: port, sandbox_port: 0, portal_port: 0, latency_ms: 0, dev: false };
        let problem = check_ports(&options).expect_err("the port is taken").to_string();
        assert!(problem.contains(&port.to_string()) && problem.contains("--proxy-port"), "{problem}");
    }

    #[test]
    fn nobody_is_not_ready() {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = free.local_addr().expect("its address").port();
        drop(free);
        assert!(!is_ready(port));
    }
}
