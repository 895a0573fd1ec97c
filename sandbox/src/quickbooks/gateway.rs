//! What stands in front of the Accounting API for calls that may pass: they are counted, and their bodies are
//! made JSON. Calls that may not pass go on to the handlers, which refuse them.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::StatusCode;

use super::{API, bearer, faults::throttled, formats::body_in_json, limits::Caller};
use crate::state::{Play, held};

/// Lets calls through at the pace that the limits allow.
pub(crate) async fn pace(State(play): State<Arc<Play>>, request: Request, next: Next) -> Response {
    let Some(caller) = caller(&play, &request) else { return next.run(request).await };
    let batch = request.uri().path().ends_with("/batch");
    let limits = play.settings().limits;
    let admitted = held(&play.counts).admit(&limits, &caller, batch, play.clock.now());
    if !admitted {
        return throttled(&play.clock);
    }
    match body_in_json(request).await {
        Ok(request) => next.run(request).await,
        Err(fault) => fault.answer(StatusCode::BAD_REQUEST, &play.clock),
    }
}

/// Who asks, if the token opens the company that the path names.
fn caller(play: &Play, request: &Request) -> Option<Caller> {
    let realm = request.uri().path().strip_prefix(API)?.split('/').next()?;
    let token = bearer(request.headers())?;
    let grants = held(&play.grants);
    let consent = &grants.open(token, play.clock.now()).ok()?.consent;
    let opens = consent.realm.as_deref() == Some(realm);
    opens.then(|| Caller { realm: realm.to_owned(), app: consent.client.clone() })
}
