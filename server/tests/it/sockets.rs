//! The conversation on a socket: who may begin it, what it brings, how it ends.

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::ids::{EventSeq, IntegrationId, RequestId};
use protocol::message::{Answer, FaultKind, Intent, ServerMessage};
use protocol::notification::Event;
use protocol::store::Permissions;
use server::store::ids::TenantId;
use server::store::notifications::NewEvent;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{Client, hear_close, open, upgrade};
use crate::world::{ALL, World};

fn integration() -> IntegrationId {
    IntegrationId::new("quickbooks-online").expect("an id")
}

/// Something happens to a tenant.
async fn happen(world: &World, tenant: TenantId) -> EventSeq {
    let now = world.clock.now();
    let logged = world.write(move |mut db| {
        Box::pin(async move {
            let (integration, event) = (&integration(), &Event::Disconnected);
            db.notify(NewEvent { tenant, integration, event, by: Some("Zoë"), now }).await
        })
    });
    let seq = logged.await;
    world.app().hub.touch(tenant);
    seq
}

fn notification(message: &ServerMessage) -> Option<(EventSeq, bool)> {
    match message {
        ServerMessage::Notification(entry) => Some((entry.seq, entry.read)),
        _ => None,
    }
}

#[tokio::test]
async fn ws_02_a_foreign_page_gets_no_socket() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let ours = world.running.url();
    let port = world.running.address().port();
    let foreign = [
        None,
        Some("null".to_owned()),
        Some("http://evil.example".to_owned()),
        Some(format!("{ours}.evil.example")),
        Some(format!("http://127.0.0.1:{}", port ^ 1)),
        Some(format!("https://127.0.0.1:{port}")),
        Some(ours.to_uppercase()),
        Some(format!("{ours}/")),
    ];
    for origin in foreign {
        let request = upgrade(&world, Some(&zoe.cookie), origin.as_deref());
        match open(&world, request).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status().as_u16(), 403, "{origin:?}"),
            other => panic!("{origin:?} got {other:?}"),
        }
    }
}

#[tokio::test]
async fn hd_02_the_upgrade_bears_the_security_headers_too() {
    let world = World::start().await;
    let request = upgrade(&world, None, Some(&world.running.url()));
    let stream = tokio::net::TcpStream::connect(world.running.address()).await.expect("it listens");
    let (_socket, answer) = tokio_tungstenite::client_async(request, stream).await.expect("upgraded");
    assert_eq!(answer.status().as_u16(), 101);
    assert!(answer.headers().contains_key("content-security-policy"));
    assert_eq!(answer.headers()["sec-websocket-protocol"], protocol::SUBPROTOCOL_JSON);
}

#[tokio::test]
async fn ws_04_a_socket_without_a_hello_is_closed_in_time() {
    let world = World::start().await;
    let request = upgrade(&world, None, Some(&world.running.url()));
    let mut socket = open(&world, request).await.expect("upgraded");
    tokio::time::pause();
    let close = hear_close(&mut socket).await.expect("a close");
    assert_eq!(u16::from(close.code), 1008);
}

#[tokio::test]
async fn a_hello_without_a_session_is_answered_and_closed() {
    let world = World::start().await;
    let request = upgrade(&world, Some("__Host-patchbay=forged"), Some(&world.running.url()));
    let mut socket = open(&world, request).await.expect("upgraded");
    let hello = r#"{"id":"h","message":{"Hello":{"build":"dev","auth":"Cookie","cursor":null}}}"#;
    socket.send(Message::text(hello)).await.expect("sent");
    let answer = crate::client::hear(&mut socket).await.expect("an answer");
    assert!(
        matches!(answer.message, ServerMessage::Failed(fault) if fault.kind == FaultKind::SessionInvalid)
    );
    assert_eq!(answer.id, Some(RequestId::new("h").expect("an id")));
    assert_eq!(hear_close(&mut socket).await.map(|close| u16::from(close.code)), Some(1008));
}

#[tokio::test]
async fn ws_06_a_message_over_the_limit_is_closed_with_1009() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    let long = "x".repeat(protocol::FRAME_LIMIT + 1);
    drop(client.socket.send(Message::text(long)).await);
    assert_eq!(client.closed().await.map(|close| u16::from(close.code)), Some(1009));
}

#[tokio::test]
async fn ws_13_what_cannot_be_read_is_answered_and_the_socket_goes_on() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    let odd = r#"{"id":"r-9","message":{"Intent":{"Teleport":{}}}}"#;
    client.socket.send(Message::text(odd)).await.expect("sent");
    let answer = crate::client::hear(&mut client.socket).await.expect("an answer");
    assert_eq!(answer.id, Some(RequestId::new("r-9").expect("an id")));
    assert!(matches!(answer.message, ServerMessage::Failed(fault) if fault.kind == FaultKind::Unreadable));
    client.ask(Intent::MarkRead { upto: EventSeq(1) }).await.expect("it still serves");
    client.socket.send(Message::binary(vec![0])).await.expect("sent");
    assert_eq!(client.closed().await.map(|close| u16::from(close.code)), Some(1003));
}

#[tokio::test]
async fn what_happens_is_told_and_what_was_missed_is_brought() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let other = world.person("brook", "Ben", ALL).await;
    let first = happen(&world, zoe.tenant).await;
    let mut client = world.socket(&zoe).await;
    assert_eq!(client.welcome.snapshot.tray.cursor, first);
    assert_eq!(client.welcome.snapshot.tray.unread, 1);
    assert_eq!(client.welcome.snapshot.integrations.len(), 1);
    let second = happen(&world, zoe.tenant).await;
    assert_eq!(client.until(notification).await, (second, false));
    client.socket.close(None).await.expect("closed");
    let foreign = happen(&world, other.tenant).await;
    let third = happen(&world, zoe.tenant).await;
    let fourth = happen(&world, zoe.tenant).await;
    let client = Client::welcomed(&world, &zoe.cookie, Some(second)).await;
    let missed: Vec<EventSeq> = client.welcome.events.iter().map(|event| event.seq).collect();
    assert_eq!(missed, [third, fourth]);
    let client = Client::welcomed(&world, &zoe.cookie, Some(foreign)).await;
    assert!(client.welcome.events.is_empty(), "cn_07: a cursor of another tenant gives nothing");
}

#[tokio::test]
async fn read_marks_reach_the_other_tab_of_the_same_visitor_alone() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let ben = world.person("riverside", "Ben", ALL).await;
    let (first, second) = (happen(&world, zoe.tenant).await, happen(&world, zoe.tenant).await);
    let (mut one, mut two) = (world.socket(&zoe).await, world.socket(&zoe).await);
    let unread = |message: &ServerMessage| match message {
        ServerMessage::Unread { count, upto, also } => Some((*count, *upto, also.clone())),
        _ => None,
    };
    one.ask(Intent::MarkOneRead { seq: second }).await.expect("done");
    assert_eq!(two.until(unread).await, (1, EventSeq(0), vec![second]));
    one.ask(Intent::MarkRead { upto: second }).await.expect("done");
    assert_eq!(two.until(unread).await, (0, second, vec![]));
    let read = Intent::ReadActivity { integration: integration(), before: None, limit: 10 };
    let Ok(Answer::Activity(entries)) = two.ask(read).await else { panic!("activity") };
    assert_eq!(entries.iter().map(|e| (e.seq, e.read)).collect::<Vec<_>>(), [(second, true), (first, true)]);
    assert_eq!(world.socket(&ben).await.welcome.snapshot.tray.unread, 2);
}

#[tokio::test]
async fn cn_07_a_request_id_of_another_session_gives_nothing() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let ben = world.person("brook", "Ben", ALL).await;
    let seq = happen(&world, zoe.tenant).await;
    let id = RequestId::new("same").expect("an id");
    let intent = || Intent::MarkOneRead { seq };
    world.socket(&zoe).await.ask_as(&id, intent()).await.expect("done");
    let again = world.socket(&zoe).await.ask_as(&id, intent()).await;
    assert_eq!(again, Ok(Answer::Nothing));
    let foreign = world.socket(&ben).await.ask_as(&id, intent()).await.expect_err("refused");
    assert_eq!(foreign.kind, FaultKind::NotFound);
}

#[tokio::test]
async fn rights_are_those_of_now_and_not_of_the_hello() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    let less = Permissions { view: true, ..Permissions::default() };
    let session = zoe.session;
    world.write(move |mut db| Box::pin(async move { db.set_permissions(session, less).await })).await;
    let refused = client.ask(Intent::Disconnect { integration: integration() }).await.expect_err("refused");
    assert_eq!(refused.kind, FaultKind::NotAllowed);
    world.app().hub.touch(zoe.tenant);
    assert_eq!(client.closed().await.map(|close| u16::from(close.code)), Some(1012));
}

#[tokio::test]
async fn se_04_a_session_ends_by_time_under_a_live_socket() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    world.clock.advance(8 * 3_600_000);
    world.app().hub.touch(zoe.tenant);
    client.until(|message| matches!(message, ServerMessage::SessionEnded).then_some(())).await;
    assert_eq!(client.closed().await.map(|close| u16::from(close.code)), Some(1000));
}

#[tokio::test]
async fn ws_14_a_shutdown_tells_every_socket_and_is_quick() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    let mut silent = open(&world, upgrade(&world, None, Some(&world.running.url()))).await.expect("upgraded");
    let address = world.running.address();
    let stop = tokio::spawn(world.running.stop());
    assert_eq!(client.closed().await.map(|close| u16::from(close.code)), Some(1012));
    drop(hear_close(&mut silent).await);
    while client.socket.next().await.is_some() {}
    tokio::time::timeout(std::time::Duration::from_secs(5), stop).await.expect("in time").expect("stopped");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nothing listens any more");
}
