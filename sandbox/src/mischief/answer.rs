//! What goes out, and how far, when a failure strikes.

use std::{future::pending, time::Duration};

use axum::{
    Json,
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use super::{Failure, Mischief, Point, bodies, garbage};
use crate::{quickbooks::faults, state::Play};

/// Marks an answer of which the accept loop sends nothing.
#[derive(Clone, Copy)]
pub(crate) struct Cut;

/// Lets a failure happen to a request.
pub(crate) async fn strike(play: &Play, failure: &Failure, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = match (&failure.mischief, failure.after_work) {
        (Mischief::Delay { milliseconds }, false) => {
            wait(*milliseconds).await;
            next.run(request).await
        }
        (_, true) => {
            let done = next.run(request).await;
            befall(play, failure, &path, done).await
        }
        (_, false) => befall(play, failure, &path, undone(play, failure.status(), &path)).await,
    };
    with_headers(response, failure)
}

/// What would have been the answer to work that is not done: Intuit's refusal, or next to nothing.
fn undone(play: &Play, status: StatusCode, path: &str) -> Response {
    if status.is_success() {
        (status, Json(json!({ "time": play.clock.stamp() }))).into_response()
    } else {
        faults::injected(play, status, path)
    }
}

/// What becomes of an answer.
async fn befall(play: &Play, failure: &Failure, path: &str, lost: Response) -> Response {
    let status = failure.status();
    match &failure.mischief {
        Mischief::Refuse => faults::injected(play, status, path),
        Mischief::Answer { content_type, body } => own(status, content_type.as_deref(), body.clone()),
        Mischief::Delay { milliseconds } => {
            wait(*milliseconds).await;
            lost
        }
        Mischief::Hang(Point::Connect) => pending().await,
        Mischief::Hang(point) => bodies::hanging(lost, *point == Point::Body).await,
        Mischief::Drip { pause_milliseconds } => bodies::dripping(lost, *pause_milliseconds).await,
        Mischief::Drop(Point::Connect) => (axum::Extension(Cut), status).into_response(),
        Mischief::Drop(point) => bodies::dropping(lost, *point == Point::Body).await,
        Mischief::Garbage(kind) => garbage::answer(*kind, status, lost).await,
        Mischief::Huge(huge) => bodies::huge(*huge, status),
        Mischief::Redirect { to } => own(status, None, String::new()).with(header::LOCATION, to),
        Mischief::Fault { code, message, detail } => {
            let words = [("Message", message.as_deref()), ("Detail", detail.as_deref())];
            faults::worded(&play.clock, status, code, &words)
        }
    }
}

async fn wait(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

fn own(status: StatusCode, content_type: Option<&str>, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    match content_type {
        Some(kind) => response.with(header::CONTENT_TYPE, kind),
        None => response,
    }
}

fn with_headers(response: Response, failure: &Failure) -> Response {
    failure.headers.iter().fold(response, |response, (name, value)| {
        match HeaderName::from_bytes(name.as_bytes()) {
            Ok(name) => response.with(name, value),
            Err(_) => unsendable(name, value),
        }
    })
}

/// Said aloud, since a test whose header was silently left out would show nothing.
fn unsendable(name: &str, value: &str) -> Response {
    let problem = format!("HTTP has no header {name:?} with the value {value:?}");
    (StatusCode::INTERNAL_SERVER_ERROR, problem).into_response()
}

/// A response with one more header, whatever its text.
trait With {
    fn with(self, name: HeaderName, value: &str) -> Response;
}

impl With for Response {
    fn with(mut self, name: HeaderName, value: &str) -> Response {
        match HeaderValue::from_bytes(value.as_bytes()) {
            Ok(text) => {
                self.headers_mut().insert(name, text);
                self
            }
            Err(_) => unsendable(name.as_str(), value),
        }
    }
}
