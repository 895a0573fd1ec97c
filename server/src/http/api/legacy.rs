//! `POST /api/v1/legacy`: connections that were made under OAuth 1.0a, a JSON object a line.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::body::{JSON, Lines, NDJSON};
use super::key::Key;
use super::problem::Problem;
use super::table::{Route, Shape, Verb};
use crate::legacy::file::{Format, read};
use crate::legacy::row::Row;
use crate::legacy::{Conduct, LoadError, Loaded, load};
use crate::state::Shared;
use crate::store::api_keys::Scope;

/// More must be sent in parts.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// How it is loaded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    all_or_nothing: bool,
}

pub(super) fn route() -> Route {
    Route::new(Verb::Post, "/legacy", upgrade)
        .needs(Scope::Connections)
        .bodies_up_to(BODY_LIMIT)
        .about(
            "Loads connections that were made under OAuth 1.0a",
            "One JSON object a line, of the shape below, at most 16 MiB in all. Each becomes a connection that says \
             \"Upgrade required\", with its settings and mappings; connecting the same company again keeps them all. \
             Every line is looked at first; a line that cannot be taken is told by its number and leaves the others. \
             The same line twice changes nothing. What is connected, was switched off or was decided by a person is \
             left alone.",
        )
        .query("dry_run", "`true` takes nothing, and says what would be.", truth())
        .query("all_or_nothing", "`true` takes nothing unless every line can be taken.", truth())
        .takes::<Row>(NDJSON)
        .gives(StatusCode::OK, "What became of the lines, or would.", Some(Shape::of::<Loaded>(JSON)))
}

fn truth() -> Object {
    ObjectBuilder::new().schema_type(Type::Boolean).build()
}

async fn upgrade(
    State(app): State<Shared>,
    key: Key,
    wish: Result<Query<Wish>, axum::extract::rejection::QueryRejection>,
    Lines(body): Lines,
) -> Result<Json<Loaded>, Problem> {
    let Query(Wish { dry_run, all_or_nothing }) =
        wish.map_err(|_| Problem::invalid("The query may say dry_run and all_or_nothing, true or false."))?;
    let lines = read(&body, Format::Ndjson).map_err(Problem::invalid)?;
    let portal = Some(key.portal.clone());
    let conduct = Conduct { key: Some(key.loading()), portal, dry_run, all_or_nothing };
    match load(&app, lines, &conduct).await {
        Ok(loaded) => Ok(Json(loaded)),
        Err(LoadError::Revoked) => Err(Key::refused()),
        Err(LoadError::Refused(told)) => Ok(Json(*told)),
        Err(LoadError::Store(error)) => Err(error.into()),
    }
}
