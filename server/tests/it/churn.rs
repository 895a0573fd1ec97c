//! Many frames that come and go: what is left of them when the last has gone.

use std::process::Command;

use futures_util::StreamExt as _;
use protocol::message::{Auth, Intent};
use tokio::runtime::Handle;

use crate::client::{BOUND, a_moment};
use crate::frames::{For, ZOE};
use crate::world::World;

/// As many frames as are opened and closed, after a few that warm the process up.
const FRAMES: usize = if cfg!(feature = "deep") { 2_000 } else { 800 };
const BEFORE: usize = 200;
/// So many are open at a time.
const AT_A_TIME: usize = 20;
/// As much as the process may grow by each, in KiB. A socket left behind weighs some 10.
const MEMORY: u64 = 4;
/// Tells the process that it is the one that counts.
const ALONE: &str = "PATCHBAY_TEST_ALONE";
/// Organisations that they belong to.
const TENANTS: [&str; 4] = ["riverside", "brook", "hill", "dale"];

async fn come_and_go(world: &World, frame: usize) {
    let whose = For { tenant: TENANTS[frame % TENANTS.len()], ..ZOE };
    let mut client = world.open_frame(whose).await;
    if frame % 4 == 1 {
        client = world.frame(Auth::Resume(client.secret())).await.expect("a welcome");
    }
    match frame % 3 {
        // A page that is closed, one whose line is cut, one that was used before.
        0 => client.socket.close(None).await.expect("closed"),
        1 => drop(client),
        _ => drop(client.ask(Intent::MarkRead { upto: protocol::ids::EventSeq(1) }).await),
    }
}

/// What this process holds at this moment.
struct Held {
    /// Memory, in KiB.
    memory: u64,
    /// Open sockets. Files are the database's, which opens what it needs.
    sockets: usize,
}

impl Held {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").expect("a process has a status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        let memory = line.split_whitespace().nth(1).and_then(|number| number.parse().ok());
        let files = std::fs::read_dir("/proc/self/fd").expect("its files").flatten();
        // A file that was closed since it was listed is no socket.
        let behind = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        let sockets = behind.filter(|link| link.to_string_lossy().starts_with("socket:")).count();
        Self { memory: memory.expect("a number"), sockets }
    }
}

async fn open_and_close(world: &World, frames: usize) {
    let all = futures_util::stream::iter(0..frames);
    all.for_each_concurrent(AT_A_TIME, |frame| come_and_go(world, frame)).await;
}

/// Waits until no room is open and no more tasks run than before.
async fn quiet(world: &World, tasks: usize) {
    let settled = async {
        while !world.app().hub.is_empty() || Handle::current().metrics().num_alive_tasks() > tasks {
            a_moment().await;
        }
    };
    let settled = tokio::time::timeout(BOUND, settled).await;
    let left = Handle::current().metrics().num_alive_tasks();
    settled.unwrap_or_else(|_| panic!("{} rooms, {left} tasks of {tasks}", world.app().hub.len()));
}

/// Runs in a process of its own, because memory and files are counted by process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_come_and_go_leave_nothing_behind() {
    if std::env::var_os(ALONE).is_none() {
        let program = std::env::current_exe().expect("this program");
        let name = "churn::frames_that_come_and_go_leave_nothing_behind";
        let alone = Command::new(program).args([name, "--exact"]).env(ALONE, "").output().expect("it runs");
        let told = String::from_utf8_lossy(&alone.stdout);
        assert!(alone.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let world = World::start().await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    open_and_close(&world, BEFORE).await;
    quiet(&world, tasks).await;
    let before = Held::now();
    open_and_close(&world, FRAMES).await;
    quiet(&world, tasks).await;
    let after = Held::now();
    assert_eq!(after.sockets, before.sockets, "sockets stay open");
    let grown = after.memory.saturating_sub(before.memory);
    assert!(grown < MEMORY * FRAMES as u64, "{grown} KiB more than {}", before.memory);
}
