//! What went wrong at Intuit: the service's envelope, the gateway's lower-case one, XML although
//! JSON was asked for, and no body at all.

use http::HeaderMap;
use serde::Deserialize;

use crate::providers::{ProviderCause, ProviderFault, retry_after};

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Fault", alias = "fault")]
    fault: Option<Errors>,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(rename = "Error", alias = "error", default)]
    errors: Vec<Code>,
}

#[derive(Deserialize)]
struct Code {
    code: Option<String>,
}

/// `intuit_tid`, for support.
pub(super) fn trace(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("intuit_tid")?.to_str().ok()?;
    Some(text.chars().take(128).collect())
}

/// A fault without status, code or trace.
pub(super) fn without_answer(cause: ProviderCause) -> ProviderFault {
    ProviderFault { cause, status: None, code: None, trace: None }
}

/// The fault in an answer, if there is one. A 200 may hold one too.
pub(super) fn found(status: u16, headers: &HeaderMap, body: &[u8]) -> Option<ProviderFault> {
    let code = match serde_json::from_slice::<Envelope>(body) {
        Ok(Envelope { fault: None }) if status == 200 => return None,
        Ok(Envelope { fault }) => fault.and_then(|fault| fault.errors.into_iter().next()?.code),
        Err(_) => code_in_xml(body),
    };
    let readable = code.is_some() || status != 200 || serde_json::from_slice::<Envelope>(body).is_ok();
    let cause = if readable { cause(status, code.as_deref(), headers) } else { ProviderCause::Garbled };
    Some(ProviderFault { cause, status: Some(status), code, trace: trace(headers) })
}

fn cause(status: u16, code: Option<&str>, headers: &HeaderMap) -> ProviderCause {
    match (status, code) {
        (429, _) | (_, Some("3001" | "003001")) => ProviderCause::Limited { seconds: wait(headers) },
        (401, _) | (_, Some("3200" | "003200")) => ProviderCause::Unauthorized,
        (403, _) | (_, Some("3100" | "003100")) => ProviderCause::Forbidden,
        (500.., _) | (_, Some("10000")) => ProviderCause::Unreachable,
        (300..=399, _) => ProviderCause::Garbled,
        _ => ProviderCause::Refused,
    }
}

/// Seconds to wait, within reason.
fn wait(headers: &HeaderMap) -> u32 {
    u32::try_from(retry_after::wait(headers).as_secs()).unwrap_or(u32::MAX)
}

/// The first `<Error code="...">`. Throttling faults came as XML whatever was asked for.
fn code_in_xml(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body.get(..body.len().min(4096))?).ok()?;
    let (_, rest) = text.split_once("<Error code=\"")?;
    let (code, _) = rest.split_once('"')?;
    (code.len() <= 16).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(status: u16, body: &str) -> Option<(ProviderCause, Option<String>)> {
        found(status, &HeaderMap::new(), body.as_bytes()).map(|fault| (fault.cause, fault.code))
    }

    #[test]
    fn an_answer_without_fault_is_none() {
        assert_eq!(fault(200, r#"{"QueryResponse":{},"time":"x"}"#), None);
    }

    #[test]
    fn the_service_envelope_is_read() {
        let body = r#"{"Fault":{"Error":[{"Message":"Invalid query","Detail":"x","code":"4001"}],"type":"ValidationFault"},"time":"x"}"#;
        assert_eq!(fault(400, body), Some((ProviderCause::Refused, Some("4001".to_owned()))));
    }

    #[test]
    fn a_fault_inside_a_200_is_a_fault() {
        let body = r#"{"Fault":{"Error":[{"Message":"m","code":"10000"}],"type":"SystemFault"}}"#;
        assert_eq!(fault(200, body), Some((ProviderCause::Unreachable, Some("10000".to_owned()))));
    }

    #[test]
    fn the_gateway_envelope_is_read() {
        let body = r#"{"warnings":null,"fault":{"error":[{"message":"m","detail":null,"code":"3200","element":null}],"type":"AUTHENTICATION"},"time":1730024394085}"#;
        assert_eq!(fault(401, body), Some((ProviderCause::Unauthorized, Some("3200".to_owned()))));
        let body = body.replace("3200", "3100");
        assert_eq!(fault(403, &body), Some((ProviderCause::Forbidden, Some("3100".to_owned()))));
    }

    #[test]
    fn throttling_is_seen_in_xml_and_without_body() {
        let body = r#"<IntuitResponse time="x"><Fault type="SERVICE"><Error code="3001"><Message>m</Message></Error></Fault></IntuitResponse>"#;
        let limited = ProviderCause::Limited { seconds: 60 };
        assert_eq!(fault(403, body), Some((limited, Some("3001".to_owned()))));
        assert_eq!(fault(429, ""), Some((limited, None)));
    }

    #[test]
    fn rf_11_the_wait_that_is_asked_for_is_passed_on() {
        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, "7".parse().unwrap())]);
        let limited = found(429, &headers, b"").map(|fault| fault.cause);
        assert_eq!(limited, Some(ProviderCause::Limited { seconds: 7 }));
    }

    #[test]
    fn what_cannot_be_read_is_garbled() {
        for body in ["", "<html>", r#"{"QueryResp"#, "[1]", "\u{0}"] {
            assert_eq!(fault(200, body), Some((ProviderCause::Garbled, None)), "{body}");
        }
        assert_eq!(fault(302, ""), Some((ProviderCause::Garbled, None)));
    }

    #[test]
    fn statuses_without_code_have_their_cause() {
        assert_eq!(fault(503, "<html>busy</html>"), Some((ProviderCause::Unreachable, None)));
        assert_eq!(fault(404, ""), Some((ProviderCause::Refused, None)));
        assert_eq!(fault(401, ""), Some((ProviderCause::Unauthorized, None)));
    }
}
