//! The portal's addresses. Whatever asks Patchbay for something is a POST, so that no prefetch and
//! no crawler uses up a link or a session.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Json, Redirect, Response};
use axum::routing::{get, post};

use crate::inbox::Inbox;
use crate::pages::{self, Store};
use crate::records::Kind;
use crate::sending::Sending;
use crate::{say, sentence};

/// What every page may need.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) sending: Arc<Sending>,
    pub(crate) store: Store,
    pub(crate) inbox: Arc<Inbox>,
}

/// The whole site.
pub(crate) fn all(site: Site) -> Router {
    Router::new()
        .route("/", get(dashboard))
        .route("/products", get(async || Html(pages::products())))
        .route("/orders", get(async || Html(pages::orders())))
        .route("/customers", get(async || Html(pages::records(Kind::Customers))))
        .route("/suppliers", get(async || Html(pages::records(Kind::Suppliers))))
        .route("/taxes", get(async || Html(pages::records(Kind::Taxes))))
        .route("/integrations", get(integrations))
        .route("/integrations/open", post(open))
        .route("/integrations/send", post(send))
        .route("/patchbay/session", post(session))
        .route("/patchbay/webhooks", post(told))
        .route("/portal.css", file("text/css; charset=utf-8", include_str!("../static/portal.css")))
        .route("/portal.js", file("text/javascript; charset=utf-8", include_str!("../static/portal.js")))
        .route("/logo.svg", file("image/svg+xml", include_str!("../static/logo.svg")))
        .route("/healthz", get(async || "ok"))
        .fallback(async || (StatusCode::NOT_FOUND, Html(pages::not_found())))
        .layer(from_fn_with_state(policy(&site.store), harden))
        .with_state(site)
}

fn file<S: Clone + Send + Sync + 'static>(
    kind: &'static str,
    text: &'static str,
) -> axum::routing::MethodRouter<S> {
    get(move || async move { ([(header::CONTENT_TYPE, kind)], text) })
}

async fn dashboard(State(site): State<Site>) -> Html<String> {
    Html(pages::dashboard(&site.store))
}

async fn integrations(State(site): State<Site>) -> Html<String> {
    Html(shown(&site, None))
}

/// `problem` is what went wrong with what was asked for last.
fn shown(site: &Site, problem: Option<&str>) -> String {
    pages::integrations(&site.store, &site.sending.state(), &site.inbox.last(), problem)
}

/// What Patchbay tells us. Whoever forges it learns nothing; what is slow is done after the answer.
async fn told(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match site.inbox.take(&headers, &body) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(problem) => {
            say(&format!("a webhook was refused: {problem}"));
            StatusCode::BAD_REQUEST
        }
    }
}

/// A session in the store for whoever is signed in: what the page's script asks for. A page of
/// another site cannot send this header with its visitor's request, so it can ask for none.
async fn session(State(site): State<Site>, headers: HeaderMap) -> Response {
    if !headers.contains_key("x-northwind") {
        return StatusCode::FORBIDDEN.into_response();
    }
    match site.sending.session().await {
        Ok(session) => Json(session).into_response(),
        Err(problem) => (StatusCode::BAD_GATEWAY, sentence(&problem.into())).into_response(),
    }
}

/// Asks for a link for whoever is signed in and sends the browser there.
async fn open(State(site): State<Site>) -> Response {
    match site.sending.link().await {
        Ok(link) => Redirect::to(&link.url).into_response(),
        Err(problem) => {
            let problem = sentence(&problem.into());
            (StatusCode::BAD_GATEWAY, Html(shown(&site, Some(&problem)))).into_response()
        }
    }
}

async fn send(State(site): State<Site>) -> Redirect {
    site.sending.send_all().await;
    Redirect::to("/integrations")
}

/// The store is the one origin that we load a script from and frame. `form-action` is left out: it
/// would also stop the redirect of `open` into the store.
fn policy(store: &Store) -> String {
    let origin = &store.origin;
    format!(
        "default-src 'none'; script-src 'self' {origin}; frame-src {origin}; style-src 'self'; \
         img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The headers of every answer.
async fn harden(State(policy): State<String>, request: axum::extract::Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
