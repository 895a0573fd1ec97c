//! Intuit's paths on one origin, and the witness around them that enters every request into the ledger.

pub(crate) mod api;
pub(crate) mod books;
pub(crate) mod clock;
pub(crate) mod company;
pub(crate) mod faults;
mod folding;
mod formats;
mod gateway;
pub(crate) mod generated;
pub(crate) mod grants;
pub(crate) mod identity;
mod kinds;
pub(crate) mod legacy;
pub(crate) mod limits;
mod migration;
mod oauth1;
pub(crate) mod pkce;
pub(crate) mod query;
pub(crate) mod refusals;
pub(crate) mod shapes;
pub(crate) mod signin;
pub(crate) mod token;
pub(crate) mod webhooks;
mod xml;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    control,
    mischief::{self, Cut},
    state::Play,
};

/// No request of an app is larger than this.
const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// What all paths of the Accounting API begin with; the realm comes next.
const API: &str = "/v3/company/";
const INTUIT_TID: HeaderName = HeaderName::from_static("intuit_tid");

/// Everything the sandbox answers. The last layer comes first: formats are given to whatever becomes of a
/// request, the witness sees it as it was sent, and limits stand closest to the work that they are there for.
pub(crate) fn router(play: Arc<Play>) -> Router {
    let intuit = discovery()
        .route("/connect/oauth2", get(signin::begin))
        .route("/connect/oauth2/signin", post(signin::sign_in))
        .route("/connect/oauth2/company", get(signin::company).post(signin::choose))
        .route("/connect/oauth2/consent", get(signin::consent).post(signin::decide))
        .route("/oauth2/v1/tokens/bearer", post(token::bearer))
        .route("/v2/oauth2/tokens/revoke", post(token::revoke))
        .route("/v2/oauth2/tokens/migrate", post(migration::migrate))
        .route("/v1/openid_connect/userinfo", get(identity::userinfo))
        .route("/op/v1/jwks", get(identity::jwks))
        .route("/v3/company/{realm}/query", get(api::query_by_get).post(api::query_by_post))
        .route("/v3/company/{realm}/batch", post(api::batch))
        .route("/v3/company/{realm}/cdc", get(api::cdc))
        .route("/v3/company/{realm}/{entity}", get(api::read_single).post(api::write))
        .route("/v3/company/{realm}/{entity}/{id}", get(api::read))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(Arc::clone(&play), gateway::pace))
        .layer(from_fn_with_state(Arc::clone(&play), witness))
        .layer(from_fn_with_state(Arc::clone(&play), formats::answers));
    Router::new()
        .route("/sandbox/style.css", get(signin::style))
        .merge(control::router(&play))
        .merge(intuit)
        .with_state(play)
}

/// Both spellings that clients use, with and without the slash.
fn discovery() -> Router<Arc<Play>> {
    [
        "openid_configuration",
        "openid_sandbox_configuration",
        "openid-configuration",
        "openid-sandbox-configuration",
    ]
    .into_iter()
    .fold(Router::new(), |router, name| {
        router
            .route(&format!("/.well-known/{name}"), get(identity::discovery))
            .route(&format!("/.well-known/{name}/"), get(identity::discovery))
    })
}

/// Enters the request, lets a failure that was asked for happen, and marks the answer as Intuit does.
async fn witness(State(play): State<Arc<Play>>, request: Request, next: Next) -> Response {
    let tid = play.clock.tid();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().to_owned();
    let number =
        play.ledger.arrived((&parts.method, &parts.uri), &parts.headers, &body, (&tid, play.clock.now()));
    play.pass(&path).await;
    let request = Request::from_parts(parts, Body::from(body));
    let mut response = match play.next_failure(&path) {
        Some(failure) => {
            play.ledger.befell(number, &failure.mischief);
            mischief::strike(&play, &failure, request, next).await
        }
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    if let Ok(tid) = HeaderValue::from_str(&tid) {
        headers.entry(INTUIT_TID).or_insert(tid);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if response.extensions().get::<Cut>().is_none() {
        play.ledger.answered(number, response.status().as_u16());
    }
    response
}

/// The token of `Authorization: Bearer`, if there is one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
