//! What every answer bears: the security headers of guarantees.md (HD-01, HD-02) and a request id.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use url::Url;

use crate::clock::Clock;
use crate::error::reference;

/// The headers of every answer, made once.
pub(crate) struct Policy {
    headers: Vec<(HeaderName, HeaderValue)>,
    clock: Clock,
}

impl Policy {
    /// `styles` are the hashes of the inline styles of the store's document, as CSP writes them.
    pub(crate) fn new(public_url: &Url, styles: &[String], clock: Clock) -> Self {
        let secure = public_url.scheme() == "https";
        let origin = public_url.origin().ascii_serialization();
        let socket = origin.replacen("http", "ws", 1);
        let styles = styles.iter().map(|hash| format!(" '{hash}'")).collect::<Vec<_>>().concat();
        let content = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'{styles}; \
             img-src 'self' data:; font-src 'self'; connect-src 'self' {socket}; manifest-src 'self'; \
             form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
        );
        let fixed = [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (
                HeaderName::from_static("permissions-policy"),
                "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
                 magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
            ),
        ];
        let mut headers: Vec<_> =
            fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        // Every part of the text is ASCII that we, or the URL parser, wrote.
        if let Ok(value) = HeaderValue::try_from(content) {
            headers.push((header::CONTENT_SECURITY_POLICY, value));
        }
        if secure {
            let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            headers.push((header::STRICT_TRANSPORT_SECURITY, year));
        }
        Self { headers, clock }
    }

    fn put_on(&self, answer: &mut HeaderMap) {
        for (name, value) in &self.headers {
            // A page with a form says `same-origin`, see `guard::own_page`.
            if name != header::REFERRER_POLICY || !answer.contains_key(name) {
                answer.insert(name, value.clone());
            }
        }
        if !answer.contains_key(header::CACHE_CONTROL) {
            answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

/// The id under which the log knows a request, for those inside who tell it on.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestRef(pub(crate) String);

/// The outermost layer: names the request, then dresses whatever answer comes.
pub(crate) async fn dress(State(policy): State<Arc<Policy>>, mut request: Request, next: Next) -> Response {
    let id = reference(&policy.clock);
    request.extensions_mut().insert(RequestRef(id.clone()));
    // The path alone: a query may hold a state or a code.
    let path = shown_path(request.uri().path());
    let span = tracing::info_span!("request", %id, method = %request.method(), path);
    let mut answer = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::debug!(status = answer.status().as_u16(), "answered"));
    policy.put_on(answer.headers_mut());
    if let Ok(value) = HeaderValue::try_from(id) {
        answer.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    answer
}

/// A path fit for a log: a link code is a secret.
fn shown_path(path: &str) -> &str {
    if path.starts_with("/enter/") { "/enter/..." } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(url: &str) -> String {
        let url = Url::parse(url).expect("a URL");
        let mut headers = HeaderMap::new();
        Policy::new(&url, &["sha256-abc".to_owned()], Clock::system()).put_on(&mut headers);
        format!("{headers:?}")
    }

    #[test]
    fn hd_01_the_policy_names_its_own_socket_and_style_hashes() {
        let secure = policy("https://store.example");
        assert!(secure.contains("connect-src 'self' wss://store.example;"), "{secure}");
        assert!(secure.contains("style-src 'self' 'sha256-abc';"), "{secure}");
        assert!(!secure.contains("unsafe-inline") && !secure.contains("'unsafe-eval'"), "{secure}");
    }

    #[test]
    fn transport_security_is_asked_for_only_over_https() {
        assert!(policy("https://store.example").contains("strict-transport-security"));
        assert!(!policy("http://store.localhost:4000").contains("strict-transport-security"));
    }

    #[test]
    fn a_link_code_never_stands_in_a_log() {
        assert_eq!(shown_path("/enter/AbCdEf"), "/enter/...");
        assert_eq!(shown_path("/callback/qbo"), "/callback/qbo");
    }
}
