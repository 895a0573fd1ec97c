//! How long an answer asks us to wait: `Retry-After` in both of its forms (RFC 9110, 10.2.3).

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};

/// The longest wait that is believed.
const MOST: Duration = Duration::from_mins(5);
/// The shortest, so that nobody is asked again in the same breath.
const LEAST: Duration = Duration::from_secs(1);
/// Intuit asks to wait a minute when it says nothing.
const UNSAID: Duration = Duration::from_mins(1);

/// How long to wait after an answer that says "too many", within reason.
pub(crate) fn wait(headers: &HeaderMap) -> Duration {
    asked(headers).unwrap_or(UNSAID).clamp(LEAST, MOST)
}

/// What the answer asks for; none when it asks for nothing that can be meant. A date is counted from
/// the answer's own `Date`, so that neither side's clock needs to be right.
fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = text(headers, &header::RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let then = httpdate::parse_http_date(text).ok()?;
    let sent = httpdate::parse_http_date(self::text(headers, &header::DATE)?).ok()?;
    Some(then.duration_since(sent).unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The wait for an answer of Sunday noon, in seconds.
    fn seconds(asked: &str) -> u64 {
        let date = "Sun, 06 Nov 1994 12:00:00 GMT".parse().unwrap();
        let headers = [(header::RETRY_AFTER, asked.parse().unwrap()), (header::DATE, date)];
        wait(&HeaderMap::from_iter(headers)).as_secs()
    }

    #[test]
    fn rf_11_seconds_are_honoured_within_reason() {
        for (asked, waits) in [("7", 7), (" 60 ", 60), ("0", 1), ("86400", 300)] {
            assert_eq!(seconds(asked), waits, "{asked}");
        }
        assert_eq!(seconds(&"9".repeat(40)), 300);
    }

    #[test]
    fn rf_11_a_date_is_counted_from_the_answers_own() {
        for (asked, waits) in [
            ("Sun, 06 Nov 1994 12:01:30 GMT", 90),
            ("Sunday, 06-Nov-94 12:01:30 GMT", 90),
            ("Sun Nov  6 12:01:30 1994", 90),
            ("Sun, 06 Nov 1994 11:00:00 GMT", 1),
            ("Sat, 06 Nov 2094 12:00:00 GMT", 300),
        ] {
            assert_eq!(seconds(asked), waits, "{asked}");
        }
        let undated = [(header::RETRY_AFTER, "Sun, 06 Nov 1994 12:01:30 GMT".parse().unwrap())];
        assert_eq!(wait(&HeaderMap::from_iter(undated)), UNSAID);
    }

    #[test]
    fn rf_11_what_cannot_be_meant_is_a_minute() {
        for asked in ["", "-1", "+5", "1.5", "soon", "60 s"] {
            assert_eq!(seconds(asked), 60, "{asked}");
        }
        assert_eq!(wait(&HeaderMap::new()), UNSAID);
    }
}
