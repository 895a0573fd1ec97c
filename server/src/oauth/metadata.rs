//! An authorization server's description of itself (RFC 8414, OpenID Connect Discovery 1.0), believed
//! where it speaks of itself and of the hosts that were allowed beforehand.

use std::time::Duration;

use http::header;
use oauth2::{AuthType, AuthUrl, TokenUrl};
use serde::Deserialize;
use url::Url;

use super::authority::{Endpoints, Issuer, safe};
use crate::providers::client::{CallError, Client, Limits};

const LIMITS: Limits = Limits { deadline: Duration::from_secs(10), body: 64 * 1024 };

/// Why a description is not used: a sentence for the operator, which quotes little of the other side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("its metadata cannot be read: {0}")]
    Call(#[from] CallError),
    #[error("its metadata was answered with status {0}; redirects are not followed")]
    Status(u16),
    #[error("its metadata is not a JSON document that describes an authorization server")]
    Garbled,
    #[error("its metadata is that of another issuer, {0:?}; set `issuer` to the one you mean")]
    Foreign(String),
    #[error("its metadata has no {0}")]
    Missing(&'static str),
    #[error("its {0} is no address")]
    NoAddress(&'static str),
    #[error("its {0} is not https")]
    Clear(&'static str),
    #[error("its {0} is on another host, {1:?}; add that to `hosts` if it is right")]
    Elsewhere(&'static str, String),
    #[error("it takes client credentials neither by client_secret_basic nor by client_secret_post")]
    Credentials,
    #[error("it gives no codes: `code` is not among its response types")]
    NoCodes,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    jwks_uri: Option<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    response_types_supported: Option<Vec<String>>,
}

/// Reads and judges it.
pub(super) async fn read(client: &Client, issuer: &Issuer) -> Result<Endpoints, Unfit> {
    let request = http::Request::get(issuer.metadata.as_str())
        .header(header::ACCEPT, "application/json")
        .body(Vec::new())
        .map_err(|_| Unfit::NoAddress("metadata"))?;
    let answer = client.send(request, LIMITS).await?;
    match answer.status().as_u16() {
        200 => judged(answer.body(), issuer),
        status => Err(Unfit::Status(status)),
    }
}

fn judged(body: &[u8], issuer: &Issuer) -> Result<Endpoints, Unfit> {
    let said: Document = serde_json::from_slice(body).map_err(|_| Unfit::Garbled)?;
    if said.issuer != issuer.name {
        return Err(Unfit::Foreign(said.issuer.chars().take(100).collect()));
    }
    if said.response_types_supported.is_some_and(|types| !types.iter().any(|kind| kind == "code")) {
        return Err(Unfit::NoCodes);
    }
    let at = |name: &'static str, address: Option<String>| {
        address.map(|address| allowed(name, &address, issuer)).transpose()
    };
    let needed = |name: &'static str, address| at(name, address)?.ok_or(Unfit::Missing(name));
    let jwks = if issuer.openid { Some(needed("jwks_uri", said.jwks_uri)?) } else { None };
    Ok(Endpoints {
        authorization: AuthUrl::from_url(needed("authorization_endpoint", said.authorization_endpoint)?),
        token: TokenUrl::from_url(needed("token_endpoint", said.token_endpoint)?),
        revocation: at("revocation_endpoint", said.revocation_endpoint)?,
        userinfo: at("userinfo_endpoint", said.userinfo_endpoint)?,
        jwks,
        pkce: said.code_challenge_methods_supported.iter().any(|method| method == "S256"),
        iss: said.authorization_response_iss_parameter_supported,
        auth: credentials(said.token_endpoint_auth_methods_supported.as_deref())?,
    })
}

/// An address of the issuer's own origin, or of a host that was allowed.
fn allowed(name: &'static str, address: &str, issuer: &Issuer) -> Result<Url, Unfit> {
    let url = Url::parse(address).map_err(|_| Unfit::NoAddress(name))?;
    let host = url.host_str().unwrap_or_default();
    if !safe(&url) {
        return Err(Unfit::Clear(name));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Unfit::NoAddress(name));
    }
    if url.origin() != issuer.url.origin() && !issuer.hosts.iter().any(|known| known == host) {
        return Err(Unfit::Elsewhere(name, host.chars().take(100).collect()));
    }
    Ok(url)
}

/// How a client proves itself; by HTTP Basic where nothing is said (RFC 8414, 2).
fn credentials(methods: Option<&[String]>) -> Result<AuthType, Unfit> {
    let Some(methods) = methods else { return Ok(AuthType::BasicAuth) };
    let takes = |method: &str| methods.iter().any(|one| one == method);
    match (takes("client_secret_basic"), takes("client_secret_post")) {
        (true, _) => Ok(AuthType::BasicAuth),
        (false, true) => Ok(AuthType::RequestBody),
        (false, false) => Err(Unfit::Credentials),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::oauth::authority::Authority;
    use crate::providers::catalogue::Environment;

    fn good() -> Value {
        json!({
            "issuer": "https://login.example",
            "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": "https://login.example/token",
            "revocation_endpoint": "https://login.example/revoke",
            "userinfo_endpoint": "https://api.example/me",
            "jwks_uri": "https://login.example/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn read(document: &Value) -> Result<Endpoints, Unfit> {
        let environment = Environment {
            issuer: Some("https://login.example".to_owned()),
            hosts: vec!["api.example".to_owned()],
            ..Environment::default()
        };
        let issuer = Authority::new(&environment, "", true).ok().unwrap().issuer.unwrap();
        judged(document.to_string().as_bytes(), &issuer)
    }

    #[test]
    fn what_it_says_is_what_is_done() {
        let endpoints = read(&good()).unwrap();
        assert_eq!(endpoints.userinfo.unwrap().as_str(), "https://api.example/me");
        assert!(endpoints.pkce && endpoints.iss && endpoints.revocation.is_some());
        let mut less = good();
        less.as_object_mut().unwrap().retain(|key, _| !key.starts_with("code_") && !key.starts_with("auth"));
        less["authorization_endpoint"] = "https://login.example/authorize".into();
        less["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
        let endpoints = read(&less).unwrap();
        assert!(!endpoints.pkce && !endpoints.iss && matches!(endpoints.auth, AuthType::RequestBody));
    }

    #[test]
    fn oa_11_a_description_of_somebody_else_is_refused() {
        for (key, value, told) in [
            ("issuer", json!("https://login.example/"), "another issuer"),
            ("issuer", json!("https://evil.example"), "another issuer"),
            ("token_endpoint", json!("http://login.example/token"), "its token_endpoint is not https"),
            ("token_endpoint", json!("https://evil.example/token"), "on another host, \"evil.example\""),
            ("token_endpoint", json!("https://login.example:444/token"), "on another host"),
            ("token_endpoint", json!("https://login.example@evil.example/"), "is no address"),
            ("jwks_uri", json!("https://login.example.evil.example/"), "its jwks_uri is on another host"),
            ("userinfo_endpoint", json!("ftp://api.example/me"), "its userinfo_endpoint is not https"),
            ("revocation_endpoint", json!("http://169.254.169.254/"), "its revocation_endpoint is not https"),
            (
                "authorization_endpoint",
                json!("javascript:alert(1)"),
                "its authorization_endpoint is not https",
            ),
            ("authorization_endpoint", Value::Null, "has no authorization_endpoint"),
            ("jwks_uri", Value::Null, "has no jwks_uri"),
            ("response_types_supported", json!(["id_token"]), "gives no codes"),
            (
                "token_endpoint_auth_methods_supported",
                json!(["private_key_jwt"]),
                "neither by client_secret_basic",
            ),
            ("token_endpoint", json!(7), "not a JSON document"),
        ] {
            let mut document = good();
            document[key] = value;
            let unfit = read(&document).unwrap_err().to_string();
            assert!(unfit.contains(told), "{key}: {told:?} is not in {unfit:?}");
        }
    }
}
