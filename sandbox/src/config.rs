//! What a sandbox is started with: where it listens, which apps it knows, how it treats their tokens.

use std::{net::SocketAddr, time::Duration};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::{Dialect, Generated, Limits, Refusals, WebhookFormat};

/// Settings of one sandbox. `Config::default()` binds a free port on loopback and knows no app.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Origin that discovery names and that browsers use, e.g. `http://intuit.localhost:0`; port 0 stands for
    /// the bound port. Without it discovery repeats the `Host` of the request.
    pub public_url: Option<String>,
    /// The apps registered at "Intuit".
    pub clients: Vec<Client>,
    /// How refresh tokens change.
    pub rotation: Rotation,
    /// How long an old refresh token still works in [`Rotation::Grace`].
    pub grace: Duration,
    /// How long each page of a query takes, so that an import can be watched.
    pub latency_per_page: Duration,
    /// Life of an access token in seconds; Intuit's is 3600.
    pub access_token_seconds: u64,
    /// Computed companies beside the two that there always are.
    pub generated: Vec<Generated>,
    /// How much is let in; by default everything.
    pub limits: Limits,
    /// How refusals look where Intuit leaves a choice.
    pub refusals: Refusals,
    /// Life of a code in seconds. Intuit publishes none; ten minutes is the usual one.
    pub code_seconds: u64,
    /// What comes of a code that is used a second time.
    pub code_replay: Replay,
    /// What comes of an old refresh token; [`Rotation::Strict`] always ends the grant.
    pub refresh_replay: Replay,
    /// `error_description` of a refresh that is refused, e.g. `Incorrect or invalid refresh token`; Intuit
    /// mostly gives none.
    pub refresh_error_description: Option<String>,
    /// What is made of a code challenge.
    pub pkce: Pkce,
    /// Whether callbacks carry `iss` (RFC 9207); Intuit's do not.
    pub iss_on_callback: bool,
    /// Whether the switches, the ledger and the page at `/sandbox` answer to other machines too.
    pub allow_remote_control: bool,
    /// The disputed corners of the query language.
    pub dialect: Dialect,
    /// How many seconds the timestamp of a request under OAuth 1.0a may be off.
    pub oauth1_seconds: u64,
    /// What webhooks look like.
    pub webhook_format: WebhookFormat,
    /// How long changes are gathered before their webhooks go out together. Intuit's own time is not published.
    pub webhook_gather: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            clients: Vec::new(),
            rotation: Rotation::default(),
            grace: Duration::from_mins(1),
            latency_per_page: Duration::ZERO,
            access_token_seconds: 3600,
            generated: Vec::new(),
            limits: Limits::default(),
            refusals: Refusals::default(),
            code_seconds: 600,
            code_replay: Replay::EndsGrant,
            refresh_replay: Replay::Refused,
            refresh_error_description: None,
            pkce: Pkce::default(),
            iss_on_callback: false,
            allow_remote_control: false,
            dialect: Dialect::default(),
            oauth1_seconds: 300,
            webhook_format: WebhookFormat::default(),
            webhook_gather: Duration::from_millis(100),
        }
    }
}

/// An app with its keys, as a developer registers it at Intuit.
#[derive(Clone)]
pub struct Client {
    /// Client id.
    pub id: String,
    /// Client secret.
    pub secret: String,
    /// Redirect URIs; a request must name one of them letter by letter.
    pub redirect_uris: Vec<String>,
    /// Name on the consent page.
    pub name: String,
    /// The keys that it signed with under OAuth 1.0a, if it is that old.
    pub consumer: Option<Consumer>,
    /// Where it is told of changes.
    pub webhooks: Option<Webhooks>,
}

/// Where an app is told of changes, as a developer enters it at Intuit.
#[derive(Clone)]
pub struct Webhooks {
    /// The address of its endpoint.
    pub url: String,
    /// What deliveries are signed with.
    pub verifier_token: String,
}

/// The keys of an app under OAuth 1.0a.
#[derive(Clone)]
pub struct Consumer {
    /// `oauth_consumer_key`.
    pub key: String,
    /// What it signs with, together with a token's secret.
    pub secret: String,
}

impl Client {
    /// An app that is called "Patchbay" on the consent page.
    pub fn new(id: impl Into<String>, secret: impl Into<String>, redirect_uris: Vec<String>) -> Self {
        let name = "Patchbay".to_owned();
        Self { id: id.into(), secret: secret.into(), redirect_uris, name, consumer: None, webhooks: None }
    }

    /// The same app, which is old enough to have signed under OAuth 1.0a.
    #[must_use]
    pub fn with_consumer(self, key: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { consumer: Some(Consumer { key: key.into(), secret: secret.into() }), ..self }
    }

    /// The same app, which is told of changes there.
    #[must_use]
    pub fn with_webhooks(self, url: impl Into<String>, verifier_token: impl Into<String>) -> Self {
        Self { webhooks: Some(Webhooks { url: url.into(), verifier_token: verifier_token.into() }), ..self }
    }
}

/// How refresh tokens change (facts 1.4).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// As at Intuit: the value stays for 24 hours, then changes, and the old one is dead at once.
    Intuit,
    /// A new value each time; the old one works a little longer and answers with the current one.
    Grace,
    /// A new value each time; using an old one ends the whole family (RFC 9700, 4.14).
    #[default]
    Strict,
}

/// What comes of something that is good once and is used again.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// It is refused, and nothing else happens.
    Refused,
    /// It is refused, and every token of its grant is dead from then on (RFC 9700, 4.14).
    EndsGrant,
}

/// What is made of a code challenge (RFC 7636). Intuit announces nothing, and is said to ignore it or to check it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Pkce {
    /// Nothing, whatever is sent.
    Ignored,
    /// It has to be met when it was sent.
    #[default]
    Checked,
    /// Nothing goes without one, and discovery says so.
    Required,
}
