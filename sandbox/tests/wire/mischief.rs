//! Failures that were asked for, each as the bytes that reach a client.

use std::{collections::BTreeMap, io::Read, time::Duration};

use flate2::read::GzDecoder;
use sandbox::{Failure, Garbage, Huge, Mischief, Point};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::app::App;

const JWKS: &str = "/op/v1/jwks";
/// How long nothing has to come before it counts as nothing.
const SILENCE: Duration = Duration::from_millis(100);

/// A client that reads what comes and expects nothing.
struct Raw(TcpStream);

impl Raw {
    async fn get(app: &App, path: &str) -> Self {
        let mut stream = TcpStream::connect(app.sandbox.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", app.sandbox.address());
        stream.write_all(request.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// The head, and what has come of the body with it.
    async fn head(&mut self) -> (String, Vec<u8>) {
        let mut read = Vec::new();
        loop {
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                let body = read.split_off(end + 4);
                return (String::from_utf8(read).unwrap().to_lowercase(), body);
            }
            assert!(self.0.read_buf(&mut read).await.unwrap() > 0, "the connection ended in the head");
        }
    }

    /// That many bytes of the body, of which some may be there already.
    async fn body(&mut self, mut there: Vec<u8>, length: usize) -> Vec<u8> {
        while there.len() < length {
            assert!(self.0.read_buf(&mut there).await.unwrap() > 0, "only {} bytes came", there.len());
        }
        there
    }

    async fn is_silent(&mut self) -> bool {
        timeout(SILENCE, self.0.read_u8()).await.is_err()
    }

    /// Everything until the connection is closed.
    async fn rest(&mut self) -> Vec<u8> {
        let mut read = Vec::new();
        // A connection may also end in a reset, which is an end as well.
        let _ = self.0.read_to_end(&mut read).await;
        read
    }
}

fn length(head: &str) -> usize {
    let (_, rest) = head.split_once("content-length: ").expect("a length");
    rest.split_once("\r\n").unwrap().0.parse().unwrap()
}

async fn sandbox_with(mischief: Mischief) -> App {
    let app = App::start().await;
    app.sandbox.control().fail(Failure::of(JWKS, mischief));
    app
}

/// The whole answer of a request that something happens to.
async fn answered(failure: Failure) -> (String, Vec<u8>) {
    let app = App::start().await;
    app.sandbox.control().fail(failure);
    let mut client = Raw::get(&app, JWKS).await;
    let (head, body) = client.head().await;
    let body = client.body(body, length(&head)).await;
    (head, body)
}

#[tokio::test]
async fn an_answer_of_ones_own_is_sent_as_it_is() {
    let own = Mischief::Answer { content_type: Some("text/x-odd".to_owned()), body: "ö\n".to_owned() };
    for retry_after in ["-1", "Wed, 21 Oct 2099 07:28:00 GMT", "99999999999999999999", "soon é", ""] {
        let headers = BTreeMap::from([("Retry-After".to_owned(), retry_after.to_owned())]);
        let app = App::start().await;
        app.sandbox.control().fail(Failure { status: Some(429), headers, ..Failure::of(JWKS, own.clone()) });
        let answer = app.get(JWKS).send().await.unwrap();
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.headers()["retry-after"].as_bytes(), retry_after.as_bytes());
        assert_eq!(answer.headers()["content-type"], "text/x-odd");
        assert_eq!(answer.text().await.unwrap(), "ö\n");
    }
}

#[tokio::test]
async fn intuits_own_refusal_takes_headers_too() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let headers = BTreeMap::from([("retry-after".to_owned(), "7".to_owned())]);
    app.sandbox.control().fail(Failure { headers, ..Failure::new("/query", 429, 1) });
    let request = app.get(&format!("/v3/company/{}/query", sandbox::UK_REALM)).bearer_auth(token);
    let answer = request.header("accept", "application/json").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(answer.json::<Value>().await.unwrap()["fault"]["error"][0]["code"], "3001");
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_told() {
    let headers = BTreeMap::from([("no name".to_owned(), String::new())]);
    let (head, body) = answered(Failure { headers, ..Failure::new(JWKS, 429, 1) }).await;
    assert!(head.starts_with("http/1.1 500") && String::from_utf8(body).unwrap().contains("no name"));
}

#[tokio::test]
async fn a_hanging_request_gets_no_byte_until_the_sandbox_stops() {
    let app = sandbox_with(Mischief::Hang(Point::Connect)).await;
    let mut client = Raw::get(&app, JWKS).await;
    let seen = app.sandbox.ledger().asked_at(JWKS, 1, Duration::from_mins(1)).await;
    assert_eq!(seen.len(), 1);
    assert!(client.is_silent().await);
    assert_eq!(app.get(JWKS).send().await.unwrap().status(), 200);
    let entry = app.sandbox.ledger().to(JWKS).remove(0);
    assert_eq!((entry.status, entry.mischief), (None, Some(Mischief::Hang(Point::Connect))));
    app.sandbox.stop().await;
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn an_answer_may_stop_after_its_headers() {
    let app = sandbox_with(Mischief::Hang(Point::Headers)).await;
    let mut client = Raw::get(&app, JWKS).await;
    let (head, body) = client.head().await;
    assert!(head.starts_with("http/1.1 200") && head.contains("intuit_tid: 1-"), "{head}");
    assert!(length(&head) > 0 && body.is_empty());
    assert!(client.is_silent().await);
    app.sandbox.stop().await;
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn an_answer_may_stop_in_its_body() {
    let app = App::start().await;
    let hang = Failure { after_work: true, ..Failure::of(JWKS, Mischief::Hang(Point::Body)) };
    app.sandbox.control().fail(hang);
    let whole = {
        let mut client = Raw::get(&app, JWKS).await;
        let (head, body) = client.head().await;
        let half = client.body(body, length(&head) / 2).await;
        assert_eq!(half.len(), length(&head) / 2);
        assert!(client.is_silent().await);
        half
    };
    let good = app.get(JWKS).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(good[..good.len() / 2], whole);
}

#[tokio::test]
async fn an_answer_may_drip() {
    let pause = Duration::from_millis(5);
    let app = App::start().await;
    let drip = Mischief::Drip { pause_milliseconds: 5 };
    app.sandbox.control().fail(Failure { after_work: true, ..Failure::of(JWKS, drip) });
    let begin = Instant::now();
    let mut client = Raw::get(&app, JWKS).await;
    let (head, body) = client.head().await;
    let dripped = client.body(body, length(&head)).await;
    assert!(begin.elapsed() >= pause * u32::try_from(length(&head) - 1).unwrap());
    assert_eq!(dripped, app.get(JWKS).send().await.unwrap().bytes().await.unwrap());
}

#[tokio::test]
async fn a_connection_may_end_without_an_answer() {
    for after_work in [false, true] {
        let app = App::start().await;
        let tokens = app.connect_uk().await;
        let drop = Failure::of("/tokens/bearer", Mischief::Drop(Point::Connect));
        app.sandbox.control().fail(Failure { after_work, ..drop });
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)];
        let request = app.http.post(app.at("/oauth2/v1/tokens/bearer"));
        let basic = request.basic_auth(crate::app::ID, Some(crate::app::SECRET));
        assert!(basic.form(&fields).send().await.is_err());
        assert_eq!(app.sandbox.ledger().to("/tokens/bearer")[1].status, None);
        let again = app.refresh(&tokens.refresh).await;
        assert_eq!(
            again.status(),
            if after_work { 400 } else { 200 },
            "strict refuses a token that was used"
        );
    }
}

#[tokio::test]
async fn a_dropped_connection_shows_how_far_the_answer_came() {
    for (point, sent) in [(Point::Connect, 0), (Point::Headers, 0), (Point::Body, 1)] {
        let app = sandbox_with(Mischief::Drop(point)).await;
        let mut client = Raw::get(&app, JWKS).await;
        let all = client.rest().await;
        let text = String::from_utf8(all).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert_eq!((point, text.as_str()), (Point::Connect, ""));
            continue;
        };
        assert_eq!(body.len(), sent * length(&head.to_lowercase()) / 2, "{point:?}");
        assert!(length(&head.to_lowercase()) > 1);
    }
}

#[tokio::test]
async fn garbage_is_not_json() {
    let answer = async |kind| answered(Failure::of(JWKS, Mischief::Garbage(kind))).await;
    let (head, body) = answer(Garbage::InvalidUtf8).await;
    assert!(head.contains("content-type: application/json") && std::str::from_utf8(&body).is_err());
    let (_, body) = answer(Garbage::CutJson).await;
    assert!(serde_json::from_slice::<Value>(&body).unwrap_err().is_eof());
    let (head, body) = answer(Garbage::Html).await;
    assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/html"));
    assert!(body.starts_with(b"<!DOCTYPE html>"));
    let (_, body) = answer(Garbage::DeepJson).await;
    assert_eq!(body.iter().take_while(|&&byte| byte == b'[').count(), 100_000);
    let (_, body) = answer(Garbage::DuplicateKeys).await;
    assert_eq!(String::from_utf8(body).unwrap().matches("access_token").count(), 2);
}

#[tokio::test]
async fn a_huge_answer_is_as_long_as_was_asked_for() {
    for wanted in [0, 1, 2, 200_000] {
        let (head, body) = answered(Failure::of(JWKS, Mischief::Huge(Huge::Length(wanted)))).await;
        assert_eq!((length(&head) as u64, body.len() as u64), (wanted, wanted));
        assert_eq!(serde_json::from_slice::<Value>(&body).is_ok(), wanted > 1);
    }
}

#[tokio::test]
async fn an_endless_answer_goes_on() {
    let app = sandbox_with(Mischief::Huge(Huge::Endless)).await;
    let mut client = Raw::get(&app, JWKS).await;
    let (head, body) = client.head().await;
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    let much = client.body(body, 4 * 1024 * 1024).await;
    assert!(much.len() >= 4 * 1024 * 1024);
}

#[tokio::test]
async fn a_gzip_bomb_is_a_thousand_times_what_is_sent() {
    let length = 20 * 1024 * 1024;
    let app = sandbox_with(Mischief::Huge(Huge::GzipBomb(length))).await;
    let answer = app.get(JWKS).send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let packed = answer.bytes().await.unwrap();
    assert!((packed.len() as u64) < length / 500, "{}", packed.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!((unpacked.len() as u64, &unpacked[unpacked.len() - 2..]), (length, &b"{}"[..]));
}

#[tokio::test]
async fn a_redirect_leads_anywhere() {
    for (status, shown) in [(None, 302), (Some(307), 307)] {
        let redirect = Mischief::Redirect { to: "http://169.254.169.254/latest".to_owned() };
        let (head, _) = answered(Failure { status, ..Failure::of(JWKS, redirect) }).await;
        assert!(head.starts_with(&format!("http/1.1 {shown}")), "{head}");
        assert!(head.contains("location: http://169.254.169.254/latest\r\n"), "{head}");
    }
}

#[tokio::test]
async fn a_fault_may_come_with_200() {
    let fault = json!({ "code": "6000", "message": "A business validation error" });
    let mischief: Mischief = serde_json::from_value(json!({ "fault": fault })).unwrap();
    let (head, body) = answered(Failure::of(JWKS, mischief)).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert!(head.starts_with("http/1.1 200"));
    assert_eq!(body["Fault"]["Error"][0]["code"], "6000");
    assert_eq!(body["Fault"]["Error"][0]["Message"], "A business validation error");
    assert_eq!(body["Fault"]["type"], "ValidationFault");
}

#[tokio::test]
async fn a_fault_has_intuits_words_unless_others_are_given() {
    let fault = async |asked: Value| -> Value {
        let mischief: Mischief = serde_json::from_value(json!({ "fault": asked })).unwrap();
        let (_, body) = answered(Failure::of(JWKS, mischief)).await;
        serde_json::from_slice::<Value>(&body).unwrap()["Fault"].clone()
    };
    let failed = "An application error has occurred while processing your request";
    let sorry = "System Failure Error: Sorry, something went wrong";
    let severe = fault(json!({})).await;
    assert_eq!(severe["type"], "SystemFault");
    assert_eq!(severe["Error"][0], json!({ "Message": failed, "Detail": sorry, "code": "10000" }));
    let missing = fault(json!({ "code": "610" })).await["Error"][0].clone();
    assert_eq!((&missing["Message"], &missing["element"]), (&json!("Object Not Found"), &json!("")));
    let own = fault(json!({ "code": "4001", "message": "m", "detail": "d" })).await["Error"][0].clone();
    assert_eq!(own, json!({ "Message": "m", "Detail": "d", "code": "4001" }));
    for (code, kind) in [("1234", "ValidationFault"), ("10001", "SystemFault")] {
        let unknown = fault(json!({ "code": code })).await;
        assert_eq!((&unknown["Error"][0]["code"], &unknown["type"]), (&json!(code), &json!(kind)));
    }
}

#[tokio::test]
async fn a_late_answer_is_the_right_one() {
    for after_work in [false, true] {
        let app = App::start().await;
        let delay = Mischief::Delay { milliseconds: 40 };
        app.sandbox.control().fail(Failure { after_work, ..Failure::of(JWKS, delay) });
        let begin = Instant::now();
        assert_eq!(app.get(JWKS).send().await.unwrap().status(), 200);
        assert!(begin.elapsed() >= Duration::from_millis(40));
    }
}

#[tokio::test]
async fn failures_come_as_json_one_or_many() {
    let app = App::start().await;
    let turn =
        async |wishes: Value| app.http.post(app.at("/sandbox/control")).json(&wishes).send().await.unwrap();
    let many = json!([
        { "route": "/jwks", "mischief": { "garbage": "html" }, "times": 2 },
        { "route": "/jwks", "mischief": { "redirect": { "to": "/elsewhere" } }, "status": 307 },
        { "route": "/jwks", "mischief": { "hang": "headers" }, "after_work": true },
        { "route": "/jwks", "mischief": { "huge": { "gzip_bomb": 9 } }, "headers": { "X-One": "1" } },
        { "route": "/jwks", "mischief": { "drip": { "pause_milliseconds": 1000 } } },
        { "route": "/jwks", "mischief": { "answer": { "body": "{}" } }, "status": 418 },
    ]);
    let standing: Value = turn(json!({ "fail": many })).await.json().await.unwrap();
    assert_eq!(standing["failures"].as_array().unwrap().len(), 6);
    turn(json!({ "fail": { "route": "/jwks", "status": 503 } })).await;
    let statuses = [200, 200, 307];
    for status in statuses {
        assert_eq!(app.get(JWKS).send().await.unwrap().status(), status);
    }
    let wrong = turn(json!({ "fail": [{ "route": "/jwks", "mischief": { "hang": "nowhere" } }] })).await;
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().await.unwrap().contains("unknown variant `nowhere`"));
}
