//! Facts 1.6 and 1.7: who signed in, as a signed token and as userinfo.

use std::time::Duration;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use sandbox::{Client, Config, UK_COMPANY, UK_REALM, consent};
use serde_json::{Value, json};

use crate::app::{ACCOUNTING, App, ID, REDIRECT, SECRET, parameter};

/// The whole token answer of a connection with these scopes.
async fn answered(app: &App, scope: &str) -> Value {
    let callback = consent(&app.authorize_url(&[("scope", scope)]), UK_COMPANY).await.unwrap();
    let code = parameter(&callback, "code").unwrap();
    app.exchange(&code).await.json().await.unwrap()
}

/// Header and claims, read as Intuit's Python and PHP clients do: by plain Base64.
fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| STANDARD_NO_PAD.decode(part).unwrap_or_default());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).expect("JSON in plain Base64");
    (next(), next())
}

async fn userinfo(app: &App, token: &str) -> reqwest::Response {
    let path = "/v1/openid_connect/userinfo?minorversion=75&format=json";
    app.get(path).bearer_auth(token).send().await.unwrap()
}

/// The names of an object, sorted: their order differs with a feature that another crate may switch on.
fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn the_published_key_signed_the_id_token() {
    let app = App::start().await;
    let body = answered(&app, "openid profile").await;
    let token = body["id_token"].as_str().unwrap();
    let jwks: Value = app.get("/op/v1/jwks").send().await.unwrap().json().await.unwrap();
    let key = &jwks["keys"][0];
    assert_eq!(names(key), ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(
        (&key["kty"], &key["e"], &key["use"], &key["alg"]),
        (&json!("RSA"), &json!("AQAB"), &json!("sig"), &json!("RS256"))
    );
    assert_eq!(parts(token).0, json!({ "kid": key["kid"], "alg": "RS256" }));
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let public = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let (message, seal) = token.rsplit_once('.').unwrap();
    let seal = URL_SAFE_NO_PAD.decode(seal).unwrap();
    public.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &seal).unwrap();
    public.verify(&RSA_PKCS1_2048_8192_SHA256, b"anything else", &seal).unwrap_err();
}

#[tokio::test]
async fn the_claims_are_intuits() {
    let app = App::start().await;
    let body = answered(&app, "openid email").await;
    let (_, claims) = parts(body["id_token"].as_str().unwrap());
    assert_eq!(names(&claims), ["aud", "auth_time", "exp", "iat", "iss", "sub"]);
    assert_eq!(claims["aud"], json!([ID]));
    assert_eq!(claims["iss"], "https://oauth.platform.intuit.com/op/v1");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    let info: Value = userinfo(&app, body["access_token"].as_str().unwrap()).await.json().await.unwrap();
    assert_eq!(claims["sub"], info["sub"]);
}

#[tokio::test]
async fn the_realm_is_a_claim_when_a_company_was_chosen() {
    let app = App::start().await;
    let body = answered(&app, &format!("openid {ACCOUNTING}")).await;
    assert_eq!(parts(body["id_token"].as_str().unwrap()).1["realmid"], UK_REALM);
    assert_eq!(answered(&app, ACCOUNTING).await.get("id_token"), None);
}

#[tokio::test]
async fn a_refresh_does_not_move_the_time_of_the_sign_in() {
    let app = App::start().await;
    let body = answered(&app, "openid").await;
    let (_, first) = parts(body["id_token"].as_str().unwrap());
    app.sandbox.control().advance(Duration::from_hours(1));
    let again: Value = app.refresh(body["refresh_token"].as_str().unwrap()).await.json().await.unwrap();
    let (_, second) = parts(again["id_token"].as_str().unwrap());
    assert_eq!(first["auth_time"], second["auth_time"]);
    assert!(second["iat"].as_i64().unwrap() >= first["iat"].as_i64().unwrap() + 3600);
}

#[tokio::test]
async fn no_client_id_spoils_plain_base64() {
    let id = "~?>ö😀~~~???>>>";
    let clients = vec![Client::new(id, SECRET, vec![REDIRECT.to_owned()])];
    let app = App::alone(Config { clients, ..Config::default() }).await;
    let url = app.authorize_url(&[("scope", "openid"), ("client_id", id)]);
    let code = parameter(&consent(&url, UK_COMPANY).await.unwrap(), "code").unwrap();
    let request = app.http.post(app.at("/oauth2/v1/tokens/bearer")).basic_auth(id, Some(SECRET));
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    let body: Value = request.form(&fields).send().await.unwrap().json().await.unwrap();
    let token = body["id_token"].as_str().unwrap();
    let (message, _) = token.rsplit_once('.').unwrap();
    assert!(!message.contains(['-', '_']), "{message}");
    assert_eq!(parts(token).1["aud"], json!([id]));
}

#[tokio::test]
async fn each_scope_opens_its_own_fields() {
    let app = App::start().await;
    let address = json!({
        "streetAddress": "2632 Marine Way", "locality": "Mountain View", "region": "CA",
        "postalCode": "94043", "country": "US",
    });
    for (scope, fields) in [
        ("email", json!({ "email": "visitor@sandbox.example", "emailVerified": true })),
        ("profile", json!({ "givenName": "Sandbox", "familyName": "Visitor" })),
        ("phone", json!({ "phoneNumber": "+1 6305555555", "phoneNumberVerified": false })),
        ("address", json!({ "address": address })),
    ] {
        let body = answered(&app, &format!("openid {scope}")).await;
        let answer = userinfo(&app, body["access_token"].as_str().unwrap()).await;
        assert!(answer.headers().contains_key("intuit_tid"));
        let mut info: Value = answer.json().await.unwrap();
        let sub = info.as_object_mut().unwrap().remove("sub").unwrap();
        assert_eq!(sub.as_str().unwrap().len(), 36);
        assert_eq!(info, fields);
    }
}

#[tokio::test]
async fn userinfo_needs_the_openid_scope_and_a_living_token() {
    let app = App::start().await;
    let without = app.connect_uk().await.access;
    let body = answered(&app, "openid").await;
    let living = body["access_token"].as_str().unwrap();
    assert_eq!(userinfo(&app, living).await.status(), 200);
    app.sandbox.control().advance(Duration::from_hours(1));
    for token in [without.as_str(), living, "nonsense"] {
        assert_eq!(userinfo(&app, token).await.status(), 401);
    }
    let bare = app.get("/v1/openid_connect/userinfo").send().await.unwrap();
    assert_eq!(bare.status(), 401);
}
