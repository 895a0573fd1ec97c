//! Facts 2: a connection under OAuth 1.0a is moved to OAuth 2.0 by a request that its old secrets sign.

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Response, header::AUTHORIZATION};
use ring::hmac;
use sandbox::{Client, Config, Failure, LegacyToken, Mischief, Point, UK_REALM, US_REALM};
use serde_json::{Value, json};

use crate::app::{ACCOUNTING, App, ID, REDIRECT, SECRET, Tokens};

const ENDPOINT: &str = "/v2/oauth2/tokens/migrate";
const KEY: &str = "qyprdConsumer";
const CONSUMER: &str = "consumer s&cret";

async fn old_app() -> App {
    let clients = vec![Client::new(ID, SECRET, vec![REDIRECT.to_owned()]).with_consumer(KEY, CONSUMER)];
    App::alone(Config { clients, ..Config::default() }).await
}

/// A client goes by its own clock.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// Parameters that are signed, in the order in which RFC 5849 sorts them.
struct Request {
    key: String,
    nonce: String,
    method: String,
    timestamp: String,
    token: LegacyToken,
    version: String,
    consumer: String,
    body: Value,
}

impl Request {
    fn new(token: &LegacyToken, nonce: &str) -> Self {
        Self {
            key: KEY.to_owned(),
            nonce: nonce.to_owned(),
            method: "HMAC-SHA1".to_owned(),
            timestamp: now().as_secs().to_string(),
            token: token.clone(),
            version: "1.0".to_owned(),
            consumer: CONSUMER.to_owned(),
            body: json!({ "scope": ACCOUNTING, "redirect_uri": REDIRECT, "client_id": ID, "client_secret": SECRET }),
        }
    }

    fn header(&self, address: &str) -> String {
        let parameters = [
            ("oauth_consumer_key", &self.key),
            ("oauth_nonce", &self.nonce),
            ("oauth_signature_method", &self.method),
            ("oauth_timestamp", &self.timestamp),
            ("oauth_token", &self.token.token),
            ("oauth_version", &self.version),
        ];
        let pairs = parameters.map(|(name, value)| format!("{name}={}", escaped(value)));
        let base = format!("POST&{}&{}", escaped(address), escaped(&pairs.join("&")));
        let key = format!("{}&{}", escaped(&self.consumer), escaped(&self.token.secret));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        let signature = escaped(&STANDARD.encode(hmac::sign(&key, base.as_bytes())));
        let listed = parameters.map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
        format!("OAuth {}, oauth_signature=\"{signature}\"", listed.join(", "))
    }

    async fn send(&self, app: &App) -> Response {
        let header = self.header(&app.at(ENDPOINT));
        let request = app.http.post(app.at(ENDPOINT)).header(AUTHORIZATION, header);
        request.json(&self.body).send().await.unwrap()
    }

    async fn refused(&self, app: &App) -> (u16, Value) {
        let answer = self.send(app).await;
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[tokio::test]
async fn a_signed_request_moves_the_connection_and_names_its_company() {
    let app = old_app().await;
    let token = app.sandbox.control().issue_legacy(UK_REALM, None).unwrap();
    let answer = Request::new(&token, "a").send(&app).await;
    assert!(answer.headers().contains_key("intuit_tid"));
    let body: Value = answer.json().await.unwrap();
    assert_eq!((&body["realmId"], &body["token_type"]), (&json!(UK_REALM), &json!("bearer")));
    assert_eq!(body["x_refresh_token_expires_in"], 8_726_400);
    assert!(app.opens(body["access_token"].as_str().unwrap()).await);
    app.refreshed(body["refresh_token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn a_connection_moves_once_and_then_it_is_500_without_text() {
    let app = old_app().await;
    let token = app.sandbox.control().issue_legacy(US_REALM, Some(ID)).unwrap();
    Tokens::of(Request::new(&token, "a").send(&app).await).await;
    let again = Request::new(&token, "b").send(&app).await;
    assert_eq!((again.status().as_u16(), again.text().await.unwrap().as_str()), (500, ""));
}

#[tokio::test]
async fn an_answer_that_is_lost_has_moved_it_all_the_same() {
    let app = old_app().await;
    let token = app.sandbox.control().issue_legacy(US_REALM, None).unwrap();
    let lost = Failure { mischief: Mischief::Drop(Point::Connect), ..Failure::new(ENDPOINT, 500, 1) };
    app.sandbox.control().fail(Failure { after_work: true, ..lost });
    let header = Request::new(&token, "a").header(&app.at(ENDPOINT));
    let body = Request::new(&token, "a").body;
    let sent = app.http.post(app.at(ENDPOINT)).header(AUTHORIZATION, header).json(&body).send().await;
    assert!(sent.is_err());
    assert_eq!(Request::new(&token, "b").send(&app).await.status(), 500);
}

#[tokio::test]
async fn whoever_cannot_sign_is_refused_and_nothing_is_used_up() {
    let app = old_app().await;
    let token = app.sandbox.control().issue_legacy(UK_REALM, None).unwrap();
    let good = || Request::new(&token, "a");
    let other = LegacyToken { secret: "another".to_owned(), ..token.clone() };
    let unknown = LegacyToken { token: "unknown".to_owned(), ..token.clone() };
    for (request, status, word) in [
        (Request { consumer: "wrong".to_owned(), ..good() }, 401, "signature_invalid"),
        (Request { token: other, ..good() }, 401, "signature_invalid"),
        (Request { token: unknown, ..good() }, 401, "token_rejected"),
        (Request { key: "unknown".to_owned(), ..good() }, 401, "consumer_key_unknown"),
        (Request { timestamp: "137131200".to_owned(), ..good() }, 401, "timestamp_refused"),
        (Request { timestamp: "soon".to_owned(), ..good() }, 401, "timestamp_refused"),
        (Request { method: "PLAINTEXT".to_owned(), ..good() }, 400, "signature_method_rejected"),
        (Request { version: "2.0".to_owned(), ..good() }, 400, "version_rejected"),
        (Request { nonce: String::new(), ..good() }, 400, "parameter_absent"),
    ] {
        let (found, body) = request.refused(&app).await;
        assert_eq!((found, body["error_description"].as_str()), (status, Some(word)), "{body}");
    }
    let bare = app.http.post(app.at(ENDPOINT)).json(&good().body).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    assert_eq!(app.get(ENDPOINT).send().await.unwrap().status(), 405);
    Tokens::of(good().send(&app).await).await;
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_and_nothing_is_used_up() {
    let app = old_app().await;
    let token = app.sandbox.control().issue_legacy(UK_REALM, None).unwrap();
    let with = |field: &str, value: &str| {
        let mut request = Request::new(&token, "a");
        request.body[field] = json!(value);
        request
    };
    for (request, status, error) in [
        (with("scope", "com.intuit.quickbooks.everything"), 400, "invalid_scope"),
        (with("scope", ""), 400, "invalid_scope"),
        (with("redirect_uri", "https://elsewhere.example/"), 400, "invalid_request"),
        (with("client_id", "app-two"), 401, "invalid_client"),
        (with("client_secret", "wrong"), 401, "invalid_client"),
        (Request { body: json!([]), ..Request::new(&token, "a") }, 400, "invalid_request"),
    ] {
        let (found, body) = request.refused(&app).await;
        assert_eq!((found, body["error"].as_str()), (status, Some(error)), "{body}");
    }
    Tokens::of(Request::new(&token, "a").send(&app).await).await;
}

#[tokio::test]
async fn a_request_is_good_once_and_a_token_for_180_days() {
    let app = old_app().await;
    let control = app.sandbox.control();
    let token = control.issue_legacy(UK_REALM, None).unwrap();
    Request::new(&token, "a").send(&app).await;
    let (status, body) = Request::new(&token, "a").refused(&app).await;
    assert_eq!((status, &body["error_description"]), (401, &json!("nonce_used")));
    control.set_oauth1_seconds(u64::MAX);
    let old = control.issue_legacy(UK_REALM, None).unwrap();
    control.advance(Duration::from_hours(24 * 180));
    let (status, body) = Request::new(&old, "b").refused(&app).await;
    assert_eq!((status, &body["error_description"]), (401, &json!("token_expired")));
}

#[tokio::test]
async fn tokens_are_issued_as_json_and_with_the_form_of_the_page() {
    let app = old_app().await;
    let asked = app.http.post(app.at("/sandbox/legacy")).json(&json!({ "realm": UK_REALM }));
    let token: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(token["realm"], UK_REALM);
    assert!(app.sandbox.ledger().secrets().contains(&token["secret"].as_str().unwrap().to_owned()));
    let page = app.get("/sandbox").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("OAuth 1.0") && page.contains("(1 to move)"));
    assert!(!page.contains(token["secret"].as_str().unwrap()) && !page.contains(CONSUMER));
    let form = || app.http.post(app.at("/sandbox/legacy")).form(&[("realm", UK_REALM)]);
    let pressed = form().header("origin", app.sandbox.url()).send().await.unwrap();
    assert_eq!(pressed.status(), 200);
    assert_eq!(form().header("origin", "https://evil.example").send().await.unwrap().status(), 403);
    for (wish, words) in
        [(json!({ "realm": "1" }), "no company"), (json!({ "realm": UK_REALM, "client": "x" }), "no app")]
    {
        let answer = app.http.post(app.at("/sandbox/legacy")).json(&wish).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert!(answer.text().await.unwrap().contains(words));
    }
}
