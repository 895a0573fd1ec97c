//! What every answer bears: the security headers of guarantees.md (HD-01, HD-02) and a request id.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use url::Url;

use crate::clock::Clock;
use crate::error::reference;

/// How far an answer may reach, as an extension on it. Without one, no other site may frame it or
/// load it.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// Pages of exactly these origins may frame it.
    FramedBy(Vec<String>),
    /// Every page may load it: it holds our code and nothing else.
    LoadedByAll,
}

/// The headers of every answer, made once.
pub(crate) struct Policy {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The content policy but for who may frame the answer.
    content: String,
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
             form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors"
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
        if let Ok(value) = HeaderValue::try_from(format!("{content} 'none'")) {
            headers.push((header::CONTENT_SECURITY_POLICY, value));
        }
        if secure {
            let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            headers.push((header::STRICT_TRANSPORT_SECURITY, year));
        }
        Self { headers, content, clock }
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

    /// Opens what is otherwise closed, no farther than asked.
    fn open(&self, reach: &Reach, answer: &mut HeaderMap) {
        match reach {
            // A list that makes no header leaves the answer as it is: framed by nobody.
            Reach::FramedBy(origins) if !origins.is_empty() => {
                let policy = format!("{} {}", self.content, origins.join(" "));
                if let Ok(policy) = HeaderValue::try_from(policy) {
                    answer.insert(header::CONTENT_SECURITY_POLICY, policy);
                    answer.remove(header::X_FRAME_OPTIONS);
                }
            }
            Reach::FramedBy(_) => {}
            Reach::LoadedByAll => {
                let all = HeaderValue::from_static("*");
                answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, all);
                let all = HeaderValue::from_static("cross-origin");
                answer.insert(HeaderName::from_static("cross-origin-resource-policy"), all);
            }
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
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", request = id, method = request.method().as_str(), route, path);
    let mut answer = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::debug!(status = answer.status().as_u16(), "answered"));
    policy.put_on(answer.headers_mut());
    if let Some(reach) = answer.extensions_mut().remove::<Reach>() {
        policy.open(&reach, answer.headers_mut());
    }
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
    fn em_01_only_named_origins_may_frame_and_only_what_asks_for_it() {
        let url = Url::parse("https://store.example").expect("a URL");
        let policy = Policy::new(&url, &[], Clock::system());
        let dressed = |reach: Option<Reach>| {
            let mut headers = HeaderMap::new();
            policy.put_on(&mut headers);
            if let Some(reach) = reach {
                policy.open(&reach, &mut headers);
            }
            format!("{headers:?}")
        };
        let closed = dressed(None);
        assert!(closed.contains("frame-ancestors 'none'") && closed.contains("x-frame-options"), "{closed}");
        assert_eq!(dressed(Some(Reach::FramedBy(Vec::new()))), closed);
        let framed =
            dressed(Some(Reach::FramedBy(vec!["https://a.example".into(), "https://b.example".into()])));
        assert!(framed.contains("frame-ancestors https://a.example https://b.example\""), "{framed}");
        assert!(!framed.contains("x-frame-options") && framed.contains("script-src 'self'"), "{framed}");
        assert!(!closed.contains("access-control") && !framed.contains("access-control"));
        assert_eq!(dressed(Some(Reach::FramedBy(vec!["https://a.example\r\nX: y".into()]))), closed);
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
