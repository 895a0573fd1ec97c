//! Discovery, userinfo and keys (facts 1.1, 1.6, 1.7).

mod id_token;

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

pub(crate) use self::id_token::Signer;
use super::{bearer, clock::hexadecimal, grants::Consent};
use crate::{
    Pkce,
    state::{Play, held},
};

/// Clients hard-code it, so it stays the real one even on loopback.
pub(crate) const ISSUER: &str = "https://oauth.platform.intuit.com/op/v1";

/// The discovery document: Intuit's own addresses for Intuit's host names, ours otherwise.
pub(crate) async fn discovery(State(play): State<Arc<Play>>, headers: HeaderMap, uri: Uri) -> Json<Value> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    // A name is the same in capitals (RFC 9110, 4.2.3).
    let real = name.to_ascii_lowercase().ends_with(".intuit.com");
    let ours = play.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
    let at = |real_host: &str, path: &str| {
        if real { format!("https://{real_host}{path}") } else { format!("{ours}{path}") }
    };
    let accounts = if uri.path().contains("sandbox") {
        "sandbox-accounts.platform.intuit.com"
    } else {
        "accounts.platform.intuit.com"
    };
    let mut document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": at("appcenter.intuit.com", "/connect/oauth2"),
        "token_endpoint": at("oauth.platform.intuit.com", "/oauth2/v1/tokens/bearer"),
        "userinfo_endpoint": at(accounts, "/v1/openid_connect/userinfo"),
        "revocation_endpoint": at("developer.api.intuit.com", "/v2/oauth2/tokens/revoke"),
        "jwks_uri": at("oauth.platform.intuit.com", "/op/v1/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "address", "phone"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
    });
    let settings = play.settings();
    // Intuit has neither of them, so they show only where a switch goes beyond Intuit.
    if settings.policy.pkce == Pkce::Required {
        document["code_challenge_methods_supported"] = json!(["S256"]);
    }
    if settings.iss_on_callback {
        document["authorization_response_iss_parameter_supported"] = json!(true);
    }
    Json(document)
}

/// The key that `id_token`s are signed with.
pub(crate) async fn jwks(State(play): State<Arc<Play>>) -> Json<Value> {
    Json(json!({ "keys": [play.signer.jwk()] }))
}

/// Who signed in, as far as the granted scopes tell.
pub(crate) async fn userinfo(State(play): State<Arc<Play>>, headers: HeaderMap) -> Response {
    let now = play.clock.now();
    let grants = held(&play.grants);
    let granted = bearer(&headers).and_then(|token| grants.open(token, now).ok());
    match granted.map(|grant| &grant.consent).filter(|consent| consent.has("openid")) {
        Some(consent) => Json(Value::Object(known(consent))).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// Names are Intuit's own, not those of `OpenID` Connect.
fn known(consent: &Consent) -> Map<String, Value> {
    let mut info = Map::from_iter([("sub".to_owned(), json!(subject(&consent.email)))]);
    let mut tell = |scope: &str, fields: &[(&str, Value)]| {
        if consent.has(scope) {
            info.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
    };
    tell("email", &[("email", json!(consent.email)), ("emailVerified", json!(true))]);
    tell("profile", &[("givenName", json!("Sandbox")), ("familyName", json!("Visitor"))]);
    tell("phone", &[("phoneNumber", json!("+1 6305555555")), ("phoneNumberVerified", json!(false))]);
    tell("address", &[("address", address())]);
    info
}

fn address() -> Value {
    json!({
        "streetAddress": "2632 Marine Way",
        "locality": "Mountain View",
        "region": "CA",
        "postalCode": "94043",
        "country": "US",
    })
}

/// One e-mail address is one person: a UUID made of its hash.
fn subject(email: &str) -> String {
    let hex = hexadecimal(&Sha256::digest(email.to_lowercase())[..16]);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
