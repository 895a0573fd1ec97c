//! `/api/v1/tenants/{tenant}/records/{kind}`: the portal's own records, a JSON object a line, of any number.
//! A line that does not fit is told by its number and leaves the others.

mod taking;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::Deserialize;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::body::{Cut, Flowing, JSON, Lines, NDJSON};
use super::key::Key;
use super::problem::Problem;
use super::rules::{check_id, id_schema};
use super::table::{Route, Shape, Verb};
use crate::configuration;
use crate::portal_records::kind::Kind;
use crate::portal_records::record::PortalRecord;
use crate::portal_records::remove;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::api_keys::Scope;
use crate::store::audit::Action;
use crate::store::ids::TenantId;
use taking::{Outcome, Taking};

const PATH: &str = "/tenants/{tenant}/records/{kind}";
/// A POST is read whole before anything of it is kept; more must be sent by PUT, or in parts.
const WHOLE_LIMIT: usize = 16 * 1024 * 1024;
/// Later than every upload.
const ALWAYS: i64 = i64::MAX;

/// How records are taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    #[serde(default)]
    complete: bool,
}

pub(super) fn routes() -> Vec<Route> {
    vec![put_route(), post_route(), delete_route()]
}

fn put_route() -> Route {
    taking(Route::new(Verb::Put, PATH, put)).about(
        "Takes the portal's records",
        "One JSON object a line, of the shape below; as many as there are. They are kept while they arrive, some \
         hundreds at a time, so that what was sent before a break is here; sending it again changes nothing. What is \
         here under the same id is replaced; of two with one id the last counts. A line that does not fit is told by \
         its number and leaves the others; no line is longer than 64 KiB. Whoever sends less than 4 KiB a second for \
         eight seconds is cut off.",
    )
}

fn post_route() -> Route {
    taking(Route::new(Verb::Post, PATH, post)).bodies_up_to(WHOLE_LIMIT).about(
        "Takes some of the portal's records",
        "The same as PUT for a body of at most 16 MiB, which is read whole before anything of it is kept.",
    )
}

fn delete_route() -> Route {
    addressed(Route::new(Verb::Delete, "/tenants/{tenant}/records/{kind}/{record}", delete))
        .parameter("record", "The portal's own id of the record.", record_schema())
        .about(
            "Removes one of the portal's records",
            "It is mapped no more. What a person decided about it is set aside, and holds again when it comes back.",
        )
        .gives(StatusCode::NO_CONTENT, "It is gone.", None)
        .refuses(StatusCode::NOT_FOUND, "`tenant_unknown`, or `record_unknown`: there is none of this id.")
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "`invalid`: a part of the address breaks a rule.")
}

fn taking(route: Route) -> Route {
    let truth = ObjectBuilder::new().schema_type(Type::Boolean).build();
    addressed(route)
        .query(
            "complete",
            "`true`: these are all there are, and those of the kind that are not named are removed at the end. They \
             stay when a line could not be taken, and are never removed by a body without records.",
            truth,
        )
        .takes::<PortalRecord>(NDJSON)
        .gives(StatusCode::OK, "What became of the lines.", Some(Shape::of::<Outcome>(JSON)))
        .refuses(StatusCode::NOT_FOUND, "`tenant_unknown`: register the tenant first.")
        .refuses(StatusCode::REQUEST_TIMEOUT, "`too_slow`: too little came for too long.")
        .refuses(StatusCode::SERVICE_UNAVAILABLE, "`stopping`: Patchbay is about to stop; send it again.")
}

fn addressed(route: Route) -> Route {
    let words = Kind::ALL.map(Kind::word);
    let kinds = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build();
    route
        .needs(Scope::Records)
        .parameter("tenant", "The portal's own id of the organisation.", id_schema())
        .parameter("kind", "What the records are. The plurals are understood as well.", kinds)
}

fn record_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(100)).build()
}

/// Whose records they are, and of which kind.
struct Place {
    key: Key,
    tenant: TenantId,
    kind: Kind,
}

/// What stands in the address of an upload.
type Address = (Path<(String, String)>, Query<Wish>);

async fn put(
    State(app): State<Shared>,
    key: Key,
    (Path(path), Query(wish)): Address,
    Flowing(body): Flowing,
) -> Result<Json<Outcome>, Problem> {
    let place = place(&app, key, path).await?;
    take(&app, place, body, wish.complete).await
}

async fn post(
    State(app): State<Shared>,
    key: Key,
    (Path(path), Query(wish)): Address,
    Lines(body): Lines,
) -> Result<Json<Outcome>, Problem> {
    let place = place(&app, key, path).await?;
    take(&app, place, stream::iter([Ok(body)]), wish.complete).await
}

async fn take(
    app: &Shared,
    place: Place,
    body: impl Stream<Item = Result<Bytes, Cut>> + Send + Unpin,
    complete: bool,
) -> Result<Json<Outcome>, Problem> {
    let _turn = app.limits.upload(&place.key.portal)?;
    let tenant = place.tenant;
    let taken = Taking::new(app, place).all(body, complete).await;
    app.hub.touch(tenant);
    taken.map(Json)
}

async fn delete(
    State(app): State<Shared>,
    key: Key,
    Path((tenant, kind, record)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    check_id("record", &record)?;
    let place = place(&app, key, (tenant, kind)).await?;
    let (tenant, now, parts) = (place.tenant, app.clock.now(), Shared::clone(&app));
    let gone = app.store.write::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            place.key.still_stands(&mut db).await?;
            if remove(&mut db, (tenant, place.kind), &[&record], ALWAYS).await? == 0 {
                return Err(record_unknown());
            }
            let line = place.key.line(tenant, Action::RecordsRemoved, place.kind.kept());
            db.add_audit(&line, now).await?;
            Ok(configuration::review_tenant(&mut db, &parts, tenant).await?)
        })
    });
    gone.await?;
    app.hub.touch(tenant);
    Ok(StatusCode::NO_CONTENT)
}

fn record_unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "record_unknown", "There is no such record of this kind.")
}

async fn place(app: &Shared, key: Key, (tenant, kind): (String, String)) -> Result<Place, Problem> {
    check_id("tenant", &tenant)?;
    let kind = Kind::named(&kind).ok_or_else(unknown_kind)?;
    let portal = key.portal.clone();
    let known: Result<_, StoreError> =
        app.store.read(move |mut db| Box::pin(async move { db.tenant(&portal, &tenant).await })).await;
    let tenant = known?.ok_or_else(Problem::tenant_unknown)?;
    Ok(Place { key, tenant, kind })
}

fn unknown_kind() -> Problem {
    Problem::invalid(format!("The kind of record is one of {}.", Kind::ALL.map(Kind::word).join(", ")))
}
