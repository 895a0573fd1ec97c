//! The disk: full (ST-02), and synced before anything is acknowledged (ST-06); and what the process
//! shows of itself to others on its machine (ST-12).

use std::time::Duration;

use super::SYNCS;
use super::proxy::{Proxy, SECRET, SOON, Trouble, strace_works};
use super::story::Story;
use crate::quick::rotation;

/// The system call by which SQLite writes.
const WRITES: &str = "pwrite64";

async fn served() -> (Proxy, Story) {
    let (mut proxy, mut story) = (Proxy::new(rotation()).await, Story::new());
    assert!(proxy.serve(&Trouble::None));
    story.connected(&proxy).await.expect("it serves");
    (proxy, story)
}

#[tokio::test(flavor = "multi_thread")]
async fn st_02_a_full_disk_refuses_writes_serves_reads_and_passes() {
    if !strace_works() {
        return;
    }
    let (mut proxy, mut story) = served().await;
    assert_eq!(story.saves(&proxy).await, Some(true));
    let version = story.acknowledged.version;
    let tracer = proxy.follow(&Trouble::Fails(WRITES, 1, "ENOSPC"));
    assert_eq!(story.saves(&proxy).await, Some(false), "what is not on the disk is not acknowledged");
    assert_eq!(story.acknowledged.version, version);
    let health = proxy.http.get(proxy.at("/healthz")).send().await.expect("it answers");
    assert_eq!(health.status(), 200, "it lives");
    drop(tracer);
    let again = async {
        let mut looks = tokio::time::interval(Duration::from_millis(50));
        while story.saves(&proxy).await != Some(true) {
            looks.tick().await;
        }
    };
    tokio::time::timeout(SOON, again).await.expect("it recovers alone");
    assert!(story.acknowledged.version > version);
    assert!(proxy.ended().is_none(), "the process lives");
    proxy.kill();
    super::disk::left(&proxy.database()).await.holds(&story.acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn st_06_every_acknowledged_save_was_synced() {
    if !strace_works() {
        return;
    }
    let (proxy, mut story) = served().await;
    let counter = proxy.count(SYNCS);
    for _ in 0..5 {
        assert_eq!(story.saves(&proxy).await, Some(true));
    }
    assert!(counter.calls() >= 5, "{} syncs for five commits", counter.calls());
    let before = counter.calls();
    story.refreshed_import(&proxy, vec![protocol::import::List::Terms]).await.expect("it serves");
    assert!(counter.calls() >= before + 3, "the import, the journal and the new pair are on the disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn st_12_no_secret_stands_on_the_command_line_or_in_a_file_for_others() {
    use std::os::unix::fs::PermissionsExt as _;

    let (proxy, _story) = served().await;
    let of = |what: &str| std::fs::read(format!("/proc/{}/{what}", proxy.id())).expect("it lives");
    let text = |what: &str| String::from_utf8_lossy(&of(what)).into_owned();
    let (line, environment) = (text("cmdline"), text("environ"));
    let mut secrets = proxy.sandbox.ledger().secrets();
    secrets.push(std::fs::read_to_string(proxy.folder.path().join("demo.key")).expect("a key"));
    secrets.push(std::fs::read_to_string(proxy.folder.path().join("p.key")).expect("a key"));
    assert!(secrets.iter().all(|secret| !line.contains(secret.trim())), "{line}");
    // The client secret stands where the configuration says, and nothing else of the proxy's does.
    assert!(environment.contains(SECRET), "it is read");
    let others = secrets.iter().filter(|secret| *secret != SECRET);
    assert_eq!(others.filter(|secret| environment.contains(secret.trim())).count(), 0);
    for name in ["p.key", "demo.key", "p.db", "p.db-wal", "p.db-shm"] {
        let mode = std::fs::metadata(proxy.folder.path().join(name)).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
}
