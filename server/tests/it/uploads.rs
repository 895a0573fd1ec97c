//! A portal's records as a stream of lines: what is taken, what is told of what is not, and what becomes of
//! a stream that breaks off.

#[cfg(feature = "deep")]
mod deep;
mod full;
mod memory;
mod odd;

use futures_util::{Stream, stream};
use reqwest::{Body, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::api::problem;
use crate::tokens::eventually;
use crate::world::World;

const ROOT: &str = "/api/v1/tenants/acme/records";

/// A proxy whose portal has registered an organisation.
async fn start() -> World {
    let world = World::start().await;
    register(&world).await;
    world
}

async fn register(world: &World) {
    let put = world.http.put(world.at("/api/v1/tenants/acme")).bearer_auth(&world.key);
    let put = put.json(&json!({ "name": "Acme" })).send().await.expect("an answer");
    assert_eq!(put.status().as_u16(), 204);
}

fn ask(world: &World, method: Method, rest: &str) -> RequestBuilder {
    let asked = world.http.request(method, world.at(&format!("{ROOT}/{rest}"))).bearer_auth(&world.key);
    asked.header("content-type", "application/x-ndjson")
}

async fn put(world: &World, rest: &str, body: impl Into<Body>) -> Response {
    ask(world, Method::PUT, rest).body(body).send().await.expect("an answer")
}

/// What became of lines that were taken.
async fn outcome(world: &World, rest: &str, body: impl Into<Body>) -> Value {
    let answer = put(world, rest, body).await;
    assert_eq!(answer.status().as_u16(), 200);
    let told: Value = answer.json().await.expect("JSON");
    let counted: u64 =
        ["added", "changed", "unchanged", "repeated", "failed"].map(|name| number(&told, name)).iter().sum();
    assert_eq!(number(&told, "received"), counted, "each line is counted once: {told}");
    told
}

fn number(told: &Value, name: &str) -> u64 {
    told[name].as_u64().unwrap_or_else(|| panic!("{name} in {told}"))
}

/// Added, changed, unchanged, repeated, failed, removed.
fn counts(told: &Value) -> [u64; 6] {
    ["added", "changed", "unchanged", "repeated", "failed", "removed"].map(|name| number(told, name))
}

fn line(id: impl std::fmt::Display) -> String {
    format!("{{\"id\":\"{id}\",\"name\":\"Record {id}\"}}\n")
}

/// A body that comes as it is sent here, and ends when this is dropped.
fn flowing() -> (mpsc::UnboundedSender<String>, Body) {
    let (send, receive) = mpsc::unbounded_channel::<String>();
    let chunks = stream::unfold(receive, |mut receive| async {
        receive.recv().await.map(|chunk| (Ok::<_, std::io::Error>(chunk), receive))
    });
    (send, Body::wrap_stream(chunks))
}

/// A body of these chunks.
fn body(chunks: impl Stream<Item = Vec<u8>> + Send + 'static) -> Body {
    use futures_util::StreamExt as _;

    Body::wrap_stream(chunks.map(Ok::<_, std::io::Error>))
}

/// Ids of the records that are kept.
async fn kept(world: &World, kind: &str) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(&world.app().config.storage.path).read_only(true);
    let mut database = SqliteConnection::connect_with(&options).await.expect("the database opens");
    let ids = format!("SELECT external_id FROM portal_records WHERE kind = '{kind}' ORDER BY external_id");
    sqlx::query_scalar(AssertSqlSafe(ids)).fetch_all(&mut database).await.expect("read")
}

#[tokio::test]
async fn lines_are_taken_wherever_the_stream_is_cut() {
    let world = start().await;
    let text = "\u{feff}{\"id\":\"1\",\"name\":\"Zoë\"}\r\n\r\n  \n{\"id\":\"2\",\"name\":\"\u{202e}Bo\"}\n\n{\"id\":\"3\",\"name\":\"C\"}";
    let bytes: Vec<Vec<u8>> = text.bytes().map(|byte| vec![byte]).collect();
    let told = outcome(&world, "customer", body(stream::iter(bytes))).await;
    assert_eq!(counts(&told), [3, 0, 0, 0, 0, 0], "{told}");
    let again = outcome(&world, "customers", text).await;
    assert_eq!(counts(&again), [0, 0, 3, 0, 0, 0], "the plural names the same: {again}");
    assert_eq!(kept(&world, "customers").await, ["1", "2", "3"]);
}

#[tokio::test]
async fn every_kind_is_taken_with_its_own_fields() {
    let world = start().await;
    for (kind, more) in [
        ("customer", json!({ "email": "a@b.example", "phone": "1", "tax_number": "GB1", "code": "C" })),
        ("supplier", json!({ "email": "a@b.example", "phone": "1", "tax_number": "GB1", "code": "C" })),
        ("product", json!({ "code": "SKU-1", "group": "g1" })),
        ("product_group", json!({ "group": "g0" })),
        ("tax", json!({ "code": "T20", "rate": 2000 })),
        ("warehouse", json!({ "code": "W" })),
        ("payment_term", json!({ "days": 30 })),
        ("currency", json!({ "code": "GBP" })),
    ] {
        let mut record = json!({ "id": "1", "name": "One" });
        record.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let line = record.to_string();
        assert_eq!(counts(&outcome(&world, kind, line.clone()).await), [1, 0, 0, 0, 0, 0], "{kind}");
        assert_eq!(counts(&outcome(&world, kind, line).await), [0, 0, 1, 0, 0, 0], "{kind}");
        record["name"] = json!("Another");
        assert_eq!(counts(&outcome(&world, kind, record.to_string()).await), [0, 1, 0, 0, 0, 0], "{kind}");
    }
    let (status, code, _) = problem(put(&world, "invoice", line(1)).await, "a kind that is none").await;
    assert_eq!((status, code.as_str()), (422, "invalid"));
}

#[tokio::test]
async fn of_lines_with_one_id_the_last_counts_and_the_others_are_counted() {
    let world = start().await;
    let twice = format!("{}{}", line(1), "{\"id\":\"1\",\"name\":\"Last\"}\n");
    let far: String = (2..1200).map(line).collect();
    let told = outcome(&world, "product", format!("{twice}{far}{}", line(2))).await;
    assert_eq!(counts(&told), [1199, 0, 0, 2, 0, 0], "in one batch, and far apart");
    let told = outcome(&world, "product", "{\"id\":\"1\",\"name\":\"Last\"}").await;
    assert_eq!(counts(&told), [0, 0, 1, 0, 0, 0], "the last one is what is here");
}

#[tokio::test]
async fn a_post_is_the_same_read_whole() {
    let world = start().await;
    let post = ask(&world, Method::POST, "tax").body(line(1)).send().await.expect("an answer");
    let told: Value = post.json().await.expect("JSON");
    assert_eq!(counts(&told), [1, 0, 0, 0, 0, 0]);
    let much = ask(&world, Method::POST, "tax").body(vec![b'\n'; 17 << 20]).send().await.expect("an answer");
    assert_eq!(problem(much, "too much").await.0, 413);
}

#[tokio::test]
async fn others_write_while_records_flow() {
    let world = start().await;
    let (send, body) = flowing();
    let flow = tokio::spawn(ask(&world, Method::PUT, "customer").body(body).send());
    send.send((0..1000).map(line).collect()).expect("taken");
    eventually(|| async { kept(&world, "customers").await.len() == 1000 }).await;
    register(&world).await;
    assert_eq!(
        counts(&outcome(&world, "customer", line(0)).await),
        [0, 0, 1, 0, 0, 0],
        "another upload as well"
    );
    send.send((1000..1010).map(line).collect()).expect("taken");
    drop(send);
    let told: Value = flow.await.expect("it ends").expect("an answer").json().await.expect("JSON");
    assert_eq!(counts(&told), [1010, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_client_that_goes_away_loses_nothing_that_was_kept() {
    let world = start().await;
    let (send, body) = flowing();
    let flow = tokio::spawn(ask(&world, Method::PUT, "customer").body(body).send());
    send.send((0..700).map(line).collect()).expect("taken");
    eventually(|| async { kept(&world, "customers").await.len() >= 500 }).await;
    flow.abort();
    assert!(flow.await.is_err_and(|gone| gone.is_cancelled()));
    // What came whole is kept as well, once it is seen that no more comes.
    eventually(|| async { kept(&world, "customers").await.len() == 700 }).await;
    let told = outcome(&world, "customer", (0..1000).map(line).collect::<String>()).await;
    assert_eq!(counts(&told), [300, 0, 700, 0, 0, 0], "sending again tells what was kept");
}

#[tokio::test]
async fn se_11_who_sends_too_slowly_is_cut_off_and_what_came_is_kept() {
    let world = start().await;
    let mut stream = TcpStream::connect(world.running.address()).await.expect("it listens");
    let asked = format!(
        "PUT {ROOT}/customer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
         Content-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n{}{{\"id\":",
        world.key,
        (0..501).map(line).collect::<String>()
    );
    stream.write_all(asked.as_bytes()).await.expect("sent");
    eventually(|| async { kept(&world, "customers").await.len() == 500 }).await;
    let mut heard = String::new();
    tokio::time::pause();
    drop(stream.read_to_string(&mut heard).await);
    tokio::time::resume();
    assert!(heard.starts_with("HTTP/1.1 408") && heard.contains("too_slow"), "{heard}");
    assert!(heard.contains("What came before is kept"), "{heard}");
    assert_eq!(kept(&world, "customers").await.len(), 501, "every whole line");
}

#[tokio::test]
async fn a_proxy_that_stops_ends_an_upload_with_a_word() {
    let world = start().await;
    let (send, body) = flowing();
    let flow = tokio::spawn(ask(&world, Method::PUT, "customer").body(body).send());
    send.send((0..501).map(line).collect()).expect("taken");
    eventually(|| async { kept(&world, "customers").await.len() >= 500 }).await;
    world.app().stopping.begin();
    let answer = flow.await.expect("it ends").expect("an answer");
    assert!(answer.headers().contains_key("retry-after"));
    let (status, code, _) = problem(answer, "stopping").await;
    assert_eq!((status, code.as_str()), (503, "stopping"));
    assert_eq!(kept(&world, "customers").await.len(), 501);
}

#[tokio::test]
async fn a_portal_has_so_many_uploads_at_once_and_no_more() {
    let world = start().await;
    let mut flows = Vec::new();
    for flow in 0..16 {
        let (send, body) = flowing();
        // As many bytes as are kept at once, in few records.
        let long =
            |place| format!("{{\"id\":\"{flow}-{place}\",\"name\":\"A\",\"phone\":\"{:060000}\"}}\n", 1);
        send.send((0..18).map(long).collect()).expect("taken");
        flows.push((send, tokio::spawn(ask(&world, Method::PUT, "customer").body(body).send())));
    }
    eventually(|| async { kept(&world, "customers").await.len() == 16 * 18 }).await;
    assert_eq!(put(&world, "customer", line(1)).await.status().as_u16(), 429);
    let (send, flow) = flows.pop().expect("one of them");
    drop(send);
    assert_eq!(flow.await.expect("it ends").expect("an answer").status().as_u16(), 200);
    assert_eq!(put(&world, "customer", line(1)).await.status().as_u16(), 200);
}
