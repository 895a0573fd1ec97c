//! A million lines, hundreds of megabytes: the proxy's memory stays flat, and so does its pace.

use super::memory::{alone, send};
use super::{counts, register};
use crate::world::World;

const LINES: u64 = 1_000_000;
/// As much as the process may grow at any moment, in KiB.
const GROWTH: u64 = 24 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn ld_06_a_million_lines_leave_memory_flat() {
    if let Some(told) = alone("uploads::deep::ld_06_a_million_lines_leave_memory_flat") {
        println!("{told}");
        return;
    }
    let world = World::start().await;
    register(&world).await;
    send(&world, 10_000).await;
    let watch = server::clock::Stopwatch::start();
    let (grown, told) = send(&world, LINES).await;
    let took = watch.elapsed();
    assert_eq!(counts(&told), [LINES - 10_000, 0, 10_000, 0, 0, 0]);
    println!("{LINES} lines: grown by {grown} KiB, {:.0} lines a second", 1e6 / took.as_secs_f64());
    assert!(grown < GROWTH, "{grown} KiB");
}
