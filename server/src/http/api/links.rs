//! `POST /api/v1/links`: a one-time link that opens the store for one person.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{JSON, Sent};
use super::invitation::{self, Form, Invitation, Ticket};
use super::key::Key;
use super::problem::Problem;
use super::table::{Route, Shape, Verb};
use crate::clock::{after, rfc3339};
use crate::state::Shared;
use crate::store::api_keys::Scope;
use crate::vault::Secret;

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
    let code = Secret::random(&app.clock);
    let expires = after(app.clock.now(), GOOD_FOR);
    let ticket = Ticket { form: Form::Link, hash: code.digest(), expires };
    invitation::keep(&app, key, wish, ticket).await?;
    let origin = app.config.server.public_url.origin().ascii_serialization();
    let url = code.lend(|code| format!("{origin}/enter/{code}"));
    Ok((StatusCode::CREATED, Json(Link { url, expires_at: rfc3339(expires) })).into_response())
}
