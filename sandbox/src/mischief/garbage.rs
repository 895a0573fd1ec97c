//! Answers that cannot be read.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use super::{Garbage, bodies};

/// How deep the lists of [`Garbage::DeepJson`] are.
const DEPTH: usize = 100_000;
const INVALID_UTF8: &[u8] = b"{\"token_type\":\"bearer\",\"access_token\":\"\xff\xfe\xc3\x28\"}";
const DUPLICATE_KEYS: &str = r#"{"token_type":"bearer","access_token":"one","access_token":"two","refresh_token":"one","refresh_token":"two","expires_in":3600,"QueryResponse":{},"QueryResponse":[]}"#;
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>\
                    <body><h1>We&#39;ll be right back</h1></body></html>\n";

/// The garbage that stands in for an answer.
pub(super) async fn answer(garbage: Garbage, status: StatusCode, lost: Response) -> Response {
    let json = |body: Body| typed(status, "application/json;charset=utf-8", body);
    match garbage {
        Garbage::InvalidUtf8 => json(INVALID_UTF8.into()),
        Garbage::CutJson => bodies::halved(lost).await,
        Garbage::Html => typed(status, "text/html;charset=utf-8", PAGE.into()),
        Garbage::DeepJson => json([vec![b'['; DEPTH], vec![b']'; DEPTH]].concat().into()),
        Garbage::DuplicateKeys => json(DUPLICATE_KEYS.into()),
    }
}

fn typed(status: StatusCode, kind: &'static str, body: Body) -> Response {
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}
