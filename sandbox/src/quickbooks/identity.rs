//! Discovery, userinfo and keys (facts 1.1, 1.6, 1.7).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{bearer, clock::hexadecimal};
use crate::state::{Play, held};

/// Clients hard-code it, so it stays the real one even on loopback.
const ISSUER: &str = "https://oauth.platform.intuit.com/op/v1";

/// The discovery document: Intuit's own addresses for Intuit's host names, ours otherwise.
pub(crate) async fn discovery(State(play): State<Arc<Play>>, headers: HeaderMap, uri: Uri) -> Json<Value> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let real = host.rsplit_once(':').map_or(host, |(name, _)| name).ends_with(".intuit.com");
    let ours = play.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
    let at = |real_host: &str, path: &str| {
        if real { format!("https://{real_host}{path}") } else { format!("{ours}{path}") }
    };
    let accounts = if uri.path().contains("sandbox") {
        "sandbox-accounts.platform.intuit.com"
    } else {
        "accounts.platform.intuit.com"
    };
    Json(json!({
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
    }))
}

/// No `id_token` is issued yet, so there is no key to publish.
pub(crate) async fn jwks() -> Json<Value> {
    Json(json!({ "keys": [] }))
}

/// Who signed in, as far as the granted scopes tell.
pub(crate) async fn userinfo(State(play): State<Arc<Play>>, headers: HeaderMap) -> Response {
    let now = play.clock.now();
    let grants = held(&play.grants);
    let granted = bearer(&headers).and_then(|token| grants.open(token, now).ok());
    let Some(consent) = granted.map(|grant| &grant.consent) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let has = |scope: &str| consent.scopes.iter().any(|granted| granted == scope);
    if !has("openid") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut info = Map::new();
    info.insert("sub".to_owned(), json!(subject(&consent.email)));
    if has("email") {
        info.insert("email".to_owned(), json!(consent.email));
        info.insert("emailVerified".to_owned(), json!(true));
    }
    if has("profile") {
        info.insert("givenName".to_owned(), json!("Sandbox"));
        info.insert("familyName".to_owned(), json!("Visitor"));
    }
    if has("phone") {
        info.insert("phoneNumber".to_owned(), json!("+1 6305555555"));
        info.insert("phoneNumberVerified".to_owned(), json!(false));
    }
    if has("address") {
        info.insert(
            "address".to_owned(),
            json!({"streetAddress": "2632 Marine Way", "locality": "Mountain View", "region": "CA", "postalCode": "94043", "country": "US"}),
        );
    }
    Json(Value::Object(info)).into_response()
}

/// One e-mail address is one person: a UUID made of its hash.
fn subject(email: &str) -> String {
    let hex = hexadecimal(&Sha256::digest(email.to_lowercase())[..16]);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
