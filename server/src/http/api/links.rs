//! `POST /api/v1/links`: a one-time link that opens the store for one person.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{JSON, Sent};
use super::invitation::{self, Form, Invitation};
use super::key::Key;
use super::problem::Problem;
use super::table::{Route, Shape, Verb};
use crate::state::Shared;
use crate::store::api_keys::Scope;

/// A link is good for ten minutes.
const GOOD_FOR: u64 = 600_000;

/// A link into the store.
#[derive(Serialize, ToSchema)]
struct Link {
    /// Where to send the browser. Good once.
    url: String,
    /// Until when, as RFC 3339 writes it.
    #[schema(format = DateTime)]
    expires_at: String,
}

pub(super) fn route() -> Route {
    Route::new(Verb::Post, "/links", make)
        .needs(Scope::Sessions)
        .about(
            "A link that opens the store for one person",
            "Good once and for ten minutes. Its page says who will be signed in where before it does so.",
        )
        .takes::<Invitation>(JSON)
        .gives(StatusCode::CREATED, "The link.", Some(Shape::of::<Link>(JSON)))
        .refuses(StatusCode::NOT_FOUND, "`tenant_unknown`: send `tenant_name`, or register the tenant.")
}

async fn make(
    State(app): State<Shared>,
    key: Key,
    Sent(wish): Sent<Invitation>,
) -> Result<Response, Problem> {
    let (code, expires_at) = invitation::issue(&app, key, wish, (Form::Link, GOOD_FOR)).await?;
    let origin = app.config.server.public_url.origin().ascii_serialization();
    let url = code.lend(|code| format!("{origin}/enter/{code}"));
    Ok((StatusCode::CREATED, Json(Link { url, expires_at })).into_response())
}
