//! The store inside a portal's page: `/embed/{portal}` is the store's document, told which portal it
//! serves and which origins may frame it and speak with it. It reads no cookie and sets none.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::{Extension, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use html_escape::encode_double_quoted_attribute as attribute;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::assets::Assets;
use super::headers::Reach;
use super::page;
use super::routes::{Methods, Routes, get};
use crate::state::{App, Shared};
use crate::store::StoreError;

/// Talks with the page around the frame, before the program is there.
const SCRIPT: &str = include_str!("../../../public/frame.js");

/// The store's document, cut where the portal's part goes.
#[derive(Clone)]
struct Document {
    /// Up to the end of the first tag's name.
    start: Arc<str>,
    /// What follows, with the frame's script before the program's.
    rest: Arc<str>,
}

#[derive(Deserialize)]
struct Place {
    portal: String,
}

pub(crate) fn routes(assets: &Assets) -> Routes {
    let document = assets.document().and_then(|text| Document::cut(&text));
    let document = Methods::of("GET", routing::get(embed).layer(Extension(document)));
    Routes::new()
        .route("/embed/{portal}", document.clone())
        .route("/embed/{portal}/{*rest}", document)
        .route("/frame.js", get(script))
}

impl Document {
    /// None when the text is not the document that the build makes.
    fn cut(text: &str) -> Option<Self> {
        let (start, rest) = text.split_at(text.find("<html")? + "<html".len());
        let (head, body) = rest.split_once("</head>")?;
        // Modules run in the order of the document, so this one listens before the program starts.
        let rest = format!("{head}<script type=\"module\" src=\"/frame.js\"></script></head>{body}");
        Some(Self { start: start.into(), rest: rest.into() })
    }

    fn of(&self, portal: &str, origins: &[String]) -> String {
        let (portal, origins) = (attribute(portal), origins.join(" "));
        let origins = attribute(&origins);
        format!("{} data-portal=\"{portal}\" data-origins=\"{origins}\"{}", self.start, self.rest)
    }
}

async fn embed(
    State(app): State<Shared>,
    Extension(document): Extension<Option<Document>>,
    Path(Place { portal }): Path<Place>,
) -> Response {
    match (origins(&app, portal.clone()).await, document) {
        (Ok(Some(origins)), Some(document)) => framed(document.of(&portal, &origins), origins),
        (Ok(_), _) => page::not_found().into_response(),
        (Err(error), _) => {
            tracing::error!(%error, "a portal could not be looked up");
            page::our_fault().into_response()
        }
    }
}

/// Whose pages may frame this portal's store; none when there is no such portal.
async fn origins(app: &App, portal: String) -> Result<Option<Vec<String>>, StoreError> {
    let read = app.store.read(move |mut db| {
        Box::pin(async move {
            if db.portal(&portal).await?.is_none() {
                return Ok(None);
            }
            db.origins_of(&portal).await.map(Some)
        })
    });
    Ok(read.await?.map(|mut origins| {
        origins.retain(|origin| is_exact(origin));
        origins
    }))
}

/// Whether this is one origin and nothing else. A host may hold `*`, `;` and `'` by the standard of
/// URLs, and each of them means something in a policy.
fn is_exact(origin: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/.-_[]".contains(&byte);
    origin.bytes().all(plain)
        && Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin)
}

fn framed(html: String, origins: Vec<String>) -> Response {
    let mut answer = Html(html).into_response();
    // The program's own forms must be able to name their origin, see `guard::own_page`.
    answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    answer.extensions_mut().insert(Reach::FramedBy(origins));
    answer
}

/// The frame's script belongs to this build, so a browser asks each time whether it is still so.
async fn script(asked: HeaderMap) -> Response {
    let tag = format!("\"{}\"", &URL_SAFE_NO_PAD.encode(Sha256::digest(SCRIPT))[..22]);
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers: [(HeaderName, String); 2] =
        [(header::ETAG, tag), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if known {
        return (axum::http::StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><title>t</title></head><body>\
                        <script type=\"module\" src=\"/boot.js\"></script></body></html>";

    #[test]
    fn the_frames_script_stands_before_the_programs() {
        let html = Document::cut(PAGE).expect("a document").of("demo", &["https://a.example".to_owned()]);
        assert!(html.contains("<html data-portal=\"demo\" data-origins=\"https://a.example\" lang=\"en\">"));
        let place = |src: &str| html.find(src).expect("it is there");
        assert!(place("/frame.js") < place("/boot.js"), "{html}");
        assert!(Document::cut("no document").is_none());
    }

    #[test]
    fn what_a_portal_is_called_never_becomes_markup() {
        let html = Document::cut(PAGE).expect("a document").of("\"><script>", &["\" onload=\"x".to_owned()]);
        assert!(!html.contains("\"><script>") && !html.contains("\" onload"), "{html}");
    }

    #[test]
    fn em_01_only_an_exact_origin_gets_into_a_policy() {
        for exact in ["https://a.example", "http://portal.localhost:7320", "http://127.0.0.1:8080"] {
            assert!(is_exact(exact), "{exact}");
        }
        for other in [
            "https://a.example/",
            "https://a.example/x",
            "https://A.example",
            "https://a.example:443",
            "*",
            "null",
            "https://*.example",
            "https://a.example; script-src *",
            "https://a;b",
            "https://a'",
            "'self'",
            "data:",
            "https:",
            "",
        ] {
            assert!(!is_exact(other), "{other}");
        }
    }
}
