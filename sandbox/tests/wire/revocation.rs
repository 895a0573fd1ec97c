//! Facts 1.5: an app gives its permission back.

use reqwest::Response;
use sandbox::{Failure, US_COMPANY};
use serde_json::json;

use crate::app::{App, ID, SECRET};

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
