//! The authorization server behind a registration: known from the catalogue at once, or from its own
//! metadata as soon as that was read.

use std::sync::{Mutex, OnceLock, PoisonError};

use oauth2::{AuthType, AuthUrl, TokenUrl};
use url::Url;

use super::identity::keys::Keys;
use crate::providers::catalogue::Environment;

/// Where an authorization server is asked what, and how.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub(super) authorization: AuthUrl,
    pub(super) token: TokenUrl,
    /// None where the provider revokes nothing.
    pub(super) revocation: Option<Url>,
    pub(super) userinfo: Option<Url>,
    pub(super) jwks: Option<Url>,
    /// It takes a PKCE challenge by S256.
    pub(super) pkce: bool,
    /// Its callbacks name the issuer (RFC 9207).
    pub(super) iss: bool,
    /// How our client proves itself.
    pub(super) auth: AuthType,
}

/// A name under which an authorization server describes itself.
#[derive(Debug, Clone)]
pub(super) struct Issuer {
    /// Letter by letter as its metadata, its callbacks and its tokens must have it.
    pub(super) name: String,
    /// The same as an address.
    pub(super) url: Url,
    /// Where its metadata is.
    pub(super) metadata: Url,
    /// Hosts besides its own that the metadata may name.
    pub(super) hosts: Vec<String>,
    /// An `id_token` is asked for, which needs keys to be checked by.
    pub(super) openid: bool,
}

/// What a callback must say of its issuer (RFC 9207, 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced<'a> {
    /// Nothing is known of it: there the redirect URI tells providers apart.
    Nothing,
    /// This one, if any.
    May(&'a str),
    /// This one.
    Must(&'a str),
}

/// An authorization server, and what is known of it.
pub(super) struct Authority {
    /// The one whose metadata says the endpoints.
    pub(super) issuer: Option<Issuer>,
    /// The one that callbacks must name, when the catalogue says so.
    iss: Option<String>,
    endpoints: OnceLock<Endpoints>,
    problem: Mutex<Option<String>>,
    /// What its `id_token`s are checked by.
    pub(super) keys: Keys,
}

impl Authority {
    /// From the catalogue; `origin` stands in for `{origin}`.
    pub(super) fn new(environment: &Environment, origin: &str, openid: bool) -> Result<Self, String> {
        let at = |address: &String| address.replace("{origin}", origin);
        let (issuer, endpoints) = match &environment.issuer {
            Some(issuer) => {
                let metadata = environment.metadata.as_ref().map(at);
                (Some(Issuer::new(at(issuer), (metadata, &environment.hosts), openid)?), OnceLock::new())
            }
            None => (None, OnceLock::from(written(environment, at)?)),
        };
        let iss = environment.iss.as_ref().map(at);
        Ok(Self { issuer, iss, endpoints, problem: Mutex::default(), keys: Keys::default() })
    }

    /// None until its metadata was read.
    pub(super) fn endpoints(&self) -> Option<&Endpoints> {
        self.endpoints.get()
    }

    /// Its metadata was read, or was not for this reason. True when that is news.
    pub(super) fn learn(&self, read: Result<Endpoints, String>) -> bool {
        let problem = match read {
            Ok(endpoints) => {
                // What was read before stays: nobody reads twice at once.
                self.endpoints.get_or_init(|| endpoints);
                None
            }
            Err(problem) => Some(problem),
        };
        let mut told = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        let news = *told != problem;
        *told = problem;
        news
    }

    /// Why it cannot be used yet, if it cannot.
    pub(super) fn problem(&self) -> Option<String> {
        if self.endpoints.get().is_some() {
            return None;
        }
        let told = self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(told.unwrap_or_else(|| "its metadata was not read yet".to_owned()))
    }

    /// What its callbacks must say. Before its metadata was read, the stricter of what that may say.
    pub(super) fn announced(&self) -> Announced<'_> {
        match (&self.iss, &self.issuer) {
            (Some(iss), _) => Announced::Must(iss),
            (None, Some(issuer)) => match self.endpoints.get() {
                Some(endpoints) if !endpoints.iss => Announced::May(&issuer.name),
                _ => Announced::Must(&issuer.name),
            },
            (None, None) => Announced::Nothing,
        }
    }
}

impl Issuer {
    fn new(
        name: String,
        (metadata, hosts): (Option<String>, &[String]),
        openid: bool,
    ) -> Result<Self, String> {
        let broken = |error: url::ParseError| format!("its issuer or metadata is no address: {error}");
        let url = Url::parse(&name).map_err(broken)?;
        if !safe(&url) {
            return Err(format!("the issuer {name} must be https, or http on this machine"));
        }
        let metadata = match metadata {
            Some(address) => Url::parse(&address).map_err(broken)?,
            None => well_known(&url, openid),
        };
        Ok(Self { name, url, metadata, hosts: hosts.to_vec(), openid })
    }
}

/// OpenID Connect puts its word behind the issuer's path (Discovery 1.0, 4), OAuth before it (RFC 8414, 3).
fn well_known(issuer: &Url, openid: bool) -> Url {
    let path = issuer.path().trim_end_matches('/');
    let mut metadata = issuer.clone();
    metadata.set_path(&if openid {
        format!("{path}/.well-known/openid-configuration")
    } else {
        format!("/.well-known/oauth-authorization-server{path}")
    });
    metadata
}

/// Endpoints that the catalogue writes out.
fn written(environment: &Environment, at: impl Fn(&String) -> String) -> Result<Endpoints, String> {
    let bad = |error: url::ParseError| format!("an address of the environment is broken: {error}");
    let address = |said: &Option<String>| said.as_ref().map(&at).unwrap_or_default();
    let revocation = environment.revocation.as_ref().map(|said| Url::parse(&at(said))).transpose();
    Ok(Endpoints {
        authorization: AuthUrl::new(address(&environment.authorization)).map_err(bad)?,
        token: TokenUrl::new(address(&environment.token)).map_err(bad)?,
        revocation: revocation.map_err(bad)?,
        userinfo: None,
        jwks: None,
        pkce: environment.code_challenge_methods.iter().any(|method| method == "S256"),
        iss: environment.iss.is_some(),
        auth: AuthType::BasicAuth,
    })
}

/// https, or http that does not leave this machine.
pub(super) fn safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost");
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(issuer: &str) -> Environment {
        Environment { issuer: Some(issuer.to_owned()), ..Environment::default() }
    }

    #[test]
    fn metadata_is_looked_for_where_the_standards_put_it() {
        for (issuer, openid, wanted) in [
            ("https://a.example", true, "https://a.example/.well-known/openid-configuration"),
            ("https://a.example/x/", true, "https://a.example/x/.well-known/openid-configuration"),
            ("https://a.example/x", false, "https://a.example/.well-known/oauth-authorization-server/x"),
        ] {
            let authority = Authority::new(&environment(issuer), "", openid).ok().unwrap();
            assert_eq!(authority.issuer.unwrap().metadata.as_str(), wanted);
        }
        let named = Environment { metadata: Some("{origin}/m".to_owned()), ..environment("{origin}/x") };
        let issuer = Authority::new(&named, "http://127.0.0.1:7", true).ok().unwrap().issuer.unwrap();
        assert_eq!(
            (issuer.name.as_str(), issuer.metadata.as_str()),
            ("http://127.0.0.1:7/x", "http://127.0.0.1:7/m")
        );
    }

    #[test]
    fn oa_11_an_issuer_in_the_clear_is_refused() {
        assert!(Authority::new(&environment("http://a.example"), "", true).is_err());
        assert!(Authority::new(&environment("http://127.0.0.1.example"), "", true).is_err());
    }

    #[test]
    fn oa_10_a_callback_must_name_the_issuer_until_it_is_known_that_it_need_not() {
        let authority = Authority::new(&environment("https://a.example"), "", true).ok().unwrap();
        assert_eq!(authority.announced(), Announced::Must("https://a.example"));
        assert!(authority.problem().unwrap().contains("not read yet"));
        let url = Url::parse("https://a.example/").unwrap();
        let endpoints = Endpoints {
            authorization: AuthUrl::from_url(url.clone()),
            token: TokenUrl::from_url(url),
            revocation: None,
            userinfo: None,
            jwks: None,
            pkce: true,
            iss: false,
            auth: AuthType::BasicAuth,
        };
        assert!(authority.learn(Err("away".to_owned())) && !authority.learn(Err("away".to_owned())));
        assert!(authority.learn(Ok(endpoints)) && authority.problem().is_none());
        assert_eq!(authority.announced(), Announced::May("https://a.example"));
    }
}
