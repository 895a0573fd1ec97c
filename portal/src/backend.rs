//! What a portal's backend says to Patchbay: the part to copy. The API key stays on this side; a
//! browser gets the token of one session, or a link, and each of them is good once.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Patchbay's API, as one portal sees it.
pub struct Patchbay {
    http: reqwest::Client,
    base: String,
    key: String,
}

/// The person at our screen and the customer of ours they belong to; our ids never change.
#[derive(Debug, Clone)]
pub struct Person<'a> {
    /// Our id and the name of the organisation.
    pub tenant: (&'a str, &'a str),
    /// Our id, the name and the e-mail address of the person.
    pub visitor: (&'a str, &'a str, &'a str),
}

/// What the page hands to its `<patchbay-store>`: good for one hello within five minutes.
#[derive(Serialize, Deserialize)]
pub struct Session {
    /// The session's token.
    pub token: String,
}

/// A way into the store in a page of its own: good once and for ten minutes.
#[derive(Deserialize)]
pub struct Link {
    /// Where to send the browser.
    pub url: String,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// Nobody answered, not in time, or nothing that we understand. The cause names addresses of ours.
    #[error("Patchbay cannot be reached at the moment")]
    Unreachable(#[from] reqwest::Error),
    /// Patchbay said no, and why.
    #[error("Patchbay refused ({0}): {1}")]
    Refused(StatusCode, String),
}

impl Patchbay {
    /// `base` is the proxy's address, `key` our API key.
    ///
    /// # Errors
    /// Tells when no HTTP client can be made.
    pub fn new(base: &str, key: &str) -> Result<Self, BackendError> {
        // Our TLS library comes without a provider; whoever is first in a process sets it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), key: key.to_owned() })
    }

    /// Asks for a session of this person in the embedded store.
    ///
    /// # Errors
    /// Tells why Patchbay gave none.
    pub async fn session(&self, person: &Person<'_>) -> Result<Session, BackendError> {
        self.ask(self.request(Method::POST, "/api/v1/sessions").json(&person.as_json())).await
    }

    /// Asks for a link by which this person enters the store.
    ///
    /// # Errors
    /// Tells why Patchbay gave none.
    pub async fn link(&self, person: &Person<'_>) -> Result<Link, BackendError> {
        self.ask(self.request(Method::POST, "/api/v1/links").json(&person.as_json())).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.key)
    }

    pub(crate) async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, BackendError> {
        Ok(self.send(request).await?.json().await?)
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, BackendError> {
        let answer = request.send().await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let problem: Value = answer.json().await.unwrap_or_default();
        let words = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason given");
        Err(BackendError::Refused(status, words.to_owned()))
    }
}

impl Person<'_> {
    fn as_json(&self) -> Value {
        let ((tenant, organisation), (id, name, email)) = (self.tenant, self.visitor);
        json!({
            "tenant": tenant, "tenant_name": organisation,
            "visitor": { "id": id, "name": name, "email": email },
            "permissions": ["view", "configure", "connect", "import"], "locale": "en-GB",
        })
    }
}
