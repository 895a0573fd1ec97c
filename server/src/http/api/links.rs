//! `POST /api/v1/links`: a one-time link that opens the store for one person.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use protocol::ids::Moment;
use protocol::store::Permissions;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Key, Problem, check_id, check_name, json, tenant_unknown};
use crate::clock::after;
use crate::http::routes::{Routes, post};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::links::NewLink;
use crate::store::portals::NewVisitor;
use crate::vault::Secret;

/// A link is good for ten minutes.
const GOOD_FOR: u64 = 600_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    tenant: String,
    tenant_name: Option<String>,
    visitor: Person,
    permissions: Vec<Permission>,
    locale: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    id: String,
    name: String,
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Permission {
    View,
    Configure,
    Connect,
    Import,
}

#[derive(Serialize)]
struct Made {
    url: String,
    expires_at: String,
}

pub(super) fn routes() -> Routes {
    Routes::new().route("/links", post(make))
}

async fn make(
    State(app): State<Shared>,
    key: Key,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let body: Body = json(&headers, &body)?;
    check(&body)?;
    let code = Secret::random(&app.clock);
    let expires = after(app.clock.now(), GOOD_FOR);
    let hash = code.digest();
    let known = app.store.write(move |mut db| {
        Box::pin(async move {
            let tenant = match &body.tenant_name {
                Some(name) => Some(db.put_tenant(&key.portal, &body.tenant, name).await?),
                None => db.tenant(&key.portal, &body.tenant).await?,
            };
            let Some(tenant) = tenant else {
                return Ok(false);
            };
            let person = &body.visitor;
            let new =
                NewVisitor { external_id: &person.id, name: &person.name, email: person.email.as_deref() };
            let visitor = db.put_visitor(tenant, &new).await?;
            let locale = body.locale.as_deref().unwrap_or("en");
            let permissions = rights(&body.permissions);
            db.add_link(&NewLink { hash, visitor, permissions, locale, expires }).await?;
            Ok::<_, StoreError>(true)
        })
    });
    if !known.await? {
        return Err(tenant_unknown());
    }
    let origin = app.config.server.public_url.origin().ascii_serialization();
    let url = code.lend(|code| format!("{origin}/enter/{code}"));
    Ok((StatusCode::CREATED, Json(Made { url, expires_at: written(expires) })).into_response())
}

fn check(body: &Body) -> Result<(), Problem> {
    check_id("tenant", &body.tenant)?;
    if let Some(name) = &body.tenant_name {
        check_name("tenant_name", name)?;
    }
    check_id("visitor.id", &body.visitor.id)?;
    check_name("visitor.name", &body.visitor.name)?;
    if let Some(email) = &body.visitor.email {
        check_name("visitor.email", email)?;
    }
    let plain = |text: &String| {
        (2..=35).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if body.locale.as_ref().is_some_and(|locale| !plain(locale)) {
        return Err(Problem::invalid("locale must be a language tag, for example en-GB."));
    }
    if !body.permissions.iter().any(|permission| matches!(permission, Permission::View)) {
        return Err(Problem::invalid("permissions must contain view: without it there is nothing to see."));
    }
    Ok(())
}

fn rights(named: &[Permission]) -> Permissions {
    let mut rights = Permissions::default();
    for permission in named {
        match permission {
            Permission::View => rights.view = true,
            Permission::Configure => rights.configure = true,
            Permission::Connect => rights.connect = true,
            Permission::Import => rights.import = true,
        }
    }
    rights
}

/// A moment as RFC 3339 writes it.
fn written(moment: Moment) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.0) * 1_000_000);
    moment.ok().and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_rfc_3339_says() {
        assert_eq!(written(Moment(1_764_000_000_000)), "2025-11-24T16:00:00Z");
    }
}
