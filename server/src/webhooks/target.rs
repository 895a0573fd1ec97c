//! The address of an endpoint, as it is taken from an operator or a portal (IN-07). What its host
//! means is looked at again whenever it is called, see `webhooks::client`.

use std::net::IpAddr;

use url::{Host, Url};

use super::reach::Reach;

/// An address as browsers write it: https, or http to a network that the operator names, without a
/// person and without a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(String);

/// Why a text is no address of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// No address at all, or one of another kind.
    #[error("{0:?} cannot be an endpoint: write a whole address, as in https://app.acme.example/webhooks")]
    Unreadable(String),
    /// More than anybody needs.
    #[error("the address of an endpoint has at most {} characters", Target::LONGEST)]
    Long,
    /// What is sent could be read and changed on the way.
    #[error(
        "{0:?} is not safe: use https. http is for addresses that [webhooks] allow_private in the configuration lists"
    )]
    Insecure(String),
    /// It is not on the public internet.
    #[error(
        "{0:?} leads into a private network. Where that is meant, list the address under [webhooks] allow_private in the configuration"
    )]
    Private(String),
    /// Not as browsers write it.
    #[error("{found:?} is not as browsers write it, or more than an address: write {meant:?}")]
    Inexact {
        /// As typed.
        found: String,
        /// As it should be.
        meant: String,
    },
}

impl Target {
    const LONGEST: usize = 1000;

    /// Takes what an operator typed or a portal sent.
    pub fn new(text: &str, reach: &Reach) -> Result<Self, NoTarget> {
        let found = || text.to_owned();
        if text.len() > Self::LONGEST {
            return Err(NoTarget::Long);
        }
        let url = Url::parse(text).map_err(|_| NoTarget::Unreadable(found()))?;
        let host = url.host().ok_or_else(|| NoTarget::Unreadable(found()))?;
        match (url.scheme(), literal(&host)) {
            ("https", Some(address)) if !reach.covers(address) => return Err(NoTarget::Private(found())),
            ("http", Some(address)) if !reach.names(address) => return Err(NoTarget::Insecure(found())),
            ("http", None) => return Err(NoTarget::Insecure(found())),
            ("http" | "https", _) => {}
            _ => return Err(NoTarget::Unreadable(found())),
        }
        let meant = bare(url);
        if meant == text { Ok(Self(meant)) } else { Err(NoTarget::Inexact { found: found(), meant }) }
    }

    /// As browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address that a host is, where that can be told without asking anybody: `localhost` and what is
/// below it never leave the machine (RFC 6761, 6.3).
pub(super) fn literal(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
        Host::Domain(name) => is_this_machine(name).then_some(IpAddr::from([127, 0, 0, 1])),
    }
}

/// Whether a name means this machine to everybody. A dot at its end changes nothing.
pub(super) fn is_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// The address without a person, a password and a fragment.
fn bare(mut url: Url) -> String {
    url.set_fragment(None);
    // Every address with a host takes these, and ours has one.
    let _ = (url.set_username(""), url.set_password(None));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str, allowed: &[&str]) -> Result<String, NoTarget> {
        let networks = allowed.iter().map(|text| text.parse().expect("a network")).collect();
        Target::new(text, &Reach::with(networks)).map(|target| target.0)
    }

    #[test]
    fn in_07_an_endpoint_is_taken_only_as_browsers_write_it() {
        for good in [
            "https://app.acme.example/",
            "https://app.acme.example:8443/webhooks?a=1",
            "https://xn--bcher-kva.example/",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
        ] {
            assert_eq!(taken(good, &[]).as_deref(), Ok(good));
        }
        for (found, meant) in [
            ("https://app.acme.example", "https://app.acme.example/"),
            ("https://app.acme.example/#shop", "https://app.acme.example/"),
            ("https://ann:secret@app.acme.example/", "https://app.acme.example/"),
            ("https://app.acme.example@evil.example/", "https://evil.example/"),
            ("https://APP.acme.example/", "https://app.acme.example/"),
            ("https://app.acme.example/\r\nx: y", "https://app.acme.example/x:%20y"),
        ] {
            let inexact = NoTarget::Inexact { found: found.to_owned(), meant: meant.to_owned() };
            assert_eq!(taken(found, &[]), Err(inexact));
        }
        for text in ["", "/webhooks", "app.acme.example", "ftp://acme.example/", "file:///etc", "data:,x"] {
            assert_eq!(taken(text, &[]), Err(NoTarget::Unreadable(text.to_owned())));
        }
        let long = format!("https://acme.example/{}", "a".repeat(1000));
        assert_eq!(taken(&long, &[]), Err(NoTarget::Long));
    }

    #[test]
    fn in_07_an_endpoint_in_a_private_network_is_refused_however_it_is_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "017700000001",
            "0177.0.0.1",
            "0x7f.1",
            "0x7f000001",
            "127.0.0.1.",
            "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
            "localhost",
            "LOCALHOST.",
            "store.localhost",
            "0",
            "10.0.0.1",
            "169.254.169.254",
            "192.168.0.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::127.0.0.1]",
            "[2002:7f00:1::]",
            "[fd00::1]",
            "[fe80::1]",
        ] {
            let https = format!("https://{host}/");
            assert_eq!(taken(&https, &[]), Err(NoTarget::Private(https.clone())));
            let http = format!("http://{host}/");
            assert_eq!(taken(&http, &[]), Err(NoTarget::Insecure(http.clone())));
        }
    }

    #[test]
    fn in_07_http_is_for_addresses_that_the_operator_names() {
        let here = ["127.0.0.0/8"];
        for good in ["http://127.0.0.1:7320/webhooks", "http://portal.localhost:7320/", "https://localhost/"]
        {
            assert_eq!(taken(good, &here).as_deref(), Ok(good));
        }
        for text in
            ["http://acme.example/", "http://10.0.0.1/", "http://localhost.acme.example/", "http://1.1.1.1/"]
        {
            assert_eq!(taken(text, &here), Err(NoTarget::Insecure(text.to_owned())));
        }
    }
}
