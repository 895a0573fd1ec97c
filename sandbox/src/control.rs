//! The switches: in the process through [`Control`], from outside as JSON at `/sandbox/control`.
//! The outside ones answer only to this machine, and only to requests that a foreign web page cannot make.

mod books;
mod guard;
mod legacy;
mod oauth;
mod page;
mod switches;
mod webhooks;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Query, State},
    middleware::{from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, json};

pub use self::books::{BookWishes, ChangeError};
pub use self::legacy::LegacyError;
pub use self::webhooks::WebhookError;
use crate::{
    Dialect, Failure, Limits, Pkce, Refusals, Replay, Rotation, WebhookFormat,
    quickbooks::company::at_the_books,
    state::{Play, held},
};

/// The switches as JSON and as a page, and the ledger. None of these requests is in the ledger.
pub(crate) fn router(play: &Arc<Play>) -> Router<Arc<Play>> {
    Router::new()
        .route("/sandbox", get(page::show).post(page::turn))
        .route("/sandbox/failures", post(page::fail))
        .route("/sandbox/limits", post(page::limit))
        .route("/sandbox/records", post(page::change))
        .route("/sandbox/unrest", post(page::unrest))
        .route("/sandbox/legacy", post(legacy::issue))
        .route("/sandbox/webhooks", get(webhooks::log).post(webhooks::turn))
        .route("/sandbox/page.css", get(page::style))
        .route("/sandbox/page.js", get(page::script))
        .route("/sandbox/control", get(show).post(turn))
        .route("/sandbox/ledger", get(ledger))
        .layer(from_fn_with_state(Arc::clone(play), guard::from_here))
        .layer(map_response(guard::kept_nowhere))
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
    oauth1_seconds: Option<u64>,
    webhook_format: Option<WebhookFormat>,
    webhook_gather_ms: Option<u64>,
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

/// Does what is wished. What is not possible is found first, and then comes what the books can refuse.
fn grant(control: &Control, wishes: Wishes) -> Result<(), String> {
    possible(control, &wishes)?;
    if let Some(books) = &wishes.books {
        control.books(books).map_err(|problem| problem.to_string())?;
    }
    if let Some(milliseconds) = wishes.latency_ms {
        control.set_latency(Duration::from_millis(milliseconds));
    }
    oauth::grant(control, &wishes);
    if let Some(format) = wishes.webhook_format {
        control.set_webhook_format(format);
    }
    if let Some(milliseconds) = wishes.webhook_gather_ms {
        control.set_webhook_gather(Duration::from_millis(milliseconds));
    }
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

/// Whether it can be done, as far as that can be seen beforehand.
fn possible(control: &Control, wishes: &Wishes) -> Result<(), String> {
    let by = Duration::from_secs(wishes.advance_seconds.unwrap_or_default());
    if !control.play.clock.reaches(by) {
        return Err("The clock cannot be moved beyond the year 8999.".to_owned());
    }
    wishes.fail.iter().try_for_each(Failure::possible)
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
        "oauth1_seconds": settings.oauth1_seconds,
        "webhook_format": settings.webhook_format,
        "webhook_gather_ms": u64::try_from(settings.webhook_gather.as_millis()).unwrap_or(u64::MAX),
        "webhooks": webhooks::endpoints(play),
        "failures": *held(&play.failures),
        "pause_queries": *play.paused.borrow(),
        "grant_scope": play.scope(),
        "hold": *play.holding.borrow(),
        "time": play.clock.stamp(),
        "ahead_seconds": play.clock.ahead_seconds(),
    })
}
