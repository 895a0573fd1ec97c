//! Facts 3.1, 3.2 and 3.4: reads, and the gateway in front of them.

use sandbox::{UK_REALM, US_REALM};
use serde_json::{Value, json};

use crate::app::App;

#[tokio::test]
async fn company_info_is_read_by_its_realm() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let path = format!("/v3/company/{UK_REALM}/companyinfo/{UK_REALM}?minorversion=75");
    let answer = app.get(&path).bearer_auth(&tokens.access).send().await.unwrap();
    assert!(answer.headers().contains_key("intuit_tid"));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["CompanyInfo"]["CompanyName"], "Harbourside Supplies Ltd");
    assert_eq!((&body["CompanyInfo"]["Id"], &body["CompanyInfo"]["Country"]), (&json!("1"), &json!("GB")));
    let time = body["time"].as_str().unwrap();
    assert!(time.len() == 29 && (time.ends_with("-07:00") || time.ends_with("-08:00")), "{time}");
}

#[tokio::test]
async fn preferences_name_the_home_currency() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let path = format!("/v3/company/{UK_REALM}/preferences");
    let body: Value = app.get(&path).bearer_auth(&tokens.access).send().await.unwrap().json().await.unwrap();
    assert_eq!(body["Preferences"]["CurrencyPrefs"]["HomeCurrency"]["value"], "GBP");
}

#[tokio::test]
async fn one_object_is_read_by_its_id() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let read = async |path: &str| {
        let path = format!("/v3/company/{UK_REALM}/{path}");
        let answer = app.get(&path).bearer_auth(&tokens.access).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, body) = read("taxcode/3").await;
    assert_eq!(status, 200);
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["TaxCode"]["Name"], "20.0% S");
    let (status, body) = read("customer/77777").await;
    assert_eq!(status, 400);
    let fault: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&fault["Fault"]["Error"][0]["code"], &fault["Fault"]["type"]),
        (&json!("610"), &json!("ValidationFault"))
    );
    assert_eq!(read("nonsense/1").await.0, 404);
}

#[tokio::test]
async fn no_token_or_a_bad_one_is_3200() {
    let app = App::start().await;
    let path = format!("/v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
    for request in
        [app.get(&path), app.get(&path).bearer_auth("short"), app.get(&path).basic_auth("a", Some("b"))]
    {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["fault"]["type"], "AUTHENTICATION");
        let error = &body["fault"]["error"][0];
        assert_eq!(error["message"], "message=AuthenticationFailed; errorCode=003200; statusCode=401");
        assert_eq!(error["detail"], "Malformed bearer token: too short or too long");
        assert_eq!((&error["code"], &error["element"]), (&json!("3200"), &Value::Null));
        assert!(body["time"].is_i64() && body["batchItemResponse"] == json!([]));
        assert_eq!(body.as_object().unwrap().len(), 12);
    }
}

#[tokio::test]
async fn an_expired_token_is_3200_without_being_repeated() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    app.sandbox.control().expire_access_tokens();
    let (status, body) = app.query(UK_REALM, &tokens.access, "SELECT * FROM Term").await;
    assert_eq!((status, &body["fault"]["error"][0]["code"]), (401, &json!("3200")));
    assert!(body["fault"]["error"][0]["detail"].as_str().unwrap().starts_with("Token expired: AB01"));
    assert!(!body.to_string().contains(&tokens.access));
}

#[tokio::test]
async fn another_company_is_3100() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let (status, body) = app.query(US_REALM, &tokens.access, "SELECT * FROM Term").await;
    assert_eq!(
        (status, &body["fault"]["error"][0]["code"], &body["fault"]["type"]),
        (403, &json!("3100"), &json!("SERVICE"))
    );
    let message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403";
    assert_eq!(body["fault"]["error"][0]["message"], message);
}

#[tokio::test]
async fn an_unknown_path_is_not_found_and_still_traced() {
    let app = App::start().await;
    let answer = app.get("/v9/nothing").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.headers().contains_key("intuit_tid"));
}
