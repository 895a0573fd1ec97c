//! `PUT /api/v1/tenants/{tenant}`: registers an organisation, or renames it.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{Key, Problem, check_id, check_name, json};
use crate::http::routes::{Routes, put};
use crate::state::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    name: String,
}

pub(super) fn routes() -> Routes {
    Routes::new().route("/tenants/{tenant}", put(register))
}

async fn register(
    State(app): State<Shared>,
    Path(tenant): Path<String>,
    key: Key,
    (headers, body): (HeaderMap, Bytes),
) -> Result<Response, Problem> {
    check_id("tenant", &tenant)?;
    let body: Body = json(&headers, &body)?;
    check_name("name", &body.name)?;
    let kept = app
        .store
        .write(move |mut db| Box::pin(async move { db.put_tenant(&key.portal, &tenant, &body.name).await }));
    let tenant = kept.await?;
    app.hub.touch(tenant);
    Ok(StatusCode::NO_CONTENT.into_response())
}
