//! What one whole connect flow costs the proxy: ticket, `POST /connect`, callback, exchange, company
//! proof, tokens stored. The provider is played in a process of its own and not counted.

use std::fs;
use std::net::TcpStream;

use anyhow::{Context as _, Result, bail};

use super::Figure;
use super::ground::{Ground, free_port};
use super::web::{Answer, Site, ask};
use crate::dist::Shipped;
use crate::{repo, run, say, start};

/// CPU time of one flow, in microseconds.
const BUDGET: u64 = 5_000;

/// Flows that are measured, and those before them that warm everything up.
const FLOWS: u64 = 200;
const WARM_UP: u64 = 20;

const SECRET: &str = "s3cret:of%the+bench";

/// The variable of the environment that holds it.
pub(super) fn secret() -> (&'static str, &'static str) {
    ("BENCH_SECRET", SECRET)
}

/// The company that every flow connects; the same one each time, so that no flow is refused.
pub(super) const COMPANY: &str = "9341453199999002";

/// Runs the flows, and divides the CPU time that they took.
pub(super) fn figures(shipped: &Shipped) -> Result<Vec<Figure>> {
    say::step(format_args!("CPU time of {FLOWS} connect flows"));
    let (ground, sandbox) = beside_quickbooks("bench-connect", shipped)?;
    let cookie = ground.sign_in("bench", 1, &["view", "connect", "import"])?;
    let mut socket = ground.proxy.socket(&cookie, &shipped.build)?;
    let mut before = 0;
    for number in 0..WARM_UP + FLOWS {
        if number == WARM_UP {
            before = cpu(ground.pid()?)?;
        }
        let ticket = ticket(&mut socket, number)?;
        flow((&ground.proxy, &sandbox), &ticket, COMPANY).with_context(|| format!("flow {number}"))?;
    }
    let value = (cpu(ground.pid()?)? - before) / FLOWS;
    Ok(vec![Figure { what: "whole connect flow, proxy CPU", value, budget: BUDGET, unit: "\u{b5}s" }])
}

/// A proxy, and its QuickBooks in a process of its own.
pub(super) fn beside_quickbooks(name: &str, shipped: &Shipped) -> Result<(Ground, Site)> {
    beside_held(Ground::prepare(name, shipped)?, &[])
}

/// The same on ground that is prepared, with these made up companies besides.
pub(super) fn beside_held(ground: Ground, companies: &[String]) -> Result<(Ground, Site)> {
    let mut flags = vec!["--no-limits".to_owned()];
    flags.extend(companies.iter().flat_map(|company| ["--generated".to_owned(), company.clone()]));
    let (ground, sandbox) = beside(ground, ("local", &flags))?;
    // Each connection begins an import, whose lists are not what is measured: they wait at the provider.
    let json = ["Content-Type: application/json".to_owned()];
    let held = sandbox.post("/sandbox/control", &json, r#"{"hold":"/query"}"#)?;
    if held.status != 200 {
        bail!("the sandbox does not hold queries: {} {}", held.status, held.body);
    }
    Ok((ground, sandbox))
}

/// A proxy whose registration is of this environment, and its QuickBooks with these flags.
pub(super) fn beside(mut ground: Ground, (environment, flags): (&str, &[String])) -> Result<(Ground, Site)> {
    let sandbox = Site { port: free_port()? };
    play_quickbooks(&mut ground, &sandbox, flags)?;
    let registration = format!(
        "[[registrations]]\nid = \"bench\"\nintegration = \"quickbooks-online\"\nenvironment = \"{environment}\"\n\
         client_id = \"bench\"\nclient_secret_env = \"BENCH_SECRET\"\norigin = \"{}\"\n",
        sandbox.origin()
    );
    Ok((ground.serve(&registration, &[secret()])?, sandbox))
}

/// A ticket for one connecting.
pub(super) fn ticket(socket: &mut TcpStream, number: u64) -> Result<String> {
    let wish = r#"{"PrepareConnect":{"integration":"quickbooks-online"}}"#;
    let answer: serde_json::Value = serde_json::from_str(&ask(socket, &format!("t-{number}"), wish)?)?;
    Ok(answer["message"]["Done"]["Ticket"].as_str().context("no ticket was given")?.to_owned())
}

/// Starts the sandbox in a process of its own.
fn play_quickbooks(ground: &mut Ground, sandbox: &Site, flags: &[String]) -> Result<()> {
    run::show(&mut run::cargo("build --quiet --release -p sandbox"))?;
    let file = format!("patchbay-sandbox{}", std::env::consts::EXE_SUFFIX);
    let mut program = run::program(repo::target_dir()?.join("release").join(file));
    program
        .env("PATCHBAY_SANDBOX_CLIENT_SECRET", SECRET)
        .args(flags)
        .args(["--client-id", "bench", "--listen", &format!("127.0.0.1:{}", sandbox.port)])
        .args(["--redirect-uri", &format!("{}/callback/bench", ground.proxy.origin())]);
    ground.children.spawn("sandbox", &mut program)?;
    start::wait_for_port(sandbox.port, &mut ground.children)
}

/// One visitor's way to a company, from the ticket to the page that says so.
pub(super) fn flow((proxy, sandbox): (&Site, &Site), ticket: &str, company: &str) -> Result<()> {
    let form = "Content-Type: application/x-www-form-urlencoded".to_owned();
    let mut headers = proxy.own_page().to_vec();
    headers.push(form.clone());
    let left = proxy.post("/connect/quickbooks-online", &headers, &format!("ticket={ticket}"))?;
    let cookie = left.cookie().with_context(|| format!("no attempt began: {} {}", left.status, left.body))?;
    let address = between(&left.body, "class=\"button\" href=\"", "\"")?.replace("&amp;", "&");
    let page = sandbox.get(path_of(sandbox, &address)?, &[])?;
    let request = between(&page.body, "name=\"request\" value=\"", "\"")?.to_owned();
    let press = |step: &str, field: &str| -> Result<Answer> {
        let body = format!("request={request}&{field}");
        sandbox.post(&format!("/connect/oauth2/{step}"), std::slice::from_ref(&form), &body)
    };
    press("signin", "email=bench%40sandbox.example")?;
    press("company", &format!("company={company}"))?;
    let back = press("consent", "decision=connect")?;
    let back = back.header("location").context("the consent leads nowhere")?;
    let seen = proxy.get(path_of(proxy, back)?, &[format!("Cookie: {cookie}")])?;
    match seen.header("location") {
        Some(told) if told.starts_with("/connected?result=connected&") => Ok(()),
        other => bail!("not connected: {} {}", seen.status, other.unwrap_or_default()),
    }
}

fn path_of<'a>(site: &Site, address: &'a str) -> Result<&'a str> {
    let path = address.strip_prefix(&site.origin()).filter(|path| path.starts_with('/'));
    path.with_context(|| format!("{address} leads elsewhere"))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Result<&'a str> {
    let found = text.split_once(start).and_then(|(_, rest)| rest.split_once(end));
    found.map(|(found, _)| found).with_context(|| format!("no {start} in {text}"))
}

/// CPU time of a process so far, user and system, in microseconds, as Linux tells it.
fn cpu(pid: u32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("CPU time is read from /proc")?;
    let per_second: u64 = run::output(run::program("getconf").arg("CLK_TCK"))?.trim().parse()?;
    let ticks = ticks(&stat).context("/proc tells no CPU time")?;
    Ok(ticks * 1_000_000 / per_second)
}

/// Fields 14 and 15 (proc(5)); the name in field 2 may hold anything, so we count from its end.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_counted_after_the_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 31 11 0 0 20 0 9 0 1 2 3";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a"), None);
    }

    #[test]
    fn an_address_is_known_by_its_origin() {
        let site = Site { port: 7 };
        assert_eq!(path_of(&site, "http://store.localhost:7/a?b").ok(), Some("/a?b"));
        assert!(
            path_of(&site, "http://store.localhost:70/a")
                .is_err_and(|error| error.to_string().contains("elsewhere"))
        );
    }
}
