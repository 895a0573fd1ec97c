//! `GET /metrics`, on a listener of its own and never on the public one (HD-06), and the layer that
//! measures every request there.

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::clock::Stopwatch;
use crate::metrics;
use crate::state::Shared;

/// What the operator's listener serves.
pub(crate) fn router(app: Shared) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<Shared>) -> Response {
    match metrics::page(&app).await {
        Ok(page) => ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], page).into_response(),
        Err(error) => {
            tracing::error!(%error, "the figures could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Counts a request by its route's template. What no route has is one kind: a path may hold anything.
pub(crate) async fn measure(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, watch) = (method(request.method()), Stopwatch::start());
    let answer = next.run(request).await;
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    app.meters.request((route, method), answer.status().as_u16(), watch.elapsed());
    answer
}

/// A method of ours; whoever asks may call it anything.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
