//! Other nodes over the same store, as far as they can be seen: by their leases (RF-02). They are
//! played by another program that writes into the database.

use std::time::Duration;

use sandbox::{Rotation, UK_COMPANY};
use server::clock::Stopwatch;
use server::oauth::refresh::TokenError;
use server::oauth::revoke::send_due;

use crate::client::BOUND;
use crate::quick::{Quick, REVOKE, TOKEN, rotation};
use crate::refusals::sealed;
use crate::tokens::{HOUR, access, eventually};
use crate::world::Person;

/// Another node begins to refresh, and its lease lasts ten minutes.
const ANOTHER_BEGINS: &str = "INSERT INTO leases (connection, owner, fence, until)
    SELECT id, x'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', 7, unixepoch() * 1000 + 600000 FROM connections";
/// Another node takes the lease over.
const ANOTHER_TAKES_OVER: &str = "UPDATE leases SET owner = x'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',
    fence = fence + 1, until = unixepoch() * 1000 + 600000";
/// Its time is over.
const ITS_LEASE_ENDS: &str = "UPDATE leases SET until = 0";

/// A company whose access token has ended.
async fn ended() -> (Quick, Person) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.world.clock.advance(HOUR);
    (quick, ann)
}

#[tokio::test]
async fn rf_02_a_node_that_died_is_followed_when_its_lease_has_ended() {
    let (quick, ann) = ended().await;
    quick.world.by_another_program(ANOTHER_BEGINS).await;
    let left = "UPDATE leases SET until = CAST(unixepoch('subsec') * 1000 AS INTEGER) + 400";
    quick.world.by_another_program(left).await;
    let watch = Stopwatch::start();
    assert!(access(&quick, &ann).await.is_ok());
    assert!(watch.elapsed() >= Duration::from_millis(390), "{:?}", watch.elapsed());
    assert_eq!(quick.calls(TOKEN), 2);
}

#[tokio::test]
async fn rf_02_what_another_node_got_is_used() {
    let (quick, ann) = ended().await;
    quick.world.by_another_program(ANOTHER_BEGINS).await;
    let row = quick.row(&ann).await;
    let elsewhere = async {
        // Whoever asks has had a turn at the store by then.
        for _ in 0..20 {
            quick
                .world
                .write(|mut db| Box::pin(async move { db.sweep_links(crate::world::START).await }))
                .await;
        }
        assert_eq!(quick.calls(TOKEN), 1, "nothing is sent while another node is at it");
        let (id, generation) = (row.id, row.generation);
        let pair = sealed(&quick.world.app(), &row, generation + 1, HOUR);
        quick
            .world
            .write(move |mut db| Box::pin(async move { db.swap_tokens(id, generation, &pair).await }))
            .await
    };
    let (door, swapped) = tokio::join!(access(&quick, &ann), elsewhere);
    let door = door.expect("the other's pair");
    assert!(swapped && door.token.lend(|token| token == "AT-of-another"));
    assert_eq!((door.generation, quick.calls(TOKEN)), (row.generation + 1, 1));
}

#[tokio::test]
async fn rf_02_a_pair_that_comes_back_under_a_lost_lease_is_not_kept() {
    let (quick, ann) = ended().await;
    let before = quick.row(&ann).await.generation;
    quick.sandbox.control().hold(TOKEN);
    let elsewhere = async {
        quick.sandbox.ledger().asked_at(TOKEN, 2, BOUND).await;
        quick.world.by_another_program(ANOTHER_TAKES_OVER).await;
        quick.sandbox.control().release();
    };
    let (door, ()) = tokio::join!(access(&quick, &ann), elsewhere);
    assert!(matches!(door, Err(TokenError::Unavailable)), "{:?}", door.err());
    let row = quick.row(&ann).await;
    assert!(row.live && row.generation == before, "the other one's turn: {row:?}");
    send_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(REVOKE), 0, "revoking would end what the other one gets");
    // The other one died of it; whoever comes next knows that the token was used.
    quick.world.by_another_program(ITS_LEASE_ENDS).await;
    let door = access(&quick, &ann).await;
    match rotation() {
        Rotation::Intuit | Rotation::Grace => assert!(door.is_ok(), "{:?}", door.err()),
        Rotation::Strict => {
            use protocol::store::{ConnectionState, ReconnectReason};

            assert!(matches!(door, Err(TokenError::ReconnectRequired)), "{:?}", door.err());
            let reason = ReconnectReason::Interrupted;
            assert_eq!(quick.view(&ann).await.state, ConnectionState::ReconnectRequired { reason });
        }
    }
}

#[tokio::test]
async fn a_start_waits_for_no_lease_of_an_earlier_life() {
    let (quick, ann) = ended().await;
    let before = quick.row(&ann).await.generation;
    quick.world.by_another_program(ANOTHER_BEGINS).await;
    let begun = "INSERT INTO refresh_journal (connection, generation, token_hash, begun_at)
        SELECT id, generation, x'00', 0 FROM connections";
    quick.world.by_another_program(begun).await;
    let quick = quick.restart().await;
    eventually(|| async { quick.row(&ann).await.generation == before + 1 }).await;
    assert!(access(&quick, &ann).await.is_ok());
    assert_eq!(quick.calls(TOKEN), 2, "tried once");
}
