//! Pausing: nothing is called and nothing is lost, whether a person stops it or a subscription ends.

use protocol::import::{ImportState, List};
use protocol::message::{Answer, FaultKind, Intent, ServerMessage};
use protocol::notification::Event;
use protocol::store::ConnectionState;
use sandbox::{Failure, Mischief, UK_COMPANY};

use crate::client::Client;
use crate::configuration::{required, save};
use crate::imports::{ended, newest};
use crate::quick::{Quick, qbo};
use crate::tokens::{HOUR, access, eventually};
use crate::world::Person;

/// A company that is imported and configured, with a store that watches it.
pub(crate) async fn active() -> (Quick, Person, Client) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    let changes = required(&quick, &ann).await;
    save(&quick, &ann, 0, changes).await.expect("it is saved");
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Active);
    let client = quick.world.socket(&ann).await;
    (quick, ann, client)
}

async fn done(client: &mut Client, intent: Intent) {
    assert_eq!(client.ask(intent).await.expect("it is done"), Answer::Nothing);
}

async fn pause(client: &mut Client) {
    done(client, Intent::Pause { integration: qbo() }).await;
}

async fn resume(client: &mut Client) {
    done(client, Intent::Resume { integration: qbo() }).await;
}

async fn import(client: &mut Client) -> Result<Answer, FaultKind> {
    let answer = client.ask(Intent::StartImport { integration: qbo(), lists: vec![] }).await;
    answer.map_err(|fault| fault.kind)
}

/// Waits until the socket has brought both the state and the entry of the tray.
async fn told(client: &mut Client, wanted: (ConnectionState, Event)) {
    let (mut state, mut entry) = (false, false);
    while !(state && entry) {
        match client.next().await {
            ServerMessage::Connection(connection) => state = connection.state == wanted.0,
            ServerMessage::Notification(told) => entry |= told.event == wanted.1,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_paused_connection_calls_nothing_and_goes_on_where_it_was() {
    let (quick, ann, mut client) = active().await;
    pause(&mut client).await;
    told(&mut client, (ConnectionState::Paused, Event::Paused)).await;
    let calls = quick.sandbox.ledger().entries().len();
    assert_eq!(import(&mut client).await, Err(FaultKind::NotNow));
    let tested = client.ask(Intent::TestConnection { integration: qbo() }).await;
    assert_eq!(tested.expect_err("it is paused").kind, FaultKind::NotNow);
    assert_eq!(quick.sandbox.ledger().entries().len(), calls, "QuickBooks was asked nothing");
    pause(&mut client).await;
    resume(&mut client).await;
    told(&mut client, (ConnectionState::Active, Event::Resumed)).await;
    let events = quick.events(&ann).await;
    assert_eq!(events[..2], [Event::Resumed, Event::Paused], "pressing twice is one pause");
    assert!(import(&mut client).await.is_ok());
    assert_eq!(ended(&quick, &ann).await.state, ImportState::Done);
}

#[tokio::test]
async fn the_tokens_of_a_paused_connection_are_kept() {
    let (quick, ann, mut client) = active().await;
    pause(&mut client).await;
    let quick = quick.restart().await;
    let view = quick.view(&ann).await;
    assert_eq!((view.state, view.subscription_ended), (ConnectionState::Paused, false));
    quick.world.clock.advance(HOUR);
    assert!(access(&quick, &ann).await.is_ok(), "a refresh keeps them alive");
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Paused);
}

#[tokio::test]
async fn what_a_pause_has_cut_off_is_read_when_it_is_over() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    let mut client = quick.world.socket(&ann).await;
    pause(&mut client).await;
    let cut = newest(&quick, &ann).await.expect("an import");
    assert_eq!(cut.state, ImportState::Cancelled);
    resume(&mut client).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
    quick.sandbox.control().resume_queries();
    let import = ended(&quick, &ann).await;
    assert!(import.import > cut.import);
    assert_eq!((import.state, quick.view(&ann).await.lists.len()), (ImportState::Done, 10));
}

#[tokio::test]
async fn what_is_off_cannot_be_paused() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let mut client = quick.world.socket(&ann).await;
    let refused = client.ask(Intent::Pause { integration: qbo() }).await;
    assert_eq!(refused.expect_err("there is none").kind, FaultKind::NotFound);
    quick.connect(&ann, UK_COMPANY).await;
    quick.disconnect(&ann).await;
    for intent in [Intent::Pause { integration: qbo() }, Intent::Resume { integration: qbo() }] {
        assert_eq!(client.ask(intent).await.expect_err("it is off").kind, FaultKind::NotNow);
    }
}

#[tokio::test]
async fn a_paused_connection_is_switched_off_and_connected_again_like_any_other() {
    let (quick, ann, mut client) = active().await;
    pause(&mut client).await;
    quick.disconnect(&ann).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Disconnected);
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    ended(&quick, &ann).await;
    eventually(|| async { quick.view(&ann).await.state == ConnectionState::Active }).await;
}

/// A fault of the accounting service under its number.
pub(crate) fn fault(status: u16, code: &str) -> Failure {
    let mischief = Mischief::Fault { code: code.to_owned(), message: None, detail: None };
    Failure { status: Some(status), times: 20, ..Failure::of("/v3/company", mischief) }
}

#[tokio::test]
async fn a_subscription_that_has_ended_pauses_with_its_reason() {
    for status in [400, 403] {
        let (quick, ann, mut client) = active().await;
        quick.sandbox.control().fail(fault(status, "6190"));
        import(&mut client).await.expect("it begins");
        told(&mut client, (ConnectionState::Paused, Event::Paused)).await;
        assert!(quick.view(&ann).await.subscription_ended);
        assert!(quick.row(&ann).await.live, "the sign-in is as good as before");
        let paused = quick.events(&ann).await.into_iter().filter(|event| *event == Event::Paused);
        assert_eq!(paused.count(), 1);
        quick.sandbox.control().clear_failures();
        resume(&mut client).await;
        let view = quick.view(&ann).await;
        assert_eq!((view.state, view.subscription_ended), (ConnectionState::Active, false));
        import(&mut client).await.expect("it begins");
        assert_eq!(ended(&quick, &ann).await.state, ImportState::Done);
    }
}

#[tokio::test]
async fn a_mapped_account_that_is_gone_asks_for_attention_once() {
    let (quick, ann, mut client) = active().await;
    // Of the first account that is mapped nothing is heard any more.
    quick.world.by_another_program("UPDATE records SET kind = 'Expense' WHERE list = 'accounts'").await;
    for _ in 0..2 {
        let lists = vec![List::Terms];
        client.ask(Intent::StartImport { integration: qbo(), lists }).await.expect("it begins");
        ended(&quick, &ann).await;
    }
    let ConnectionState::Attention { problems } = quick.view(&ann).await.state else {
        panic!("{:?}", quick.view(&ann).await.state)
    };
    let told = quick.events(&ann).await;
    let told = told.iter().filter(|event| matches!(event, Event::NeedsAttention { .. }));
    assert_eq!(told.collect::<Vec<_>>(), [&Event::NeedsAttention { problems }]);
}
