//! `POST /api/v1/sessions`: a token with which an embedded store says hello, once.

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

/// A token is good for five minutes.
const GOOD_FOR: u64 = 300_000;

/// A token for an embedded store.
#[derive(Serialize, ToSchema)]
struct Session {
    /// Hand it to the element's `session` property. Good for one hello.
    token: String,
    /// Until when, as RFC 3339 writes it.
    #[schema(format = DateTime)]
    expires_at: String,
}

pub(super) fn route() -> Route {
    Route::new(Verb::Post, "/sessions", make)
        .needs(Scope::Sessions)
        .about(
            "A session for an embedded store",
            "The token is good for one hello within five minutes. Never put it into an address.",
        )
        .takes::<Invitation>(JSON)
        .gives(StatusCode::CREATED, "The token.", Some(Shape::of::<Session>(JSON)))
        .refuses(StatusCode::NOT_FOUND, "`tenant_unknown`: send `tenant_name`, or register the tenant.")
}

async fn make(
    State(app): State<Shared>,
    key: Key,
    Sent(wish): Sent<Invitation>,
) -> Result<Response, Problem> {
    let (token, expires_at) = invitation::issue(&app, key, wish, (Form::Token, GOOD_FOR)).await?;
    // The one secret that is made for a browser: its portal hands it on.
    let session = Session { token: token.lend(str::to_owned), expires_at };
    Ok((StatusCode::CREATED, Json(session)).into_response())
}
