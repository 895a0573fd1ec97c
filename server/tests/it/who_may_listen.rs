//! Who gets a conversation, how long, and what two of them see of the same thing (WS-03, WS-05, WS-15).

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::import::{ImportState, List};
use protocol::message::{Answer, Auth, ClientMessage, FaultKind, Hello, Intent, ServerMessage};
use protocol::notification::Event;
use protocol::store::Permissions;
use protocol::{Envelope, encode_json};
use sandbox::UK_COMPANY;
use server::store::sessions::{IDLE, LIFETIME};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, SOON, hear, hear_close, open, upgrade};
use crate::quick::{Quick, qbo};
use crate::world::{ALL, World};

/// Says hello, and gives the kind of the refusal. The socket is closed by the proxy then.
async fn refused(world: &World, cookie: Option<&str>, auth: Auth) -> FaultKind {
    let request = upgrade(world, cookie, Some(&world.running.url()));
    let mut socket = open(world, request).await.expect("upgraded");
    let hello = Hello { build: "dev".to_owned(), auth, cursor: None, portal: None };
    let hello = encode_json(&Envelope::unasked(ClientMessage::Hello(hello)));
    socket.send(Message::text(hello)).await.expect("sent");
    let answer = hear(&mut socket).await.expect("an answer");
    let ServerMessage::Failed(fault) = answer.message else { panic!("not refused: {answer:?}") };
    assert_eq!(hear_close(&mut socket).await.map(|close| u16::from(close.code)), Some(1008));
    fault.kind
}

#[tokio::test]
async fn ws_03_what_proves_no_session_hears_nothing() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let secret = zoe.cookie.split_once('=').expect("a cookie").1.to_owned();
    let cookies = [
        None,
        Some(String::new()),
        Some("__Host-patchbay=".to_owned()),
        Some("__Host-patchbay=forged".to_owned()),
        Some(format!("__Host-patchbay={}", &secret[1..])),
        Some(format!("__Host-patchbay={secret}A")),
        Some(format!("__host-patchbay={secret}")),
        Some(format!("patchbay={secret}")),
    ];
    for cookie in cookies {
        let kind = refused(&world, cookie.as_deref(), Auth::Cookie).await;
        assert_eq!(kind, FaultKind::SessionInvalid, "{cookie:?}");
    }
    // A cookie that is good helps nobody who claims something else, and it is no token itself.
    for auth in
        [Auth::Token("forged".to_owned()), Auth::Resume("forged".to_owned()), Auth::Token(secret.clone())]
    {
        assert_eq!(refused(&world, Some(&zoe.cookie), auth).await, FaultKind::SessionInvalid);
    }
    assert_eq!(refused(&world, None, Auth::Resume(secret)).await, FaultKind::SessionInvalid);
    world.socket(&zoe).await;
}

#[tokio::test]
async fn ws_03_a_session_that_is_over_hears_nothing() {
    let world = World::start().await;
    let (zoe, ben) = (world.person("brook", "Zoë", ALL).await, world.person("brook", "Ben", ALL).await);
    let (session, now) = (zoe.session, world.clock.now());
    world.write(move |mut db| Box::pin(async move { db.end_session(session, now).await })).await;
    assert_eq!(refused(&world, Some(&zoe.cookie), Auth::Cookie).await, FaultKind::SessionInvalid);
    world.clock.advance(IDLE);
    assert_eq!(refused(&world, Some(&ben.cookie), Auth::Cookie).await, FaultKind::SessionInvalid, "idle");
    let cat = world.person("brook", "Cat", ALL).await;
    for _ in 0..LIFETIME / (IDLE - 1) {
        world.clock.advance(IDLE - 1);
        world.socket(&cat).await;
    }
    world.clock.advance(LIFETIME % (IDLE - 1));
    assert_eq!(refused(&world, Some(&cat.cookie), Auth::Cookie).await, FaultKind::SessionInvalid, "old");
}

#[tokio::test]
async fn ws_03_a_session_that_may_not_look_hears_nothing() {
    let world = World::start().await;
    let blind = world.person("brook", "Zoë", Permissions { view: false, ..ALL }).await;
    assert_eq!(refused(&world, Some(&blind.cookie), Auth::Cookie).await, FaultKind::NotAllowed);
}

/// Waits until a socket is told that its session ended, and is closed.
async fn told_the_end(client: &mut Client) {
    client.until(|message| matches!(message, ServerMessage::SessionEnded).then_some(())).await;
    assert_eq!(client.closed().await.map(|close| u16::from(close.code)), Some(1000));
}

#[tokio::test]
async fn ws_05_a_session_that_is_replaced_loses_its_sockets_at_once() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let (mut one, mut two) = (world.socket(&zoe).await, world.socket(&zoe).await);
    let mut other = world.socket(&world.person("riverside", "Ben", ALL).await).await;
    world.enter("brook", "Zoë", &zoe.cookie).await;
    let told = async { tokio::join!(told_the_end(&mut one), told_the_end(&mut two)) };
    timeout(SOON, told).await.expect("soon");
    let marked = Intent::MarkRead { upto: protocol::ids::EventSeq(0) };
    other.ask(marked).await.expect("others go on");
}

#[tokio::test]
async fn ws_05_a_session_ended_by_another_program_loses_its_sockets_at_once() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    world.by_another_program("UPDATE sessions SET ended_at = 1").await;
    timeout(SOON, told_the_end(&mut client)).await.expect("soon");
}

#[tokio::test]
async fn ws_05_a_portal_removed_by_another_program_loses_its_sockets_at_once() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    world.by_another_program("DELETE FROM portals WHERE id = 'demo'").await;
    timeout(SOON, told_the_end(&mut client)).await.expect("soon");
    assert_eq!(refused(&world, Some(&zoe.cookie), Auth::Cookie).await, FaultKind::SessionInvalid);
}

#[tokio::test]
async fn ws_05_lowered_rights_are_those_of_the_next_welcome_at_once() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    world.by_another_program("UPDATE sessions SET permissions = 1").await;
    let refused = client.ask(Intent::Disconnect { integration: qbo() }).await.expect_err("refused");
    assert_eq!(refused.kind, FaultKind::NotAllowed, "also before anybody was told");
    let closed = timeout(SOON, client.closed()).await.expect("soon");
    assert_eq!(closed.map(|close| u16::from(close.code)), Some(1012));
    let client = world.socket(&zoe).await;
    let rights = client.welcome.snapshot.session.permissions;
    assert_eq!(rights, Permissions { view: true, ..Permissions::default() });
}

#[tokio::test]
async fn ws_15_an_import_started_twice_at_one_instant_is_one_run_that_both_see() {
    let quick = Quick::start().await;
    let (ann, cat) = (quick.ann().await, quick.world.person("acme", "Cat", ALL).await);
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    crate::imports::ended(&quick, &ann).await;
    let (mut hers, mut theirs) = (quick.world.socket(&ann).await, quick.world.socket(&cat).await);
    let before = quick.events(&ann).await.len();
    quick.sandbox.control().pause_queries();
    let press = || Intent::StartImport { integration: qbo(), lists: vec![List::Accounts] };
    let (first, second) = tokio::join!(hers.ask(press()), theirs.ask(press()));
    let (Ok(Answer::Import(run)), Ok(Answer::Import(same))) = (&first, &second) else {
        panic!("two runs: {first:?} {second:?}")
    };
    assert_eq!(run, same);
    quick.sandbox.control().resume_queries();
    let done = |message: &ServerMessage| match message {
        ServerMessage::Import(import) if import.import == *run => {
            (import.state == ImportState::Done).then_some(())
        }
        _ => None,
    };
    tokio::join!(hers.until(done), theirs.until(done));
    let events = quick.events(&ann).await;
    let news = &events[..events.len() - before];
    let started = news.iter().filter(|event| matches!(event, Event::ImportStarted { .. })).count();
    assert_eq!(started, 1, "{news:?}");
}

const HOUR: u64 = 3_600_000;

fn marked() -> Intent {
    Intent::MarkRead { upto: protocol::ids::EventSeq(0) }
}

#[tokio::test]
async fn se_04_whoever_works_on_stays_until_the_day_is_over() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let (mut works, mut watches) = (world.socket(&zoe).await, world.socket(&zoe).await);
    for _ in 0..LIFETIME / HOUR - 1 {
        world.clock.advance(HOUR);
        works.ask(marked()).await.expect("it serves");
    }
    watches.ask(marked()).await.expect("the other tab is of the same session");
    world.clock.advance(HOUR);
    told_the_end(&mut works).await;
    told_the_end(&mut watches).await;
}

#[tokio::test]
async fn se_04_a_socket_that_only_lives_is_idle() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut client = world.socket(&zoe).await;
    for _ in 0..IDLE / HOUR {
        client.socket.send(Message::Ping(Vec::new().into())).await.expect("sent");
        while !matches!(client.socket.next().await, Some(Ok(Message::Pong(_)))) {}
        world.clock.advance(HOUR);
    }
    told_the_end(&mut client).await;
}
