//! Sessions of frames: who may begin one, how long it lasts, and that connecting needs no cookie.

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::ids::{EventSeq, Moment};
use protocol::message::{Answer, Auth, FaultKind, Hello, Intent, ServerMessage};
use protocol::store::{ConnectFailure, ConnectionState, Permissions};
use sandbox::UK_COMPANY;
use serde_json::{Value, json};
use server::store::sessions::{IDLE, LASTS, LIFETIME};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{BOUND, Client, SOON, hear, hear_close, open, upgrade};
use crate::frames::{For, GOOD_FOR, OTHER, ZOE};
use crate::quick::{Quick, TOKEN, qbo, result};
use crate::world::{ALL, START, World};

fn mark() -> Intent {
    Intent::MarkRead { upto: EventSeq(1) }
}

#[tokio::test]
async fn em_04_a_token_of_the_api_opens_the_store_without_a_cookie() {
    let world = World::start().await;
    let wish = json!({
        "tenant": "riverside", "tenant_name": "Riverside Cycles",
        "visitor": { "id": "1", "name": "Zoë" }, "permissions": ["view", "connect"],
    });
    let asked = world.http.post(world.at("/api/v1/sessions")).bearer_auth(&world.key).json(&wish);
    let made: Value = asked.send().await.expect("an answer").json().await.expect("JSON");
    let token = made["token"].as_str().expect("a token").to_owned();
    let mut client = world.frame(Auth::Token(token.clone())).await.expect("a welcome");
    let session = client.welcome.snapshot.session.clone();
    assert_eq!((session.organisation.as_str(), session.visitor.as_str()), ("Riverside Cycles", "Zoë"));
    assert_eq!(session.permissions, Permissions { view: true, connect: true, ..Permissions::default() });
    assert_eq!(session.ends, Moment(START.0 + LASTS));
    assert_ne!(client.secret(), token);
    client.ask(mark()).await.expect("it serves");
}

#[tokio::test]
async fn em_04_forged_expired_and_foreign_tokens_are_refused() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let cookie = zoe.cookie.split_once('=').expect("a cookie").1.to_owned();
    let good = world.token(ZOE).await;
    let forged = [String::new(), "forged".to_owned(), cookie, good[1..].to_owned(), format!("{good}A")];
    for token in forged {
        let refused = world.frame(Auth::Token(token.clone())).await.err();
        assert_eq!(refused, Some(FaultKind::SessionInvalid), "{token}");
    }
    assert_eq!(world.audited().await, [], "strangers write nothing");
    let late = world.token(ZOE).await;
    world.clock.advance(GOOD_FOR);
    assert_eq!(world.frame(Auth::Token(late)).await.err(), Some(FaultKind::SessionInvalid));
    let foreign = || world.token(For { portal: OTHER, ..ZOE });
    let refused = world.frame(Auth::Token(foreign().await)).await.err();
    assert_eq!(refused, Some(FaultKind::SessionInvalid), "the token of another portal");
    let token = world.token(ZOE).await;
    assert_eq!(world.frame_of(None, Auth::Token(token.clone())).await.err(), Some(FaultKind::SessionInvalid));
    assert_eq!(world.frame(Auth::Token(token)).await.err(), Some(FaultKind::SessionInvalid), "it is used up");
    let refused = ("session.token_refused".to_owned(), "hello".to_owned());
    assert_eq!(world.audited().await, vec![refused; 3], "a token is told once");
    world.frame_of(Some(OTHER), Auth::Token(foreign().await)).await.expect("at home it is good");
}

#[tokio::test]
async fn em_05_a_token_said_hello_with_twenty_times_at_once_opens_one_session() {
    let world = World::start().await;
    let token = world.token(ZOE).await;
    let hellos = (0..20).map(|_| world.frame(Auth::Token(token.clone())));
    let opened = futures_util::future::join_all(hellos).await;
    assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1);
    assert!(
        opened.iter().all(|opened| opened.as_ref().err().is_none_or(|k| *k == FaultKind::SessionInvalid))
    );
    assert_eq!(world.audited().await.len(), 1);
}

#[tokio::test]
async fn sm_05_a_token_sent_again_and_again_is_told_once_a_minute() {
    let world = World::start().await;
    let token = world.token(ZOE).await;
    drop(world.frame(Auth::Token(token.clone())).await.expect("a welcome"));
    for _ in 0..100 {
        let again = world.frame(Auth::Token(token.clone())).await.err();
        assert_eq!(again, Some(FaultKind::SessionInvalid));
    }
    assert_eq!(world.audited().await.len(), 1);
    world.clock.advance(60_000);
    assert!(world.frame(Auth::Token(token)).await.is_err());
    assert_eq!(world.audited().await.len(), 2);
}

#[tokio::test]
async fn em_05_a_portal_that_is_removed_takes_its_frames_and_tokens_along() {
    let world = World::start().await;
    let mut client = world.open_frame(ZOE).await;
    let token = world.token(ZOE).await;
    let secret = client.secret();
    world.write(|mut db| Box::pin(async move { db.remove_portal("demo").await })).await;
    world.app().hub.touch_all();
    client.told_the_end().await;
    for auth in [Auth::Token(token), Auth::Resume(secret)] {
        assert_eq!(world.frame(auth).await.err(), Some(FaultKind::SessionInvalid));
    }
}

#[tokio::test]
async fn se_08_what_lies_on_the_disk_opens_nothing() {
    let world = World::start().await;
    let token = world.token(ZOE).await;
    let client = world.open_frame(ZOE).await;
    let secret = client.secret();
    let again = world.frame(Auth::Resume(secret.clone())).await.expect("a welcome");
    let secrets = [token, secret, again.secret()];
    for entry in std::fs::read_dir(world.dir.path()).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        for secret in &secrets {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
    for secret in &secrets {
        let hash = server::vault::digest(secret);
        let hexadecimal: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        for replayed in [hexadecimal.concat(), String::from_utf8_lossy(&hash).into_owned()] {
            for auth in [Auth::Token(replayed.clone()), Auth::Resume(replayed)] {
                assert_eq!(world.frame(auth).await.err(), Some(FaultKind::SessionInvalid));
            }
        }
    }
}

#[tokio::test]
async fn se_04_a_frames_session_ends_on_the_minute_under_a_quiet_socket() {
    let world = World::start().await;
    let mut client = world.open_frame(ZOE).await;
    let secret = client.secret();
    world.clock.advance(LASTS - 1);
    client.ask(mark()).await.expect("it lasts that long");
    world.clock.advance(1);
    client.told_the_end().await;
    assert_eq!(world.frame(Auth::Resume(secret)).await.err(), Some(FaultKind::SessionInvalid));
}

#[tokio::test]
async fn se_04_a_cookies_session_ends_on_the_minute_under_a_quiet_socket() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut idle = world.socket(&zoe).await;
    world.clock.advance(IDLE - 1);
    let mut used = world.socket(&world.person("riverside", "Ben", ALL).await).await;
    // It lasts that long, and that it lives is no use of it.
    idle.socket.send(Message::Ping(Vec::new().into())).await.expect("sent");
    while !matches!(idle.socket.next().await, Some(Ok(Message::Pong(_)))) {}
    world.clock.advance(1);
    idle.told_the_end().await;
    used.ask(mark()).await.expect("another session lives on");
    let cat = world.person("brook", "Cat", ALL).await;
    for _ in 0..LIFETIME / (IDLE - 1) {
        world.clock.advance(IDLE - 1);
        drop(world.socket(&cat).await);
    }
    let mut old = world.socket(&cat).await;
    world.clock.advance(LIFETIME % (IDLE - 1));
    old.told_the_end().await;
}

#[tokio::test]
async fn se_04_a_session_that_is_used_in_another_socket_does_not_end_in_the_first() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut first = world.socket(&zoe).await;
    world.clock.advance(IDLE - 1);
    let _second = world.socket(&zoe).await;
    world.clock.advance(1);
    first.ask(mark()).await.expect("it was used a moment ago");
    world.clock.advance(IDLE);
    first.told_the_end().await;
}

#[tokio::test]
async fn a_hello_that_cannot_be_read_is_told_of_this_build() {
    let world = World::start().await;
    let request = upgrade(&world, None, Some(&world.running.url()));
    let mut socket = open(&world, request).await.expect("upgraded");
    let odd = r#"{"id":"h","message":{"Hello":{"build":"old","auth":"Cookie","cursor":7}}}"#;
    socket.send(Message::text(odd)).await.expect("sent");
    let answer = hear(&mut socket).await.expect("an answer");
    assert!(matches!(answer.message, ServerMessage::OtherBuild { .. }), "{answer:?}");
    assert_eq!(hear_close(&mut socket).await.map(|close| u16::from(close.code)), Some(1008));
}

/// A ticket, asked for in a frame.
async fn ticket(client: &mut Client) -> String {
    match client.ask(Intent::PrepareConnect { integration: qbo() }).await {
        Ok(Answer::Ticket(ticket)) => ticket,
        other => panic!("not a ticket: {other:?}"),
    }
}

/// The connection as the frame hears of it.
async fn becomes(client: &mut Client, state: fn(ConnectionState) -> bool) -> Option<ConnectFailure> {
    let heard = client.until(|message| match message {
        ServerMessage::Connection(connection) if state(connection.state) => Some(connection.last_failure),
        _ => None,
    });
    tokio::time::timeout(BOUND, heard).await.expect("heard in time")
}

#[tokio::test]
async fn connecting_from_a_frame_needs_no_cookie_of_a_session() {
    let quick = Quick::start().await;
    let mut client = quick.world.open_frame(ZOE).await;
    let away = quick.leave_with(&ticket(&mut client).await, "").await;
    assert!(away.cookie.starts_with("__Host-attempt="), "the attempt's cookie is the only one");
    becomes(&mut client, |state| matches!(state, ConnectionState::Authorizing { seen: true, .. })).await;
    // The frame may come and go meanwhile: what was begun belongs to the session.
    let mut client = quick.world.frame(Auth::Resume(client.secret())).await.expect("a welcome");
    let back = quick.consent(&away, UK_COMPANY).await;
    assert_eq!(quick.visit(&back, "").await.status, 400, "oa_02: another browser");
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "connected");
    becomes(&mut client, |state| state == ConnectionState::Importing).await;
}

#[tokio::test]
async fn cn_06_a_frames_session_that_ended_on_the_way_stores_nothing() {
    let quick = Quick::start().await;
    let mut client = quick.world.open_frame(ZOE).await;
    quick.world.clock.advance(LASTS - 1000);
    let away = quick.leave_with(&ticket(&mut client).await, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    quick.world.clock.advance(1000);
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "not-allowed");
    assert_eq!(quick.calls(TOKEN), 0);
    let client = quick.world.open_frame(ZOE).await;
    let connection = &client.welcome.snapshot.connections[0];
    assert_eq!(connection.state, ConnectionState::Available);
    assert_eq!(connection.last_failure, Some(ConnectFailure::NotAllowed));
}

#[tokio::test]
async fn ws_05_a_frames_session_that_is_ended_loses_its_socket_at_once() {
    let world = World::start().await;
    let mut client = world.open_frame(ZOE).await;
    let mut other = world.open_frame(For { name: "Ben", ..ZOE }).await;
    let (session, now) = (world.newest_session().await, world.clock.now());
    world.write(move |mut db| Box::pin(async move { db.end_session(session, now).await })).await;
    world.app().hub.touch_all();
    other.told_the_end().await;
    tokio::time::timeout(SOON, client.ask(mark())).await.expect("at once").expect("the others go on");
}

#[tokio::test]
async fn se_03_a_frame_never_goes_by_a_cookie() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let portal = Some(protocol::ids::PortalId::new("demo").expect("an id"));
    let hello = Hello { build: "dev".to_owned(), auth: Auth::Cookie, cursor: None, portal };
    let refused = Client::greeted(&world, Some(&zoe.cookie), hello.clone()).await.err();
    assert_eq!(refused, Some(FaultKind::SessionInvalid));
    let hello = Hello { portal: None, ..hello };
    Client::greeted(&world, Some(&zoe.cookie), hello).await.expect("at top level it is good");
}
