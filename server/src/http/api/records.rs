//! `POST /api/v1/tenants/{tenant}/records/{kind}`: the portal's customers, taxes and what else is mapped, a JSON
//! object a line. A line that does not fit is told by its number and leaves the others.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use protocol::mapping::MappingTable;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::body::{JSON, Lines, NDJSON, object};
use super::key::Key;
use super::problem::Problem;
use super::rules::{check_id, id_schema};
use super::table::{Route, Shape, Verb};
use crate::configuration;
use crate::mapping::{PortalRecord, UpsertCounts, portal_upsert};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::api_keys::Scope;
use crate::store::audit::Action;
use crate::store::ids::TenantId;

/// More must be sent in parts.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// Records of one transaction, so that others' writes come in between.
const CHUNK: usize = 1000;
/// Lines told in one answer.
const TOLD: usize = 100;

/// The kinds of records, as they stand in the address.
pub(super) const KINDS: [(&str, MappingTable); 7] = [
    ("customers", MappingTable::Customers),
    ("suppliers", MappingTable::Suppliers),
    ("taxes", MappingTable::Taxes),
    ("payment_terms", MappingTable::Terms),
    ("currencies", MappingTable::Currencies),
    ("product_groups", MappingTable::Classes),
    ("warehouses", MappingTable::Locations),
];

/// What became of the lines.
#[derive(Serialize, Default, ToSchema)]
struct Outcome {
    /// Lines that were not empty.
    received: usize,
    /// Records that were not there.
    added: u32,
    /// Records that were there, and differ.
    changed: u32,
    /// Records that were there as they are.
    unchanged: u32,
    /// The first hundred lines that could not be taken; the others were.
    errors: Vec<Line>,
}

/// A line that could not be taken.
#[derive(Serialize, ToSchema)]
struct Line {
    /// Counted from 1, empty lines as well.
    line: usize,
    /// What is wrong with it.
    problem: String,
}

pub(super) fn route() -> Route {
    Route::new(Verb::Post, "/tenants/{tenant}/records/{kind}", upsert)
        .needs(Scope::Records)
        .bodies_up_to(BODY_LIMIT)
        .about(
            "Takes the portal's own records",
            "One JSON object a line, of the shape below, at most 16 MiB in all. What is there under the same id is \
             replaced. A line that does not fit is told by its number and leaves the others.",
        )
        .parameter("tenant", "The portal's own id of the organisation.", id_schema())
        .parameter("kind", "What the records are.", kind_schema())
        .takes::<PortalRecord>(NDJSON)
        .gives(StatusCode::OK, "What became of the lines.", Some(Shape::of::<Outcome>(JSON)))
        .refuses(StatusCode::NOT_FOUND, "`tenant_unknown`: register the tenant first.")
}

/// The kinds, as a sentence names them.
pub(super) fn kinds() -> String {
    KINDS.map(|(name, _)| name).join(", ")
}

fn kind_schema() -> Object {
    let names = KINDS.map(|(name, _)| name);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}

/// Whose records they are, and of which kind.
struct Place {
    key: Key,
    tenant: TenantId,
    table: MappingTable,
    kind: &'static str,
}

async fn upsert(
    State(app): State<Shared>,
    key: Key,
    Path((tenant, kind)): Path<(String, String)>,
    Lines(body): Lines,
) -> Result<Json<Outcome>, Problem> {
    check_id("tenant", &tenant)?;
    let known = KINDS.into_iter().find(|(name, _)| *name == kind);
    let (kind, table) =
        known.ok_or_else(|| Problem::invalid(format!("The kind of record is one of {}.", kinds())))?;
    let portal = key.portal.clone();
    let known = app.store.read(move |mut db| Box::pin(async move { db.tenant(&portal, &tenant).await }));
    let tenant = known.await?.ok_or_else(Problem::tenant_unknown)?;
    let (records, mut outcome) = parse(&body);
    let place = Arc::new(Place { key, tenant, table, kind });
    for (at, chunk) in records.chunks(CHUNK).enumerate() {
        let counts = keep(&app, &place, chunk.to_vec(), at == 0).await?;
        outcome.added += counts.added;
        outcome.changed += counts.changed;
        outcome.unchanged += counts.unchanged;
    }
    if outcome.added + outcome.changed > 0 {
        review(&app, tenant).await?;
    }
    app.hub.touch(tenant);
    Ok(Json(outcome))
}

/// The records of a body, and the lines that are none.
fn parse(body: &[u8]) -> (Vec<PortalRecord>, Outcome) {
    let mut outcome = Outcome::default();
    let mut records = Vec::new();
    for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        outcome.received += 1;
        let record = object::<PortalRecord>(line).map_err(|error| error.to_string());
        match record.and_then(|record| record.check().map(|()| record).map_err(str::to_owned)) {
            Ok(record) => records.push(record),
            Err(problem) if outcome.errors.len() < TOLD => {
                outcome.errors.push(Line { line: at + 1, problem });
            }
            Err(_) => {}
        }
    }
    (records, outcome)
}

/// Keeps some records; with the first of them goes the line in the audit log.
async fn keep(
    app: &Shared,
    place: &Arc<Place>,
    records: Vec<PortalRecord>,
    first: bool,
) -> Result<UpsertCounts, Problem> {
    let (now, place) = (app.clock.now(), Arc::clone(place));
    let kept = app.store.write(move |mut db| {
        Box::pin(async move {
            place.key.still_stands(&mut db).await?;
            if first {
                let line = place.key.line(place.tenant, Action::RecordsKept, place.kind);
                db.add_audit(&line, now).await?;
            }
            Ok(portal_upsert(&mut db, place.tenant, place.table, &records, now).await?)
        })
    });
    kept.await
}

/// A new tax that nobody has mapped may be missing for a connection to work.
async fn review(app: &Shared, tenant: TenantId) -> Result<(), StoreError> {
    let parts = Shared::clone(app);
    app.store
        .write(move |mut db| {
            Box::pin(async move { configuration::review_tenant(&mut db, &parts, tenant).await })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_record_is_told_by_its_number() {
        let body = b"{\"id\":\"1\",\"name\":\"A\"}\n\n{\"id\":\"2\"}\nnonsense\n{\"id\":\"3\",\"name\":\"C\",\"x\":1}\n";
        let (records, outcome) = parse(body);
        assert_eq!(records.len(), 1);
        assert_eq!(outcome.received, 4);
        assert_eq!(outcome.errors.iter().map(|error| error.line).collect::<Vec<_>>(), [3, 4, 5]);
    }
}
