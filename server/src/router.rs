//! The table of routes, and the layers around it.
//!
//! From the outside in: [`headers::dress`] first, so that every answer has an id and its security
//! headers, also those of the layers below; then the net under panics; then the limit of time; then
//! the pace and size of bodies, innermost, because only handlers that read a body need them.

use std::any::Any;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::http::assets::{self, Assets};
use crate::http::headers::{self, Policy};
use crate::http::{api, callback, connect, embed, health, pace, page, session, socket, widget};
use crate::state::Shared;

/// Forms and questions are small; what takes more says so at its route.
const BODY_LIMIT: usize = 16 * 1024;

/// Every route of the proxy, ready to serve.
pub(crate) fn build(app: Shared, assets: Assets) -> Router {
    let policy =
        Arc::new(Policy::new(&app.config.server.public_url, &assets.style_hashes(), app.clock.clone()));
    Router::new()
        .merge(health::routes())
        .merge(page::routes())
        .merge(session::routes())
        .merge(socket::routes())
        .merge(api::routes())
        .merge(connect::routes())
        .merge(callback::routes())
        .merge(embed::routes(&assets))
        .merge(widget::routes())
        .with_state(app)
        .merge(assets::routes(assets))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(pace::limit))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, pace::HANDLER))
        .layer(CatchPanicLayer::custom(caught))
        .layer(middleware::from_fn_with_state(policy, headers::dress))
}

/// A panic ends one request, not the process. Its message may hold anything, so it is not shown.
fn caught(_panic: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    page::our_fault().into_response()
}
