//! `POST /api/v1/tenants/{tenant}/records/{kind}`: the portal's customers, suppliers and taxes, a JSON
//! object a line. A line that does not fit is told by its number and leaves the others.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use protocol::mapping::MappingTable;
use serde::Serialize;

use super::{Key, Problem, check_id, expect_kind, tenant_unknown};
use crate::configuration;
use crate::http::routes::{Routes, post};
use crate::mapping::{PortalRecord, portal_upsert};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::TenantId;

/// More must be sent in parts.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// Records of one transaction, so that others' writes come in between.
const CHUNK: usize = 1000;
/// Lines told in one answer.
const TOLD: usize = 100;

#[derive(Serialize, Default)]
struct Outcome {
    received: usize,
    added: u32,
    changed: u32,
    unchanged: u32,
    errors: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    line: usize,
    problem: String,
}

pub(super) fn routes() -> Routes {
    Routes::new().route("/tenants/{tenant}/records/{kind}", post(upsert)).body_limit(BODY_LIMIT)
}

async fn upsert(
    State(app): State<Shared>,
    Path((tenant, kind)): Path<(String, String)>,
    key: Key,
    (headers, body): (HeaderMap, Bytes),
) -> Result<Json<Outcome>, Problem> {
    check_id("tenant", &tenant)?;
    let table = match kind.as_str() {
        "customers" => MappingTable::Customers,
        "suppliers" => MappingTable::Suppliers,
        "taxes" => MappingTable::Taxes,
        _ => return Err(Problem::invalid("The kind of record is customers, suppliers or taxes.")),
    };
    expect_kind(&headers, "application/x-ndjson")?;
    let known = app.store.read(move |mut db| Box::pin(async move { db.tenant(&key.portal, &tenant).await }));
    let tenant = known.await?.ok_or_else(tenant_unknown)?;
    let (records, mut outcome) = parse(&body);
    keep(&app, (tenant, table), records, &mut outcome).await?;
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
        let record = serde_json::from_slice::<PortalRecord>(line).map_err(|error| error.to_string());
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

async fn keep(
    app: &Shared,
    (tenant, table): (TenantId, MappingTable),
    records: Vec<PortalRecord>,
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let now = app.clock.now();
    let mut left = records.into_iter();
    loop {
        let chunk: Vec<_> = left.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        let kept = app.store.write(move |mut db| {
            Box::pin(async move { portal_upsert(&mut db, tenant, table, &chunk, now).await })
        });
        let counts = kept.await?;
        outcome.added += counts.added;
        outcome.changed += counts.changed;
        outcome.unchanged += counts.unchanged;
    }
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
