//! The switches: in the process through [`Control`], from outside as JSON at `/sandbox/control`.
//! The outside ones answer only to this machine, and only to requests that a foreign web page cannot make.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Dialect, Rotation,
    state::{Play, held},
};

/// A failure that is to happen to the next requests of a route.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Every path that contains this text, e.g. `/tokens/bearer` or `/query`.
    pub route: String,
    /// Status of the answer; its body is Intuit's for that status, where there is one.
    pub status: u16,
    /// How many requests fail.
    #[serde(default = "once")]
    pub times: u32,
    /// Whether the request does its work before its answer is lost.
    #[serde(default)]
    pub after_work: bool,
}

fn once() -> u32 {
    1
}

impl Failure {
    /// The next `times` requests of the route fail without doing anything.
    pub fn new(route: impl Into<String>, status: u16, times: u32) -> Self {
        Self { route: route.into(), status, times, after_work: false }
    }
}

/// The switches of a running sandbox.
#[derive(Clone)]
pub struct Control {
    play: Arc<Play>,
}

impl Control {
    pub(crate) fn new(play: Arc<Play>) -> Self {
        Self { play }
    }

    /// How long each page of a query takes from now on.
    pub fn set_latency(&self, per_page: Duration) {
        held(&self.play.settings).latency = per_page;
    }

    /// How refresh tokens change from now on.
    pub fn set_rotation(&self, rotation: Rotation) {
        self.play.set_rotation(rotation);
    }

    /// How the disputed corners of the query language behave from now on.
    pub fn set_dialect(&self, dialect: Dialect) {
        held(&self.play.settings).dialect = dialect;
    }

    /// How long access tokens live that are issued from now on.
    pub fn set_access_token_seconds(&self, seconds: u64) {
        held(&self.play.settings).policy.access_seconds = seconds;
    }

    /// Moves the sandbox's clock forward.
    pub fn advance(&self, by: Duration) {
        self.play.clock.advance(by);
    }

    /// Lets every access token be expired.
    pub fn expire_access_tokens(&self) {
        held(&self.play.grants).expire_access(self.play.clock.now());
    }

    /// Somebody disconnects every app inside QuickBooks, in one company or in all. Returns how many grants ended.
    pub fn disconnect(&self, realm: Option<&str>) -> usize {
        held(&self.play.grants).disconnect(realm)
    }

    /// Adds a failure; with zero times it does nothing.
    pub fn fail(&self, failure: Failure) {
        if failure.times > 0 {
            held(&self.play.failures).push(failure);
        }
    }

    /// Forgets the failures that have not happened yet.
    pub fn clear_failures(&self) {
        held(&self.play.failures).clear();
    }

    /// Lets query pages wait until [`Control::resume_queries`], so that a test can stop the world in mid-import.
    pub fn pause_queries(&self) {
        self.play.paused.send_replace(true);
    }

    /// Lets waiting query pages go on.
    pub fn resume_queries(&self) {
        self.play.paused.send_replace(false);
    }

    /// Lets requests whose path contains this text arrive, and wait until [`Control::release`].
    pub fn hold(&self, route: impl Into<String>) {
        self.play.holding.send_replace(Some(route.into()));
    }

    /// Lets held requests go on.
    pub fn release(&self) {
        self.play.holding.send_replace(None);
    }

    /// Grants this from now on, whatever is asked for, and says so in token answers; `None` grants what is
    /// asked for and says nothing, as Intuit does.
    pub fn grant_scope(&self, scope: Option<&str>) {
        *held(&self.play.scope) = scope.map(str::to_owned);
    }
}

/// What `POST /sandbox/control` takes: any of these, all done in this order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wishes {
    latency_ms: Option<u64>,
    rotation: Option<Rotation>,
    access_token_seconds: Option<u64>,
    advance_seconds: Option<u64>,
    expire_access_tokens: Option<bool>,
    /// A realm, or `*` for all.
    disconnect: Option<String>,
    clear_failures: Option<bool>,
    fail: Option<Failure>,
    pause_queries: Option<bool>,
    /// Scopes with spaces between, or nothing for what is asked for.
    grant_scope: Option<String>,
    /// A part of a path, or nothing to let go.
    hold: Option<String>,
    /// What it does not name is as at the start.
    dialect: Option<Dialect>,
}

/// Turns switches and answers with how they stand.
pub(crate) async fn turn(
    State(play): State<Arc<Play>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: String,
) -> Response {
    // A page elsewhere can only send this type after a preflight, which nothing here answers.
    let json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !from_here(peer, &headers) || !json {
        return StatusCode::FORBIDDEN.into_response();
    }
    let wishes: Wishes = match serde_json::from_str(&body) {
        Ok(wishes) => wishes,
        Err(problem) => return (StatusCode::BAD_REQUEST, problem.to_string()).into_response(),
    };
    grant(&Control::new(Arc::clone(&play)), wishes);
    Json(standing(&play)).into_response()
}

fn grant(control: &Control, wishes: Wishes) {
    if let Some(milliseconds) = wishes.latency_ms {
        control.set_latency(Duration::from_millis(milliseconds));
    }
    if let Some(rotation) = wishes.rotation {
        control.set_rotation(rotation);
    }
    if let Some(seconds) = wishes.access_token_seconds {
        control.set_access_token_seconds(seconds);
    }
    if let Some(seconds) = wishes.advance_seconds {
        control.advance(Duration::from_secs(seconds));
    }
    if wishes.expire_access_tokens == Some(true) {
        control.expire_access_tokens();
    }
    if let Some(realm) = wishes.disconnect.as_deref() {
        control.disconnect((realm != "*").then_some(realm));
    }
    if wishes.clear_failures == Some(true) {
        control.clear_failures();
    }
    if let Some(failure) = wishes.fail {
        control.fail(failure);
    }
    if let Some(scope) = wishes.grant_scope.as_deref() {
        control.grant_scope((!scope.is_empty()).then_some(scope));
    }
    if let Some(dialect) = wishes.dialect {
        control.set_dialect(dialect);
    }
    match wishes.hold.as_deref() {
        Some("") => control.release(),
        Some(route) => control.hold(route),
        None => {}
    }
    match wishes.pause_queries {
        Some(true) => control.pause_queries(),
        Some(false) => control.resume_queries(),
        None => {}
    }
}

/// How the switches stand.
pub(crate) async fn show(
    State(play): State<Arc<Play>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !from_here(peer, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    Json(standing(&play)).into_response()
}

/// Every request and every secret, for tests that run elsewhere.
pub(crate) async fn ledger(
    State(play): State<Arc<Play>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !from_here(peer, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    Json(json!({ "requests": play.ledger.entries(), "secrets": play.ledger.secrets() })).into_response()
}

fn standing(play: &Play) -> Value {
    let settings = play.settings();
    json!({
        "latency_ms": u64::try_from(settings.latency.as_millis()).unwrap_or(u64::MAX),
        "rotation": settings.policy.rotation,
        "dialect": settings.dialect,
        "access_token_seconds": settings.policy.access_seconds,
        "failures": *held(&play.failures),
        "pause_queries": *play.paused.borrow(),
        "grant_scope": play.scope(),
        "hold": *play.holding.borrow(),
        "time": play.clock.stamp(),
    })
}

/// Whether a request comes from this machine and means it: a rebound name would stand in `Host`.
fn from_here(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match url::Url::parse(&format!("http://{host}")) {
        Ok(url) => url.host().map(|host| host.to_owned()),
        Err(_) => None,
    };
    let local = match name {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    local && peer.ip().to_canonical().is_loopback()
}
