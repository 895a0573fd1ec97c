//! Problems as RFC 9457 writes them, each with the id under which the log knows the request. One
//! layer writes them all, those of our handlers and those of the layers and limits around them.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::gate;
use crate::http::headers::RequestRef;
use crate::limits::TooMany;
use crate::store::StoreError;

/// The media type of a problem.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, for a program and for the person who reads its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    reason: Option<&'static str>,
    wait: Option<TooMany>,
}

/// A problem on the wire.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Written<'a> {
    /// Always `about:blank`: `code` says more than the status does.
    #[serde(rename = "type")]
    kind: &'a str,
    /// The words of the status.
    title: &'a str,
    /// The status.
    status: u16,
    /// What went wrong, for a program. New codes may come.
    code: &'a str,
    /// What went wrong and what to do, for a person.
    detail: &'a str,
    /// Why, where `code` has several causes.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// The request in Patchbay's log, also in the header `x-request-id`.
    request_id: &'a str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), reason: None, wait: None }
    }

    /// The same, with its cause as a word.
    pub(super) fn because(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// The same, worth trying again after so many seconds.
    pub(super) fn worth_trying_in(self, seconds: u64) -> Self {
        Self { wait: Some(TooMany { seconds }), ..self }
    }

    /// A field of the body, or of the address, breaks a rule.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// Our own fault; the cause is in the log.
    pub(super) fn internal() -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A tenant that this portal has not registered.
    pub(super) fn tenant_unknown() -> Self {
        let detail = "There is no such tenant yet: send tenant_name, or PUT /api/v1/tenants/{tenant} first.";
        Self::new(StatusCode::NOT_FOUND, "tenant_unknown", detail)
    }

    /// A connection that this portal does not have, whether another has it or nobody.
    pub(super) fn connection_unknown() -> Self {
        let detail = "There is no such connection; GET /api/v1/connections lists those that there are.";
        Self::new(StatusCode::NOT_FOUND, "connection_unknown", detail)
    }

    /// What a status says by itself, when nothing of ours said more.
    pub(super) fn of(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("not_found", "There is no such address in the API."),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method_not_allowed", "The header Allow lists the methods that this address takes.")
            }
            StatusCode::REQUEST_TIMEOUT => ("too_slow", "The request took too long to arrive."),
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "The body is too large; send it in parts."),
            StatusCode::TOO_MANY_REQUESTS => ("too_many_requests", "Too many requests; wait a while."),
            StatusCode::SERVICE_UNAVAILABLE => ("unavailable", "This cannot be served now; try again."),
            status if status.is_server_error() => ("internal", "Something failed on our side; try again."),
            _ => ("refused", "The request cannot be understood."),
        };
        Self::new(status, code, detail)
    }

    fn write(&self, request_id: &str) -> Body {
        let written = Written {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            reason: self.reason,
            request_id,
        };
        // Texts and a number: nothing that JSON cannot write.
        serde_json::to_vec(&written).unwrap_or_default().into()
    }
}

impl From<TooMany> for Problem {
    fn from(wait: TooMany) -> Self {
        let detail = format!("Too many requests; try again in {} s.", wait.seconds);
        Self { wait: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the API could not be served");
        Self::internal()
    }
}

impl IntoResponse for Problem {
    /// The body is written by [`tell`], which knows the request's id.
    fn into_response(self) -> Response {
        let mut answer = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(wait) = self.wait {
            answer.headers_mut().extend([gate::retry_after(wait)]);
        }
        answer.extensions_mut().insert(self);
        answer
    }
}

/// On an answer that is the provider's and not ours: nobody writes it anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Theirs;

/// The layer that writes every refusal under `/api/v1` as a problem, whoever refused. It stands
/// outside of everything but the headers: also a limit, a timeout and a panic are told this way.
pub(crate) async fn tell(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let ours = path.strip_prefix(super::ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let id = request.extensions().get::<RequestRef>().cloned().unwrap_or_default();
    let answer = next.run(request).await;
    let refused = answer.status().is_client_error() || answer.status().is_server_error();
    let ours = ours && answer.extensions().get::<Theirs>().is_none();
    if ours && refused { told(answer, &id.0) } else { answer }
}

fn told(answer: Response, request_id: &str) -> Response {
    let (mut parts, _) = answer.into_parts();
    let problem = parts.extensions.remove::<Problem>().unwrap_or_else(|| Problem::of(parts.status));
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(PROBLEM_JSON));
    Response::from_parts(parts, problem.write(request_id))
}
