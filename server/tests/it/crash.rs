//! The built binary, killed in the middle of everything (ST-01, RF-04) and out of space (ST-02): what
//! was acknowledged is there afterwards, and it goes on.

#[cfg(feature = "deep")]
mod deep;
mod disk;
mod import;
mod line;
mod notices;
mod proxy;
mod refresh;
mod space;
mod story;

pub(crate) use proxy::strace_works;
use proxy::{Proxy, Trouble};
use story::Story;

use crate::quick::rotation;

/// The system calls that make a commit durable.
const SYNCS: &str = "fsync,fdatasync";
/// How often the gate kills it.
const LIVES: u64 = 20;

/// The seed's next number below a limit (an LCG of Knuth's), so that what fails can be tried again.
fn below(seed: &mut u64, limit: u64) -> u32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u32::try_from((*seed >> 33) % limit).expect("small")
}

#[tokio::test(flavor = "multi_thread")]
async fn st_01_killed_at_any_sync_it_keeps_what_was_acknowledged() {
    if !strace_works() {
        return;
    }
    let (mut proxy, mut story, mut seed) = (Proxy::new(rotation()).await, Story::new(), 1);
    for life in 0..LIVES {
        let trouble = Trouble::Killed(SYNCS, 1 + below(&mut seed, 40));
        if proxy.serve(&trouble) {
            story.until_it_dies(&proxy).await;
        }
        proxy.kill();
        println!("life {life}, {trouble:?}: {:?}", story.acknowledged);
        disk::left(&proxy.database()).await.holds(&story.acknowledged);
    }
    assert!(proxy.serve(&Trouble::None));
    story.turn(&proxy).await.expect("it goes on");
    assert!(story.acknowledged.version > 0 && story.acknowledged.imported.is_some());
}
