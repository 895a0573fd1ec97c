//! `/api/v1/webhooks`: a portal's backend looks after its own endpoints, as an operator does by
//! `patchbay portal webhooks`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use protocol::ids::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, Type};

use super::body::{JSON, Sent};
use super::key::Key;
use super::problem::Problem;
use super::table::{Route, Shape, Verb};
use crate::clock::{moment, rfc3339};
use crate::events::Kind;
use crate::state::Shared;
use crate::store::api_keys::Scope;
use crate::store::audit::Action;
use crate::store::deliveries::Replayed;
use crate::store::webhooks::Webhook;
use crate::webhooks::endpoints::{self, EndpointError, NewEndpoint};
use crate::webhooks::target::Target;

/// A name of an endpoint that nobody has.
const EXAMPLE: &str = "wh_0a1b2c3d";

/// An endpoint that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// Where to send events: https, on the public internet, as browsers write it.
    #[schema(min_length = 1, max_length = 1000, example = "https://app.example.com/webhooks")]
    url: String,
    /// The events that are sent; all of them, also those of later versions, when it is left out.
    #[serde(default)]
    #[schema(schema_with = words)]
    events: Vec<Wanted>,
}

/// By its word alone: serde would take `{"connection.connected": null}` as well.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Wanted(Kind);

impl TryFrom<String> for Wanted {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        word.parse().map(Self).map_err(|none: crate::events::NoKind| none.to_string())
    }
}

fn words() -> Array {
    let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(Kind::ALL.map(Kind::word)));
    ArrayBuilder::new().items(word.build()).build()
}

/// From when on events are sent once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Since {
    /// A moment, as RFC 3339 writes it.
    #[schema(min_length = 20, max_length = 40, pattern = "T", example = "2020-01-31T08:00:00Z")]
    since: String,
}

/// How many events are sent once more.
#[derive(Serialize, ToSchema)]
struct Planned {
    /// So many.
    events: u64,
}

/// An endpoint, and whether it works.
#[derive(Serialize, ToSchema)]
struct Endpoint {
    /// What it is known by.
    id: String,
    /// Where events are sent.
    url: String,
    /// The events that are sent; all of them when it is null.
    events: Option<Vec<String>>,
    /// `works`, `failing` or `disabled`. New words may come.
    state: &'static str,
    /// Why it is disabled: `operator`, `gone` or `failing`.
    disabled_because: Option<String>,
    /// Since when nothing arrived any more.
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// When an event arrived last.
    #[schema(format = DateTime)]
    delivered_at: Option<String>,
    /// What went wrong last; it may be over.
    last_fault: Option<String>,
    /// How many events wait to be sent.
    waiting: i64,
}

/// The endpoints of a portal.
#[derive(Serialize, ToSchema)]
struct Endpoints {
    /// The oldest first.
    webhooks: Vec<Endpoint>,
}

/// An endpoint that was added.
#[derive(Serialize, ToSchema)]
struct Added {
    /// What it is known by.
    id: String,
    /// What signs, `whsec_...`. It is told this once.
    secret: String,
}

pub(super) fn routes() -> [Route; 4] {
    let unknown = "`webhook_unknown`: the portal has no such endpoint.";
    [
        Route::new(Verb::Get, "/webhooks", list)
            .needs(Scope::Webhooks)
            .about("The endpoints that events are sent to", "And whether they work.")
            .gives(StatusCode::OK, "The endpoints.", Some(Shape::of::<Endpoints>(JSON))),
        Route::new(Verb::Post, "/webhooks", add)
            .needs(Scope::Webhooks)
            .about(
                "Sends events to an address from now on",
                "Signed as Standard Webhooks has it; ten at most.",
            )
            .takes::<Wish>(JSON)
            .gives(StatusCode::CREATED, "It is added.", Some(Shape::of::<Added>(JSON)))
            .refuses(
                StatusCode::CONFLICT,
                "`webhook_taken`: it is there. `webhooks_too_many`: remove one first.",
            ),
        Route::new(Verb::Delete, "/webhooks/{webhook}", remove)
            .needs(Scope::Webhooks)
            .about("Sends nothing to an endpoint any more", "What waits for it is forgotten.")
            .parameter("webhook", "What the endpoint is known by.", name())
            .gives(StatusCode::NO_CONTENT, "It is gone.", None)
            .refuses(StatusCode::NOT_FOUND, unknown),
        Route::new(Verb::Post, "/webhooks/{webhook}/replays", replay)
            .needs(Scope::Webhooks)
            .about(
                "Sends events to an endpoint once more",
                "Whether they arrived before or not, under the same ids.",
            )
            .parameter("webhook", "What the endpoint is known by.", name())
            .takes::<Since>(JSON)
            .gives(StatusCode::ACCEPTED, "They are on their way.", Some(Shape::of::<Planned>(JSON)))
            .refuses(StatusCode::NOT_FOUND, unknown),
    ]
}

fn name() -> Object {
    ObjectBuilder::new().schema_type(Type::String).examples([EXAMPLE]).build()
}

async fn list(State(app): State<Shared>, key: Key) -> Result<Json<Endpoints>, Problem> {
    let read = app.store.read::<_, Problem, _>(move |mut db| {
        Box::pin(async move { Ok(endpoints::list(&mut db, &key.portal).await?) })
    });
    Ok(Json(Endpoints { webhooks: read.await?.into_iter().map(endpoint).collect() }))
}

async fn add(State(app): State<Shared>, key: Key, Sent(wish): Sent<Wish>) -> Result<Response, Problem> {
    let target = Target::new(&wish.url, app.courier.reach()).map_err(EndpointError::from)?;
    let kinds = wish.events.iter().map(|Wanted(kind)| *kind).collect();
    let new = NewEndpoint::new(target, &kinds, &app.clock);
    // Told to the backend that asked for it, and to nobody after that.
    let added = Added { id: new.name().to_owned(), secret: new.secret().lend(str::to_owned) };
    let (vault, now) = (app.vault.clone(), app.clock.now());
    let kept = app.store.write::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            key.still_stands(&mut db).await?;
            let by = key.portals_line(Action::WebhookAdded);
            Ok(endpoints::add(&mut db, &vault, &by, &new, now).await?)
        })
    });
    kept.await?;
    Ok((StatusCode::CREATED, Json(added)).into_response())
}

async fn remove(
    State(app): State<Shared>,
    key: Key,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let now = app.clock.now();
    let removed = app.store.write::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            key.still_stands(&mut db).await?;
            let by = key.portals_line(Action::WebhookRemoved);
            Ok(endpoints::remove(&mut db, (&by, &name), now).await?)
        })
    });
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn replay(
    State(app): State<Shared>,
    key: Key,
    Path(name): Path<String>,
    Sent(Since { since }): Sent<Since>,
) -> Result<Response, Problem> {
    let since = moment(&since).map_err(|problem| Problem::invalid(format!("since: {problem}.")))?;
    let now = app.clock.now();
    let planned = app.store.write::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            key.still_stands(&mut db).await?;
            let by = key.portals_line(Action::WebhookReplayed);
            Ok(endpoints::replay(&mut db, (&by, &name), Replayed::Since(since), now).await?)
        })
    });
    Ok((StatusCode::ACCEPTED, Json(Planned { events: planned.await? })).into_response())
}

fn endpoint(webhook: Webhook) -> Endpoint {
    let state = match (&webhook.disabled_why, webhook.failing_since) {
        (Some(_), _) => "disabled",
        (None, Some(_)) => "failing",
        (None, None) => "works",
    };
    let time = |at: i64| rfc3339(Moment(at.unsigned_abs()));
    Endpoint {
        id: webhook.name,
        url: webhook.url,
        events: webhook.kinds.map(|kinds| kinds.split(' ').map(str::to_owned).collect()),
        state,
        disabled_because: webhook.disabled_why,
        failing_since: webhook.failing_since.map(time),
        delivered_at: webhook.delivered_at.map(time),
        last_fault: webhook.last_fault,
        waiting: webhook.waiting,
    }
}

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Self {
        let (status, code) = match &error {
            EndpointError::Target(_) | EndpointError::Kind(_) => return Self::invalid(format!("{error}.")),
            // The name is not told back: what is another's is answered like what is nowhere.
            EndpointError::Unknown { .. } => {
                let detail = "There is no such endpoint; GET /api/v1/webhooks lists those that there are.";
                return Self::new(StatusCode::NOT_FOUND, "webhook_unknown", detail);
            }
            EndpointError::Taken { .. } => (StatusCode::CONFLICT, "webhook_taken"),
            EndpointError::TooMany => (StatusCode::CONFLICT, "webhooks_too_many"),
            EndpointError::Portal(_) | EndpointError::Store(_) => {
                tracing::error!(%error, "the API could not be served");
                return Self::internal();
            }
        };
        Self::new(status, code, format!("{error}."))
    }
}
