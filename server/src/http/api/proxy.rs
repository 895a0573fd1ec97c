//! `ANY /api/v1/connections/{id}/proxy/{path}`: a call of the provider, with the token put in. Bodies
//! flow through both ways; where they may go is decided by `passage`.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::io;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::connections::named;
use super::key::Key;
use super::problem::{Problem, Theirs};
use super::table::{Route, Shape, Verb};
use super::token::without_token;
use crate::passage::{Answer, Call, Stopped, gather, pass};
use crate::state::Shared;
use crate::store::api_keys::Scope;

pub(super) fn routes() -> Vec<Route> {
    Verb::ALL.into_iter().map(route).collect()
}

fn route(verb: Verb) -> Route {
    let route = Route::new(verb, "/connections/{id}/proxy/{*path}", call).needs(Scope::Proxy).about(
        "Calls the provider with the connection's token",
        "Method, path, query and body go on as they are, where the integration takes them (QuickBooks Online: GET and \
         POST below `v3/company/` and the company's id); the answer comes back as it is, its redirects never. Of \
         the headers pass those that say how to read a body. An answer of the provider has no `code`.",
    );
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    without_token(named(route))
        .parameter("path", "The provider's path, without its first slash and without any escape.", text)
        .gives(StatusCode::OK, "Whatever the provider answers, with its own status.", Some(anything()))
        .refuses(StatusCode::FORBIDDEN, "`scope_missing`, or `path_refused`: the path is none that may be called.")
        .refuses(StatusCode::METHOD_NOT_ALLOWED, "`method_refused`: the integration takes no such calls.")
        .refuses(StatusCode::PAYLOAD_TOO_LARGE, "`too_large`: the body is larger than the operator allows.")
        .refuses(
            StatusCode::TOO_MANY_REQUESTS,
            "`company_paced`: the company is asked as fast as its provider allows; `too_many_requests`: the key asks \
             too often. `Retry-After` says when to try again.",
        )
        .refuses(
            StatusCode::BAD_GATEWAY,
            "`provider_unreachable`: nothing was sent. `provider_redirects`, `answer_too_large`: its answer is not \
             passed on. `keys_refused`: the operator must act.",
        )
        .refuses(
            StatusCode::SERVICE_UNAVAILABLE,
            "`provider_busy`: the provider gives no tokens at this moment. `send_again`: the token had to be renewed, \
             and the body was too large to be kept. `Retry-After` says when to try again.",
        )
        .refuses(
            StatusCode::GATEWAY_TIMEOUT,
            "`provider_silent`: no answer came in time; the provider may have done what it was asked.",
        )
}

fn anything() -> Shape {
    let body = ObjectBuilder::new().build();
    Shape { kind: "*/*", schema: body.into(), named: Vec::new() }
}

async fn call(
    State(app): State<Shared>,
    key: Key,
    Path((id, _)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if parts.uri.authority().is_some() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "refused", "Send the path alone, without a host."));
    }
    // As it was written: an escape must not become something else on its way.
    let path = parts.uri.path().splitn(5, '/').nth(4).unwrap_or_default();
    let body = gather(body.into_data_stream().map_err(io::Error::other).boxed()).await;
    let call = Call {
        method: parts.method,
        path: format!("/{path}"),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: body.map_err(|_| unread())?,
    };
    let answer = Box::pin(pass(&app, key.user(), &id, call)).await?;
    Ok(theirs(answer))
}

fn unread() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "unreadable", "The body did not arrive whole.")
}

fn theirs(Answer { status, headers, body }: Answer) -> Response {
    let mut response = (status, Body::from_stream(body)).into_response();
    *response.headers_mut() = headers;
    response.extensions_mut().insert(Theirs);
    response
}

impl From<Stopped> for Problem {
    fn from(stopped: Stopped) -> Self {
        let gateway = |code, detail: &str| Self::new(StatusCode::BAD_GATEWAY, code, detail);
        match stopped {
            Stopped::NoToken(none) => none.into(),
            Stopped::Method => Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_refused",
                "The integration takes no calls by this method.",
            ),
            Stopped::Path => Self::new(
                StatusCode::FORBIDDEN,
                "path_refused",
                "Only paths of the connection's own company may be called, written without any escape.",
            ),
            Stopped::Paced { seconds } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "company_paced",
                format!("The company is asked as fast as its provider allows; try again in {seconds} s."),
            )
            .worth_trying_in(seconds),
            Stopped::TooLarge => Self::of(StatusCode::PAYLOAD_TOO_LARGE),
            Stopped::AnswerTooLarge => gateway("answer_too_large", "The provider's answer is too large; ask for less."),
            Stopped::Unreachable => gateway("provider_unreachable", "The provider cannot be reached; nothing was sent."),
            Stopped::Redirected => {
                gateway("provider_redirects", "The provider answered with a redirect, which is not followed.")
            }
            Stopped::Silent => Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                "provider_silent",
                "The provider did not answer in time. It may have done what it was asked.",
            ),
            Stopped::SendAgain => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "send_again",
                "The token had to be renewed and the body was too large to be kept. Nothing was done; send it again.",
            )
            .worth_trying_in(1),
        }
    }
}
