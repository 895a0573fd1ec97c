//! `GET /api/v1/connections/{id}/token`: a fresh access token, for a portal's backend.

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::JSON;
use super::connections::named;
use super::key::{Key, presented};
use super::problem::Problem;
use super::shown::why;
use super::table::{Route, Shape, Verb};
use crate::clock::rfc3339;
use crate::oauth::handout::{Handout, NoToken, hand_out_found};
use crate::portals::token_uses::{self, Use};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::api_keys::Scope;
use crate::store::connections::ready::ReadyRow;

/// An access token of the provider.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
struct Bearer {
    /// For the header `Authorization` of calls to the provider. Keep it where your API key is kept.
    access_token: String,
    /// Always `bearer`.
    token_type: &'static str,
    /// Until when it is good, as RFC 3339 writes it. Ask again rather than keep it.
    #[schema(format = DateTime)]
    expires_at: String,
    /// The provider's id of the company, for addresses of its API.
    company_id: String,
    /// Where the provider's API is, without a slash at its end.
    api_base: String,
    /// What it is for.
    integration: String,
}

pub(super) fn route() -> Route {
    let route = Route::new(Verb::Get, "/connections/{id}/token", read).needs(Scope::Tokens).about(
        "A fresh access token",
        "It lives five minutes more at least, unless the provider gives nothing newer at this moment. However many \
         ask at once, it is refreshed once. Each read is written into the audit log, within five seconds.",
    );
    without_token(named(route)).gives(StatusCode::OK, "The token.", Some(Shape::of::<Bearer>(JSON)))
}

/// What every route says that needs a token and has none.
pub(super) fn without_token(route: Route) -> Route {
    route
        .refuses(
            StatusCode::CONFLICT,
            "`disconnected`: it is switched off. `paused`: a person stopped it. `reconnect_required`: somebody must \
             connect again; `reason` is why.",
        )
        .refuses(
            StatusCode::SERVICE_UNAVAILABLE,
            "`provider_busy`: the provider gives no tokens at this moment; `Retry-After` says when to try again.",
        )
        .refuses(
            StatusCode::BAD_GATEWAY,
            "`keys_refused`: the provider refuses the operator's client; the operator must act.",
        )
}

/// A key and the connection that it asks about, both found by one statement: this is asked thousands of
/// times a second.
struct Reader {
    key: Key,
    id: String,
    row: Option<ReadyRow>,
}

impl FromRequestParts<Shared> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let hash = presented(app, parts)?;
        let path = Path::<String>::from_request_parts(parts, app).await;
        let Path(id) = path.map_err(|_| Problem::of(StatusCode::BAD_REQUEST))?;
        let named = id.clone();
        let found = app.store.glance::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.key_and_ready_row(hash, &named).await })
        });
        let (known, row) = found.await?.unzip();
        let key = Key::admitted(app, parts, (hash, known)).await?;
        Ok(Self { key, id, row: row.flatten() })
    }
}

async fn read(State(app): State<Shared>, reader: Reader) -> Result<Json<Bearer>, Problem> {
    let Reader { key, id, row } = reader;
    let Handout { token, expires, place, .. } = hand_out_found(&app, (&key.portal, &id), row).await?;
    token_uses::note(&app, (key.user(), Use::Read), &place).await;
    app.meters.token_read(&place.integration);
    Ok(Json(Bearer {
        // The one place where a token leaves for a portal: its key has the scope.
        access_token: token.lend(str::to_owned),
        token_type: "bearer",
        expires_at: rfc3339(expires),
        company_id: place.company,
        api_base: place.api,
        integration: place.integration.as_str().to_owned(),
    }))
}

impl From<NoToken> for Problem {
    fn from(none: NoToken) -> Self {
        let conflict = |code, detail: &str| Self::new(StatusCode::CONFLICT, code, detail);
        match none {
            NoToken::Unknown => Self::connection_unknown(),
            NoToken::Paused => {
                conflict("paused", "A person paused the connection; it works again when resumed.")
            }
            NoToken::NotConnected => conflict("disconnected", "The connection is switched off."),
            NoToken::ReconnectRequired(reason) => {
                conflict("reconnect_required", "The provider no longer accepts the sign-in: connect again.")
                    .because(why(reason))
            }
            NoToken::Unavailable { seconds } => busy(seconds),
            NoToken::KeysRefused => Self::new(
                StatusCode::BAD_GATEWAY,
                "keys_refused",
                "The provider refuses Patchbay's own client. Tell whoever runs it; nobody must connect again.",
            ),
            NoToken::Store(error) => {
                tracing::error!(%error, "an access token could not be handed out");
                Self::internal()
            }
        }
    }
}

fn busy(seconds: u64) -> Problem {
    let detail = format!("The provider gives no access tokens at this moment; try again in {seconds} s.");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "provider_busy", detail).worth_trying_in(seconds)
}
