//! The token and revocation endpoints (facts 1.3 to 1.5), with Intuit's exact bodies.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;

use super::grants::{Issued, Presented, Refused};
use crate::state::{Play, held};

/// Intuit's spelling of its JSON type.
pub(crate) const JSON: &str = "application/json;charset=utf-8";

type Form = HashMap<String, String>;

#[derive(Serialize)]
struct Tokens {
    token_type: &'static str,
    access_token: String,
    expires_in: u64,
    refresh_token: String,
    x_refresh_token_expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_refresh_token_hard_expires_in: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    /// Intuit says nothing of it, which means: as asked (RFC 6749, 5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// Only the answer to a migration names the company (facts 2).
    #[serde(rename = "realmId", skip_serializing_if = "Option::is_none")]
    realm: Option<String>,
}

/// The order of fields is Intuit's.
#[derive(Serialize)]
struct Failure<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
    error: &'static str,
}

/// Code or refresh token for tokens.
pub(crate) async fn bearer(State(play): State<Arc<Play>>, headers: HeaderMap, body: String) -> Response {
    let form = form(&body);
    let Some(client) = client(&play, &headers, &form) else {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client", None);
    };
    let hard = wants_hard_expiry(&headers);
    let field = |name: &str| form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let (settings, now) = (play.settings(), play.clock.now());
    let policy = settings.policy;
    let answer = match (field("grant_type"), field("code"), field("refresh_token")) {
        (Some("authorization_code"), Some(code), _) => {
            let redirect_uri = field("redirect_uri").unwrap_or_default();
            let presented =
                Presented { client: &client, code, redirect_uri, verifier: field("code_verifier") };
            held(&play.grants).exchange(&presented, policy, now)
        }
        (Some("refresh_token"), _, Some(token)) => held(&play.grants).refresh(&client, token, policy, now),
        (None | Some("authorization_code" | "refresh_token"), _, _) => {
            return refusal(StatusCode::BAD_REQUEST, "invalid_request", None);
        }
        (Some(_), _, _) => return refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type", None),
    };
    let described = match answer {
        Ok(issued) => return granted(&play, issued, hard, None),
        Err(Refused::Code) => Some("Invalid authorization code"),
        Err(Refused::WrongToken) => Some("Incorrect Token type or clientID"),
        Err(Refused::Refresh) => settings.refresh_error_description.as_deref(),
    };
    refusal(StatusCode::BAD_REQUEST, "invalid_grant", described)
}

/// Ends a permission: 200 without a body, or 400 without a body for a token that is unknown or dead.
pub(crate) async fn revoke(State(play): State<Arc<Play>>, headers: HeaderMap, body: String) -> Response {
    let json: Option<Form> = serde_json::from_str(&body).ok();
    let form = json.unwrap_or_else(|| form(&body));
    let Some(client) = client(&play, &headers, &form) else {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client", None);
    };
    let (policy, now) = (play.policy(), play.clock.now());
    let ended = form.get("token").is_some_and(|token| held(&play.grants).revoke(&client, token, policy, now));
    if ended { StatusCode::OK.into_response() } else { StatusCode::BAD_REQUEST.into_response() }
}

/// Whether the header of facts 1.3 asks for the end that no refresh puts off.
pub(super) fn wants_hard_expiry(headers: &HeaderMap) -> bool {
    let asked = headers.get("x-include-refresh-token-hard-expires-in");
    asked.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

/// A pair of tokens as the answer that it is.
pub(super) fn granted(play: &Play, issued: Issued, hard: bool, realm: Option<String>) -> Response {
    play.ledger.issued(issued.access.clone());
    play.ledger.issued(issued.refresh.clone());
    let id_token = play.signer.id_token(&issued.consent, play.clock.now());
    if let Some(token) = &id_token {
        play.ledger.issued(token.clone());
    }
    reply(
        StatusCode::OK,
        &Tokens {
            token_type: "bearer",
            access_token: issued.access,
            expires_in: issued.access_seconds,
            refresh_token: issued.refresh,
            x_refresh_token_expires_in: issued.idle_seconds,
            x_refresh_token_hard_expires_in: hard.then_some(issued.hard_seconds),
            id_token,
            scope: issued.consent.told,
            realm,
        },
    )
}

/// What the endpoint says instead of tokens.
pub(super) fn refusal(status: StatusCode, error: &'static str, error_description: Option<&str>) -> Response {
    reply(status, &Failure { error_description, error })
}

fn reply(status: StatusCode, body: &impl Serialize) -> Response {
    let kind = [(header::CONTENT_TYPE, JSON)];
    with_token_headers((status, kind, serde_json::to_string(body).unwrap_or_default()).into_response())
}

/// What stands above every answer of the endpoint, also above an empty one.
pub(super) fn with_token_headers(answer: Response) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-cache, no-store"),
        (header::PRAGMA, "no-cache"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=15552000"),
    ];
    (headers, answer).into_response()
}

fn form(body: &str) -> Form {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

/// The app that proves to be itself, by Basic credentials or in the form.
fn client(play: &Play, headers: &HeaderMap, form: &Form) -> Option<String> {
    let candidates = match headers.get(header::AUTHORIZATION) {
        Some(value) => basic(value.to_str().ok()?)?,
        None => vec![(form.get("client_id")?.clone(), form.get("client_secret")?.clone())],
    };
    candidates
        .into_iter()
        .find(|(id, secret)| play.client(id).is_some_and(|client| client.secret == *secret))
        .map(|(id, _)| id)
}

/// RFC 6749, 2.3.1 has id and secret form-encoded before Base64; Intuit's clients send them bare. Both count.
fn basic(value: &str) -> Option<Vec<(String, String)>> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some(vec![(decoded(id), decoded(secret)), (id.to_owned(), secret.to_owned())])
}

fn decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("={}", text.replace('&', "%26")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
