//! Facts 1.1, 1.6, 1.7: where everything is, who signed in, and with which keys.

use reqwest::header::HOST;
use sandbox::{Config, UK_COMPANY, consent};
use serde_json::{Value, json};

use crate::app::{App, REDIRECT, Tokens, parameter};

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
    assert_eq!(document["issuer"], "https://oauth.platform.intuit.com/op/v1");
    assert_eq!(document["authorization_endpoint"], app.at("/connect/oauth2"));
    assert_eq!(document["token_endpoint"], app.at("/oauth2/v1/tokens/bearer"));
    assert_eq!(document["revocation_endpoint"], app.at("/v2/oauth2/tokens/revoke"));
    assert_eq!(document["userinfo_endpoint"], app.at("/v1/openid_connect/userinfo"));
    assert_eq!(document["jwks_uri"], app.at("/op/v1/jwks"));
    assert_eq!(
        document["token_endpoint_auth_methods_supported"],
        json!(["client_secret_post", "client_secret_basic"])
    );
    assert_eq!(document.get("code_challenge_methods_supported"), None);
}

#[tokio::test]
async fn intuits_host_names_get_intuits_addresses() {
    let app = App::start().await;
    let ask = async |name: &str| -> Value {
        let request = app.get(&format!("/.well-known/{name}")).header(HOST, "developer.intuit.com");
        request.send().await.unwrap().json().await.unwrap()
    };
    let sandbox = ask("openid_sandbox_configuration").await;
    assert_eq!(sandbox["token_endpoint"], "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer");
    assert_eq!(
        sandbox["userinfo_endpoint"],
        "https://sandbox-accounts.platform.intuit.com/v1/openid_connect/userinfo"
    );
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

#[tokio::test]
async fn userinfo_shows_what_was_granted() {
    let app = App::start().await;
    let callback = consent(&app.authorize_url(&[("scope", "openid email")]), UK_COMPANY).await.unwrap();
    assert_eq!(parameter(&callback, "realmId"), None);
    let tokens = Tokens::of(app.exchange(&parameter(&callback, "code").unwrap()).await).await;
    let answer = app.get("/v1/openid_connect/userinfo").bearer_auth(&tokens.access).send().await.unwrap();
    let info: Value = answer.json().await.unwrap();
    assert_eq!(info["email"], "visitor@sandbox.example");
    assert_eq!(info["emailVerified"], true);
    assert_eq!(info["sub"].as_str().unwrap().len(), 36);
    assert_eq!(info.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn userinfo_needs_the_openid_scope() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    for token in [tokens.access.as_str(), "nonsense"] {
        let answer = app.get("/v1/openid_connect/userinfo").bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 401);
    }
}

#[tokio::test]
async fn no_key_is_published_while_none_signs() {
    let app = App::start().await;
    let keys: Value = app.get("/op/v1/jwks").send().await.unwrap().json().await.unwrap();
    assert_eq!(keys, json!({ "keys": [] }));
}
