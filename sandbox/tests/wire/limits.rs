//! Facts 3.5: how much is let in, and how the rest is refused.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use sandbox::{Config, Limits, Refusals, RetryAfter, UK_COMPANY, UK_REALM, US_COMPANY, US_REALM, Wording};
use serde_json::{Value, json};

use crate::app::{App, Tokens};

/// Three calls a minute, so that no test depends on being quick.
fn three() -> Limits {
    Limits { per_second: 1000, per_minute: 3, ..Limits::intuit() }
}

async fn limited(limits: Limits) -> (App, String) {
    let app = App::with(Config { limits, ..Config::default() }).await;
    let token = app.connect_uk().await.access;
    (app, token)
}

async fn ask(app: &App, realm: &str, token: &str) -> Response {
    let path = format!("/v3/company/{realm}/companyinfo/{realm}");
    app.get(&path).bearer_auth(token).send().await.unwrap()
}

async fn statuses(app: &App, realm: &str, token: &str, calls: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..calls {
        statuses.push(ask(app, realm, token).await.status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn too_many_calls_in_a_minute_are_429_until_it_is_over() {
    let (app, token) = limited(three()).await;
    assert_eq!(statuses(&app, UK_REALM, &token, 5).await, [200, 200, 200, 429, 429]);
    app.sandbox.control().advance(Duration::from_mins(1));
    assert_eq!(statuses(&app, UK_REALM, &token, 1).await, [200]);
    let throttled =
        app.sandbox.ledger().to("/companyinfo").into_iter().filter(|entry| entry.status == Some(429));
    assert_eq!(throttled.count(), 2);
}

#[tokio::test]
async fn a_throttled_call_is_told_in_intuits_words() {
    let (app, token) = limited(Limits { per_minute: 0, ..three() }).await;
    let answer = ask(&app, UK_REALM, &token).await;
    assert_eq!(
        (answer.status(), answer.headers().contains_key("intuit_tid")),
        (StatusCode::TOO_MANY_REQUESTS, true)
    );
    assert!(!answer.headers().contains_key("retry-after"));
    let body: Value = answer.json().await.unwrap();
    let message = "message=ThrottleExceeded; errorCode=003001; statusCode=429";
    let detail = "The request limit was reached.  Try again later";
    let error = json!({ "message": message, "detail": detail, "code": "3001", "element": null });
    assert_eq!(body["fault"], json!({ "error": [error], "type": "SERVICE" }));
}

#[tokio::test]
async fn too_many_calls_in_a_second_are_429() {
    let (app, token) = limited(Limits { per_second: 1, ..Limits::intuit() }).await;
    let mut asked = 0;
    while ask(&app, UK_REALM, &token).await.status() != StatusCode::TOO_MANY_REQUESTS {
        asked += 1;
        assert!(asked < 200, "two calls never fell into one second");
    }
    app.sandbox.control().advance(Duration::from_secs(1));
    assert_eq!(ask(&app, UK_REALM, &token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn batches_have_a_limit_of_their_own() {
    let (app, token) = limited(Limits { batches_per_minute: 2, ..three() }).await;
    let batch = async || {
        let request = app.http.post(app.at(&format!("/v3/company/{UK_REALM}/batch"))).bearer_auth(&token);
        request.json(&json!({ "BatchItemRequest": [] })).send().await.unwrap().status()
    };
    let throttled =
        [batch().await, batch().await, batch().await].map(|status| status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(throttled, [false, false, true]);
    assert_eq!(statuses(&app, UK_REALM, &token, 4).await, [200, 200, 200, 429]);
}

#[tokio::test]
async fn another_company_is_not_held_up() {
    let (app, token) = limited(three()).await;
    let other = app.connect(US_COMPANY).await.access;
    assert_eq!(statuses(&app, UK_REALM, &token, 4).await[3], 429);
    assert_eq!(statuses(&app, US_REALM, &other, 1).await, [200]);
}

#[tokio::test]
async fn refused_tokens_count_for_nobody() {
    let (app, token) = limited(three()).await;
    assert_eq!(statuses(&app, UK_REALM, "short", 5).await, [401; 5]);
    assert_eq!(statuses(&app, US_REALM, &token, 5).await, [403; 5]);
    assert_eq!(statuses(&app, UK_REALM, &token, 1).await, [200]);
}

#[tokio::test]
async fn other_endpoints_have_no_such_limit() {
    let (app, _) = limited(Limits { per_minute: 0, per_second: 0, ..Limits::intuit() }).await;
    let Tokens { refresh, .. } = app.connect(US_COMPANY).await;
    assert_eq!(app.refresh(&refresh).await.status(), 200);
}

#[tokio::test]
async fn the_time_to_wait_is_said_in_every_way() {
    let (app, token) = limited(Limits { per_minute: 0, ..three() }).await;
    for (retry_after, expected) in [
        (RetryAfter::None, None),
        (RetryAfter::Seconds(60), Some("60")),
        (RetryAfter::Absurd, Some("99999999999999999999")),
        (RetryAfter::Negative, Some("-1")),
        (RetryAfter::Text, Some("soon")),
    ] {
        app.sandbox.control().set_refusals(Refusals { retry_after, ..Refusals::default() });
        let answer = ask(&app, UK_REALM, &token).await;
        let said = answer.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), said), (429, expected));
    }
    app.sandbox.control().set_refusals(Refusals { retry_after: RetryAfter::Date(60), ..Refusals::default() });
    let answer = ask(&app, UK_REALM, &token).await;
    let date = answer.headers()["retry-after"].to_str().unwrap();
    assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
}

#[tokio::test]
async fn a_throttled_call_is_told_in_json_xml_or_not_at_all() {
    let (app, token) = limited(Limits { per_minute: 0, ..three() }).await;
    for (throttled, begin) in [(Wording::Asked, "{\""), (Wording::Xml, "<?xml"), (Wording::Empty, "")] {
        app.sandbox.control().set_refusals(Refusals { throttled, ..Refusals::default() });
        let answer = ask(&app, UK_REALM, &token).await;
        assert_eq!(answer.status(), 429);
        let body = answer.text().await.unwrap();
        assert!(body.starts_with(begin) && body.is_empty() == begin.is_empty(), "{body}");
    }
}

#[tokio::test]
async fn limits_are_switched_over_http() {
    let (app, token) = limited(Limits::default()).await;
    let turn = async |wishes: Value| {
        let answer = app.http.post(app.at("/sandbox/control")).json(&wishes).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    assert_eq!(statuses(&app, UK_REALM, &token, 20).await, [200; 20]);
    let standing = turn(
        json!({ "limits": { "on": true, "per_minute": 0 }, "refusals": { "retry_after": { "seconds": 5 } } }),
    )
    .await;
    assert_eq!(
        (&standing["limits"]["per_minute"], &standing["limits"]["per_second"]),
        (&json!(0), &json!(10))
    );
    assert_eq!(standing["refusals"]["closed"], "asked");
    assert_eq!(ask(&app, UK_REALM, &token).await.headers()["retry-after"], "5");
    turn(json!({ "limits": {} })).await;
    assert_eq!(statuses(&app, UK_REALM, &token, 1).await, [200]);
}

#[tokio::test]
async fn the_ledger_tells_how_fast_an_app_asked() {
    let (app, token) = limited(Limits::default()).await;
    statuses(&app, UK_REALM, &token, 3).await;
    app.sandbox.control().advance(Duration::from_hours(1));
    statuses(&app, UK_REALM, &token, 2).await;
    let ledger = app.sandbox.ledger();
    assert_eq!(ledger.busiest("/companyinfo", Duration::from_mins(30)), 3);
    assert_eq!(ledger.busiest("/companyinfo", Duration::from_hours(2)), 5);
    assert_eq!(ledger.busiest("/nothing", Duration::from_hours(2)), 0);
}

#[tokio::test]
async fn apps_are_counted_apart() {
    let (app, token) = limited(three()).await;
    assert_eq!(statuses(&app, UK_REALM, &token, 4).await[3], 429);
    let other = app.connect_other(UK_COMPANY).await;
    assert_eq!(statuses(&app, UK_REALM, &other, 1).await, [200]);
}
