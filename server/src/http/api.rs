//! The portal's interface: REST under `/api/v1`, API keys, problem+json (RFC 9457) for errors.

mod links;
mod records;
mod tenants;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::routes::Routes;
use super::table::{self, Pace};
use super::{gate, peer};
use crate::limits::TooMany;
use crate::state::Shared;
use crate::store::StoreError;
use crate::vault::digest;

pub(crate) fn routes() -> Routes {
    let api = Routes::new().merge(tenants::routes()).merge(links::routes()).merge(records::routes());
    Routes::new().nest("/api/v1", api.fallback(unknown))
}

async fn unknown(_key: Key) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such address in the API.")
}

/// A portal's backend, proven by its API key.
pub(crate) struct Key {
    /// Whose key it is.
    pub(crate) portal: String,
}

impl FromRequestParts<Shared> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let (peer, now) = (peer::of(&parts.extensions), app.clock.now());
        // Whoever guesses is not listened to for a while, and costs no look into the store.
        app.limits.may_visit(peer, now)?;
        let refused = || match app.limits.visit(peer, now) {
            Ok(()) => key_refused(),
            Err(wait) => Problem::from(wait),
        };
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, key) = sent.and_then(|value| value.split_once(' ')).ok_or_else(refused)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(refused());
        }
        let hash = digest(key.trim());
        let portal =
            app.store.read(move |mut db| Box::pin(async move { db.portal_of_key(hash).await })).await?;
        let portal = portal.ok_or_else(refused)?;
        app.limits.request(hash, weight(parts), now)?;
        Ok(Self { portal })
    }
}

fn key_refused() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "key_refused", "Send a valid API key as Authorization: Bearer.")
}

/// How much this request counts for its key.
fn weight(parts: &Parts) -> u32 {
    let path = parts.extensions.get::<MatchedPath>();
    match path.and_then(|path| table::find(parts.method.as_str(), path.as_str())).map(|row| row.pace) {
        Some(Pace::Key(weight)) => weight,
        _ => 1,
    }
}

/// What went wrong, for a program and for the person who reads its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    wait: Option<TooMany>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), wait: None }
    }

    /// A field of the body, or of the address, breaks a rule.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }
}

impl From<TooMany> for Problem {
    fn from(wait: TooMany) -> Self {
        let detail = format!("Too many requests; try again in {} s.", wait.seconds);
        Self { wait: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many", detail) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the API could not be served");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something failed on our side; try again.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        let mut answer =
            (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string())
                .into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(wait) = self.wait {
            answer.headers_mut().extend([gate::retry_after(wait)]);
        }
        answer
    }
}

/// Reads a JSON body. Fields that nobody asked for are refused, so that nothing is set by accident.
pub(crate) fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    expect_kind(headers, "application/json")?;
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", format!("The body does not fit: {error}."))
    })
}

/// A tenant that this portal has not registered.
pub(crate) fn tenant_unknown() -> Problem {
    let detail =
        "There is no such tenant yet: send tenant_name with a link, or PUT /api/v1/tenants/{tenant} first.";
    Problem::new(StatusCode::NOT_FOUND, "tenant_unknown", detail)
}

/// Demands a media type; parameters such as a charset do not matter.
pub(crate) fn expect_kind(headers: &HeaderMap, kind: &str) -> Result<(), Problem> {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(kind) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "media_type",
        format!("Send the body as Content-Type: {kind}."),
    ))
}

/// A text for people: 1 to 200 characters, none of them a control character.
pub(crate) fn check_name<'a>(field: &str, text: &'a str) -> Result<&'a str, Problem> {
    let fits = !text.trim().is_empty() && text.chars().count() <= 200 && !text.chars().any(char::is_control);
    if fits {
        return Ok(text);
    }
    Err(Problem::invalid(format!("{field} must have 1 to 200 characters, without control characters.")))
}

/// A portal's own id for something: 1 to 128 characters, none of them a control character.
pub(crate) fn check_id<'a>(field: &str, text: &'a str) -> Result<&'a str, Problem> {
    let fits = !text.is_empty() && text.chars().count() <= 128 && !text.chars().any(char::is_control);
    if fits {
        return Ok(text);
    }
    Err(Problem::invalid(format!("{field} must have 1 to 128 characters, without control characters.")))
}
