//! The switches: in the process through [`Control`], from outside as JSON at `/sandbox/control`.
//! The outside ones answer only to this machine, and only to requests that a foreign web page cannot make.

mod books;
mod guard;
mod oauth;
mod page;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Query, State},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, json};

pub use self::books::{BookWishes, ChangeError};
use crate::{
    Dialect, Failure, Limits, Pkce, Refusals, Replay, Rotation,
    quickbooks::company::at_the_books,
    state::{Play, held},
};

/// The switches as JSON and as a page, and the ledger. None of these requests is in the ledger.
pub(crate) fn router(play: &Arc<Play>) -> Router<Arc<Play>> {
    Router::new()
        .route("/sandbox", get(page::show).post(page::turn))
        .route("/sandbox/failures", post(page::fail))
        .route("/sandbox/records", post(page::change))
        .route("/sandbox/unrest", post(page::unrest))
        .route("/sandbox/page.css", get(page::style))
        .route("/sandbox/page.js", get(page::script))
        .route("/sandbox/control", get(show).post(turn))
        .route("/sandbox/ledger", get(ledger))
        .layer(from_fn_with_state(Arc::clone(play), guard::from_here))
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

    /// How much is let in from now on.
    pub fn set_limits(&self, limits: Limits) {
        held(&self.play.settings).limits = limits;
    }

    /// How refusals look from now on.
    pub fn set_refusals(&self, refusals: Refusals) {
        held(&self.play.settings).refusals = refusals;
    }

    /// How the disputed corners of the query language behave from now on.
    pub fn set_dialect(&self, dialect: Dialect) {
        held(&self.play.settings).dialect = dialect;
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
    /// All of them: what is left out is as at the start of a sandbox without settings.
    limits: Option<Limits>,
    /// All of them, as with the limits.
    refusals: Option<Refusals>,
    grace_seconds: Option<u64>,
    code_seconds: Option<u64>,
    code_replay: Option<Replay>,
    refresh_replay: Option<Replay>,
    /// A text, or nothing for none.
    refresh_error_description: Option<String>,
    pkce: Option<Pkce>,
    iss_on_callback: Option<bool>,
    advance_seconds: Option<u64>,
    expire_access_tokens: Option<bool>,
    /// A realm, or `*` for all.
    disconnect: Option<String>,
    clear_failures: Option<bool>,
    /// One, or a list of them.
    #[serde(default, deserialize_with = "one_or_many")]
    fail: Vec<Failure>,
    pause_queries: Option<bool>,
    /// Scopes with spaces between, or nothing for what is asked for.
    grant_scope: Option<String>,
    /// A part of a path, or nothing to let go.
    hold: Option<String>,
    /// What it does not name is as at the start.
    dialect: Option<Dialect>,
    /// What is to happen in a company's books.
    books: Option<BookWishes>,
}

/// Decided by hand, since `untagged` would not say what is wrong with a failure.
fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Failure>, D::Error> {
    match Value::deserialize(from)? {
        Value::Array(many) => many.into_iter().map(serde_json::from_value).collect(),
        one => serde_json::from_value(one).map(|failure| vec![failure]),
    }
    .map_err(D::Error::custom)
}

/// Turns switches and answers with how they stand.
pub(crate) async fn turn(State(play): State<Arc<Play>>, headers: HeaderMap, body: String) -> Response {
    if !guard::is_json(&headers) {
        return guard::refusal("Switches are turned by a body of type application/json.");
    }
    at_the_books(move || {
        let wishes = serde_json::from_str::<Wishes>(&body).map_err(|problem| problem.to_string());
        let control = Control::new(Arc::clone(&play));
        match wishes.and_then(|wishes| grant(&control, wishes)) {
            Ok(()) => Json(standing(&play)).into_response(),
            Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
        }
    })
    .await
}

/// Does what is wished. Only what happens in the books can be refused, so that it comes first.
fn grant(control: &Control, wishes: Wishes) -> Result<(), String> {
    if let Some(books) = &wishes.books {
        control.books(books).map_err(|problem| problem.to_string())?;
    }
    if let Some(milliseconds) = wishes.latency_ms {
        control.set_latency(Duration::from_millis(milliseconds));
    }
    oauth::grant(control, &wishes);
    if let Some(limits) = wishes.limits {
        control.set_limits(limits);
    }
    if let Some(refusals) = wishes.refusals {
        control.set_refusals(refusals);
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
    for failure in wishes.fail {
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
    Ok(())
}

/// How the switches stand.
pub(crate) async fn show(State(play): State<Arc<Play>>) -> Json<Value> {
    Json(standing(&play))
}

/// Which part of the ledger is wanted; without anything, all of it.
#[derive(Deserialize)]
pub(crate) struct Part {
    /// Requests whose path contains this text.
    #[serde(default)]
    route: String,
    /// Requests with a higher number.
    #[serde(default)]
    after: u64,
}

/// Every request and every secret, for tests that run elsewhere.
pub(crate) async fn ledger(State(play): State<Arc<Play>>, Query(part): Query<Part>) -> Json<Value> {
    let mut requests = play.ledger.to(&part.route);
    requests.retain(|entry| entry.number > part.after);
    Json(json!({ "requests": requests, "secrets": play.ledger.secrets() }))
}

fn standing(play: &Play) -> Value {
    let settings = play.settings();
    json!({
        "latency_ms": u64::try_from(settings.latency.as_millis()).unwrap_or(u64::MAX),
        "rotation": settings.policy.rotation,
        "dialect": settings.dialect,
        "access_token_seconds": settings.policy.access_seconds,
        "limits": settings.limits,
        "refusals": settings.refusals,
        "grace_seconds": settings.policy.grace.as_secs(),
        "code_seconds": settings.policy.code_seconds,
        "code_replay": settings.policy.code_replay,
        "refresh_replay": settings.policy.refresh_replay,
        "refresh_error_description": settings.refresh_error_description,
        "pkce": settings.policy.pkce,
        "iss_on_callback": settings.iss_on_callback,
        "failures": *held(&play.failures),
        "pause_queries": *play.paused.borrow(),
        "grant_scope": play.scope(),
        "hold": *play.holding.borrow(),
        "time": play.clock.stamp(),
        "ahead_seconds": play.clock.ahead_seconds(),
    })
}
