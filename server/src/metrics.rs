//! Figures of a running proxy, counted by its parts and written as Prometheus reads them. They belong
//! to one proxy, so that several in one process, as in tests, do not count for each other. No label
//! names an organisation, a company or a person.

mod family;
mod figures;
mod process;
mod text;

use std::time::Duration;

use protocol::ids::IntegrationId;

use crate::clock::Stopwatch;
use crate::oauth::TokenFault;
use crate::providers::ProviderFault;
use family::{Counter, Family, Gauge};
pub use family::{Held, Histogram};
pub(crate) use figures::page;

/// The media type of the page (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
pub(crate) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is counted as it happens.
pub struct Meters {
    http: Family<Histogram>,
    refreshes: Family<Counter>,
    refresh_times: Family<Histogram>,
    provider_calls: Family<Counter>,
    records: Family<Counter>,
    token_reads: Family<Counter>,
    sockets: Gauge,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            http: Family::new(&["route", "method", "status"]),
            refreshes: Family::new(&["integration", "outcome"]),
            refresh_times: Family::new(&["integration"]),
            provider_calls: Family::new(&["integration", "status"]),
            records: Family::new(&["integration"]),
            token_reads: Family::new(&["integration"]),
            sockets: Gauge::default(),
        }
    }
}

impl Meters {
    /// An HTTP request was answered. `route` is the template, never the path.
    pub fn request(&self, (route, method): (&str, &str), status: u16, took: Duration) {
        self.http.of(&[route, method, class(status)]).observe(took);
    }

    /// A refresh token was sent, and this came of it.
    pub fn refresh(&self, integration: &IntegrationId, fault: Option<TokenFault>, sent: Stopwatch) {
        let outcome = match fault {
            None => "fresh",
            Some(TokenFault::InvalidGrant) => "invalid_grant",
            Some(TokenFault::InvalidClient) => "invalid_client",
            Some(TokenFault::Refused) => "refused",
            Some(TokenFault::Limited { .. }) => "limited",
            Some(TokenFault::NotSent) => "not_sent",
            Some(TokenFault::NoAnswer) => "no_answer",
        };
        self.refreshes.of(&[integration.as_str(), outcome]).add(1);
        self.refresh_times.of(&[integration.as_str()]).observe(sent.elapsed());
    }

    /// A provider was asked for something else than tokens.
    pub fn call(&self, integration: &IntegrationId, fault: Option<&ProviderFault>) {
        self.passed(integration, fault.map_or(Some(200), |fault| fault.status));
    }

    /// A portal's call of a provider went through; no status without an answer.
    pub fn passed(&self, integration: &IntegrationId, status: Option<u16>) {
        self.provider_calls.of(&[integration.as_str(), status.map_or("none", class)]).add(1);
    }

    /// A page of an import is on the disk, with so many objects.
    pub fn records(&self, integration: &IntegrationId, count: u64) {
        self.records.of(&[integration.as_str()]).add(count);
    }

    /// A portal's backend read an access token.
    pub fn token_read(&self, integration: &IntegrationId) {
        self.token_reads.of(&[integration.as_str()]).add(1);
    }

    /// A socket stands until what is given back is dropped.
    pub fn socket(&self) -> Held {
        self.sockets.hold()
    }
}

/// `2xx` for 204.
fn class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "none",
    }
}
