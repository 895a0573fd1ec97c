//! The portal's addresses. Whatever asks Patchbay for something is a POST, so that no prefetch and
//! no crawler uses up a link.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::pages;
use crate::records::Kind;
use crate::sending::Sending;

type Shared = State<Arc<Sending>>;

/// The whole site.
pub(crate) fn all(sending: Arc<Sending>) -> Router {
    Router::new()
        .route("/", get(async || Html(pages::stock())))
        .route("/customers", get(async || Html(pages::records(Kind::Customers))))
        .route("/suppliers", get(async || Html(pages::records(Kind::Suppliers))))
        .route("/taxes", get(async || Html(pages::records(Kind::Taxes))))
        .route("/integrations", get(integrations))
        .route("/integrations/open", post(open))
        .route("/integrations/send", post(send))
        .route("/portal.css", get(style))
        .route("/healthz", get(async || "ok"))
        .fallback(async || (StatusCode::NOT_FOUND, Html(pages::not_found())))
        .layer(map_response(harden))
        .with_state(sending)
}

async fn integrations(State(sending): Shared) -> Html<String> {
    Html(pages::integrations(&sending.state(), None))
}

/// Asks for a link for whoever is signed in and sends the browser there.
async fn open(State(sending): Shared) -> Response {
    match sending.link().await {
        Ok(link) => Redirect::to(&link.url).into_response(),
        Err(problem) => {
            let page = pages::integrations(&sending.state(), Some(&problem.to_string()));
            (StatusCode::BAD_GATEWAY, Html(page)).into_response()
        }
    }
}

async fn send(State(sending): Shared) -> Redirect {
    sending.send_all().await;
    Redirect::to("/integrations")
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../style/portal.css"))
}

/// The headers of every answer. `form-action` is left out: it would also stop the redirect of
/// `open` into the store.
async fn harden(mut answer: Response) -> Response {
    let headers: &mut HeaderMap = answer.headers_mut();
    let policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
