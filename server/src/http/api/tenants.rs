//! `PUT /api/v1/tenants/{tenant}`: registers an organisation, or renames it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{JSON, Sent};
use super::key::Key;
use super::problem::Problem;
use super::rules::{check_id, check_name, id_schema};
use super::table::{Route, Verb};
use crate::state::Shared;
use crate::store::api_keys::Scope;
use crate::store::audit::Action;

/// An organisation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Tenant {
    /// As shown in the store.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

pub(super) fn route() -> Route {
    Route::new(Verb::Put, "/tenants/{tenant}", register)
        .needs(Scope::Records)
        .about("Registers an organisation, or renames it", "Everything in the store belongs to one.")
        .parameter("tenant", "The portal's own id of the organisation.", id_schema())
        .takes::<Tenant>(JSON)
        .gives(StatusCode::NO_CONTENT, "It is registered under this name.", None)
}

async fn register(
    State(app): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    Sent(body): Sent<Tenant>,
) -> Result<StatusCode, Problem> {
    check_id("tenant", &tenant)?;
    check_name("name", &body.name)?;
    let now = app.clock.now();
    let kept = app.store.write::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            key.still_stands(&mut db).await?;
            let id = db.put_tenant(&key.portal, &tenant, &body.name).await?;
            db.add_audit(&key.line(id, Action::TenantKept, &tenant), now).await?;
            Ok(id)
        })
    });
    app.hub.touch(kept.await?);
    Ok(StatusCode::NO_CONTENT)
}
