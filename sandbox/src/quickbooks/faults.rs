//! Intuit's two envelopes for errors (facts 3.4), and the failures that a test asked for.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::json;

use super::clock::{Clock, letters};
use crate::state::Play;

/// A fault of the accounting service itself.
pub(crate) struct Service {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) detail: String,
    pub(crate) kind: &'static str,
}

impl Service {
    /// 4000: the statement is not in the language.
    pub(crate) fn parsing(detail: String) -> Self {
        Self::validation("4000", "Error parsing query", detail)
    }

    /// 4001: the statement asks for what is not there.
    pub(crate) fn invalid(detail: String) -> Self {
        Self::validation("4001", "Invalid query", detail)
    }

    /// 610: no such object.
    pub(crate) fn missing() -> Self {
        let detail = "Object Not Found : Something you're trying to use has been made inactive. \
                      Check the fields with accounts, customers, items, vendors or employees.";
        Self::validation("610", "Object Not Found", detail.to_owned())
    }

    fn validation(code: &'static str, message: &'static str, detail: String) -> Self {
        Self { code, message, detail, kind: "ValidationFault" }
    }

    pub(crate) fn answer(self, status: StatusCode, clock: &Clock) -> Response {
        let fault = json!({
            "Fault": {
                "Error": [{ "Message": self.message, "Detail": self.detail, "code": self.code }],
                "type": self.kind,
            },
            "time": clock.stamp(),
        });
        (status, Json(fault)).into_response()
    }
}

/// 401: no token, or one that opens nothing.
pub(crate) fn unauthenticated(clock: &Clock, malformed: bool) -> Response {
    let detail = if malformed {
        "Malformed bearer token: too short or too long".to_owned()
    } else {
        // Intuit names its internal token here, never the one that was sent.
        format!("Token expired: AB01{}", letters(46))
    };
    let message = "message=AuthenticationFailed; errorCode=003200; statusCode=401";
    gateway(clock, StatusCode::UNAUTHORIZED, ("3200", "AUTHENTICATION"), message, Some(&detail))
}

/// 403: the token is good, but not for this company.
pub(crate) fn unauthorised(clock: &Clock) -> Response {
    let message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403";
    gateway(clock, StatusCode::FORBIDDEN, ("3100", "SERVICE"), message, None)
}

/// 429: too much at once.
pub(crate) fn throttled(clock: &Clock) -> Response {
    let message = "message=ThrottleExceeded; errorCode=003001; statusCode=429";
    let detail = "The request limit was reached.  Try again later";
    gateway(clock, StatusCode::TOO_MANY_REQUESTS, ("3001", "SERVICE"), message, Some(detail))
}

fn gateway(
    clock: &Clock,
    status: StatusCode,
    code: (&str, &str),
    message: &str,
    detail: Option<&str>,
) -> Response {
    let (code, kind) = code;
    let envelope = json!({
        "warnings": null,
        "intuitObject": null,
        "fault": {
            "error": [{ "message": message, "detail": detail, "code": code, "element": null }],
            "type": kind,
        },
        "report": null,
        "queryResponse": null,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": null,
        "requestId": null,
        "time": i64::try_from(clock.epoch_millis()).unwrap_or(i64::MAX),
        "status": null,
        "cdcresponse": [],
    });
    (status, Json(envelope)).into_response()
}

/// The answer of a failure that was asked for, in the words that Intuit has for that status and path.
pub(crate) fn injected(play: &Play, status: StatusCode, path: &str) -> Response {
    let api = path.starts_with("/v3/");
    match status {
        StatusCode::UNAUTHORIZED if api => unauthenticated(&play.clock, false),
        StatusCode::FORBIDDEN if api => unauthorised(&play.clock),
        StatusCode::TOO_MANY_REQUESTS if api => throttled(&play.clock),
        StatusCode::INTERNAL_SERVER_ERROR if api => Service {
            code: "10000",
            message: "An application error has occurred while processing your request",
            detail: "System Failure Error: Sorry, something went wrong".to_owned(),
            kind: "SystemFault",
        }
        .answer(status, &play.clock),
        StatusCode::BAD_REQUEST if path.ends_with("/tokens/bearer") => (
            status,
            [(header::CONTENT_TYPE, "application/json;charset=utf-8")],
            r#"{"error":"invalid_grant"}"#,
        )
            .into_response(),
        StatusCode::UNAUTHORIZED if path.ends_with("/tokens/bearer") => (
            status,
            [(header::CONTENT_TYPE, "application/json;charset=utf-8")],
            r#"{"error":"invalid_client"}"#,
        )
            .into_response(),
        _ => status.into_response(),
    }
}
