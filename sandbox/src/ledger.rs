//! Every request the sandbox saw and every secret it gave out, for tests to inspect.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Mutex,
    time::Duration,
};

use http::{HeaderMap, Method, Uri};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::{sync::watch, time::timeout};

use crate::{Mischief, state::held};

/// Oldest requests are forgotten beyond this, so that a sandbox may run for days.
const KEPT: usize = 20_000;
/// As many bytes may what is kept of them have in all.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// One request with its answer's status.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Entry {
    /// Counts requests from 1, in the order of their arrival.
    pub number: u64,
    /// When it came, on the sandbox's clock: milliseconds since 1970.
    pub at: i64,
    /// HTTP method.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Query as sent, without the question mark; empty when there was none.
    pub query: String,
    /// All headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as text.
    pub body: String,
    /// Status of the answer; none while it is still being worked on, and none when no answer was given.
    pub status: Option<u16>,
    /// The `intuit_tid` it was answered with.
    pub intuit_tid: String,
    /// What happened to it, when that had been asked for.
    #[serde(default)]
    pub mischief: Option<Mischief>,
}

impl Entry {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as form fields.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// The query as pairs.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        pairs(&self.query)
    }

    /// Bytes of everything that was sent.
    fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        self.path.len() + self.query.len() + headers + self.body.len()
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// The record of one sandbox's life. `/sandbox/*` and the style sheet are not in it.
#[derive(Default)]
pub struct Ledger {
    book: Mutex<Book>,
    /// Counts what was entered, so that somebody can wait for it.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Book {
    last: u64,
    entries: VecDeque<Entry>,
    /// The size of them all.
    bytes: usize,
    secrets: BTreeSet<String>,
}

impl Book {
    /// Enters a request; the oldest ones make room for it.
    fn enter(&mut self, entry: Entry) {
        self.bytes += entry.size();
        self.entries.push_back(entry);
        while self.entries.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }
}

impl Ledger {
    /// All requests so far, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        held(&self.book).entries.iter().cloned().collect()
    }

    /// The newest requests, at most so many, newest first.
    pub fn latest(&self, count: usize) -> Vec<Entry> {
        held(&self.book).entries.iter().rev().take(count).cloned().collect()
    }

    /// The requests whose path contains this text.
    pub fn to(&self, route: &str) -> Vec<Entry> {
        held(&self.book).entries.iter().filter(|entry| entry.path.contains(route)).cloned().collect()
    }

    /// Waits until that many requests to paths with this text were answered, and returns them; after `within`
    /// it returns what there is.
    pub async fn answered_to(&self, route: &str, count: usize, within: Duration) -> Vec<Entry> {
        self.waited(route, count, within, |entry| entry.status.is_some()).await
    }

    /// How many requests to paths with this text came in the busiest span of this length.
    pub fn busiest(&self, route: &str, span: Duration) -> usize {
        let mut moments: Vec<i64> = self.to(route).iter().map(|entry| entry.at).collect();
        moments.sort_unstable();
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let within = |(nth, from): (usize, &i64)| moments[nth..].partition_point(|at| at - from < span);
        moments.iter().enumerate().map(within).max().unwrap_or(0)
    }

    /// Waits until that many requests to paths with this text have come, answered or not.
    pub async fn asked_at(&self, route: &str, count: usize, within: Duration) -> Vec<Entry> {
        self.waited(route, count, within, |_| true).await
    }

    async fn waited(
        &self,
        route: &str,
        count: usize,
        within: Duration,
        counts: impl Fn(&Entry) -> bool,
    ) -> Vec<Entry> {
        let counted = || {
            let mut entries = self.to(route);
            entries.retain(&counts);
            entries
        };
        let mut changes = self.changes.subscribe();
        // Running out of time is an answer too: the caller sees what is missing.
        let _ = timeout(within, changes.wait_for(|_| counted().len() >= count)).await;
        counted()
    }

    /// Every client secret, code and token there ever was here.
    pub fn secrets(&self) -> Vec<String> {
        held(&self.book).secrets.iter().cloned().collect()
    }

    pub(crate) fn issued(&self, secret: String) {
        held(&self.book).secrets.insert(secret);
    }

    /// Enters a request and returns its number.
    pub(crate) fn arrived(
        &self,
        line: (&Method, &Uri),
        headers: &HeaderMap,
        body: &[u8],
        mark: (&str, OffsetDateTime),
    ) -> u64 {
        let ((method, uri), (tid, at)) = (line, mark);
        let mut book = held(&self.book);
        book.last += 1;
        let number = book.last;
        book.enter(Entry {
            number,
            at: i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX),
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                })
                .collect(),
            body: String::from_utf8_lossy(body).into_owned(),
            status: None,
            intuit_tid: tid.to_owned(),
            mischief: None,
        });
        drop(book);
        self.changes.send_modify(|changes| *changes += 1);
        number
    }

    pub(crate) fn answered(&self, number: u64, status: u16) {
        self.amend(number, |entry| entry.status = Some(status));
    }

    pub(crate) fn befell(&self, number: u64, mischief: &Mischief) {
        self.amend(number, |entry| entry.mischief = Some(mischief.clone()));
    }

    fn amend(&self, number: u64, change: impl FnOnce(&mut Entry)) {
        let mut book = held(&self.book);
        if let Some(entry) = book.entries.iter_mut().rev().find(|entry| entry.number == number) {
            change(entry);
        }
        drop(book);
        self.changes.send_modify(|changes| *changes += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn arrived(ledger: &Ledger, body: &[u8]) -> u64 {
        let uri = Uri::from_static("/oauth2/v1/tokens/bearer?a=b");
        let headers = HeaderMap::from_iter([(http::header::ACCEPT, HeaderValue::from_static("*/*"))]);
        ledger.arrived((&Method::POST, &uri), &headers, body, ("1-a", OffsetDateTime::UNIX_EPOCH))
    }

    fn numbers(ledger: &Ledger) -> Vec<u64> {
        ledger.entries().iter().map(|entry| entry.number).collect()
    }

    #[test]
    fn large_requests_make_older_ones_forgotten() {
        let ledger = Ledger::default();
        ledger.issued("a secret".to_owned());
        let body = vec![b'x'; KEPT_BYTES / 4];
        for _ in 0..6 {
            arrived(&ledger, &body);
        }
        assert_eq!(numbers(&ledger), [4, 5, 6]);
        arrived(&ledger, b"small");
        assert_eq!(numbers(&ledger), [4, 5, 6, 7]);
        // What is forgotten can still be answered, and secrets are kept.
        ledger.answered(1, 200);
        assert_eq!(ledger.secrets(), ["a secret"]);
    }

    #[test]
    fn only_the_latest_of_many_small_requests_are_kept() {
        let ledger = Ledger::default();
        for _ in 0..=KEPT {
            arrived(&ledger, b"");
        }
        let numbers = numbers(&ledger);
        assert_eq!((numbers.len(), numbers[0]), (KEPT, 2));
    }
}
