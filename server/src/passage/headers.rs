//! Which headers pass, each way: those of a list, so that nothing new passes by itself. Hop-by-hop
//! headers are on none of them, and what `Connection` names is one as well (RFC 9110, 7.6.1).

use http::{HeaderMap, HeaderName, header};

/// What tells a provider how to read a call and how to answer it.
const ONWARD: [HeaderName; 12] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::RANGE,
];

/// What tells the caller how to read an answer, and when to come again.
const BACK: [HeaderName; 10] = [
    header::ACCEPT_RANGES,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::ETAG,
    header::LAST_MODIFIED,
    header::RETRY_AFTER,
];

/// What goes on to the provider; `more` are headers that the integration takes besides.
pub(super) fn onward(came: &HeaderMap, more: &[String]) -> HeaderMap {
    passed(came, &ONWARD, more)
}

/// What goes back to the caller; `more` are headers of the integration's own.
pub(super) fn back(came: &HeaderMap, more: &[String]) -> HeaderMap {
    passed(came, &BACK, more)
}

fn passed(came: &HeaderMap, known: &[HeaderName], more: &[String]) -> HeaderMap {
    let passes = |name: &HeaderName| known.contains(name) || more.iter().any(|other| other == name.as_str());
    let hops = hops(came);
    came.iter()
        .filter(|(name, _)| passes(name) && !hops.iter().any(|hop| hop.eq_ignore_ascii_case(name.as_str())))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Headers that are said to be for this hop alone. A length is never one of them: without it the
/// body's end would be another one.
fn hops(came: &HeaderMap) -> Vec<&str> {
    let values = came.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.eq_ignore_ascii_case("content-length"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn nothing_of_the_caller_goes_on_but_how_to_read_it() {
        let came = headers(&[
            ("authorization", "Bearer pb_1"),
            ("cookie", "__Host-patchbay=1"),
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=192.0.2.1"),
            ("via", "1.1 backend"),
            ("host", "store.example"),
            ("user-agent", "acme/1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("proxy-authorization", "Basic eA=="),
            ("upgrade", "h2c"),
            ("connection", "keep-alive, X-Hop, Accept-Language, Content-Length"),
            ("x-hop", "1"),
            ("accept", "application/json"),
            ("accept-language", "en"),
            ("content-type", "application/json"),
            ("content-length", "2"),
        ]);
        assert_eq!(names(&onward(&came, &[])), ["accept", "content-length", "content-type"]);
    }

    #[test]
    fn nothing_of_the_provider_comes_back_but_how_to_read_it() {
        let came = headers(&[
            ("set-cookie", "JSESSIONID=1"),
            ("access-control-allow-origin", "*"),
            ("access-control-allow-credentials", "true"),
            ("strict-transport-security", "max-age=1"),
            ("location", "http://evil.example/"),
            ("server", "nginx"),
            ("via", "1.1 intuit"),
            ("connection", "close"),
            ("transfer-encoding", "chunked"),
            ("content-type", "application/json"),
            ("intuit_tid", "1-2-3"),
            ("retry-after", "60"),
        ]);
        let passed = back(&came, &["intuit_tid".to_owned()]);
        assert_eq!(names(&passed), ["content-type", "intuit_tid", "retry-after"]);
    }
}
