//! `patchbay doctor`: looks at everything that can be wrong before somebody misses it, and says what to
//! do. It changes nothing, and works with the proxy running or stopped.

mod database;
mod providers;
mod public_url;
mod vault;

use std::time::Duration;

use serde::Serialize;

use crate::clock::Clock;
use crate::config::{Config, Problems};
use crate::oauth::Registrations;
use crate::providers::catalogue::Catalogue;
use crate::providers::client::probe::{Flaw, Probe, Trouble};

/// How long each step of a look over the network may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, or could not be looked at.
    Warning,
    /// It does not work, or will not.
    Problem,
}

/// What was looked at, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, in a word or two.
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// What was found.
    pub says: String,
    /// What to do; none when all is well.
    pub remedy: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, state: State::Ok, says: says.into(), remedy: None }
    }

    fn warning(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Warning, says: says.into(), remedy: Some(remedy.into()) }
    }

    fn problem(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Problem, says: says.into(), remedy: Some(remedy.into()) }
    }
}

/// Looks at everything.
pub async fn examine(config: Result<&Config, &Problems>, clock: &Clock) -> Vec<Finding> {
    let config = match config {
        Ok(config) => config,
        Err(problems) => return unconfigured(problems),
    };
    let mut findings = vec![Finding::ok("configuration", configured(config))];
    findings.extend(unnamed_proxies(config));
    findings.extend(database::examine(config).await);
    findings.extend(vault::examine(config, clock).await);
    let registrations = Catalogue::load()
        .map_err(|error| vec![error.to_string()])
        .and_then(|catalogue| Registrations::new(config, &catalogue));
    match (registrations, Probe::new(PATIENCE)) {
        (Ok(registrations), Ok(probe)) => {
            findings.extend(providers::examine(config, &registrations, (&probe, clock)).await);
            findings.extend(public_url::examine(config, &probe, clock).await);
        }
        (Err(problems), _) => findings.extend(problems.into_iter().map(broken)),
        (_, Err(error)) => findings.push(broken(error.to_string())),
    }
    findings
}

/// Every mistake of a configuration; nothing else can be looked at.
fn unconfigured(problems: &Problems) -> Vec<Finding> {
    let told = problems.list.iter().map(|problem| {
        let remedy = format!("correct it in {}, or in the environment", problems.file);
        Finding::problem("configuration", problem.as_str(), remedy)
    });
    let rest = "database, keys, clock, providers and the public address were not looked at";
    told.chain([Finding::warning("everything else", rest, "correct the configuration and run this again")])
        .collect()
}

fn broken(problem: String) -> Finding {
    Finding::problem("configuration", problem, "correct the registration in the configuration")
}

fn configured(config: &Config) -> String {
    let count = config.registrations.len();
    let plural = if count == 1 { "" } else { "s" };
    format!("it is read without a mistake; {count} registration{plural}")
}

fn unnamed_proxies(config: &Config) -> Option<Finding> {
    let nobody = config.server.public_url.scheme() == "https" && config.server.trusted_proxies.is_empty();
    nobody.then(|| {
        Finding::warning(
            "configuration",
            "no [server] trusted_proxies, so all visitors count as one address",
            "name the address of the TLS proxy in front",
        )
    })
}

/// Where the way to somebody ended, as a sentence and what to do.
fn lost(trouble: &Trouble, whom: &str, host: &str) -> (String, String) {
    match trouble {
        Trouble::Name => (
            format!("{whom}: the name {host} is not known (DNS)"),
            "check its spelling, and the name servers of this machine".to_owned(),
        ),
        Trouble::Refused => (
            format!("{whom}: {host} refuses the connection"),
            "check that somebody listens there, the port, and what a firewall rejects".to_owned(),
        ),
        Trouble::Unreachable(cause) => (
            format!("{whom}: {host} cannot be reached: {cause}"),
            "check the network and the routes of this machine".to_owned(),
        ),
        Trouble::Timeout => (
            format!("{whom}: {host} does not answer in time"),
            "check the firewall: outgoing connections must be let through".to_owned(),
        ),
        Trouble::Tls => (
            format!("{whom}: {host} does not speak TLS that we understand"),
            "check the port, and that TLS 1.2 or 1.3 is spoken there".to_owned(),
        ),
        Trouble::NoHttp => (
            format!("{whom}: {host} gives no answer of HTTP"),
            "check what listens there, and what stands in between".to_owned(),
        ),
        Trouble::Certificate(flaw) => distrusted(*flaw, whom, host),
    }
}

fn distrusted(flaw: Flaw, whom: &str, host: &str) -> (String, String) {
    let (what, remedy) = match flaw {
        Flaw::Expired => {
            ("has expired", "renew it; if it is not ours to renew, check the clock of this machine")
        }
        Flaw::NotYet => ("is not valid yet", "check the clock of this machine"),
        Flaw::Stranger => (
            "is self-signed, or its authority is not trusted here",
            "install the CA certificates of the system (ca-certificates); behind a proxy that opens TLS, its authority too",
        ),
        Flaw::WrongName => ("is for another name", "get one for this name, or correct the address"),
        Flaw::Other => ("cannot be used", "look at it with: openssl s_client"),
    };
    (format!("{whom}: the certificate of {host} {what}"), remedy.to_owned())
}
