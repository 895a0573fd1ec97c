//! `/api/v1/connections/{id}/imports`: lists read again because the portal's backend wants it, and how
//! far that is.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use protocol::ids::ImportId;
use protocol::import::{
    ImportCause, ImportSnapshot, ImportState, List, ListProgress, ListState, Outcome, SkipReason, Trigger,
    Waiting,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::body::JSON;
use super::connections::{find, named};
use super::key::Key;
use super::problem::Problem;
use super::shown::{list_named, word};
use super::table::{Route, Shape, Verb};
use crate::clock::rfc3339;
use crate::connections::machine::State as Stands;
use crate::imports::{self, Start};
use crate::state::Shared;
use crate::store::api_keys::Scope;
use crate::store::audit::Action;

/// What is to be read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    lists: Option<String>,
}

/// An import.
#[derive(Serialize, ToSchema)]
struct Import {
    /// Its id, as events name it.
    id: u64,
    /// `running`, `done`, `failed` (a list could not be read) or `cancelled`.
    state: &'static str,
    /// What began it: `connected`, `person`, `portal`, `nightly` or `notice`. New words may come.
    began: &'static str,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// Until when it waits: for the provider's limits, or to ask again.
    #[schema(format = DateTime)]
    waits_until: Option<String>,
    /// When that can be known.
    seconds_left: Option<u32>,
    /// What is read, in order.
    lists: Vec<Progress>,
}

/// How far a list is.
#[derive(Serialize, ToSchema)]
struct Progress {
    /// As the connection names it.
    list: &'static str,
    /// `waiting`, `running`, `done`, `failed` or `skipped`.
    state: &'static str,
    /// Why it failed: `unreachable`, `sign_in`, `forbidden`, `refused` or `garbled`; or why it is skipped:
    /// `edition` or `switched_off`. New causes may come.
    reason: Option<&'static str>,
    /// Records read.
    done: u32,
    /// Records there are, once counted.
    total: Option<u32>,
    added: u32,
    changed: u32,
    /// Of those that changed, the ones that have another name.
    renamed: u32,
    unchanged: u32,
    vanished: u32,
    /// Counted, and not kept.
    unreadable: u32,
}

pub(super) fn routes() -> Vec<Route> {
    vec![start_route(), show_route()]
}

fn start_route() -> Route {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    named(Route::new(Verb::Post, "/connections/{id}/imports", start))
        .needs(Scope::Connections)
        .about(
            "Reads lists of the provider again",
            "An import that is running already serves, whatever it reads; then the answer shows that one.",
        )
        .query("lists", "Names with commas between them; every list when it is left out.", text)
        .gives(StatusCode::ACCEPTED, "The import.", Some(Shape::of::<Import>(JSON)))
        .refuses(StatusCode::CONFLICT, "`not_now`: the connection is off or paused, or has no lists.")
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "`invalid`: one of the lists is none.")
}

fn show_route() -> Route {
    let number =
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]+$")).examples(["1"]).build();
    named(Route::new(Verb::Get, "/connections/{id}/imports/{import}", show))
        .needs(Scope::Connections)
        .parameter("import", "The import's id.", number)
        .about("An import", "How far it is, or what came of it.")
        .gives(StatusCode::OK, "The import.", Some(Shape::of::<Import>(JSON)))
        .refuses(
            StatusCode::NOT_FOUND,
            "`connection_unknown`, or `import_unknown`: the connection has none of this id.",
        )
}

async fn start(
    State(app): State<Shared>,
    key: Key,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Problem> {
    let (shared, now) = (Shared::clone(&app), app.clock.now());
    let begun = app.store.write::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            key.still_stands(&mut db).await?;
            let row = find(&mut db, &key, &id).await?.row;
            let lists = wished(wish.lists.as_deref())?;
            let books =
                db.books_of(row.id).await?.filter(|books| books.live() && row.state != Stands::Paused);
            let books = books.ok_or_else(not_now)?;
            let by = db.portal(&key.portal).await?.map(|portal| portal.name).unwrap_or_default();
            let wish = Start { trigger: Trigger::Portal, by: Some(&by) };
            let begun = imports::begin(&mut db, &shared, &books, wish, &lists).await?;
            let (import, fresh) = begun.ok_or_else(not_now)?;
            if fresh {
                let line = key.line(row.tenant, Action::ImportStarted, row.integration.as_str());
                db.add_audit(&line, now).await?;
            }
            let shown = db.import_snapshot(row.id, import).await?.ok_or_else(import_unknown)?;
            Ok((row.tenant, shown))
        })
    });
    let (tenant, shown) = begun.await?;
    app.hub.touch(tenant);
    Ok((StatusCode::ACCEPTED, Json(Import::from(shown))).into_response())
}

async fn show(
    State(app): State<Shared>,
    key: Key,
    Path((id, import)): Path<(String, u64)>,
) -> Result<Json<Import>, Problem> {
    let found = app.store.read::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            let row = find(&mut db, &key, &id).await?.row;
            db.import_snapshot(row.id, ImportId(import)).await?.ok_or_else(import_unknown)
        })
    });
    Ok(Json(found.await?.into()))
}

fn wished(lists: Option<&str>) -> Result<Vec<List>, Problem> {
    let Some(lists) = lists else { return Ok(Vec::new()) };
    let unknown = || Problem::invalid(format!("lists may name {}.", List::ALL.map(word).join(", ")));
    lists.split(',').map(|list| list_named(list.trim()).ok_or_else(unknown)).collect()
}

fn not_now() -> Problem {
    let detail = "Nothing can be imported: the connection is off or paused, or its integration has no lists.";
    Problem::new(StatusCode::CONFLICT, "not_now", detail)
}

fn import_unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "import_unknown", "The connection has no import of this id.")
}

impl From<ImportSnapshot> for Import {
    fn from(import: ImportSnapshot) -> Self {
        let until = import.waiting.map(|(Waiting::Limit { until } | Waiting::Retry { until })| until);
        Self {
            id: import.import.0,
            state: match import.state {
                ImportState::Running => "running",
                ImportState::Done => "done",
                ImportState::Failed => "failed",
                ImportState::Cancelled => "cancelled",
            },
            began: began(import.trigger),
            started_at: rfc3339(import.started),
            finished_at: import.finished.map(rfc3339),
            waits_until: until.map(rfc3339),
            seconds_left: import.seconds_left,
            lists: import.lists.into_iter().map(progress).collect(),
        }
    }
}

fn progress(of: ListProgress) -> Progress {
    let (state, reason) = match of.state {
        ListState::Waiting => ("waiting", None),
        ListState::Running => ("running", None),
        ListState::Done => ("done", None),
        ListState::Skipped(SkipReason::Edition) => ("skipped", Some("edition")),
        ListState::Skipped(SkipReason::SwitchedOff) => ("skipped", Some("switched_off")),
        ListState::Failed(fault) => ("failed", Some(why(fault.cause))),
    };
    let Outcome { added, changed, renamed, unchanged, vanished, unreadable } = of.outcome;
    Progress {
        list: word(of.list),
        state,
        reason,
        done: of.done,
        total: of.total,
        added,
        changed,
        renamed,
        unchanged,
        vanished,
        unreadable,
    }
}

fn began(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Connected => "connected",
        Trigger::Person => "person",
        Trigger::Portal => "portal",
        Trigger::Nightly => "nightly",
        Trigger::Notice => "notice",
    }
}

fn why(cause: ImportCause) -> &'static str {
    match cause {
        ImportCause::Unreachable => "unreachable",
        ImportCause::SignIn => "sign_in",
        ImportCause::Forbidden => "forbidden",
        ImportCause::Refused => "refused",
        ImportCause::Garbled => "garbled",
    }
}
