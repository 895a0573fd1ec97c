//! What a portal's backend says to Patchbay: the part to copy. The API key stays on this side;
//! the browser gets only the link.

use reqwest::{RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Patchbay's API, as one portal sees it.
pub struct Patchbay {
    http: reqwest::Client,
    base: String,
    key: String,
}

/// The person at our screen; `id` is ours and never changes.
#[derive(Debug, Clone, Serialize)]
pub struct Visitor {
    /// Our id of the person.
    pub id: String,
    /// As shown in the store.
    pub name: String,
    /// As shown in the store.
    pub email: String,
}

/// A link into the store: good once and for ten minutes.
#[derive(Debug, Deserialize)]
pub struct Link {
    /// Where to send the browser.
    pub url: String,
}

/// What became of the records that were sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Received {
    /// How many lines were read.
    pub received: u64,
    /// How many were new.
    pub added: u64,
    /// How many differed from before.
    pub changed: u64,
    /// How many were as before.
    pub unchanged: u64,
    /// Lines that could not be taken; the others were.
    #[serde(default)]
    pub errors: Vec<Value>,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// Nobody answered, or not in time.
    #[error("Patchbay cannot be reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// Patchbay said no, and why.
    #[error("Patchbay refused ({status}): {reason}")]
    Refused {
        /// The status of the answer.
        status: StatusCode,
        /// The `detail` or `title` of the answer.
        reason: String,
    },
}

impl Patchbay {
    /// `base` is the proxy's address, `key` our API key.
    ///
    /// # Errors
    /// Tells when no HTTP client can be made.
    pub fn new(base: &str, key: &str) -> Result<Self, BackendError> {
        let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), key: key.to_owned() })
    }

    /// Names one of our customers; everything in the store belongs to a tenant.
    ///
    /// # Errors
    /// Tells why Patchbay did not take it.
    pub async fn put_tenant(&self, tenant: &str, name: &str) -> Result<(), BackendError> {
        let url = format!("{}/api/v1/tenants/{tenant}", self.base);
        self.send(self.http.put(url).json(&json!({ "name": name }))).await.map(|_| ())
    }

    /// Sends `customers`, `suppliers` or `taxes`, one JSON record a line.
    ///
    /// # Errors
    /// Tells why Patchbay did not take them.
    pub async fn send_records(
        &self,
        tenant: &str,
        kind: &str,
        lines: String,
    ) -> Result<Received, BackendError> {
        let url = format!("{}/api/v1/tenants/{tenant}/records/{kind}", self.base);
        let request = self.http.post(url).header("content-type", "application/x-ndjson");
        Ok(self.send(request.body(lines)).await?.json().await?)
    }

    /// Asks for a link by which this visitor enters the store.
    ///
    /// # Errors
    /// Tells why Patchbay gave none.
    pub async fn link(&self, tenant: &str, name: &str, visitor: &Visitor) -> Result<Link, BackendError> {
        let body = json!({
            "tenant": tenant, "tenant_name": name, "visitor": visitor, "locale": "en",
            "permissions": ["view", "configure", "connect", "import"],
        });
        let url = format!("{}/api/v1/links", self.base);
        Ok(self.send(self.http.post(url).json(&body)).await?.json().await?)
    }

    /// Whether the proxy is there and ready.
    pub async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("{}/readyz", self.base)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, BackendError> {
        let answer = request.bearer_auth(&self.key).send().await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let problem: Value = answer.json().await.unwrap_or_default();
        let words = problem["detail"].as_str().or(problem["title"].as_str());
        Err(BackendError::Refused { status, reason: words.unwrap_or("no reason given").to_owned() })
    }
}
