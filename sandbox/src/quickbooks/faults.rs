//! Intuit's two envelopes for errors (facts 3.4), and the failures that a test asked for.

use axum::{
    Extension, Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    clock::{Clock, letters},
    token::{refusal, with_token_headers},
};
use crate::state::Play;

/// A fault of the accounting service itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Service {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) detail: String,
    /// The property at fault. Intuit's faults about records have the field even when it names nothing.
    pub(crate) element: Option<String>,
    pub(crate) kind: &'static str,
}

/// Intuit's words for a code: message, usual detail, element, and the type of the fault.
type Row = (&'static str, &'static str, &'static str, Option<&'static str>, &'static str);

const VALIDATION: &str = "ValidationFault";
/// What any other code is answered with: the service does not know either.
const SEVERE: Row = (
    "10000",
    "An application error has occurred while processing your request",
    "System Failure Error: Sorry, something went wrong",
    None,
    "SystemFault",
);
/// The details of 610, 5010, 6240, 500 and 10000 are facts 3.4; those of 2010, 2500, 6140 are from other
/// captures; those of 2020, 2050 and 6000 are ours, in the same manner.
const ROWS: &[Row] = &[
    ("4000", "Error parsing query", "QueryParserError: Invalid content.", None, VALIDATION),
    ("4001", "Invalid query", "QueryValidationError: Invalid content.", None, VALIDATION),
    (
        "610",
        "Object Not Found",
        "Object Not Found : Something you're trying to use has been made inactive. Check the fields with \
         accounts, customers, items, vendors or employees.",
        Some(""),
        VALIDATION,
    ),
    (
        "5010",
        "Stale Object Error",
        "Stale Object Error : You and Craig Carlson were working on this at the same time. Craig Carlson \
         finished before you did, so your work was not saved.",
        Some(""),
        VALIDATION,
    ),
    (
        "6240",
        "Duplicate Name Exists Error",
        "The name supplied already exists. : Another customer, vendor or employee is already using this \
         name. Please use a different name.",
        Some(""),
        VALIDATION,
    ),
    (
        "6140",
        "Duplicate Document Number Error",
        "Duplicate Document Number Error : You must specify a different number. This number has already \
         been used.",
        Some(""),
        VALIDATION,
    ),
    (
        "2010",
        "Request has invalid or unsupported property",
        "Property Name:failed to parse json object; a property specified is unsupported or invalid",
        None,
        VALIDATION,
    ),
    (
        "2020",
        "Required param missing, need to supply the required value for the API",
        "Required parameter is missing in the request",
        Some(""),
        VALIDATION,
    ),
    (
        "2050",
        "String length is either shorter or longer than supported by specification",
        "String length specified does not match the supported length.",
        Some(""),
        VALIDATION,
    ),
    (
        "2500",
        "Invalid Reference Id",
        "Invalid Reference Id : Something you're trying to use has been made inactive. Check the fields \
         with accounts, customers, items, vendors or employees.",
        Some(""),
        VALIDATION,
    ),
    (
        "6000",
        "A business validation error has occurred while processing your request",
        "Business Validation Error: This cannot be saved.",
        Some(""),
        VALIDATION,
    ),
    ("500", "Unsupported Operation", "Operation is not supported.", Some("Operation"), VALIDATION),
    SEVERE,
];

impl Service {
    /// The fault with this code, in Intuit's words (facts 3.4); a code that is not there is a failure of the
    /// system. Who knows better sets `detail` and `element`.
    pub(crate) fn of(code: &str) -> Self {
        let row = ROWS.iter().find(|(known, ..)| *known == code).unwrap_or(&SEVERE);
        let (code, message, detail, element, kind) = *row;
        Self { code, message, detail: detail.to_owned(), element: element.map(str::to_owned), kind }
    }

    /// The answer when the work on one got lost, which only a mistake in the sandbox can do.
    pub(crate) fn lost() -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }

    /// 4000: the statement is not in the language.
    pub(crate) fn parsing(detail: String) -> Self {
        Self { detail, ..Self::of("4000") }
    }

    /// 4001: the statement asks for what is not there.
    pub(crate) fn invalid(detail: String) -> Self {
        Self { detail, ..Self::of("4001") }
    }

    /// 610: no such object.
    pub(crate) fn missing() -> Self {
        Self::of("610")
    }

    /// 2010: the body is not what its type says.
    pub(crate) fn unreadable(format: &str) -> Self {
        let detail = format!(
            "Property Name:failed to parse {format} object; a property specified is unsupported or invalid"
        );
        Self { detail, ..Self::of("2010") }
    }

    /// What stands under `Fault`, in an answer of its own or in the item of a batch.
    pub(crate) fn fault(&self) -> Value {
        let mut error = json!({ "Message": self.message, "Detail": self.detail, "code": self.code });
        if let Some(element) = &self.element {
            error["element"] = json!(element);
        }
        json!({ "Error": [error], "type": self.kind })
    }

    /// The whole answer; with `StatusCode::OK` it is the fault inside a success that clients have to look for.
    pub(crate) fn answer(self, status: StatusCode, clock: &Clock) -> Response {
        enveloped(&self.fault(), status, clock)
    }
}

fn enveloped(fault: &Value, status: StatusCode, clock: &Clock) -> Response {
    (status, Json(json!({ "Fault": fault, "time": clock.stamp() }))).into_response()
}

/// A fault of any code, in Intuit's words as far as there are some and no others are given.
pub(crate) fn worded(
    clock: &Clock,
    status: StatusCode,
    code: &str,
    words: &[(&str, Option<&str>)],
) -> Response {
    let known = Service::of(code);
    let mut fault = known.fault();
    if known.code != code && !code.parse().is_ok_and(|number: u32| number >= 10_000) {
        fault["type"] = json!(VALIDATION);
    }
    let error = &mut fault["Error"][0];
    error["code"] = json!(code);
    for (name, text) in words.iter().filter_map(|(name, text)| Some((name, (*text)?))) {
        error[*name] = json!(text);
    }
    enveloped(&fault, status, clock)
}

/// Marks what the gateway refuses: it has its own envelope, and may word it otherwise than asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Gateway {
    /// 401 and 403.
    Closed,
    /// 429.
    Throttled,
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
    let mark = match status {
        StatusCode::TOO_MANY_REQUESTS => Gateway::Throttled,
        _ => Gateway::Closed,
    };
    (status, Extension(mark), Json(envelope)).into_response()
}

/// The answer of a failure that was asked for, in the words that Intuit has for that status and path.
pub(crate) fn injected(play: &Play, status: StatusCode, path: &str) -> Response {
    let (api, token) = (path.starts_with("/v3/"), path.ends_with("/tokens/bearer"));
    match status {
        StatusCode::UNAUTHORIZED if api => unauthenticated(&play.clock, false),
        StatusCode::FORBIDDEN if api => unauthorised(&play.clock),
        StatusCode::TOO_MANY_REQUESTS if api => throttled(&play.clock),
        StatusCode::INTERNAL_SERVER_ERROR if api => Service::of("10000").answer(status, &play.clock),
        // Of all that is a 400 there, this is said of a request that nobody has looked at.
        StatusCode::BAD_REQUEST if api => Service::of("2010").answer(status, &play.clock),
        StatusCode::BAD_REQUEST if token => refusal(status, "invalid_grant", None),
        StatusCode::UNAUTHORIZED if token => refusal(status, "invalid_client", None),
        StatusCode::TOO_MANY_REQUESTS if token => with_token_headers(status.into_response()),
        _ => status.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_specification_has_its_words() {
        for code in "4000 4001 610 5010 6240 6140 2010 2020 2050 2500 6000 500 10000".split(' ') {
            let fault = Service::of(code);
            assert_eq!(fault.code, code);
            assert_eq!(fault.kind, if code == "10000" { "SystemFault" } else { "ValidationFault" });
        }
        assert_eq!(Service::of("99999"), Service::of("10000"));
    }

    #[test]
    fn an_element_stands_where_intuit_has_one() {
        let error = |fault: Service| fault.fault()["Error"][0].clone();
        assert_eq!(error(Service::of("500"))["element"], "Operation");
        assert_eq!(error(Service::missing())["element"], "");
        assert_eq!(error(Service::parsing(String::new())).get("element"), None);
    }
}
