//! Providers: whether their endpoints can be reached from here, what is to be entered there, and what
//! time they say it is.

use url::{Host, Url};

use super::{Finding, State, lost};
use crate::clock::Clock;
use crate::config::Config;
use crate::oauth::{Registration, Registrations};
use crate::providers::client::probe::{Probe, Trouble};

const CHECK: &str = "provider";
/// How far our clock may be from theirs, in milliseconds.
const APART: u64 = 60_000;

pub(super) async fn examine(
    config: &Config,
    registrations: &Registrations,
    (probe, clock): (&Probe, &Clock),
) -> Vec<Finding> {
    registrations.discover().await;
    let mut findings = Vec::new();
    // By how many milliseconds each is behind us, or before us.
    let mut apart = Vec::new();
    for registration in registrations.all() {
        findings.push(redirect(config, registration));
        findings.extend(undescribed(registration));
        findings.extend(notices(registration));
        let token = registration.token_endpoint().map(|address| ("token endpoint", address));
        for (what, address) in token.into_iter().chain([("API", registration.api.as_str())]) {
            let whom = format!("{}, {what}", registration.id);
            findings.push(reached(probe, (&whom, address), clock, &mut apart).await);
        }
    }
    findings.push(time(&apart));
    if registrations.all().next().is_none() {
        let remedy = "add [[registrations]] to the configuration";
        findings.push(Finding::warning(CHECK, "no provider is registered", remedy));
    }
    findings
}

/// A provider whose own metadata says its endpoints, and does not say them well.
fn undescribed(registration: &Registration) -> Option<Finding> {
    let problem = registration.problem()?;
    let remedy = "correct `issuer` or `hosts` of its entry in the catalogue, or ask the provider";
    Some(Finding::problem(CHECK, format!("{}: {problem}", registration.id), remedy))
}

async fn reached(
    probe: &Probe,
    (whom, address): (&str, &str),
    clock: &Clock,
    apart: &mut Vec<u64>,
) -> Finding {
    let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_default();
    // Without credentials: any answer shows that the way is open.
    let looked = match http::Request::get(address).body(Vec::new()) {
        Ok(request) => probe.look(request).await,
        Err(_) => Err(Trouble::Name),
    };
    match looked {
        Ok(sight) if sight.status >= 500 => {
            let says = format!("{whom}: {host} answers with status {}", sight.status);
            Finding::warning(CHECK, says, "wait, and look at the provider's status page")
        }
        Ok(sight) => {
            apart.extend(sight.date.map(|date| date.0.abs_diff(clock.now().0)));
            Finding::ok(CHECK, format!("{whom}: {host} answers"))
        }
        Err(trouble) => {
            let (says, remedy) = lost(&trouble, whom, &host);
            Finding::problem(CHECK, says, remedy)
        }
    }
}

/// Nobody can ask a provider what is entered there, so it is shown as it must stand.
fn redirect(config: &Config, registration: &Registration) -> Finding {
    const CHECK: &str = "redirect URI";
    let (id, uri) = (&registration.id, registration.redirect_uri());
    let says = format!("{id}: {uri} (enter it at the provider letter by letter)");
    if registration.environment == "production" && !is_public(&config.server.public_url) {
        let says = format!("{id}: production keys take no redirect to {uri}");
        let remedy = "set [server] public_url to the https address under which visitors reach the store";
        return Finding::problem(CHECK, says, remedy);
    }
    Finding::ok(CHECK, says)
}

/// Without notices everything works, so that nothing is wrong: changes are only seen later.
fn notices(registration: &Registration) -> Option<Finding> {
    let (id, uri) = (&registration.id, registration.notices_uri()?);
    let says = if registration.verifier_token().is_some() {
        format!("{id}: {uri} (enter it at the provider as the endpoint for webhooks)")
    } else {
        format!(
            "{id}: none is taken, so changes are seen at the next import; to have them told, enter {uri} at the provider and set verifier_token_file"
        )
    };
    Some(Finding::ok("notices", says))
}

fn is_public(url: &Url) -> bool {
    let known = match url.host() {
        Some(Host::Domain(name)) => name.contains('.') && !name.ends_with(".localhost"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    };
    known && url.scheme() == "https"
}

/// The smallest difference counts: somebody else's clock may be wrong too.
fn time(apart: &[u64]) -> Finding {
    const CHECK: &str = "clock";
    let Some(least) = apart.iter().min() else {
        let says = "no provider answered with its time, so the clock was compared with nobody's";
        return Finding::warning(CHECK, says, "keep it right by NTP: timedatectl status");
    };
    let says = format!("within {} s of the providers' time", least.div_ceil(1000));
    let state = if *least > APART { State::Problem } else { State::Ok };
    if state == State::Ok {
        return Finding::ok(CHECK, says);
    }
    let says =
        format!("{} s away from the providers' time: tokens expire when nobody expects it", least / 1000);
    Finding::problem(CHECK, says, "set it, and keep it right by NTP: timedatectl set-ntp true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_keys_want_a_public_https_address() {
        for (url, public) in [
            ("https://store.example.com", true),
            ("http://store.localhost:7300", false),
            ("https://store", false),
            ("https://10.0.0.1", false),
            ("https://store.localhost", false),
        ] {
            assert_eq!(is_public(&Url::parse(url).unwrap()), public, "{url}");
        }
    }

    #[test]
    fn a_clock_is_wrong_when_nobody_agrees_with_it() {
        assert_eq!(time(&[]).state, State::Warning);
        assert_eq!(time(&[60_000, 3_600_000]).state, State::Ok);
        assert_eq!(time(&[60_001, 3_600_000]).state, State::Problem);
    }
}
