//! Against a raw server: what leaves us, byte for byte, and what any answer does to us.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

use super::*;
use crate::config;

const ID: &str = "id:with %+/ \u{fc}";
const SECRET: &str = "s:%2F+ /?&=\u{fc}\u{20ac}";

/// Our clients, with one whose provider is at this origin.
fn registrations(origin: &str) -> Registrations {
    let wanted = config::Registration {
        id: "qbo".to_owned(),
        integration: "quickbooks-online".to_owned(),
        environment: "local".to_owned(),
        client_id: ID.to_owned(),
        client_secret: Secret::new(SECRET),
        origin: Some(Url::parse(origin).unwrap()),
        consumer: None,
        verifier_token: None,
    };
    Registrations::of_one(&wanted, &Url::parse("https://store.example").unwrap())
}

/// Answers one request with this status line and body, and gives the request.
async fn one_answer(status: &str, body: &str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let kind = "content-type: application/json;charset=utf-8";
    let answer = format!("HTTP/1.1 {status}\r\n{kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        loop {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).await.unwrap();
            request.extend_from_slice(&part[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    return text;
                }
            }
        }
    });
    (origin, server)
}

async fn renewed(status: &str, body: &str) -> Result<Granted, TokenFault> {
    let (origin, _server) = one_answer(status, body).await;
    let registrations = registrations(&origin);
    registrations.renew(registrations.get("qbo").unwrap(), &Secret::new("RT1-old")).await
}

#[tokio::test]
async fn oa_22_awkward_credentials_are_encoded_before_basic() {
    let body = r#"{"token_type":"bearer","access_token":"a","expires_in":3600,"refresh_token":"r"}"#;
    let (origin, server) = one_answer("200 OK", body).await;
    let registrations = registrations(&origin);
    let registration = registrations.get("qbo").unwrap();
    registrations.redeem(registration, &Secret::new("c&d"), Some(&Secret::new("v"))).await.ok().unwrap();
    let request = server.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /oauth2/v1/tokens/bearer HTTP/1.1"));
    assert!(head.contains(&format!("authorization: {}", basic(ID, SECRET))), "{head}");
    assert!(head.contains("accept: application/json"));
    assert!(head.contains("x-include-refresh-token-hard-expires-in: true"));
    let redirect = "redirect_uri=https%3A%2F%2Fstore.example%2Fcallback%2Fqbo";
    assert_eq!(body, format!("grant_type=authorization_code&code=c%26d&code_verifier=v&{redirect}"));
}

#[tokio::test]
async fn a_revocation_is_a_form_with_the_same_credentials() {
    for (status, expected) in [
        ("200 OK", Ok(())),
        ("400 Bad Request", Ok(())),
        ("401 Unauthorized", Err(TokenFault::InvalidClient)),
        ("503 Service Unavailable", Err(TokenFault::NoAnswer)),
        ("302 Found", Err(TokenFault::NoAnswer)),
        ("429 Too Many Requests\r\nretry-after: 7", Err(TokenFault::Limited { seconds: 7 })),
    ] {
        let (origin, server) = one_answer(status, "").await;
        let registrations = registrations(&origin);
        let revoked = registrations.revoke(registrations.get("qbo").unwrap(), &Secret::new("RT1+/=")).await;
        assert_eq!(revoked, expected, "{status}");
        let request = server.await.unwrap();
        assert!(request.contains(&format!("authorization: {}", basic(ID, SECRET))));
        assert!(request.ends_with("token=RT1%2B%2F%3D"));
    }
}

#[test]
fn basic_credentials_are_form_encoded_first() {
    // id%3Aa+b:s%3A%25%C3%BC
    assert_eq!(basic("id:a b", "s:%\u{fc}"), "Basic aWQlM0FhK2I6cyUzQSUyNSVDMyVCQw==");
}

#[tokio::test]
async fn every_refusal_has_its_fault() {
    for (status, body, expected) in [
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#, TokenFault::InvalidGrant),
        ("400 Bad Request", r#"{"error_description":"x","error":"invalid_grant"}"#, TokenFault::InvalidGrant),
        ("401 Unauthorized", r#"{"error":"invalid_client"}"#, TokenFault::InvalidClient),
        ("400 Bad Request", r#"{"error":"invalid_request"}"#, TokenFault::Refused),
        ("400 Bad Request", "", TokenFault::NoAnswer),
        ("429 Too Many Requests", "", TokenFault::Limited { seconds: 60 }),
        ("429 Too Many Requests\r\nretry-after: 7", r#"{"error":"x"}"#, TokenFault::Limited { seconds: 7 }),
        ("503 Service Unavailable", r#"{"error":"invalid_grant"}"#, TokenFault::NoAnswer),
        ("302 Found", r#"{"error":"invalid_grant"}"#, TokenFault::NoAnswer),
    ] {
        assert_eq!(renewed(status, body).await.err(), Some(expected), "{status} {body}");
    }
    let nobody = registrations("http://127.0.0.1:1");
    let refused = nobody.renew(nobody.get("qbo").unwrap(), &Secret::new("RT1-old")).await;
    assert_eq!(refused.err(), Some(TokenFault::NotSent));
}

#[tokio::test]
async fn oa_21_lifetimes_are_believed_within_reason() {
    for (expires, seconds) in [
        (r#","expires_in":3600"#, 3600),
        (r#","expires_in":"3600""#, 3600),
        ("", 3600),
        (r#","expires_in":null"#, 3600),
        (r#","expires_in":-1"#, 0),
        (r#","expires_in":0"#, 0),
        (r#","expires_in":1000000000000"#, 86_400),
    ] {
        let body = format!(r#"{{"token_type":"Bearer","access_token":"a"{expires}}}"#);
        let granted = renewed("200 OK", &body).await.unwrap_or_else(|fault| panic!("{body}: {fault}"));
        assert_eq!(granted.access_seconds, seconds, "{body}");
        assert!(granted.refresh.is_none());
    }
}

#[tokio::test]
async fn rf_14_garbled_answers_are_faults_not_panics() {
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    for body in [
        "",
        "<html>",
        "null",
        "[]",
        "{}",
        r#"{"access_token":"a"}"#,
        r#"{"access_token":"","token_type":"bearer"}"#,
        r#"{"access_token":"a b","token_type":"bearer"}"#,
        r#"{"access_token":"a","token_type":"mac"}"#,
        r#"{"access_token":"a","token_type":"bearer","expires_in":1e400}"#,
        r#"{"access_token":"a","token_type":"bearer","expires_in":[]}"#,
        r#"{"access_token":"a","access_token":"b","token_type":"bearer"}"#,
        r#"{"access_token":"a","token_type":"bea"#,
        &deep,
    ] {
        assert_eq!(renewed("200 OK", body).await.err(), Some(TokenFault::NoAnswer), "{body:.80}");
    }
}
