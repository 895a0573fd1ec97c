//! What every request passes before its handler, by its row in the table: the size of its head, its
//! method, and how often its address may come.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::page::Page;
use super::table::{self, Pace};
use super::{api, peer};
use crate::limits::TooMany;
use crate::state::Shared;

/// A head beyond this many bytes is refused here, with our headers on the answer. The connection
/// itself reads twice as much before it gives up without a word of ours.
const HEAD_LIMIT: usize = 16 * 1024;

/// The layer around every route.
pub(crate) async fn pass(State(app): State<Shared>, request: Request, next: Next) -> Response {
    if head_size(request.uri(), request.headers()) > HEAD_LIMIT {
        return refused(request.uri(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await;
    };
    if let Some(refusal) = refusal(&app, &request, path.as_str()) {
        return refusal;
    }
    let mut answer = next.run(request).await;
    let theirs = answer.extensions().get::<api::Theirs>().is_some();
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED && !theirs {
        allow(answer.headers_mut(), path.as_str());
    }
    answer
}

/// The answer to what does not get as far as the handler of this path.
fn refusal(app: &Shared, request: &Request, path: &str) -> Option<Response> {
    let head = request.method() == Method::HEAD;
    let method = if head { Method::GET.as_str() } else { request.method().as_str() };
    let row = table::find(method, path)?;
    if head && row.changes() {
        return Some(not_this_way(path));
    }
    if row.pace != Pace::Visit {
        return None;
    }
    app.limits.visit(peer::of(request.extensions()), app.clock.now()).map_err(too_many).err()
}

fn not_this_way(path: &str) -> Response {
    let mut answer = StatusCode::METHOD_NOT_ALLOWED.into_response();
    allow(answer.headers_mut(), path);
    answer
}

fn allow(headers: &mut HeaderMap, path: &str) {
    // Methods are ASCII that we wrote.
    if let Ok(value) = HeaderValue::try_from(table::allowed(path)) {
        headers.insert(header::ALLOW, value);
    }
}

/// Bytes of a request line and its headers, as they came.
fn head_size(uri: &Uri, headers: &HeaderMap) -> usize {
    let target = uri.path().len() + uri.query().map_or(0, str::len);
    let fields = headers.iter().map(|(name, value): (&HeaderName, _)| name.as_str().len() + value.len() + 4);
    target + fields.sum::<usize>()
}

fn refused(uri: &Uri, status: StatusCode) -> Response {
    if uri.path().starts_with("/api/") {
        return api::Problem::new(status, "head_too_large", "Send fewer or shorter headers.").into_response();
    }
    Page::new(status, "Your browser sent too much")
        .line("Its cookies or the address are longer than we read. Clear the cookies of this site and try again.")
        .into_response()
}

/// Too many visits of one address, for a person.
pub(super) fn too_many(wait: TooMany) -> Response {
    let page = Page::new(StatusCode::TOO_MANY_REQUESTS, "That was a lot at once")
        .line(format!("Wait {} and try again. Nothing was used up.", seconds(wait.seconds)));
    ([retry_after(wait)], page).into_response()
}

/// How long to wait, as RFC 9110, 10.2.3 writes it.
pub(super) fn retry_after(wait: TooMany) -> (HeaderName, HeaderValue) {
    (header::RETRY_AFTER, HeaderValue::from(wait.seconds))
}

fn seconds(count: u64) -> String {
    if count == 1 { "a second".to_owned() } else { format!("{count} seconds") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_told_in_words_and_in_a_header() {
        let answer = too_many(TooMany { seconds: 3 });
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "3");
        assert_eq!((seconds(1), seconds(2)), ("a second".to_owned(), "2 seconds".to_owned()));
    }

    #[test]
    fn a_head_is_measured_with_its_address() {
        let uri = Uri::from_static("/a?bc");
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("x"))]);
        assert_eq!(head_size(&uri, &headers), 4 + 4 + 1 + 4);
    }
}
