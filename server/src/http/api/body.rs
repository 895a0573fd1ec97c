//! Bodies of requests, read with all their limits: of the right kind, whole, and with no field that
//! nobody asked for.

use std::error::Error as _;
use std::marker::PhantomData;
use std::{fmt, io};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;

use super::problem::Problem;
use crate::state::Shared;

/// One JSON value.
pub(super) const JSON: &str = "application/json";
/// One JSON value a line.
pub(super) const NDJSON: &str = "application/x-ndjson";

/// A JSON body. Its type refuses unknown fields, so that nothing is set by accident.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        let body = read(request, app, JSON).await?;
        object(&body).map(Self).map_err(|error| match error.classify() {
            Category::Data => Problem::invalid(format!("The body does not fit: {error}.")),
            _ => {
                Problem::new(StatusCode::BAD_REQUEST, "unreadable", format!("The body is no JSON: {error}."))
            }
        })
    }
}

/// Lines that are read one by one.
pub(crate) struct Lines(pub(crate) Bytes);

impl FromRequest<Shared> for Lines {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        read(request, app, NDJSON).await.map(Self)
    }
}

/// Lines that are read while they arrive, however many.
pub(crate) struct Flowing(pub(crate) BoxStream<'static, Result<Bytes, Cut>>);

/// Why a body ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Whoever sent it is gone.
    Broken,
    /// Too little came for too long.
    Slow,
    /// We are about to stop.
    Stopping,
}

impl FromRequest<Shared> for Flowing {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, Problem> {
        expect_kind(request.headers(), NDJSON)?;
        let chunks = request.into_body().into_data_stream();
        Ok(Self(chunks.map_err(|error| why_cut(&error)).boxed()))
    }
}

fn why_cut(error: &axum::Error) -> Cut {
    let mut cause = error.source();
    while let Some(one) = cause {
        if one.downcast_ref::<io::Error>().is_some_and(|one| one.kind() == io::ErrorKind::TimedOut) {
            return Cut::Slow;
        }
        cause = one.source();
    }
    Cut::Broken
}

async fn read(request: Request, app: &Shared, kind: &str) -> Result<Bytes, Problem> {
    expect_kind(request.headers(), kind)?;
    Bytes::from_request(request, app).await.map_err(|rejection| {
        let status = rejection.into_response().status();
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::of(status),
            _ => Problem::new(StatusCode::BAD_REQUEST, "unreadable", "The body did not arrive whole."),
        }
    })
}

/// The one JSON object that a text is.
pub(super) fn object<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = named(&mut json)?;
    json.end().map(|()| value)
}

/// An object by the names of its fields. Left alone, serde takes a list for a struct as well, its
/// values in the order in which we happen to write the fields.
pub(super) fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_map(Named(PhantomData))
}

struct Named<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Named<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// Demands a media type; parameters such as a charset do not matter.
fn expect_kind(headers: &HeaderMap, kind: &str) -> Result<(), Problem> {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(kind) {
        return Ok(());
    }
    let detail = format!("Send the body as Content-Type: {kind}.");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair {
        a: u8,
        b: u8,
    }

    #[test]
    fn in_01_a_list_is_no_object() {
        assert_eq!(object::<Pair>(b" {\"b\":2,\"a\":1} ").ok(), Some(Pair { a: 1, b: 2 }));
        for wrong in ["[1,2]", "{\"a\":1,\"b\":2}{}", "{\"a\":1,\"a\":1,\"b\":2}", "null", ""] {
            assert!(object::<Pair>(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
