//! A new pair that the store does not take (RF-06): the old one is used up, so it is kept in memory
//! until it does, and nobody refreshes meanwhile.

use std::path::PathBuf;

use futures_util::future::join_all;
use sandbox::UK_COMPANY;
use server::oauth::refresh::TokenError;

use crate::quick::{Quick, TOKEN};
use crate::tokens::{HOUR, access, eventually};
use crate::world::Person;

const MINUTE: u64 = 60_000;
/// The store takes no tokens, as if the disk were full.
const FULL: &str = "CREATE TRIGGER full BEFORE UPDATE OF refresh_sealed ON connections
    BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
const ROOM: &str = "DROP TRIGGER full";

/// What `/readyz` answers.
async fn readiness(quick: &Quick) -> (u16, String) {
    let answer = quick.world.http.get(quick.world.at("/readyz")).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

/// A company whose access token has four minutes left.
async fn ending() -> (Quick, Person, u64) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.world.clock.advance(HOUR - 4 * MINUTE);
    let before = quick.row(&ann).await.generation;
    (quick, ann, before)
}

#[tokio::test]
async fn rf_06_a_pair_that_cannot_be_saved_is_kept_until_it_can() {
    let (quick, ann, before) = ending().await;
    quick.world.by_another_program(FULL).await;
    let all = join_all((0..20).map(|_| access(&quick, &ann))).await;
    assert!(
        all.iter().all(|door| door.as_ref().is_ok_and(|door| door.generation == before)),
        "it still lives"
    );
    let (status, told) = readiness(&quick).await;
    assert_eq!((status, told.as_str()), (503, "new tokens cannot be saved: is the disk full?\n"));
    quick.world.clock.advance(HOUR);
    let all = join_all((0..20).map(|_| access(&quick, &ann))).await;
    assert!(all.iter().all(|door| matches!(door, Err(TokenError::Unavailable))), "now it has ended");
    assert_eq!(quick.calls(TOKEN), 2, "nobody else refreshes");
    quick.world.by_another_program(ROOM).await;
    eventually(|| async { quick.row(&ann).await.generation == before + 1 }).await;
    eventually(|| async { readiness(&quick).await.0 == 200 }).await;
    assert_eq!(quick.calls(TOKEN), 2, "it is the pair that came then");
    assert!(access(&quick, &ann).await.is_ok(), "and it works");
}

#[tokio::test]
async fn rf_06_a_shutdown_waits_for_a_pair_that_is_not_saved_yet() {
    let (quick, ann, before) = ending().await;
    quick.world.by_another_program(FULL).await;
    access(&quick, &ann).await.expect("it still lives");
    let (stopping, path) =
        (quick.world.app().stopping.clone(), quick.world.app().config.storage.path.clone());
    let making_room = tokio::spawn(async move {
        stopping.wait().await;
        make_room(path).await;
    });
    let quick = quick.restart().await;
    making_room.await.expect("there is room");
    assert_eq!((quick.row(&ann).await.generation, quick.calls(TOKEN)), (before + 1, 2));
    let door = access(&quick, &ann).await.expect("a token");
    assert_eq!((door.generation, quick.calls(TOKEN)), (before + 1, 2));
}

async fn make_room(path: PathBuf) {
    use sqlx::Connection as _;

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.expect("the database opens");
    sqlx::query(ROOM).execute(&mut other).await.expect("it is written");
}

/// SQLite itself refuses, after the ten seconds that we wait for a lock.
#[cfg(feature = "deep")]
#[tokio::test]
async fn rf_06_a_database_that_another_program_locks_takes_the_pair_when_it_is_free() {
    use sqlx::Connection as _;

    use crate::client::BOUND;

    let (quick, ann, before) = ending().await;
    quick.sandbox.control().hold(TOKEN);
    let path = quick.world.app().config.storage.path.clone();
    let locking = async {
        quick.sandbox.ledger().asked_at(TOKEN, 2, BOUND).await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut other = sqlx::SqliteConnection::connect_with(&options).await.expect("the database opens");
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("locked");
        quick.sandbox.control().release();
        other
    };
    let (door, mut other) = tokio::join!(access(&quick, &ann), locking);
    assert_eq!(door.expect("it still lives").generation, before, "after the store was busy for ten seconds");
    assert_eq!(readiness(&quick).await.0, 503);
    sqlx::query("ROLLBACK").execute(&mut other).await.expect("free");
    eventually(|| async { quick.row(&ann).await.generation == before + 1 }).await;
    eventually(|| async { readiness(&quick).await.0 == 200 }).await;
    assert_eq!(quick.calls(TOKEN), 2);
}
