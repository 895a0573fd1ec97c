//! Facts 1.1, 1.8, 1.9: where everything is, and what every answer has and has not.

use reqwest::{
    Method,
    header::{HOST, ORIGIN},
};
use sandbox::{Config, Pkce, UK_COMPANY, consent};
use serde_json::{Value, json};

use crate::app::{App, REDIRECT};

#[tokio::test]
async fn every_spelling_finds_the_document() {
    let app = App::start().await;
    for name in [
        "openid_configuration",
        "openid_sandbox_configuration",
        "openid-configuration",
        "openid-sandbox-configuration",
    ] {
        for slash in ["", "/"] {
            let answer = app.get(&format!("/.well-known/{name}{slash}")).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{name}{slash}");
            assert!(answer.headers().contains_key("intuit_tid"));
        }
    }
}

#[tokio::test]
async fn the_issuer_is_the_real_one_and_the_rest_is_here() {
    let app = App::start().await;
    let document: Value =
        app.get("/.well-known/openid_sandbox_configuration/").send().await.unwrap().json().await.unwrap();
    let expected = json!({
        "issuer": "https://oauth.platform.intuit.com/op/v1",
        "authorization_endpoint": app.at("/connect/oauth2"),
        "token_endpoint": app.at("/oauth2/v1/tokens/bearer"),
        "userinfo_endpoint": app.at("/v1/openid_connect/userinfo"),
        "revocation_endpoint": app.at("/v2/oauth2/tokens/revoke"),
        "jwks_uri": app.at("/op/v1/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "address", "phone"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
    });
    assert_eq!(document, expected, "Intuit has these fields and no others");
}

#[tokio::test]
async fn what_goes_beyond_intuit_is_announced_while_it_is_switched_on() {
    let app = App::start().await;
    let announced = async || -> (Value, Value) {
        let answer = app.get("/.well-known/openid_configuration").send().await.unwrap();
        let document: Value = answer.json().await.unwrap();
        (
            document["code_challenge_methods_supported"].clone(),
            document["authorization_response_iss_parameter_supported"].clone(),
        )
    };
    let control = app.sandbox.control();
    for pkce in [Pkce::Ignored, Pkce::Checked] {
        control.set_pkce(pkce);
        assert_eq!(announced().await, (Value::Null, Value::Null));
    }
    control.set_pkce(Pkce::Required);
    assert_eq!(announced().await, (json!(["S256"]), Value::Null));
    control.set_iss_on_callback(true);
    assert_eq!(announced().await, (json!(["S256"]), json!(true)));
}

#[tokio::test]
async fn no_page_elsewhere_may_read_an_answer() {
    let app = App::start().await;
    for (method, path) in [
        (Method::GET, "/.well-known/openid_configuration"),
        (Method::GET, "/op/v1/jwks"),
        (Method::GET, "/v1/openid_connect/userinfo"),
        (Method::POST, "/oauth2/v1/tokens/bearer"),
        (Method::OPTIONS, "/oauth2/v1/tokens/bearer"),
        (Method::POST, "/v2/oauth2/tokens/revoke"),
        (Method::GET, "/v3/company/1/query"),
        (Method::OPTIONS, "/v3/company/1/query"),
        (Method::GET, "/no/such/path"),
    ] {
        let request = app.http.request(method.clone(), app.at(path)).header(ORIGIN, "https://shop.example");
        let answer = request.send().await.unwrap();
        let cors = answer.headers().keys().filter(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(cors.count(), 0, "{method} {path}");
        let tid = answer.headers()["intuit_tid"].to_str().unwrap();
        assert_eq!(tid.split('-').map(str::len).collect::<Vec<_>>(), [1, 8, 24], "{method} {path}");
    }
}

#[tokio::test]
async fn intuits_host_names_get_intuits_addresses() {
    let app = App::start().await;
    let at = async |host: &str, name: &str| -> Value {
        let request = app.get(&format!("/.well-known/{name}")).header(HOST, host);
        request.send().await.unwrap().json().await.unwrap()
    };
    let ask = async |name: &str| at("developer.intuit.com", name).await;
    let sandbox = ask("openid_sandbox_configuration").await;
    assert_eq!(sandbox["token_endpoint"], "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer");
    assert_eq!(
        sandbox["userinfo_endpoint"],
        "https://sandbox-accounts.platform.intuit.com/v1/openid_connect/userinfo"
    );
    assert_eq!(at("DEVELOPER.Intuit.COM:443", "openid_sandbox_configuration").await, sandbox);
    let production = ask("openid_configuration").await;
    assert_eq!(
        production["userinfo_endpoint"],
        "https://accounts.platform.intuit.com/v1/openid_connect/userinfo"
    );
}

#[tokio::test]
async fn a_public_url_stands_in_the_document() {
    let config = Config { public_url: Some("http://intuit.localhost:0".to_owned()), ..Config::default() };
    let app = App::with(config).await;
    let port = app.sandbox.address().port();
    assert_eq!(app.sandbox.url(), format!("http://intuit.localhost:{port}"));
    let direct = format!("http://127.0.0.1:{port}/.well-known/openid_configuration");
    let document: Value = app.http.get(direct).send().await.unwrap().json().await.unwrap();
    assert_eq!(document["authorization_endpoint"], format!("http://intuit.localhost:{port}/connect/oauth2"));
    let callback = consent(&app.authorize_url(&[]), UK_COMPANY).await.unwrap();
    assert!(callback.as_str().starts_with(REDIRECT));
}
