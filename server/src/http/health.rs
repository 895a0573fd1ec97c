//! Whether the process lives, and whether it can serve.

use axum::extract::State;
use axum::http::StatusCode;

use super::routes::{Routes, get};
use crate::oauth::refresh;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

async fn healthz() -> &'static str {
    "alive\n"
}

async fn readyz(State(app): State<Shared>) -> (StatusCode, &'static str) {
    if app.stopping.begun() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    if refresh::unsaved(&app) > 0 {
        // The pair waits in memory alone: whoever looks after the disk has to know.
        return (StatusCode::SERVICE_UNAVAILABLE, "new tokens cannot be saved: is the disk full?\n");
    }
    match app.store.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
