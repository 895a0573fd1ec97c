//! `/api/v1/connections`: a portal's connections, listed, looked at, switched off.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::body::JSON;
use super::key::Key;
use super::problem::Problem;
use super::rules::{check_id, id_schema};
use super::shown::{Connection, shown};
use super::table::{Route, Shape, Verb};
use crate::connections;
use crate::state::Shared;
use crate::store::Db;
use crate::store::api_keys::Scope;
use crate::store::audit::Action;
use crate::store::connections::listing::{NamedConnection, Wanted};

/// Connections on a page when nobody says how many, and at most.
const PAGE: u32 = 50;
const MOST: u32 = 200;
/// Every word of a state.
const STATES: [&str; 11] = [
    "available",
    "legacy",
    "authorizing",
    "importing",
    "needs_configuration",
    "active",
    "paused",
    "attention",
    "expiring",
    "reconnect_required",
    "disconnected",
];

/// A page of connections.
#[derive(Serialize, ToSchema)]
struct Connections {
    /// By organisation and integration.
    connections: Vec<Connection>,
    /// Ask again with `after` set to this for those that follow; nothing when these were the last.
    next: Option<String>,
}

/// What a page is asked for by.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    tenant: Option<String>,
    integration: Option<String>,
    state: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![list_route(), show_route(), disconnect_route()]
}

fn list_route() -> Route {
    let state = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(STATES)).build();
    Route::new(Verb::Get, "/connections", list)
        .needs(Scope::Connections)
        .about("The portal's connections", "By organisation and integration, a page at a time.")
        .query("tenant", "Those of this organisation alone, by the portal's own id.", id_schema())
        .query("integration", "Those to this integration alone.", id_schema())
        .query("state", "Those in this state alone.", state)
        .query("after", "The `next` of the page before.", cursor_schema())
        .query("limit", "How many at most.", limit_schema())
        .gives(StatusCode::OK, "A page.", Some(Shape::of::<Connections>(JSON)))
        .refuses(StatusCode::NOT_FOUND, "`tenant_unknown`: there is no such organisation.")
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "`invalid`: a field of the query breaks a rule.")
}

fn show_route() -> Route {
    one(Route::new(Verb::Get, "/connections/{id}", show))
        .about("A connection", "Where it stands, with which company, and until when. It shows no token.")
        .gives(StatusCode::OK, "The connection.", Some(Shape::of::<Connection>(JSON)))
}

fn disconnect_route() -> Route {
    one(Route::new(Verb::Post, "/connections/{id}/disconnect", disconnect))
        .about(
            "Switches a connection off",
            "As its switch in the store does: tokens are erased at once, and revoked at the provider as soon as it \
             answers. Settings and mappings are kept. Asking again changes nothing.",
        )
        .gives(StatusCode::NO_CONTENT, "It is off.", None)
}

/// A route about one connection.
fn one(route: Route) -> Route {
    named(route.needs(Scope::Connections))
}

/// A route that names a connection.
pub(super) fn named(route: Route) -> Route {
    route
        .parameter("id", "The connection's id, as the list shows it.", id_schema())
        .refuses(StatusCode::NOT_FOUND, "`connection_unknown`: the portal has no such connection.")
}

/// Where a page ended, as the document shows it.
pub(super) fn cursor_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_-]+$")).build()
}

/// How many may be asked for at once, as the document shows it.
pub(super) fn limit_schema() -> Object {
    let limit = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MOST));
    limit.default(Some(PAGE.into())).build()
}

/// How many are asked for.
pub(super) fn limited(wished: Option<u32>) -> Result<u32, Problem> {
    let limit = wished.unwrap_or(PAGE);
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        Err(Problem::invalid(format!("limit must be 1 to {MOST}.")))
    }
}

async fn list(
    State(app): State<Shared>,
    key: Key,
    Query(wish): Query<Wish>,
) -> Result<Json<Connections>, Problem> {
    let wanted = wanted(&app, wish)?;
    let (shared, page) = (Shared::clone(&app), wanted.limit as usize);
    let read = app.store.read::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            if let Some(tenant) = &wanted.tenant
                && db.tenant(&key.portal, tenant).await?.is_none()
            {
                return Err(Problem::tenant_unknown());
            }
            // One more than asked for says whether there are more.
            let wanted = Wanted { limit: wanted.limit + 1, ..wanted };
            let mut found = db.portal_connections(&key.portal, &wanted).await?;
            let more = found.len() > page;
            found.truncate(page);
            let next = found.last().filter(|_| more).map(cursor);
            let mut connections = Vec::new();
            for one in found {
                connections.push(shown(&mut db, &shared, one).await?);
            }
            Ok(Connections { connections, next })
        })
    });
    read.await.map(Json)
}

async fn show(
    State(app): State<Shared>,
    key: Key,
    Path(id): Path<String>,
) -> Result<Json<Connection>, Problem> {
    let shared = Shared::clone(&app);
    let read = app.store.read::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            let found = find(&mut db, &key, &id).await?;
            Ok(shown(&mut db, &shared, found).await?)
        })
    });
    read.await.map(Json)
}

async fn disconnect(
    State(app): State<Shared>,
    key: Key,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let (shared, now) = (Shared::clone(&app), app.clock.now());
    let off = app.store.write::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            key.still_stands(&mut db).await?;
            let NamedConnection { row, .. } = find(&mut db, &key, &id).await?;
            let portal = db.portal(&key.portal).await?.map(|portal| portal.name).unwrap_or_default();
            if connections::switch_off(&mut db, &shared, &row, &portal).await? {
                let line = key.line(row.tenant, Action::Disconnected, row.integration.as_str());
                db.add_audit(&line, now).await?;
            }
            Ok(row.tenant)
        })
    });
    app.hub.touch(off.await?);
    Ok(StatusCode::NO_CONTENT)
}

/// The portal's connection of this id.
pub(super) async fn find(db: &mut Db<'_>, key: &Key, id: &str) -> Result<NamedConnection, Problem> {
    db.portal_connection(&key.portal, id).await?.ok_or_else(Problem::connection_unknown)
}

/// A wish that keeps the rules.
fn wanted(app: &Shared, wish: Wish) -> Result<Wanted, Problem> {
    let Wish { tenant, integration, state, after, limit } = wish;
    tenant.iter().try_for_each(|tenant| check_id("tenant", tenant))?;
    let known = |name: &String| app.catalogue.entries().any(|entry| entry.id.as_str() == name);
    if integration.as_ref().is_some_and(|name| !known(name)) {
        return Err(Problem::invalid("integration is none of those that can be connected."));
    }
    if state.as_ref().is_some_and(|state| !STATES.contains(&state.as_str())) {
        return Err(Problem::invalid(format!("state must be one of {}.", STATES.join(", "))));
    }
    let limit = limited(limit)?;
    let after = after.map(|after| place(&after).ok_or_else(no_cursor)).transpose()?;
    Ok(Wanted { tenant, integration, state, after, limit })
}

/// What is no `next` of ours.
pub(super) fn no_cursor() -> Problem {
    Problem::invalid("after must be the next of another page.")
}

/// Where a page ended. Its text is ours to change.
fn cursor(last: &NamedConnection) -> String {
    let place = (&last.tenant, last.row.integration.as_str());
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&place).unwrap_or_default())
}

fn place(cursor: &str) -> Option<(String, String)> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}
