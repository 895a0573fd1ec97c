//! The long form of ST-01: every sync of two turns of the story, a life each, and writes by seed.

use super::import::{survives, survives_at};
use super::proxy::{Proxy, Trouble};
use super::story::Story;
use super::{SYNCS, below, disk};
use crate::quick::rotation;

/// Writes that are sampled.
const WRITES: u32 = 60;

/// A life of two turns in a fresh folder, and the next one. Whether the first lived to its end.
async fn life(trouble: &Trouble) -> bool {
    let (mut proxy, mut story) = (Proxy::new(rotation()).await, Story::new());
    let mut lived = proxy.serve(trouble);
    for _ in 0..2 {
        lived = lived && story.turn(&proxy).await.is_some();
    }
    proxy.kill();
    disk::left(&proxy.database()).await.holds(&story.acknowledged);
    assert!(proxy.serve(&Trouble::None), "{trouble:?}: it does not start again");
    assert!(story.turn(&proxy).await.is_some(), "{trouble:?}: it does not go on");
    lived
}

#[tokio::test(flavor = "multi_thread")]
async fn st_01_each_sync_of_two_turns_can_be_the_last() {
    let mut sync = 1;
    while !life(&Trouble::Killed(SYNCS, sync)).await {
        sync += 1;
    }
    println!("{} syncs, each of them the last of a life", sync - 1);
    assert!(sync > 40, "two turns have more syncs than {sync}");
}

#[tokio::test(flavor = "multi_thread")]
async fn st_01_writes_by_seed_can_be_the_last() {
    let mut seed = 2;
    let mut died = 0;
    for _ in 0..WRITES {
        died += u32::from(!life(&Trouble::Killed("pwrite64", 1 + below(&mut seed, 1200))).await);
    }
    assert!(died > WRITES / 2, "only {died} of {WRITES} lives were cut off");
}

/// Fifty moments of imports, five of each.
#[tokio::test(flavor = "multi_thread")]
async fn st_01_an_import_ends_as_if_it_had_not_been_killed_at_fifty_moments() {
    for seed in 100..110 {
        survives(seed, 5).await;
    }
}

/// The company is read in the first of them.
#[tokio::test(flavor = "multi_thread")]
async fn st_01_an_import_ends_as_if_it_had_not_been_killed_at_any_of_its_first_syncs() {
    for sync in 1..=14 {
        survives_at(vec![sync]).await;
    }
}
