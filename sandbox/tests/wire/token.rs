//! Facts 1.3: codes and credentials for tokens, with Intuit's exact bodies.

use std::time::Duration;

use reqwest::header;
use sandbox::{Config, Failure, Pkce, Replay, Rotation, UK_COMPANY, consent};
use serde_json::Value;

use crate::app::{App, ID, OTHER_REDIRECT, REDIRECT, SECRET, Tokens, parameter};

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const BAD_CODE: &str = r#"{"error_description":"Invalid authorization code","error":"invalid_grant"}"#;

#[tokio::test]
async fn a_code_is_worth_two_tokens() {
    let app = App::start().await;
    let answer = app.exchange(&app.code(UK_COMPANY).await).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/json;charset=utf-8");
    assert_eq!(
        (header("cache-control").as_str(), header("pragma").as_str()),
        ("no-cache, no-store", "no-cache")
    );
    assert!(answer.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
    assert!(!answer.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    assert!(header("intuit_tid").starts_with("1-"));
    let body: Value = answer.json().await.unwrap();
    let mut fields: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(
        fields,
        ["access_token", "expires_in", "refresh_token", "token_type", "x_refresh_token_expires_in"]
    );
    assert_eq!((&body["token_type"], &body["expires_in"]), (&"bearer".into(), &3600.into()));
    assert_eq!(body["x_refresh_token_expires_in"], 8_726_400);
    let (access, refresh) = (body["access_token"].as_str().unwrap(), body["refresh_token"].as_str().unwrap());
    assert!(access.starts_with("eyJlbmMi") && (900..=4096).contains(&access.len()), "{}", access.len());
    assert_eq!((access.split('.').count(), refresh.len(), &refresh[..4]), (5, 50, "AB11"));
    let secrets = app.sandbox.ledger().secrets();
    assert!([access, refresh, SECRET].iter().all(|secret| secrets.iter().any(|known| known == secret)));
}

#[tokio::test]
async fn a_code_used_twice_kills_its_grant() {
    let app = App::start().await;
    let code = app.code(UK_COMPANY).await;
    let tokens = Tokens::of(app.exchange(&code).await).await;
    assert!(app.opens(&tokens.access).await);
    let again = app.exchange(&code).await;
    assert_eq!((again.status().as_u16(), again.text().await.unwrap().as_str()), (400, BAD_CODE));
    assert!(!app.opens(&tokens.access).await);
    assert_eq!(app.refresh(&tokens.refresh).await.text().await.unwrap(), r#"{"error":"invalid_grant"}"#);
}

#[tokio::test]
async fn a_code_is_bound_to_its_redirect_uri_and_app() {
    let app = App::start().await;
    let code = app.code(UK_COMPANY).await;
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", OTHER_REDIRECT)];
    assert_eq!(app.token(&fields).await.text().await.unwrap(), BAD_CODE);
    let request =
        app.http.post(app.at("/oauth2/v1/tokens/bearer")).basic_auth("app-two", Some("other secret"));
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    assert_eq!(request.form(&fields).send().await.unwrap().text().await.unwrap(), BAD_CODE);
    assert_eq!(app.exchange(&code).await.status(), 200);
    assert_eq!(app.exchange("XAB11-made-up").await.text().await.unwrap(), BAD_CODE);
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    let app = App::start().await;
    let code = app.code(UK_COMPANY).await;
    app.sandbox.control().advance(Duration::from_mins(10));
    assert_eq!(app.exchange(&code).await.text().await.unwrap(), BAD_CODE);
}

#[tokio::test]
async fn a_challenge_that_was_sent_has_to_be_met() {
    let app = App::start().await;
    let code = async || {
        let changes = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        parameter(&consent(&app.authorize_url(&changes), UK_COMPANY).await.unwrap(), "code").unwrap()
    };
    for (verifier, status) in [(VERIFIER, 200), (CHALLENGE, 400), ("something else", 400), ("", 400)] {
        let code = code().await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ];
        assert_eq!(app.token(&fields).await.status(), status, "{verifier:?}");
    }
}

#[tokio::test]
async fn oa_09_a_verifier_without_a_challenge_is_refused() {
    let app = App::start().await;
    let code = app.code(UK_COMPANY).await;
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    let with_verifier = [fields[0], fields[1], fields[2], ("code_verifier", VERIFIER)];
    assert_eq!(app.token(&with_verifier).await.text().await.unwrap(), BAD_CODE);
    assert_eq!(app.token(&fields).await.status(), 200);
}

#[tokio::test]
async fn a_narrowed_scope_is_told_and_opens_less() {
    let app = App::start().await;
    app.sandbox.control().grant_scope(Some("openid"));
    let answer = app.exchange(&app.code(UK_COMPANY).await).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["scope"], "openid");
    assert!(!app.opens(body["access_token"].as_str().unwrap()).await);
    app.sandbox.control().grant_scope(None);
    let answer = app.exchange(&app.code(UK_COMPANY).await).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body.get("scope"), None);
    assert!(app.opens(body["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn what_was_granted_is_told_however_the_switch_stands_now() {
    let app = App::start().await;
    let told = async |answer: reqwest::Response| {
        let body: Value = answer.json().await.unwrap();
        (body.get("scope").cloned(), body["refresh_token"].as_str().unwrap().to_owned())
    };
    let as_asked = app.code(UK_COMPANY).await;
    app.sandbox.control().grant_scope(Some("openid email"));
    let (scope, refresh) = told(app.exchange(&as_asked).await).await;
    assert_eq!(scope, None);
    assert_eq!(told(app.refresh(&refresh).await).await.0, None);
    let narrowed = app.code(UK_COMPANY).await;
    app.sandbox.control().grant_scope(None);
    let (scope, refresh) = told(app.exchange(&narrowed).await).await;
    assert_eq!(scope, Some("openid email".into()));
    assert_eq!(told(app.refresh(&refresh).await).await.0, scope);
}

#[tokio::test]
async fn wrong_credentials_are_an_invalid_client() {
    let app = App::start().await;
    let endpoint = app.at("/oauth2/v1/tokens/bearer");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "AB11")];
    let requests = [
        app.http.post(&endpoint),
        app.http.post(&endpoint).basic_auth(ID, Some("wrong")),
        app.http.post(&endpoint).basic_auth("nobody", Some(SECRET)),
        app.http.post(&endpoint).bearer_auth("AB11"),
    ];
    for request in requests {
        let answer = request.form(&form).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.text().await.unwrap().as_str()),
            (401, r#"{"error":"invalid_client"}"#)
        );
    }
}

#[tokio::test]
async fn credentials_may_be_encoded_or_stand_in_the_form() {
    let app = App::start().await;
    let endpoint = app.at("/oauth2/v1/tokens/bearer");
    let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let grant = [("grant_type", "authorization_code"), ("redirect_uri", REDIRECT)];
    let code = app.code(UK_COMPANY).await;
    let mut fields = grant.to_vec();
    fields.push(("code", &code));
    let answer = app.http.post(&endpoint).basic_auth(ID, Some(encoded)).form(&fields).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let code = app.code(UK_COMPANY).await;
    let mut fields = grant.to_vec();
    fields.extend([("code", code.as_str()), ("client_id", ID), ("client_secret", SECRET)]);
    assert_eq!(app.http.post(&endpoint).form(&fields).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_without_a_grant_is_invalid() {
    let app = App::start().await;
    let cases: [(&[(&str, &str)], &str); 3] = [
        (&[], r#"{"error":"invalid_request"}"#),
        (&[("grant_type", "refresh_token")], r#"{"error":"invalid_request"}"#),
        (&[("grant_type", "password")], r#"{"error":"unsupported_grant_type"}"#),
    ];
    for (fields, body) in cases {
        let answer = app.token(fields).await;
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (400, body));
    }
    assert_eq!(app.get("/oauth2/v1/tokens/bearer").send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn a_code_lives_as_long_as_it_is_told() {
    let app = App::with(Config { code_seconds: 60, ..Config::default() }).await;
    let in_time = app.code(UK_COMPANY).await;
    app.sandbox.control().advance(Duration::from_secs(50));
    assert_eq!(app.exchange(&in_time).await.status(), 200);
    app.sandbox.control().set_code_seconds(5);
    let late = app.code(UK_COMPANY).await;
    app.sandbox.control().advance(Duration::from_secs(5));
    assert_eq!(app.exchange(&late).await.text().await.unwrap(), BAD_CODE);
}

#[tokio::test]
async fn a_code_used_twice_may_be_forgiven() {
    let app = App::with(Config { code_replay: Replay::Refused, ..Config::default() }).await;
    let code = app.code(UK_COMPANY).await;
    let tokens = Tokens::of(app.exchange(&code).await).await;
    assert_eq!(app.exchange(&code).await.text().await.unwrap(), BAD_CODE);
    assert!(app.opens(&tokens.access).await);
}

#[tokio::test]
async fn a_challenge_may_be_ignored() {
    let app = App::with(Config { pkce: Pkce::Ignored, ..Config::default() }).await;
    for (method, verifier) in [("S256", ""), ("S256", "something else"), ("plain", VERIFIER)] {
        let changes = [("code_challenge", CHALLENGE), ("code_challenge_method", method)];
        let callback = consent(&app.authorize_url(&changes), UK_COMPANY).await.unwrap();
        let code = parameter(&callback, "code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ];
        assert_eq!(app.token(&fields).await.status(), 200, "{method} {verifier}");
    }
}

#[tokio::test]
async fn a_challenge_may_be_required() {
    let app = App::with(Config { pkce: Pkce::Required, ..Config::default() }).await;
    let without = consent(&app.authorize_url(&[]), UK_COMPANY).await.unwrap();
    assert_eq!(parameter(&without, "error").as_deref(), Some("invalid_request"));
    let changes = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = async || {
        parameter(&consent(&app.authorize_url(&changes), UK_COMPANY).await.unwrap(), "code").unwrap()
    };
    assert_eq!(app.exchange(&code().await).await.text().await.unwrap(), BAD_CODE);
    let code = code().await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(app.token(&fields).await.status(), 200);
}

#[tokio::test]
async fn the_hard_expiry_is_told_to_whoever_asks() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    for (value, shown) in [(Some("true"), true), (Some("True"), true), (Some("false"), false), (None, false)]
    {
        let mut request = app.http.post(app.at("/oauth2/v1/tokens/bearer")).basic_auth(ID, Some(SECRET));
        if let Some(value) = value {
            request = request.header("X-Include-Refresh-Token-Hard-Expires-In", value);
        }
        app.sandbox.control().set_rotation(Rotation::Intuit);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        let body: Value = request.form(&fields).send().await.unwrap().json().await.unwrap();
        let hard = body.get("x_refresh_token_hard_expires_in").and_then(Value::as_i64);
        assert_eq!(hard.is_some_and(|hard| (157_679_000..=157_680_000).contains(&hard)), shown, "{hard:?}");
    }
}

#[tokio::test]
async fn odd_headers_of_intuits_clients_are_tolerated() {
    let app = App::start().await;
    let code = app.code(UK_COMPANY).await;
    let request = app.http.post(app.at("/oauth2/v1/tokens/bearer")).basic_auth(ID, Some(SECRET));
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    let mut request = request.form(&fields).header(header::ACCEPT_ENCODING, "utf-8").build().unwrap();
    let kind = "application/x-www-form-urlencoded;charset=UTF-8".parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    assert_eq!(app.http.execute(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_injected_refusal_has_the_head_of_a_real_one() {
    let app = App::start().await;
    for (status, body) in
        [(400, r#"{"error":"invalid_grant"}"#), (401, r#"{"error":"invalid_client"}"#), (429, "")]
    {
        app.sandbox.control().fail(Failure::new("/tokens/bearer", status, 1));
        let answer = app.refresh("AB11").await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(answer.status(), status);
        assert_eq!(
            (header("cache-control").as_str(), header("pragma").as_str()),
            ("no-cache, no-store", "no-cache")
        );
        assert_eq!(header("strict-transport-security"), "max-age=15552000");
        let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let json = (!body.is_empty()).then(|| "application/json;charset=utf-8".to_owned());
        assert_eq!((kind, answer.text().await.unwrap().as_str()), (json, body));
    }
}
