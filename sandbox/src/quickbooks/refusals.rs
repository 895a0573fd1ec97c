//! How refusals look beyond what facts 3.4 fixes: where Intuit was seen to do several things, or nobody knows,
//! a test chooses.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use time::{
    Duration, OffsetDateTime, UtcOffset, format_description::BorrowedFormatItem, macros::format_description,
};

use super::{clock::Clock, faults::Gateway};

/// How the gateway words what it refuses, and what an unknown path is answered with.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refusals {
    /// 401 and 403 of the Accounting API.
    pub closed: Wording,
    /// 429 of the Accounting API.
    pub throttled: Wording,
    /// `Retry-After` of those 429.
    pub retry_after: RetryAfter,
    /// The body of a 404.
    pub not_found: NotFound,
}

/// The format of a refusal.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// As every other answer: JSON for those who accept it, otherwise XML.
    #[default]
    Asked,
    /// JSON, even when nobody asked for it.
    Json,
    /// XML, although JSON was asked for (seen at Intuit).
    Xml,
    /// No body at all (seen at Intuit).
    Empty,
}

/// What a throttled request is told about the time to wait. Intuit documents no such header and asks for 60 s.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// No header.
    #[default]
    None,
    /// So many seconds.
    Seconds(u32),
    /// The date so many seconds ahead on the sandbox's clock.
    Date(u32),
    /// More seconds than anybody waits, and more than fit into 64 bits.
    Absurd,
    /// Less than nothing.
    Negative,
    /// A word where a number or a date belongs.
    Text,
}

/// The body of a 404.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFound {
    /// A page for people.
    #[default]
    Html,
    /// Nothing.
    Empty,
}

const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\
                    <body><h1>Not Found</h1></body></html>\n";
/// RFC 9110, 5.6.7.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

impl Refusals {
    pub(super) fn wording(&self, gateway: Gateway) -> Wording {
        match gateway {
            Gateway::Closed => self.closed,
            Gateway::Throttled => self.throttled,
        }
    }

    /// Tells a throttled request when to come again, unless the answer says so already.
    pub(super) fn with_retry_after(&self, mut response: Response, clock: &Clock) -> Response {
        let value = self.retry_after.value(clock.now()).and_then(|text| HeaderValue::from_str(&text).ok());
        if let Some(value) = value {
            response.headers_mut().entry(header::RETRY_AFTER).or_insert(value);
        }
        response
    }

    /// The 404 of a path that nobody answers.
    pub(super) fn unknown_path(&self) -> Response {
        match self.not_found {
            NotFound::Html => {
                (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html;charset=utf-8")], PAGE)
                    .into_response()
            }
            NotFound::Empty => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

impl RetryAfter {
    fn value(self, now: OffsetDateTime) -> Option<String> {
        match self {
            Self::None => None,
            Self::Seconds(seconds) => Some(seconds.to_string()),
            Self::Date(seconds) => {
                let then = now.to_offset(UtcOffset::UTC) + Duration::seconds(seconds.into());
                then.format(HTTP_DATE).ok()
            }
            Self::Absurd => Some("99999999999999999999".to_owned()),
            Self::Negative => Some("-1".to_owned()),
            Self::Text => Some("soon".to_owned()),
        }
    }
}

/// The same answer without its body.
pub(super) fn emptied(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_date_is_written_as_http_wants_it() {
        let now = datetime!(1994-11-06 09:48:37 +1);
        assert_eq!(RetryAfter::Date(60).value(now).as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    }
}
