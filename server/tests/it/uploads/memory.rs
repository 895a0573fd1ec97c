//! However much is sent, the proxy does not grow by it.

use std::process::Command;

use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::{body, counts, outcome, register};
use crate::huge::{ALONE, growth};
use crate::world::World;

/// As much as the process may grow at any moment, in KiB.
const GROWTH: u64 = 16 * 1024;

/// So many lines of about a KiB each, made while they are sent.
fn lines(count: u64) -> reqwest::Body {
    let chunk = |from: u64| {
        let lines = (from..from + 100).map(|id| {
            let name = "Gro\u{df}handel ".repeat(40);
            format!(
                "{{\"id\":\"{id}\",\"name\":\"{name}{id}\",\"code\":\"SKU-{id}\",\"group\":\"{}\"}}\n",
                "g".repeat(90)
            )
        });
        lines.collect::<String>().into_bytes()
    };
    body(stream::iter((0..count / 100).map(move |place| chunk(place * 100))))
}

/// Sends so many, and answers what became of them and by how much the process had grown, in KiB.
pub(super) async fn send(world: &World, count: u64) -> (u64, Value) {
    growth(outcome(world, "product", lines(count))).await
}

/// Runs a test in a process of its own, because memory is counted by process. What that said; none in that
/// process, which goes on.
pub(super) fn alone(name: &str) -> Option<String> {
    if std::env::var_os(ALONE).is_some() {
        return None;
    }
    let program = std::env::current_exe().expect("this program");
    let run = Command::new(program).args([name, "--exact", "--nocapture"]).env(ALONE, "").output();
    let run = run.expect("it runs");
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    let failed = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && told.contains("1 passed"), "{told}{failed}");
    Some(told)
}

#[tokio::test]
async fn an_upload_costs_no_more_memory_the_longer_it_is() {
    if alone("uploads::memory::an_upload_costs_no_more_memory_the_longer_it_is").is_some() {
        return;
    }
    let world = World::start().await;
    register(&world).await;
    send(&world, 500).await;
    // More than may be held, most of it in lines that cost nothing but their bytes.
    let long = || [vec![b'x'; 100_000], b"\n".to_vec()].concat();
    let chunks =
        stream::iter((0..400).map(move |_| long())).chain(stream::iter([super::line("last").into_bytes()]));
    let (grown, told) = growth(outcome(&world, "product", body(chunks))).await;
    assert_eq!(counts(&told), [1, 0, 0, 0, 400, 0]);
    assert!(grown < GROWTH, "{grown} KiB");
    let (grown, told) = send(&world, 1_500).await;
    assert_eq!(counts(&told), [1_000, 0, 500, 0, 0, 0]);
    assert!(grown < GROWTH, "{grown} KiB");
}
