//! Facts 1.5: an app gives its permission back.

use std::time::Duration;

use reqwest::Response;
use sandbox::{Config, Failure, Rotation, UK_COMPANY, US_COMPANY, consent};
use serde_json::json;

use crate::app::{App, ID, SECRET, Tokens, parameter};

const ENDPOINT: &str = "/v2/oauth2/tokens/revoke";

async fn revoke(app: &App, token: &str) -> Response {
    let request = app.http.post(app.at(ENDPOINT)).basic_auth(ID, Some(SECRET));
    request.json(&json!({ "token": token })).send().await.unwrap()
}

#[tokio::test]
async fn either_token_ends_the_permission_and_the_answer_is_empty() {
    let app = App::start().await;
    for choose in [false, true] {
        let tokens = app.connect_uk().await;
        let answer = revoke(&app, if choose { &tokens.access } else { &tokens.refresh }).await;
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, ""));
        assert!(!app.opens(&tokens.access).await);
        assert_eq!(app.refresh(&tokens.refresh).await.status(), 400);
    }
}

#[tokio::test]
async fn a_form_will_do_too() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let request = app.http.post(app.at(ENDPOINT)).basic_auth(ID, Some(SECRET));
    assert_eq!(request.form(&[("token", &tokens.refresh)]).send().await.unwrap().status(), 200);
    assert!(!app.opens(&tokens.access).await);
}

#[tokio::test]
async fn every_grant_for_that_company_ends_and_no_other() {
    let app = App::start().await;
    let (older, newer, elsewhere) =
        (app.connect_uk().await, app.connect_uk().await, app.connect(US_COMPANY).await);
    assert_eq!(revoke(&app, &newer.refresh).await.status(), 200);
    assert!(!app.opens(&older.access).await);
    app.refreshed(&elsewhere.refresh).await;
}

#[tokio::test]
async fn an_unknown_or_dead_token_is_an_empty_400() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    revoke(&app, &tokens.refresh).await;
    for token in [tokens.refresh.as_str(), "AB11-made-up", ""] {
        let answer = revoke(&app, token).await;
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (400, ""));
    }
}

#[tokio::test]
async fn another_app_cannot_revoke() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    for (secret, status) in [("wrong", 401), ("other secret", 400)] {
        let request = app.http.post(app.at(ENDPOINT)).basic_auth("app-two", Some(secret));
        assert_eq!(request.form(&[("token", &tokens.refresh)]).send().await.unwrap().status(), status);
    }
    assert!(app.opens(&tokens.access).await);
}

#[tokio::test]
async fn a_throttled_revocation_has_no_body() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    app.sandbox.control().fail(Failure::new(ENDPOINT, 429, 1));
    let answer = revoke(&app, &tokens.refresh).await;
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (429, ""));
    assert_eq!(revoke(&app, &tokens.refresh).await.status(), 200);
}

/// Tokens of somebody who signed in and chose no company.
async fn signed_in(app: &App) -> Tokens {
    let callback = consent(&app.authorize_url(&[("scope", "openid")]), UK_COMPANY).await.unwrap();
    Tokens::of(app.exchange(&parameter(&callback, "code").unwrap()).await).await
}

#[tokio::test]
async fn a_grant_without_a_company_ends_alone() {
    let app = App::start().await;
    let (one, other) = (signed_in(&app).await, signed_in(&app).await);
    assert_eq!(revoke(&app, &one.refresh).await.status(), 200);
    for (tokens, status) in [(one, 401), (other, 200)] {
        let info = app.get("/v1/openid_connect/userinfo").bearer_auth(tokens.access).send().await.unwrap();
        assert_eq!(info.status(), status);
    }
}

#[tokio::test]
async fn a_token_that_died_of_age_is_an_empty_400() {
    let app = App::start().await;
    let old = app.connect_uk().await;
    app.sandbox.control().advance(Duration::from_hours(1));
    assert_eq!(revoke(&app, &old.access).await.status(), 400);
    app.sandbox.control().advance(Duration::from_hours(24 * 101));
    let new = app.connect_uk().await;
    for token in [&old.access, &old.refresh] {
        let answer = revoke(&app, token).await;
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (400, ""));
    }
    assert!(app.opens(&new.access).await);
}

#[tokio::test]
async fn a_token_that_was_replaced_ends_nothing_unless_it_still_works() {
    for (rotation, status) in [(Rotation::Strict, 400), (Rotation::Intuit, 400), (Rotation::Grace, 200)] {
        let app = App::with(Config { rotation, ..Config::default() }).await;
        let first = app.connect_uk().await;
        app.sandbox.control().advance(Duration::from_hours(24));
        let second = app.refreshed(&first.refresh).await;
        assert_eq!(revoke(&app, &first.refresh).await.status(), status, "{rotation:?}");
        assert_eq!(app.opens(&second.access).await, status == 400, "{rotation:?}");
    }
    let app = App::with(Config { rotation: Rotation::Grace, ..Config::default() }).await;
    let first = app.connect_uk().await;
    let second = app.refreshed(&first.refresh).await;
    app.sandbox.control().advance(Duration::from_mins(1));
    assert_eq!(revoke(&app, &first.refresh).await.status(), 400, "its grace is over");
    assert!(app.opens(&second.access).await);
}
