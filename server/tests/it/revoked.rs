//! Somebody disconnects us at QuickBooks: the first call that meets it is the last (RF-20).

use protocol::import::ImportState;
use protocol::message::{Answer, Intent, ServerMessage};
use protocol::notification::Event;
use protocol::store::{ConnectionState, ReconnectReason};
use sandbox::{Entry, Failure, UK_COMPANY, UK_REALM};
use server::oauth::refresh::TokenError;

use crate::client::Client;
use crate::imports::ended;
use crate::quick::{Quick, TOKEN, qbo};
use crate::tokens::{HOUR, access};
use crate::world::Person;

const LOST: ConnectionState = ConnectionState::ReconnectRequired { reason: ReconnectReason::Refused };
const TOLD: Event = Event::ReconnectRequired { reason: ReconnectReason::Refused };
/// The first call of an import.
const COMPANY: &str = "/companyinfo";

/// A company that is imported, with a store that watches it.
async fn watched() -> (Quick, Person, Client) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    let client = quick.world.socket(&ann).await;
    (quick, ann, client)
}

async fn import(client: &mut Client) {
    let answer = client.ask(Intent::StartImport { integration: qbo(), lists: vec![] }).await;
    assert!(matches!(answer, Ok(Answer::Import(_))), "{answer:?}");
}

/// Waits until the socket has brought both the state and the entry of the tray.
async fn told(client: &mut Client) {
    let (mut state, mut entry) = (false, false);
    while !(state && entry) {
        match client.next().await {
            ServerMessage::Connection(connection) => state = connection.state == LOST,
            ServerMessage::Notification(told) => entry |= told.event == TOLD,
            _ => {}
        }
    }
}

/// What reached QuickBooks after the first so many calls, and how it was answered.
fn after(quick: &Quick, calls: usize) -> Vec<(&'static str, Option<u16>)> {
    let name = |entry: &Entry| [COMPANY, TOKEN].into_iter().find(|name| entry.path.contains(name));
    let told = |entry: Entry| (name(&entry).unwrap_or("another"), entry.status);
    quick.sandbox.ledger().entries().into_iter().skip(calls).map(told).collect()
}

#[tokio::test]
async fn rf_20_the_first_401_flips_the_status_and_the_socket_tells() {
    let (quick, ann, mut client) = watched().await;
    let before = quick.sandbox.ledger().entries().len();
    quick.sandbox.control().disconnect(Some(UK_REALM));
    import(&mut client).await;
    told(&mut client).await;
    let expected = [(COMPANY, Some(401)), (TOKEN, Some(400))];
    assert_eq!(after(&quick, before), expected, "the 401, one refresh, and nothing more");
    assert!(matches!(access(&quick, &ann).await, Err(TokenError::ReconnectRequired)));
    assert_eq!(quick.sandbox.ledger().entries().len(), before + 2);
}

#[tokio::test]
async fn rf_20_the_first_invalid_grant_flips_the_status_and_the_socket_tells() {
    let (quick, ann, mut client) = watched().await;
    let before = quick.sandbox.ledger().entries().len();
    quick.sandbox.control().disconnect(Some(UK_REALM));
    quick.world.clock.advance(HOUR);
    assert!(matches!(access(&quick, &ann).await, Err(TokenError::ReconnectRequired)));
    told(&mut client).await;
    assert_eq!(after(&quick, before), [(TOKEN, Some(400))]);
}

#[tokio::test]
async fn rf_20_a_fresh_token_that_is_refused_too_is_the_end() {
    let (quick, _, mut client) = watched().await;
    let before = quick.sandbox.ledger().entries().len();
    quick.sandbox.control().fail(Failure::new(COMPANY, 401, 2));
    import(&mut client).await;
    told(&mut client).await;
    let expected = [(COMPANY, Some(401)), (TOKEN, Some(200)), (COMPANY, Some(401))];
    assert_eq!(after(&quick, before), expected, "one refresh and one more try");
}

#[tokio::test]
async fn rf_10_a_busy_token_endpoint_after_a_401_loses_no_sign_in() {
    let (quick, ann, mut client) = watched().await;
    quick.sandbox.control().fail(Failure::new(COMPANY, 401, 1));
    quick.sandbox.control().fail(Failure::new(TOKEN, 503, 1));
    import(&mut client).await;
    let waits = |message: &ServerMessage| match message {
        ServerMessage::Import(import) => import.waiting.is_some().then_some(()),
        _ => None,
    };
    client.until(waits).await;
    quick.world.clock.advance(60_000);
    let import = ended(&quick, &ann).await;
    assert_eq!(import.state, ImportState::Done, "{import:?}");
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
}
