//! Failures that were asked for: which requests they befall, how often, and what happens to the answers.

mod answer;
mod bodies;
mod garbage;

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};

pub(crate) use answer::{Cut, strike};

/// A failure that is to happen to the next requests of a route.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Every path that contains this text, e.g. `/tokens/bearer` or `/query`.
    pub route: String,
    /// Status of the answer, from 200 to 599; without one, that which the mischief usually comes with.
    #[serde(default)]
    pub status: Option<u16>,
    /// How many requests fail.
    #[serde(default = "once")]
    pub times: u32,
    /// Whether the request does its work before its answer is lost. What then goes out slowly, in part or
    /// not at all is the real answer.
    #[serde(default)]
    pub after_work: bool,
    /// Headers of the answer, in place of those it has; any text will do, e.g. a `Retry-After` of `-1`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What happens.
    #[serde(default)]
    pub mischief: Mischief,
}

/// What happens to a request or its answer.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Mischief {
    /// The status, with the body that Intuit has for it on that route.
    #[default]
    Refuse,
    /// A body of one's own.
    Answer {
        /// As the header says it, e.g. `text/html`; without one there is no such header.
        #[serde(default)]
        content_type: Option<String>,
        /// The body, as it is.
        #[serde(default)]
        body: String,
    },
    /// The right answer, but late: the request waits before its work, or after it with `after_work`.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// The answer stops there, and the connection stays open until the client or the sandbox ends it.
    Hang(Point),
    /// The answer goes out a byte at a time.
    Drip {
        /// Between two bytes.
        pause_milliseconds: u64,
    },
    /// The connection is closed there.
    Drop(Point),
    /// An answer that cannot be read.
    Garbage(Garbage),
    /// An answer that is too large.
    Huge(Huge),
    /// A redirect, by default with 302.
    Redirect {
        /// The `Location`, as it is.
        to: String,
    },
    /// A fault of the accounting service, by default with 200 (facts 3.4).
    Fault {
        /// Intuit's number.
        #[serde(default = "system_failure")]
        code: String,
        /// What is said of it; without it, Intuit's words.
        #[serde(default)]
        message: Option<String>,
        /// What is said at length; without it, Intuit's words.
        #[serde(default)]
        detail: Option<String>,
    },
}

/// How far an answer comes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// No byte of it is sent. The request is read, because its route says whether it is meant; its sender
    /// sees no difference to a server that accepts and never reads.
    Connect,
    /// Status and headers are sent, and nothing else.
    Headers,
    /// Half of the body is sent.
    Body,
}

/// Answers that cannot be read.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Garbage {
    /// JSON with bytes in a text that are no UTF-8.
    InvalidUtf8,
    /// JSON that ends in its middle; the connection is in order.
    CutJson,
    /// A page for people.
    Html,
    /// JSON, a hundred thousand lists deep.
    DeepJson,
    /// JSON with fields that come twice, with different values.
    DuplicateKeys,
}

/// Answers that are too large. All of them are good JSON, so that nothing but their size gives them away.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Huge {
    /// So many bytes, announced in `Content-Length`.
    Length(u64),
    /// Chunks without end.
    Endless,
    /// So many bytes, a thousandth of them on the wire: `Content-Encoding: gzip`, asked for or not.
    GzipBomb(u64),
}

fn once() -> u32 {
    1
}

fn system_failure() -> String {
    "10000".to_owned()
}

impl Failure {
    /// The next `times` requests of the route are refused with this status, without doing anything.
    pub fn new(route: impl Into<String>, status: u16, times: u32) -> Self {
        Self { status: Some(status), times, ..Self::of(route, Mischief::Refuse) }
    }

    /// This happens to the next request of the route, before it does anything.
    pub fn of(route: impl Into<String>, mischief: Mischief) -> Self {
        let headers = BTreeMap::new();
        Self { route: route.into(), status: None, times: 1, after_work: false, headers, mischief }
    }

    /// Says what is wrong with a failure that HTTP does not allow: below 200 is no answer yet, from 600 on none.
    pub(crate) fn possible(&self) -> Result<(), String> {
        match self.status {
            Some(status) if !(200..600).contains(&status) => {
                Err(format!("A failure's status is one from 200 to 599, and not {status}."))
            }
            _ => Ok(()),
        }
    }

    fn status(&self) -> StatusCode {
        let usual = match self.mischief {
            Mischief::Refuse => StatusCode::INTERNAL_SERVER_ERROR,
            Mischief::Redirect { .. } => StatusCode::FOUND,
            _ => StatusCode::OK,
        };
        let status = self.status.filter(|_| self.possible().is_ok());
        status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(usual)
    }
}
