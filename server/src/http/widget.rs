//! The custom element that a portal's page loads, by version, so that a page can pin it with its hash
//! and every cache may keep it. A release keeps the files of those before it: pages name them.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::headers::Reach;
use super::page;
use super::routes::{Routes, get};

struct File {
    version: &'static str,
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

static FILES: &[File] = &[
    File {
        version: env!("CARGO_PKG_VERSION"),
        name: "patchbay-store.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("../../../public/widget/patchbay-store.js"),
    },
    File {
        version: env!("CARGO_PKG_VERSION"),
        name: "patchbay-store.d.ts",
        kind: "text/plain; charset=utf-8",
        text: include_str!("../../../public/widget/patchbay-store.d.ts"),
    },
];

pub(crate) fn routes() -> Routes {
    Routes::new().route("/widget/{version}/{name}", get(file))
}

async fn file(Path((version, name)): Path<(String, String)>) -> Response {
    let wanted = |file: &&File| file.version == version && file.name == name;
    let Some(file) = FILES.iter().find(wanted) else {
        return page::not_found().into_response();
    };
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(file.kind)), (header::CACHE_CONTROL, forever)];
    let mut answer = (headers, file.text).into_response();
    answer.extensions_mut().insert(Reach::LoadedByAll);
    answer
}
