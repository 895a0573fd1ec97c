//! Who may turn the switches: this machine, and on it no foreign web page.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, uri::Authority};
use url::Host;

use crate::state::Play;

/// Lets requests through that come from this machine and mean it, or all when that is allowed.
pub(super) async fn from_here(
    State(play): State<Arc<Play>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    // A page whose name was rebound to this machine still says that name.
    let means_us = play.remote_control || is_loopback(host(request.headers()));
    if means_us && (play.remote_control || peer.ip().to_canonical().is_loopback()) {
        return next.run(request).await;
    }
    refusal("The switches of the sandbox answer to its own machine alone, unless it allows remote control.")
}

/// Secrets are in these answers, so that nobody keeps them, and nobody reads them as something else.
pub(super) async fn kept_nowhere(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// Whether a body is JSON. A page elsewhere can only send that type after a preflight, which nothing here answers.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// Whether a form was sent from a page of ours: browsers name its origin, and nothing else sends forms here.
pub(super) fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text("origin").and_then(|origin| origin.split_once("://"));
    let same = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    same && origin.is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && rest == host(headers))
}

/// 403, and why.
pub(super) fn refusal(reason: &'static str) -> Response {
    (StatusCode::FORBIDDEN, reason).into_response()
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
    match named(host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The host of the header, which holds a name and a port and nothing else (RFC 9110, 7.2).
fn named(host: &str) -> Option<Host> {
    let authority: Authority = host.parse().ok()?;
    (!host.contains('@')).then(|| Host::parse(authority.host()).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_of_this_machine_is_this_machine() {
        for host in
            ["localhost", "LOCALHOST:4170", "intuit.localhost", "127.0.0.1:80", "127.9.9.9", "[::1]:80"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.com",
            "evil.com@localhost",
            "@localhost",
            "a:b@localhost:80",
            "localhost@",
            "localhost:@localhost",
            "localhost/evil",
            "localhost?evil",
            "localhost#evil",
            "localhost\\evil",
            "localhost evil",
            "localhost.evil.com",
            "notlocalhost",
            "10.0.0.1",
            "[::2]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
