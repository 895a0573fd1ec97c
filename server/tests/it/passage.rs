//! Calls of the provider through us: what passes and what does not, where they may go, and what becomes
//! of a token that is refused (RF-15, RF-20).

use bytes::Bytes;
use futures_util::stream;
use protocol::store::{ConnectionState, ReconnectReason};
use reqwest::Method;
use sandbox::{Entry, Failure, Mischief, UK_REALM};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::api::problem;
use crate::backend::Backend;
use crate::client::BOUND;
use crate::quick::TOKEN;
use crate::raw::Request;

const QUERY: &str = "/query?query=select%20*%20from%20Customer%20where%20Active%20=%20true&minorversion=75";

/// A path of the connected company, below the connection.
fn own(rest: &str) -> String {
    format!("/proxy/v3/company/{UK_REALM}{rest}")
}

/// What reached the provider's books since so many requests.
fn since(backend: &Backend, before: usize) -> Vec<Entry> {
    backend.quick.sandbox.ledger().entries().split_off(before)
}

fn asked(backend: &Backend) -> usize {
    backend.quick.sandbox.ledger().entries().len()
}

#[tokio::test]
async fn a_call_goes_on_with_the_token_and_nothing_else_of_anybody() {
    let backend = Backend::start().await;
    let before = asked(&backend);
    let mut call = backend.ask(Method::GET, &own(QUERY)).header("accept", "application/json");
    for (name, value) in [
        ("cookie", "__Host-patchbay=abc"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-host", "store.example"),
        ("forwarded", "for=192.0.2.1"),
        ("via", "1.1 backend.example"),
        ("origin", "http://app.example"),
        ("referer", "http://app.example/secret"),
        ("x-api-key", "abc"),
        ("proxy-authorization", "Basic abc"),
        ("connection", "x-hop"),
        ("x-hop", "abc"),
    ] {
        call = call.header(name, value);
    }
    let answer = call.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(
        answer.headers()["content-type"].to_str().expect("text").split(';').next(),
        Some("application/json")
    );
    assert!(!answer.headers().contains_key("set-cookie"));
    let tid = answer.headers()["intuit_tid"].to_str().expect("text").to_owned();
    let body: Value = answer.json().await.expect("JSON");
    assert!(body["QueryResponse"]["Customer"].is_array(), "{body}");
    let [entry] = &since(&backend, before)[..] else { panic!("one call") };
    assert_eq!(
        (entry.intuit_tid.as_str(), format!("?{}", entry.query)),
        (tid.as_str(), QUERY["/query".len()..].to_owned())
    );
    let mut names: Vec<_> = entry.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "authorization", "host", "user-agent"]);
    let lines = backend.told("token.used").await;
    assert_eq!(lines.len(), 1);
    assert!(lines[0].object.starts_with("quickbooks-online, once since "), "{lines:?}");
}

#[tokio::test]
async fn a_body_goes_on_as_it_is_and_the_providers_refusal_comes_back_so() {
    let backend = Backend::start().await;
    let before = asked(&backend);
    let new = r#"{"DisplayName": "Through the proxy"}"#;
    let call = backend.ask(Method::POST, &own("/customer")).header("content-type", "application/json");
    let made = call.header("accept", "application/json").body(new).send().await.expect("an answer");
    assert_eq!(made.status().as_u16(), 200);
    let made: Value = made.json().await.expect("JSON");
    assert_eq!(made["Customer"]["DisplayName"], "Through the proxy");
    assert_eq!(since(&backend, before)[0].body, new);
    let refused = backend.get(&own("/query?query=nonsense")).await;
    assert_eq!(refused.status().as_u16(), 400);
    assert!(refused.headers().contains_key("intuit_tid"));
    let text = refused.text().await.expect("text");
    assert!(text.contains("Fault") && !text.contains("request_id"), "{text}");
}

#[tokio::test]
async fn a_call_goes_to_the_connections_own_company_and_nowhere_else() {
    let backend = Backend::start().await;
    let (before, address) = (asked(&backend), backend.quick.world.running.address());
    let base = format!("/api/v1/connections/{}/proxy", backend.id);
    let (other, realm) = (sandbox::US_REALM, UK_REALM);
    for (rest, status) in [
        (format!("/v3/company/{other}/query"), 403),
        (format!("/v3/company/{realm}/../{other}/query"), 403),
        (format!("/v3/company/{realm}/%2e%2e/{other}/query"), 403),
        (format!("/v3/company/{realm}/..%2f{other}/query"), 403),
        (format!("/v3/company/{realm}%2f..%2f{other}/query"), 403),
        (format!("/v3/company/{realm}//query"), 403),
        (format!("/v3/company/{realm}/..;/{other}/query"), 403),
        (format!("//evil.example/v3/company/{realm}/query"), 403),
        (format!("/@evil.example/v3/company/{realm}/query"), 403),
        (format!("/http://evil.example/v3/company/{realm}/query"), 403),
        ("/oauth2/v1/tokens/bearer".to_owned(), 403),
        ("/sandbox/ledger".to_owned(), 403),
        ("/".to_owned(), 404),
    ] {
        let call = Request::new("GET", &format!("{base}{rest}"));
        let call = call.header("authorization", format!("Bearer {}", backend.quick.world.key));
        let answer = call.ask(address).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/problem+json")),
            "{rest}"
        );
    }
    let absolute = format!("http://{}{base}/v3/company/{realm}/query", backend.quick.sandbox.address());
    let call = Request::new("GET", &absolute);
    let answer =
        call.header("authorization", format!("Bearer {}", backend.quick.world.key)).ask(address).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = backend.ask(method, &own("/customer")).send().await.expect("an answer");
        assert_eq!(problem(answer, "a method").await.1, "method_refused");
    }
    assert_eq!(asked(&backend), before, "nothing was sent");
}

#[tokio::test]
async fn a_401_is_one_refresh_and_one_more_call() {
    let backend = Backend::start().await;
    backend.quick.sandbox.control().expire_access_tokens();
    let before = asked(&backend);
    let call = backend.ask(Method::POST, &own("/query")).header("content-type", "application/text");
    let answer = call.body("select * from Customer").send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let calls: Vec<_> = since(&backend, before)
        .into_iter()
        .map(|entry| (entry.path.contains(TOKEN), entry.status, entry.body))
        .collect();
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert_eq!((calls[0].1, calls[1].0, calls[2].1), (Some(401), true, Some(200)));
    assert_eq!((&calls[0].2, &calls[2].2), (&"select * from Customer".to_owned(), &calls[0].2));
}

#[tokio::test]
async fn rf_20_a_call_that_is_refused_after_a_refresh_flips_the_state() {
    let backend = Backend::start().await;
    let before = asked(&backend);
    backend.quick.sandbox.control().fail(Failure::new("/customer/", 401, 2));
    assert_eq!(backend.refused(&own("/customer/1")).await, (409, "reconnect_required".to_owned()));
    assert_eq!(since(&backend, before).len(), 3);
    let reason = ReconnectReason::Refused;
    assert_eq!(backend.quick.view(&backend.ann).await.state, ConnectionState::ReconnectRequired { reason });
    assert_eq!(backend.refused(&own("/customer/1")).await, (409, "reconnect_required".to_owned()));
    assert_eq!(since(&backend, before).len(), 3, "nothing is asked any more");
}

#[tokio::test]
async fn a_large_body_is_not_sent_twice_but_the_next_call_works() {
    let backend = Backend::start().await;
    backend.quick.sandbox.control().expire_access_tokens();
    let call = async || {
        let body = format!("select * from Customer where Active = true{}", " ".repeat(100_000));
        let call = backend.ask(Method::POST, &own("/query")).header("content-type", "application/text");
        call.body(body).send().await.expect("an answer")
    };
    let (status, code, _) = problem(call().await, "a large body").await;
    assert_eq!((status, code.as_str()), (503, "send_again"));
    assert_eq!(backend.quick.calls(TOKEN), 2, "renewed meanwhile");
    assert_eq!(call().await.status().as_u16(), 200);
}

#[tokio::test]
async fn rf_15_a_redirected_call_goes_nowhere_and_is_not_passed_on() {
    let backend = Backend::start().await;
    let elsewhere = sandbox::start(sandbox::Config::default()).await.expect("the sandbox starts");
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/v3/company/{UK_REALM}/customer/1", elsewhere.url());
        let redirect =
            Failure { status: Some(status), ..Failure::of("/customer/", Mischief::Redirect { to }) };
        backend.quick.sandbox.control().fail(redirect);
        let answer = backend.get(&own("/customer/1")).await;
        assert!(!answer.headers().contains_key("location"));
        let (status, code, _) = problem(answer, "a redirect").await;
        assert_eq!((status, code.as_str()), (502, "provider_redirects"));
    }
    assert!(elsewhere.ledger().entries().is_empty());
}

#[tokio::test]
async fn a_company_that_is_asked_too_often_is_left_alone() {
    let backend = Backend::start().await;
    let mut limited = Failure::new("/customer/", 429, 1);
    limited.headers.insert("retry-after".to_owned(), "60".to_owned());
    backend.quick.sandbox.control().fail(limited);
    let theirs = backend.get(&own("/customer/1")).await;
    assert_eq!(
        (theirs.status().as_u16(), &theirs.headers()["retry-after"]),
        (429, &"60".parse().expect("a value"))
    );
    assert!(theirs.headers().contains_key("intuit_tid"), "it is the provider's own");
    let before = asked(&backend);
    let ours = backend.get(&own("/customer/1")).await;
    let wait: u64 = ours.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((55..=60).contains(&wait), "{wait}");
    assert_eq!(problem(ours, "ours").await.1, "company_paced");
    assert_eq!(asked(&backend), before, "nothing was sent");
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_cut_off_both_ways() {
    let backend = Backend::start().await;
    let before = asked(&backend);
    let large = || backend.ask(Method::POST, &own("/query")).header("content-type", "application/text");
    let announced = large().body(vec![b' '; 1_000_001]).send().await.expect("an answer");
    assert_eq!(problem(announced, "announced").await.1, "too_large");
    assert_eq!(asked(&backend), before, "nothing was sent");
    let chunks = stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 50_000]))));
    let streamed = large().body(reqwest::Body::wrap_stream(chunks)).send().await.expect("an answer");
    assert_eq!(problem(streamed, "streamed").await.1, "too_large");
    let huge = Mischief::Huge(sandbox::Huge::Length(1_000_001));
    backend.quick.sandbox.control().fail(Failure::of("/customer/", huge));
    assert_eq!(backend.refused(&own("/customer/1")).await, (502, "answer_too_large".to_owned()));
    backend.quick.sandbox.control().fail(Failure::of("/customer/", Mischief::Huge(sandbox::Huge::Endless)));
    let endless = backend.get(&own("/customer/1")).await;
    assert!(endless.bytes().await.is_err(), "it ends without its end");
}

/// A provider of bytes: our proxy is sent there instead of to the sandbox.
async fn elsewhere() -> (Backend, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("bound"));
    let Backend { quick, ann, id } = Backend::start().await;
    (Backend { quick: quick.moved_to(&origin).await, ann, id }, listener)
}

/// Reads until a text has come.
async fn hear(stream: &mut TcpStream, text: &str) {
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(text) {
        let read = tokio::time::timeout(BOUND, stream.read_buf(&mut heard)).await.expect("in time");
        assert!(read.expect("bytes") > 0, "it hung up: {}", String::from_utf8_lossy(&heard));
    }
}

#[tokio::test]
async fn bodies_flow_while_they_come_and_a_hang_up_is_passed_on() {
    let (backend, listener) = elsewhere().await;
    let (say, said) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(8);
    let body = stream::unfold(said, |mut said| async { said.recv().await.map(|chunk| (chunk, said)) });
    let call = backend.ask(Method::POST, &own("/upload")).body(reqwest::Body::wrap_stream(body)).send();
    let provider = async {
        say.send(Ok(Bytes::from(vec![b'x'; 80_000]))).await.expect("said");
        say.send(Ok(Bytes::from_static(b"first half;"))).await.expect("said");
        let (mut stream, _) = listener.accept().await.expect("a call");
        hear(&mut stream, "first half;").await;
        say.send(Ok(Bytes::from_static(b"second half;"))).await.expect("said");
        drop(say);
        hear(&mut stream, "second half;\r\n0\r\n\r\n").await;
        let head =
            "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\nset-cookie: a=b\r\n\r\n5\r\nhello\r\n";
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream
    };
    let (answer, mut stream) = tokio::join!(call, provider);
    let mut answer = answer.expect("an answer");
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key("set-cookie")), (201, false));
    assert_eq!(answer.chunk().await.expect("a chunk").as_deref(), Some(b"hello".as_slice()));
    drop(answer);
    let ended = tokio::time::timeout(BOUND, stream.read(&mut [0; 64])).await.expect("in time");
    assert!(matches!(ended, Ok(0) | Err(_)), "nobody reads any more: {ended:?}");
    assert_eq!(backend.get("").await.status().as_u16(), 200, "others are served");
}

#[tokio::test]
async fn a_provider_that_is_away_or_breaks_off_is_told_apart() {
    let (backend, listener) = elsewhere().await;
    let breaks = async {
        let (mut stream, _) = listener.accept().await.expect("a call");
        hear(&mut stream, "\r\n\r\n").await;
    };
    let rest = own("/customer/1");
    let (told, ()) = tokio::join!(backend.refused(&rest), breaks);
    assert_eq!(told, (504, "provider_silent".to_owned()));
    drop(listener);
    assert_eq!(backend.refused(&rest).await, (502, "provider_unreachable".to_owned()));
}
