//! The switches and the ledger, in the process and over HTTP.

use std::time::{Duration, Instant};

use reqwest::{Response, header::HOST};
use sandbox::{Config, Failure, Rotation, UK_REALM};
use serde_json::{Value, json};

use crate::app::{App, ID, SECRET};

async fn turn(app: &App, wishes: &Value) -> Response {
    app.http.post(app.at("/sandbox/control")).json(wishes).send().await.unwrap()
}

#[tokio::test]
async fn the_ledger_holds_every_request() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    app.query(UK_REALM, &tokens.access, "SELECT * FROM Term").await;
    let ledger = app.sandbox.ledger();
    let entries = ledger.entries();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=entries.len() as u64).collect::<Vec<_>>());
    let exchange = &ledger.to("/tokens/bearer")[0];
    assert_eq!((exchange.method.as_str(), exchange.status), ("POST", Some(200)));
    assert!(exchange.form().contains(&("grant_type".to_owned(), "authorization_code".to_owned())));
    assert!(exchange.header("Authorization").unwrap().starts_with("Basic "));
    assert!(exchange.intuit_tid.starts_with("1-"));
    let query = &ledger.to("/query")[0];
    assert_eq!(query.query_pairs(), [("query".to_owned(), "SELECT * FROM Term".to_owned())]);
}

#[tokio::test]
async fn the_ledger_can_be_read_from_another_process() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let ledger: Value = app.get("/sandbox/ledger").send().await.unwrap().json().await.unwrap();
    assert_eq!(ledger["requests"][0]["path"], "/connect/oauth2");
    assert!(ledger["requests"].as_array().unwrap().iter().all(|entry| entry["path"] != "/sandbox/ledger"));
    let secrets: Vec<String> = serde_json::from_value(ledger["secrets"].clone()).unwrap();
    assert!(secrets.contains(&tokens.access) && secrets.contains(&tokens.refresh));
}

#[tokio::test]
async fn the_ledger_can_be_waited_for() {
    let app = App::start().await;
    let ledger = app.sandbox.ledger();
    assert!(ledger.answered_to("/jwks", 1, Duration::from_millis(1)).await.is_empty());
    let ask = async { app.get("/op/v1/jwks").send().await.unwrap() };
    let (seen, _) =
        futures_util::future::join(ledger.answered_to("/jwks", 1, Duration::from_mins(1)), ask).await;
    assert_eq!(seen[0].status, Some(200));
}

#[tokio::test]
async fn a_page_takes_as_long_as_was_asked_for() {
    let app = App::with(Config { latency_per_page: Duration::from_mins(5), ..Config::default() }).await;
    let token = app.connect_uk().await.access;
    let (_, count) = app.query(UK_REALM, &token, "SELECT COUNT(*) FROM Term").await;
    assert_eq!(count["QueryResponse"]["totalCount"], 6);
    let standing: Value = turn(&app, &json!({ "latency_ms": 60 })).await.json().await.unwrap();
    assert_eq!(standing["latency_ms"], 60);
    let begin = Instant::from(tokio::time::Instant::now());
    app.query(UK_REALM, &token, "SELECT * FROM Term").await;
    assert!(begin.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_held_request_arrives_and_waits() {
    let app = App::start().await;
    let control = app.sandbox.control();
    control.hold("/jwks");
    let ask = app.get("/op/v1/jwks").send();
    let release = async {
        while app.sandbox.ledger().to("/jwks").is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(app.get("/.well-known/openid_configuration").send().await.unwrap().status(), 200);
        assert_eq!(app.sandbox.ledger().to("/jwks")[0].status, None);
        control.release();
    };
    let (answer, ()) = futures_util::future::join(ask, release).await;
    assert_eq!(answer.unwrap().status(), 200);
}

#[tokio::test]
async fn paused_queries_wait_until_they_may_go_on() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let control = app.sandbox.control();
    control.pause_queries();
    let query = app.query(UK_REALM, &token, "SELECT * FROM Term");
    let resume = async {
        while app.sandbox.ledger().to("/query").is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(app.sandbox.ledger().to("/query")[0].status, None);
        control.resume_queries();
    };
    let ((status, _), ()) = futures_util::future::join(query, resume).await;
    assert_eq!((status, app.sandbox.ledger().to("/query")[0].status), (200, Some(200)));
}

#[tokio::test]
async fn the_next_requests_of_a_route_fail() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let ask = async || app.query(UK_REALM, &token, "SELECT * FROM Term").await;
    app.sandbox.control().fail(Failure::new("/query", 429, 2));
    for _ in 0..2 {
        let (status, body) = ask().await;
        assert_eq!((status, &body["fault"]["error"][0]["code"]), (429, &json!("3001")));
    }
    assert_eq!(ask().await.0, 200);
    app.sandbox.control().fail(Failure::new("/query", 500, 1));
    let (status, body) = ask().await;
    assert_eq!((status, &body["Fault"]["type"]), (500, &json!("SystemFault")));
    app.sandbox.control().fail(Failure::new("/query", 503, 9));
    app.sandbox.control().clear_failures();
    assert_eq!(ask().await.0, 200);
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_work_was_done() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let lost = Failure { after_work: true, ..Failure::new("/tokens/bearer", 503, 1) };
    app.sandbox.control().fail(lost);
    assert_eq!(app.refresh(&tokens.refresh).await.status(), 503);
    assert_eq!(app.refresh(&tokens.refresh).await.text().await.unwrap(), r#"{"error":"invalid_grant"}"#);
}

#[tokio::test]
async fn somebody_disconnects_the_app_inside_quickbooks() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    assert_eq!(app.sandbox.control().disconnect(Some("1")), 0);
    assert_eq!(app.sandbox.control().disconnect(Some(UK_REALM)), 1);
    assert!(!app.opens(&tokens.access).await);
    assert_eq!(app.refresh(&tokens.refresh).await.status(), 400);
}

#[tokio::test]
async fn all_switches_can_be_turned_over_http() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let wishes = json!({
        "rotation": "intuit", "access_token_seconds": 60, "advance_seconds": 120, "expire_access_tokens": true,
        "fail": { "route": "/tokens/bearer", "status": 503 }, "pause_queries": true,
    });
    let standing: Value = turn(&app, &wishes).await.json().await.unwrap();
    assert_eq!((&standing["rotation"], &standing["access_token_seconds"]), (&json!("intuit"), &json!(60)));
    assert_eq!((&standing["pause_queries"], &standing["failures"][0]["times"]), (&json!(true), &json!(1)));
    assert!(!app.opens(&tokens.access).await);
    assert_eq!(app.refresh(&tokens.refresh).await.status(), 503);
    let again = app.refreshed(&tokens.refresh).await;
    assert_eq!(again.refresh, tokens.refresh);
    turn(&app, &json!({ "disconnect": "*", "clear_failures": true, "pause_queries": false })).await;
    assert_eq!(app.refresh(&again.refresh).await.status(), 400);
    let shown: Value = app.get("/sandbox/control").send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["pause_queries"], false);
}

#[tokio::test]
async fn the_rotation_changes_while_it_runs() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    app.sandbox.control().set_rotation(Rotation::Intuit);
    assert_eq!(app.refreshed(&tokens.refresh).await.refresh, tokens.refresh);
}

#[tokio::test]
async fn what_sign_in_and_tokens_go_by_can_be_turned_over_http() {
    let app = App::start().await;
    let wishes = json!({
        "grace_seconds": 5, "code_seconds": 7, "code_replay": "refused", "refresh_replay": "ends_grant",
        "refresh_error_description": "Token invalid", "pkce": "required", "iss_on_callback": true,
        "advance_seconds": 157_680_000,
    });
    let standing: Value = turn(&app, &wishes).await.json().await.unwrap();
    for (key, value) in wishes.as_object().unwrap() {
        let key = if key == "advance_seconds" { "ahead_seconds" } else { key };
        assert_eq!(&standing[key], value, "{key}");
    }
    let standing: Value = turn(&app, &json!({ "refresh_error_description": "" })).await.json().await.unwrap();
    assert_eq!(standing["refresh_error_description"], Value::Null);
}

#[tokio::test]
async fn the_clock_is_not_moved_beyond_its_end() {
    let app = App::start().await;
    for seconds in [300_000_000_000_u64, u64::MAX] {
        let refused = turn(&app, &json!({ "advance_seconds": seconds, "latency_ms": 9 })).await;
        assert_eq!(refused.status(), 400);
        assert_eq!(refused.text().await.unwrap(), "The clock cannot be moved beyond the year 8999.");
    }
    let standing: Value = app.get("/sandbox/control").send().await.unwrap().json().await.unwrap();
    assert_eq!((&standing["ahead_seconds"], &standing["latency_ms"]), (&json!(0), &json!(0)));
    assert!(!app.sandbox.control().advance(Duration::MAX));
    assert_eq!(turn(&app, &json!({ "advance_seconds": 219_000_000_000_u64 })).await.status(), 200);
    let tokens = app.connect_uk().await;
    assert!(app.opens(&app.refreshed(&tokens.refresh).await.access).await);
}

#[tokio::test]
async fn a_failure_whose_status_is_no_answer_is_refused() {
    let app = App::start().await;
    let ask = async |status: u16| {
        turn(&app, &json!({ "fail": [{ "route": "/jwks", "status": status }], "latency_ms": 9 })).await
    };
    for status in [0, 99, 100, 101, 199, 600, 999] {
        let refused = ask(status).await;
        assert_eq!(refused.status(), 400);
        let sentence = format!("A failure's status is one from 200 to 599, and not {status}.");
        assert_eq!(refused.text().await.unwrap(), sentence);
    }
    let standing: Value = app.get("/sandbox/control").send().await.unwrap().json().await.unwrap();
    assert_eq!((&standing["failures"], &standing["latency_ms"]), (&json!([]), &json!(0)));
    for status in [200, 599] {
        assert_eq!(ask(status).await.status(), 200);
        assert_eq!(app.get("/op/v1/jwks").send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_part_of_the_ledger_can_be_read() {
    let app = App::start().await;
    app.connect_uk().await;
    let part = async |query: &str| -> Vec<Value> {
        let ledger: Value =
            app.get(&format!("/sandbox/ledger?{query}")).send().await.unwrap().json().await.unwrap();
        ledger["requests"].as_array().unwrap().clone()
    };
    let all = part("").await;
    let tokens = part("route=/tokens/bearer").await;
    assert_eq!((all.len(), tokens.len()), (6, 1));
    assert_eq!(part(&format!("after={}", tokens[0]["number"])).await, all[6..]);
    assert_eq!(part("after=4").await, all[4..]);
}

#[tokio::test]
async fn other_machines_turn_switches_where_that_is_allowed() {
    let app = App::with(Config { allow_remote_control: true, ..Config::default() }).await;
    for path in ["/sandbox", "/sandbox/control", "/sandbox/ledger"] {
        let elsewhere = app.get(path).header(HOST, "sandbox.example:4170").send().await.unwrap();
        assert_eq!(elsewhere.status(), 200, "{path}");
    }
    let plain = app.http.post(app.at("/sandbox/control")).body("{}").send().await.unwrap();
    assert_eq!(plain.status(), 403, "a foreign page must not turn them there either");
}

#[tokio::test]
async fn a_foreign_page_cannot_turn_switches() {
    let app = App::start().await;
    let plain = app.http.post(app.at("/sandbox/control")).body("{}").send().await.unwrap();
    assert_eq!(plain.status(), 403);
    for path in ["/sandbox", "/sandbox/control", "/sandbox/ledger"] {
        for host in ["attacker.example", "attacker.example@localhost", "localhost/attacker.example"] {
            let rebound = app.get(path).header(HOST, host).send().await.unwrap();
            assert_eq!(rebound.status(), 403, "{path} {host}");
        }
    }
    let wrong = turn(&app, &json!({ "latency": 1 })).await;
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().await.unwrap().contains("unknown field"));
}

#[tokio::test]
async fn what_the_switches_answer_is_kept_nowhere() {
    let app = App::start().await;
    for path in ["/sandbox", "/sandbox/control", "/sandbox/ledger", "/sandbox/page.js"] {
        for host in ["localhost", "attacker.example"] {
            let answer = app.get(path).header(HOST, host).send().await.unwrap();
            assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
        }
    }
}

#[tokio::test]
async fn a_stopped_sandbox_answers_nothing() {
    let app = App::start().await;
    let address = app.sandbox.address();
    let App { sandbox, http } = app;
    sandbox.stop().await;
    assert!(http.get(format!("http://{address}/op/v1/jwks")).send().await.is_err());
    let clients = vec![sandbox::Client::new(ID, SECRET, Vec::new())];
    let again = sandbox::start(Config { listen: address, clients, ..Config::default() }).await.unwrap();
    assert_eq!(again.address(), address);
}

#[tokio::test]
async fn a_taken_port_and_a_bad_url_are_said_plainly() {
    let app = App::start().await;
    let taken =
        sandbox::start(Config { listen: app.sandbox.address(), ..Config::default() }).await.err().unwrap();
    assert!(taken.to_string().starts_with("the sandbox cannot listen on 127.0.0.1:"), "{taken}");
    let config = Config { public_url: Some("http://intuit.localhost/path".to_owned()), ..Config::default() };
    let bad = sandbox::start(config).await.err().unwrap();
    assert!(bad.to_string().contains("without a path"), "{bad}");
}
