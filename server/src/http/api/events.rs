//! `GET /api/v1/events`: what happened, for portals that ask instead of being told, and for those that
//! missed something. The same events as the webhooks', under the same ids.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::body::JSON;
use super::key::Key;
use super::problem::Problem;
use super::table::{Route, Shape, Verb};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::api_keys::Scope;
use crate::store::events::{Extent, Told};

/// How many events an answer has unless another number is asked for, and at most.
const USUAL: u32 = 100;
const MOST: u32 = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    after: Option<u32>,
    limit: Option<u32>,
}

/// A part of what happened, the oldest first.
#[derive(Serialize, ToSchema)]
struct Feed {
    /// What happened after `after`.
    events: Vec<Event>,
    /// What to send as `after` next time; keep it where you keep what you made of the events.
    cursor: i64,
    /// Whether there are more already.
    more: bool,
}

/// Something that happened, as it is sent to webhooks.
#[derive(Serialize, ToSchema)]
struct Event {
    /// The same as in the header `webhook-id`.
    id: String,
    /// Its place among the portal's events, which are numbered from 1 without gaps. Numbers of events
    /// that were erased with their organisation stay away.
    number: i64,
    /// What kind of thing, for example `connection.connected`. New kinds may come.
    #[serde(rename = "type")]
    kind: String,
    /// When.
    #[schema(format = DateTime)]
    timestamp: String,
    /// To which organisation and connection, by whom, and what its kind has besides.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: Box<RawValue>,
}

pub(super) fn route() -> Route {
    Route::new(Verb::Get, "/events", read)
        .needs(Scope::Read)
        .about(
            "What happened",
            "The events that webhooks are sent, oldest first, kept for thirty days. Ask again with the `cursor` of the \
             answer before: none is left out and none comes twice.",
        )
        .query("after", "The cursor of the answer before. Without it the oldest that is kept comes first.", number(0, None))
        .query("limit", "How many at most; 100 when it is not said.", number(1, Some(MOST)))
        .gives(StatusCode::OK, "The events.", Some(Shape::of::<Feed>(JSON)))
        .refuses(
            StatusCode::GONE,
            "`cursor_gone`: events after this cursor are not kept any more. Look at the state anew, and begin without \
             `after`.",
        )
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "`invalid`: a parameter is unknown or breaks a rule.")
}

fn number(least: u32, most: Option<u32>) -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(most).build()
}

async fn read(
    State(app): State<Shared>,
    key: Key,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Json<Feed>, Problem> {
    let Query(Wish { after, limit }) = wish.map_err(|refused| Problem::invalid(refused.body_text()))?;
    let limit = limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid(format!("limit must be 1 to {MOST}.")));
    }
    let number = after.map(i64::from);
    let found = app.store.read::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let extent = db.events_extent(&key.portal).await?;
            let from = number.unwrap_or(extent.swept);
            Ok((extent, from, db.told_after(&key.portal, from, limit + 1).await?))
        })
    });
    let (extent, from, told) = found.await?;
    if is_gone(number, extent) {
        return Err(gone());
    }
    feed(from, limit, told).map(Json)
}

/// Whether events after a cursor are not there any more, or never were, as when a backup was restored.
fn is_gone(after: Option<i64>, extent: Extent) -> bool {
    after.is_some_and(|after| after < extent.swept || after > extent.newest)
}

fn gone() -> Problem {
    let detail =
        "Events after this cursor are not kept any more: look at the state anew, and ask without after.";
    Problem::new(StatusCode::GONE, "cursor_gone", detail)
}

fn feed(from: i64, limit: u32, mut told: Vec<Told>) -> Result<Feed, Problem> {
    let limit = limit as usize;
    let more = told.len() > limit;
    told.truncate(limit);
    let cursor = told.last().map_or(from, |last| last.number);
    Ok(Feed { events: told.into_iter().map(event).collect::<Result<_, _>>()?, cursor, more })
}

fn event(told: Told) -> Result<Event, Problem> {
    let Body { kind, timestamp, data } =
        serde_json::from_str(&told.body).map_err(|_| StoreError::Unreadable("event"))?;
    Ok(Event { id: told.id, number: told.number, kind, timestamp, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_gone_when_something_after_it_is() {
        let extent = Extent { newest: 9, swept: 4 };
        for (after, wanted) in
            [(None, false), (Some(3), true), (Some(4), false), (Some(9), false), (Some(10), true)]
        {
            assert_eq!(is_gone(after, extent), wanted, "{after:?}");
        }
    }
}
