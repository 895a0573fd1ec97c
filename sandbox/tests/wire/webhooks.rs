//! Webhooks as an app's endpoint gets them: signed, gathered, in both formats, and tried again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode};
use reqwest::header::ORIGIN;
use sandbox::{
    Change, Config, Delivery, DeliveryState, UK_REALM, US_COMPANY, US_REALM, WebhookFormat, Webhooks,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::app::{App, ID};

const TOKEN: &str =
    "a verifier token that is longer than one block of SHA-256, which HMAC hashes before it is used";
const BOUND: Duration = Duration::from_secs(10);

#[derive(Clone, Default)]
struct Ear {
    heard: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
}

async fn hear(State(ear): State<Ear>, headers: HeaderMap, body: Bytes) -> StatusCode {
    ear.heard.lock().unwrap().push((headers, body));
    let status = ear.statuses.lock().unwrap().pop_front().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}

impl Ear {
    /// One that answers so, one after the other, and then 200; with its address.
    async fn that(statuses: &[u16]) -> (Self, String) {
        let ear = Self::default();
        ear.statuses.lock().unwrap().extend(statuses);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notices", listener.local_addr().unwrap());
        let router = Router::new().route("/notices", post(hear)).with_state(ear.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (ear, url)
    }

    fn heard(&self) -> Vec<(HeaderMap, Bytes)> {
        self.heard.lock().unwrap().clone()
    }
}

/// HMAC as RFC 2104 writes it, for nothing but this test.
fn hmac(key: &[u8], text: &[u8]) -> String {
    let key = if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.to_vec() };
    let pad = |byte: u8| -> Vec<u8> {
        let padded = key.iter().copied().chain(std::iter::repeat(0)).take(64);
        padded.map(|part| part ^ byte).collect()
    };
    let inner = Sha256::digest([pad(0x36), text.to_vec()].concat());
    STANDARD.encode(Sha256::digest([pad(0x5c), inner.to_vec()].concat()))
}

/// An app at the UK company whose webhooks go to this endpoint.
async fn listening(url: &str, format: WebhookFormat) -> App {
    let app = App::with(Config { webhook_format: format, ..Config::default() }).await;
    app.connect_uk().await;
    let to = Webhooks { url: url.to_owned(), verifier_token: TOKEN.to_owned() };
    app.sandbox.control().set_webhooks(ID, Some(to)).unwrap();
    app
}

fn edit(id: &str, name: &str) -> Change {
    let record = json!({ "DisplayName": name }).as_object().unwrap().clone();
    Change::Edit { entity: "Customer".to_owned(), id: id.to_owned(), record }
}

/// Waits until so many deliveries have come to this.
async fn until(app: &App, count: usize, state: DeliveryState) -> Vec<Delivery> {
    let reached = |log: &[Delivery]| log.iter().filter(|one| one.state == state).count() >= count;
    let log = app.sandbox.control().deliveries_until(reached, BOUND).await;
    assert!(reached(&log), "{log:#?}");
    log
}

/// What a body tells, in either format: realm, entity, id, what was done and what was merged away.
fn told(body: &Bytes) -> Vec<[String; 5]> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    if let Value::Array(events) = &body {
        let event = |event: &Value| {
            assert_eq!((&event["specversion"], event["id"].as_str().unwrap().len()), (&json!("1.0"), 36));
            let kind = text(&event["type"]);
            let parts: Vec<_> = kind.split('.').collect();
            assert_eq!((parts[0], parts[3]), ("qbo", "v1"));
            let (realm, id) = (text(&event["intuitaccountid"]), text(&event["intuitentityid"]));
            [realm, parts[1].to_owned(), id, parts[2].to_owned(), text(&event["data"]["deletedid"])]
        };
        return events.iter().map(event).collect();
    }
    let entities = |notice: &Value| {
        let realm = text(&notice["realmId"]);
        let entities = notice["dataChangeEvent"]["entities"].as_array().unwrap().clone();
        entities.into_iter().map(move |one| {
            let past = format!("{}d", text(&one["operation"]));
            [realm.clone(), text(&one["name"]), text(&one["id"]), past, text(&one["deletedId"])]
        })
    };
    body["eventNotifications"].as_array().unwrap().iter().flat_map(entities).collect()
}

async fn every_change_is_told(format: WebhookFormat, content_type: &str) {
    let (ear, url) = Ear::that(&[]).await;
    let app = listening(&url, format).await;
    let control = app.sandbox.control();
    let record = json!({ "DisplayName": "Ada's Anchors" }).as_object().unwrap().clone();
    let entity = || "Customer".to_owned();
    let made = control.change(UK_REALM, Change::Create { entity: entity(), record }).unwrap();
    let id = made["Id"].as_str().unwrap();
    control.change(UK_REALM, edit(id, "Ada's Anchors & Sons")).unwrap();
    control.change(UK_REALM, Change::Deactivate { entity: entity(), id: id.to_owned() }).unwrap();
    control.change(UK_REALM, Change::Merge { entity: entity(), id: id.to_owned() }).unwrap();
    control.change(US_REALM, edit("1", "Nobody looks here")).unwrap();
    until(&app, 1, DeliveryState::Delivered).await;
    let heard = ear.heard();
    let all: Vec<_> = heard.iter().flat_map(|(_, body)| told(body)).collect();
    let line = |deed: &str| [UK_REALM, "customer", id, deed, ""].map(str::to_owned);
    assert_eq!(all[..3], [line("created"), line("updated"), line("updated")]);
    assert_eq!((all[3][3].as_str(), all[3][4].as_str(), all.len()), ("merged", id, 4));
    let (headers, body) = &heard[0];
    assert_eq!(headers["intuit-signature"], hmac(TOKEN.as_bytes(), body).as_str());
    assert_eq!((&headers["content-type"], heard.len()), (&content_type.parse().unwrap(), 1));
    assert_eq!(headers["user-agent"], "intuit_notification_server/0.1");
    assert_eq!(headers["intuit-notification-schema-version"], "0.1");
    assert!(headers["intuit-created-time"].to_str().unwrap().ends_with('Z'));
    assert!(headers["intuit-t-id"].to_str().unwrap().starts_with("1-"));
}

#[tokio::test]
async fn every_change_of_a_record_is_told_in_the_older_format() {
    every_change_is_told(WebhookFormat::Legacy, "application/json; charset=utf-8").await;
}

#[tokio::test]
async fn every_change_of_a_record_is_told_as_cloudevents() {
    every_change_is_told(WebhookFormat::CloudEvents, "application/cloudevents+json").await;
}

#[test]
fn the_tests_own_hmac_is_that_of_rfc_4231() {
    let known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let bytes: Vec<u8> =
        (0..32).map(|nth| u8::from_str_radix(&known[nth * 2..nth * 2 + 2], 16).unwrap()).collect();
    assert_eq!(hmac(b"Jefe", b"what do ya want for nothing?"), STANDARD.encode(bytes));
}

#[tokio::test]
async fn what_an_app_writes_is_told_too_and_companies_share_a_delivery() {
    let (ear, url) = Ear::that(&[]).await;
    let app = listening(&url, WebhookFormat::CloudEvents).await;
    let token = app.connect(US_COMPANY).await.access;
    app.sandbox.control().set_webhook_gather(Duration::from_millis(400));
    app.sandbox.control().change(UK_REALM, edit("1", "One")).unwrap();
    let path = format!("/v3/company/{US_REALM}/vendor");
    let body = json!({ "DisplayName": "Ropes and More" });
    let made = app.http.post(app.at(&path)).bearer_auth(token).json(&body).send().await.unwrap();
    assert_eq!(made.status(), 200);
    until(&app, 1, DeliveryState::Delivered).await;
    let heard = ear.heard();
    let all: Vec<_> = heard.iter().flat_map(|(_, body)| told(body)).collect();
    let short: Vec<_> = all.iter().map(|[realm, entity, _, deed, _]| [realm, entity, deed]).collect();
    assert_eq!(short, [[UK_REALM, "customer", "updated"], [US_REALM, "vendor", "created"]]);
    assert_eq!(heard.len(), 1, "gathered into one");
}

#[tokio::test]
async fn a_503_is_tried_again_by_the_sandboxs_clock_with_the_same_body() {
    let (ear, url) = Ear::that(&[503, 500, 408]).await;
    let app = listening(&url, WebhookFormat::CloudEvents).await;
    let control = app.sandbox.control();
    control.change(UK_REALM, edit("1", "One")).unwrap();
    for (tries, minutes) in [(1, 20), (2, 30), (3, 50)] {
        let tried = |log: &[Delivery]| log.first().is_some_and(|one| one.tries.len() == tries);
        let log = control.deliveries_until(tried, BOUND).await;
        assert!(tried(&log) && log[0].state == DeliveryState::Waiting, "{log:#?}");
        control.advance(Duration::from_mins(minutes));
    }
    let log = until(&app, 1, DeliveryState::Delivered).await;
    let statuses: Vec<_> = log[0].tries.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Some(503), Some(500), Some(408), Some(200)]);
    let heard = ear.heard();
    assert!(heard.iter().all(|(headers, body)| body == &heard[0].1
        && headers["intuit-signature"] == heard[0].0["intuit-signature"]));
}

#[tokio::test]
async fn what_nobody_takes_is_dropped_and_what_is_refused_is_dropped_at_once() {
    let (_, url) = Ear::that(&[503, 503, 503, 503, 401]).await;
    let app = listening(&url, WebhookFormat::Legacy).await;
    let control = app.sandbox.control();
    control.change(UK_REALM, edit("1", "One")).unwrap();
    for tries in 1..=4 {
        let tried = |log: &[Delivery]| log.first().is_some_and(|one| one.tries.len() == tries);
        assert!(tried(&control.deliveries_until(tried, BOUND).await), "{tries}");
        control.advance(Duration::from_mins(50));
    }
    assert_eq!(control.deliveries()[0].state, DeliveryState::Dropped);
    control.change(UK_REALM, edit("1", "Two")).unwrap();
    let log = until(&app, 2, DeliveryState::Dropped).await;
    assert_eq!((log[1].tries.len(), log[1].tries[0].status), (1, Some(401)));
    control.redeliver(2).unwrap();
    assert_eq!(until(&app, 1, DeliveryState::Delivered).await[1].tries.len(), 2);
}

#[tokio::test]
async fn an_endpoint_is_set_and_its_log_read_from_elsewhere() {
    let (ear, url) = Ear::that(&[]).await;
    let app = App::start().await;
    app.connect_uk().await;
    let send = |body: Value| app.http.post(app.at("/sandbox/webhooks")).json(&body).send();
    for bad in [
        json!({ "url": url }),
        json!({ "url": "ftp://x", "verifier_token": TOKEN }),
        json!({ "url": url, "verifier_token": TOKEN, "client": "nobody" }),
        json!({ "again": 7 }),
        json!({ "urls": url }),
    ] {
        assert_eq!(send(bad.clone()).await.unwrap().status(), 400, "{bad}");
    }
    assert_eq!(send(json!({ "url": url, "verifier_token": TOKEN })).await.unwrap().status(), 200);
    let turn = json!({ "webhook_format": "legacy", "webhook_gather_ms": 1,
        "books": { "realm": UK_REALM, "change": { "deactivate": { "entity": "Customer", "id": "2" } } } });
    assert_eq!(app.http.post(app.at("/sandbox/control")).json(&turn).send().await.unwrap().status(), 200);
    until(&app, 1, DeliveryState::Delivered).await;
    assert_eq!(told(&ear.heard()[0].1)[0][2..4], ["2", "updated"]);
    let log = app.get("/sandbox/webhooks").send().await.unwrap().text().await.unwrap();
    let log: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(log["deliveries"][0]["state"], "delivered");
    assert_eq!(log["endpoints"], json!([{ "client": ID, "url": url, "disabled": false }]));
    let page = app.get("/sandbox").send().await.unwrap().text().await.unwrap();
    assert!(page.contains(&url) && !page.contains(TOKEN) && !log.to_string().contains(TOKEN));
    let form = app.http.post(app.at("/sandbox/webhooks")).form(&[("client", ID), ("url", "")]);
    let foreign = form.try_clone().unwrap().header(ORIGIN, "http://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert_eq!(form.header(ORIGIN, app.sandbox.url()).send().await.unwrap().status(), 303);
    let standing = app.get("/sandbox/control").send().await.unwrap().text().await.unwrap();
    assert!(standing.contains("\"webhooks\":[]"), "{standing}");
}
