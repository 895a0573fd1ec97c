//! The portal's interface: REST under `/api/v1`, API keys with scopes, problem+json (RFC 9457) for
//! errors. What there is stands in [`table`], once, for the router and for the OpenAPI document.

mod body;
mod connections;
mod events;
mod imports;
mod invitation;
mod key;
mod legacy;
mod links;
mod openapi;
mod problem;
mod provider_records;
mod proxy;
mod records;
mod rules;
mod sessions;
mod settings;
mod shown;
mod table;
mod tenants;
mod token;
mod webhooks;

use axum::http::StatusCode;

pub(crate) use problem::{Problem, Theirs, tell};

use super::routes::{Methods, Routes};

/// Where the API begins.
const ROOT: &str = "/api/v1";

pub(crate) fn routes() -> Routes {
    let api = Routes::new().fallback(async || Problem::of(StatusCode::NOT_FOUND));
    let api = table::table().into_iter().fold(api, |api, route| {
        let served = Methods::of(route.verb.capitals(), route.serve);
        api.route(route.path, served)
    });
    Routes::new().nest(ROOT, api)
}
