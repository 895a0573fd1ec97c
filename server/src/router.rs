//! The routes, held against their table, and the layers around them. From the outside in:
//! [`headers::dress`], so that every answer has an id and its security headers; [`api::tell`], so that
//! every refusal of the API is a problem, whoever refused; the net under panics; the limit of time; the
//! gate; and innermost the pace and size of bodies, because only handlers that read one need them.

use std::any::Any;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;

use crate::http::assets::{self, Assets};
use crate::http::gate;
use crate::http::headers::{self, Policy};
use crate::http::routes::Routes;
use crate::http::{
    api, callback, connect, embed, health, metrics, notices, pace, page, session, signout, socket, table,
    widget,
};
use crate::state::Shared;

/// Forms and questions are small; what takes more says so at its route.
const BODY_LIMIT: usize = 16 * 1024;

/// Every route of the proxy, ready to serve; a sentence when the table does not list exactly these.
pub(crate) fn build(app: Shared, assets: Assets) -> Result<Router, String> {
    let policy = Policy::new(&app.config.server.public_url, &assets.style_hashes(), app.clock.clone());
    let (router, served) = routes(assets).into_parts();
    table::check(&served)?;
    let router = router
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(pace::limit))
        .layer(middleware::from_fn_with_state(Shared::clone(&app), gate::pass));
    let measured = middleware::from_fn_with_state(Shared::clone(&app), metrics::measure);
    Ok(dressed(router.with_state(app), policy).layer(measured))
}

fn routes(assets: Assets) -> Routes {
    Routes::new()
        .merge(health::routes())
        .merge(page::routes())
        .merge(session::routes())
        .merge(signout::routes())
        .merge(socket::routes())
        .merge(api::routes())
        .merge(connect::routes())
        .merge(callback::routes())
        .merge(notices::routes())
        .merge(embed::routes(&assets))
        .merge(widget::routes())
        .merge(assets::routes(assets))
}

/// What no answer goes without.
fn dressed(router: Router, policy: Policy) -> Router {
    router
        .layer(middleware::from_fn(pace::hurry))
        .layer(CatchPanicLayer::custom(caught))
        .layer(middleware::from_fn(api::tell))
        .layer(middleware::from_fn_with_state(Arc::new(policy), headers::dress))
}

/// A panic ends one request, not the process. Its message may hold anything, so it is not shown; it
/// was counted, and its place logged, by `telemetry`.
fn caught(_panic: Box<dyn Any + Send>) -> Response {
    page::our_fault().into_response()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use axum::routing::{get, put};
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    use super::*;
    use crate::clock::Clock;
    use crate::telemetry;

    async fn panicking() -> Result<(), Infallible> {
        // What a secret in a message would look like.
        std::panic::panic_any("pbk_canary_4711".to_owned());
    }

    #[tokio::test]
    async fn sm_04_a_panic_is_one_dressed_answer_and_is_counted() {
        let url = "https://store.example".parse().expect("a URL");
        let policy = Policy::new(&url, &[], Clock::system());
        let router = Router::new().route("/", get(async || "fine")).route("/panic", get(panicking));
        let service = TowerToHyperService::new(dressed(router, policy));
        let ask = async |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
            let Ok(answer) = service.call(request).await;
            answer
        };
        let told_by_others = std::panic::take_hook();
        telemetry::watch_panics();
        let before = telemetry::panics();
        let answer = ask("/panic").await;
        let counted = telemetry::panics();
        std::panic::set_hook(told_by_others);
        assert_eq!((answer.status(), counted > before), (StatusCode::INTERNAL_SERVER_ERROR, true));
        assert!(answer.headers().contains_key("strict-transport-security"));
        let body = to_bytes(answer.into_body(), 65_536).await.expect("a body");
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("Something went wrong on our side") && !body.contains("canary"), "{body}");
        assert_eq!(ask("/").await.status(), StatusCode::OK, "others are served");
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_flows_may_take_longer_than_the_longest_handler() {
        let url = "https://store.example".parse().expect("a URL");
        let policy = Policy::new(&url, &[], Clock::system());
        let slowly = async || {
            let never = std::future::pending::<()>();
            drop(tokio::time::timeout(std::time::Duration::from_mins(10), never).await);
        };
        let flows = "/api/v1/tenants/{tenant}/records/{kind}";
        let router = Router::new().route(flows, put(slowly).post(slowly)).route("/slow", get(slowly));
        let service = TowerToHyperService::new(dressed(router, policy));
        for (method, path, status) in [
            ("PUT", "/api/v1/tenants/a/records/tax", StatusCode::OK),
            ("POST", "/api/v1/tenants/a/records/tax", StatusCode::SERVICE_UNAVAILABLE),
            ("GET", "/slow", StatusCode::SERVICE_UNAVAILABLE),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
            let Ok(answer) = service.call(request).await;
            assert_eq!(answer.status(), status, "{method} {path}");
        }
    }
}
