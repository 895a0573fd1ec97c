//! How a request that changes something proves that a page of ours caused it, and no other site
//! (SE-05). Browsers set `Origin` and `Sec-Fetch-Site` themselves and let no page change them.

use axum::http::{HeaderMap, HeaderName, header};

use crate::state::App;

/// What only a script of our own origin can add: for others a browser asks first, and we never agree.
const CUSTOM: HeaderName = HeaderName::from_static("x-patchbay");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the request names our public origin, exactly and once.
pub(super) fn own_origin(app: &App, headers: &HeaderMap) -> bool {
    let ours = app.config.server.public_url.origin().ascii_serialization();
    is(headers, header::ORIGIN, &ours)
}

/// Whether a page of ours, and nobody else, caused this request. A form's page must not send
/// `no-referrer`, or the browser says `Origin: null` (Fetch standard, "append a request Origin header").
pub(super) fn own_page(app: &App, headers: &HeaderMap) -> bool {
    own_origin(app, headers) && is(headers, FETCH_SITE, "same-origin")
}

/// Whether a script of ours caused it; no form can.
pub(super) fn own_script(app: &App, headers: &HeaderMap) -> bool {
    own_page(app, headers) && is(headers, CUSTOM, "1")
}

/// Whether a header is there once, with this value.
fn is(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    let mut values = headers.get_all(name).iter();
    values.next().is_some_and(|value| value.as_bytes() == wanted.as_bytes()) && values.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_is_said_twice_is_not_believed() {
        let mut headers = HeaderMap::new();
        assert!(!is(&headers, CUSTOM, "1"));
        headers.append(CUSTOM, header::HeaderValue::from_static("1"));
        assert!(is(&headers, CUSTOM, "1") && !is(&headers, CUSTOM, "2"));
        headers.append(CUSTOM, header::HeaderValue::from_static("1"));
        assert!(!is(&headers, CUSTOM, "1"));
    }
}
