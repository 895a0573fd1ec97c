//! How much anybody may ask for, over HTTP and on sockets, and what those are told who ask for more.

use futures_util::SinkExt as _;
use protocol::ids::{EventSeq, RequestId};
use protocol::message::{ClientMessage, FaultKind, Intent, ServerMessage};
use protocol::{Envelope, encode_json};
use server::limits::Rate;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{hear, hear_close};
use crate::world::{ALL, Plan, World};

/// The status, and the wait in whole seconds.
async fn ask(asked: reqwest::RequestBuilder) -> (u16, Option<u64>) {
    let answer = asked.send().await.expect("an answer");
    let wait = answer.headers().get("retry-after").map(|wait| wait.to_str().expect("text").to_owned());
    let told = answer.headers().get("content-type").map(|kind| kind.to_str().expect("text").to_owned());
    let (status, path) = (answer.status().as_u16(), answer.url().path().to_owned());
    if status == 429 && path.starts_with("/api/") {
        assert_eq!(told.as_deref(), Some("application/problem+json"));
        assert!(answer.text().await.expect("text").contains("\"code\":\"too_many_requests\""));
    }
    (status, wait.map(|wait| wait.parse().expect("whole seconds")))
}

fn put_tenant(world: &World, key: &str) -> reqwest::RequestBuilder {
    let body = serde_json::json!({ "name": "Acme" });
    world.http.put(world.at("/api/v1/tenants/acme")).bearer_auth(key).json(&body)
}

fn records(world: &World) -> reqwest::RequestBuilder {
    let asked = world.http.post(world.at("/api/v1/tenants/acme/records/taxes")).bearer_auth(&world.key);
    asked.header("content-type", "application/x-ndjson").body("{\"id\":\"1\",\"name\":\"A\"}")
}

#[tokio::test]
async fn a_key_may_ask_at_its_pace_and_an_upload_weighs_ten() {
    let mut plan = Plan::new().await;
    plan.config.limits.requests_per_key = Rate::new(2, 12);
    let world = plan.start().await;
    assert_eq!(ask(put_tenant(&world, &world.key)).await, (204, None));
    assert_eq!(ask(records(&world)).await, (200, None));
    assert_eq!(ask(records(&world)).await, (429, Some(5)));
    assert_eq!(ask(put_tenant(&world, &world.key)).await, (204, None));
    assert_eq!(ask(put_tenant(&world, &world.key)).await, (429, Some(1)));
    world.clock.advance(500);
    assert_eq!(ask(put_tenant(&world, &world.key)).await, (204, None));
}

#[tokio::test]
async fn an_address_that_guesses_keys_is_refused_and_its_good_key_is_served() {
    let mut plan = Plan::new().await;
    plan.config.limits.visits_per_address = Rate::new(1, 3);
    let world = plan.start().await;
    for guess in ["pbk_one", "pbk_two", "pbk_three"] {
        assert_eq!(ask(put_tenant(&world, guess)).await, (401, None));
    }
    assert_eq!(ask(put_tenant(&world, "pbk_four")).await, (429, Some(1)));
    assert_eq!(ask(put_tenant(&world, &world.key)).await, (204, None), "a good key is no guess");
    let enter = || world.http.get(world.at("/enter/unknown"));
    for _ in 0..3 {
        assert_eq!(ask(enter()).await, (410, None), "visits are counted apart");
    }
    assert_eq!(ask(enter()).await, (429, Some(1)));
    assert_eq!(ask(put_tenant(&world, &world.key)).await, (204, None), "and take nothing from a key");
    world.clock.advance(1000);
    assert_eq!(ask(put_tenant(&world, "pbk_four")).await, (401, None));
}

#[tokio::test]
async fn entering_connecting_and_callbacks_share_the_pace_of_their_address() {
    let mut plan = Plan::new().await;
    plan.config.limits.visits_per_address = Rate::new(1, 5);
    let world = plan.start().await;
    let all = [
        ("GET", "/enter/unknown", 410),
        ("POST", "/enter/unknown", 403),
        ("POST", "/connect/quickbooks-online", 403),
        ("GET", "/callback/unknown", 400),
        ("POST", "/signout", 403),
    ];
    let visit = async |method: &str, path: &str| {
        ask(world.http.request(method.parse().expect("a method"), world.at(path))).await
    };
    for (method, path, status) in all {
        assert_eq!(visit(method, path).await, (status, None), "{method} {path}");
    }
    for (method, path, _) in all {
        assert_eq!(visit(method, path).await, (429, Some(1)), "{method} {path}");
    }
    assert_eq!(visit("GET", "/healthz").await, (200, None), "what costs nothing is free");
    world.clock.advance(1000);
    assert_eq!(visit("GET", "/enter/unknown").await, (410, None));
}

#[tokio::test]
async fn ws_11_a_session_that_says_too_much_is_refused_and_others_are_served() {
    let mut plan = Plan::new().await;
    plan.config.limits.messages_per_session = Rate::new(1, 2);
    let world = plan.start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let ben = world.person("riverside", "Ben", ALL).await;
    let mark = || Intent::MarkRead { upto: EventSeq(1) };
    let mut client = world.socket(&zoe).await;
    client.ask(mark()).await.expect("a first");
    client.ask(mark()).await.expect("a second");
    assert_eq!(client.ask(mark()).await.expect_err("too many").kind, FaultKind::TooMany);
    let refused = world.socket(&zoe).await.ask(mark()).await.expect_err("her other tab is hers as well");
    assert_eq!(refused.kind, FaultKind::TooMany);
    world.socket(&ben).await.ask(mark()).await.expect("others are served");
    world.clock.advance(1000);
    client.ask(mark()).await.expect("served again");
}

#[tokio::test]
async fn ws_11_a_flood_is_closed_with_1008() {
    let mut plan = Plan::new().await;
    plan.config.limits.messages_per_session = Rate::new(50, 200);
    let world = plan.start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let ben = world.person("brook", "Ben", ALL).await;
    let (client, mut other) = (world.socket(&zoe).await, world.socket(&ben).await);
    let (mut send, mut heard) = futures_util::StreamExt::split(client.socket);
    let flood = tokio::spawn(async move {
        for count in 0..10_000 {
            let id = RequestId::new(format!("f-{count}")).expect("an id");
            let intent = ClientMessage::Intent(Intent::MarkRead { upto: EventSeq(1) });
            let said = encode_json(&Envelope::new(id, intent));
            if send.send(Message::text(said)).await.is_err() {
                break;
            }
        }
        send
    });
    let (mut served, mut refused) = (0, 0);
    let close = loop {
        let frame = futures_util::StreamExt::next(&mut heard).await;
        let text = match frame {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(close))) => break close,
            Some(Ok(_)) => continue,
            other => panic!("the socket broke instead of being closed: {other:?}"),
        };
        let message: Envelope<ServerMessage> = protocol::decode_json(&text).expect("a message");
        match message.message {
            ServerMessage::Done(_) => served += 1,
            ServerMessage::Failed(fault) if fault.kind == FaultKind::TooMany => refused += 1,
            _ => {}
        }
    };
    assert_eq!(close.map(|close| u16::from(close.code)), Some(1008));
    assert_eq!((served, refused), (200, 200), "a burst, then patience");
    other.ask(Intent::MarkRead { upto: EventSeq(1) }).await.expect("others are served");
    drop(flood.await);
}

#[tokio::test]
async fn ws_11_pings_count_as_well() {
    let mut plan = Plan::new().await;
    plan.config.limits.messages_per_session = Rate::new(1, 1);
    let world = plan.start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    for _ in 0..1000 {
        if client.socket.send(Message::Ping(Vec::new().into())).await.is_err() {
            break;
        }
    }
    assert_eq!(hear_close(&mut client.socket).await.map(|close| u16::from(close.code)), Some(1008));
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_too() {
    let mut plan = Plan::new().await;
    plan.config.limits.messages_per_session = Rate::new(1, 1);
    let world = plan.start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    for kind in [FaultKind::Unreadable, FaultKind::TooMany] {
        client.socket.send(Message::text("{}")).await.expect("sent");
        let answer = hear(&mut client.socket).await.expect("an answer").message;
        assert!(matches!(&answer, ServerMessage::Failed(fault) if fault.kind == kind), "{answer:?}");
    }
}
