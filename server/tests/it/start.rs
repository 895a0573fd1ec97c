//! Starting: what the proxy refuses to start on, in which words, and that nothing is lost by it.

use std::path::Path;

use server::StartError;
use server::store::{OpenError, StoreError};

use crate::operator::{Operator, REGISTRATION};
use crate::world::Plan;

#[test]
fn a_wrong_configuration_is_told_in_sentences() {
    let operator = Operator::new();
    operator.configure("127.0.0.1:0", "[assets]\ndri = \"x\"\n");
    operator.refused(&["serve"], "assets.dri is not a setting");
    operator.refused(&["--config", "nowhere.toml", "serve"], "cannot be read");
}

#[test]
fn a_taken_port_is_told() {
    let operator = Operator::new();
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    operator.configure(&other.local_addr().expect("bound").to_string(), REGISTRATION);
    operator.refused(&["serve"], "set another address as [server] listen");
}

#[test]
fn an_unknown_integration_is_told() {
    let operator = Operator::new();
    operator.configure("127.0.0.1:0", &REGISTRATION.replace("\"quickbooks-online\"", "\"xero\""));
    operator.refused(&["serve"], "xero");
}

#[test]
fn a_key_is_written_once_and_for_its_owner() {
    let operator = Operator::new();
    operator.add_portal();
    let key = std::fs::read_to_string(operator.path("demo.key")).expect("written");
    assert!(key.starts_with("pb_") && key.trim().len() == 55);
    assert!(!server::vault::ring::others_may_read(&operator.path("demo.key")));
    operator.refused(
        &["portal", "keys", "demo", "add", "--key-file", "demo.key"],
        "Name a file that is not there",
    );
    operator.refused(
        &["portal", "keys", "other", "add", "--key-file", "other.key"],
        "there is no portal \"other\"",
    );
    let kept = std::fs::read(operator.path("p.db")).expect("the database");
    assert!(!kept.windows(key.trim().len()).any(|window| window == key.trim().as_bytes()));
}

/// What is in a folder, by name.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut all: Vec<_> = entries
        // The lock, the log and its index are the database's own business; what they hold is empty.
        .filter(|path| path.ends_with("p.db") || path.ends_with("p.key") || path.ends_with("demo.key"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("read")))
        .collect();
    all.sort();
    all
}

#[test]
fn st_04_a_damaged_database_is_never_replaced() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("the file is empty", |path| std::fs::write(path, "").expect("emptied")),
        ("", |path| std::fs::write(path, "this is a letter, not a database".repeat(300)).expect("replaced")),
        ("", |path| {
            let whole = std::fs::read(path).expect("read");
            std::fs::write(path, &whole[..whole.len() / 3]).expect("cut");
        }),
        ("it was in use", |path| {
            std::fs::remove_file(path).expect("removed");
            std::fs::write(path.with_extension("lock"), "open").expect("marked");
        }),
    ];
    for (part, damage) in damages {
        let operator = Operator::new();
        operator.add_portal();
        damage(&operator.path("p.db"));
        let before = contents(&operator.folder);
        operator.refused(&["serve"], part);
        assert_eq!(contents(&operator.folder), before, "something was written after: {part}");
    }
}

/// The portal of a database and that of its key; none where the database is refused or a value is
/// told to be unreadable.
async fn opened(path: &Path, key: &str) -> Option<(Option<String>, Option<String>)> {
    let (store, writing) = server::store::open(path).await.ok()?;
    let writing = tokio::spawn(writing);
    let hash = server::vault::digest(key);
    let found = store.read::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let portal = db.portal("demo").await?.map(|portal| portal.id);
            Ok((portal, db.api_key(hash).await?.map(|key| key.portal)))
        })
    });
    let found = found.await.ok();
    drop(store);
    writing.await.expect("closed");
    found
}

/// The seed's next number (an LCG of Knuth's), so that a seed that fails can be tried again.
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).expect("31 bits")
}

/// Damaged copies; the deep run has all of the catalogue's.
const SEEDS: u64 = if cfg!(feature = "deep") { 1000 } else { 250 };

#[tokio::test]
async fn st_04_flipped_bytes_never_start_a_fresh_database() {
    let operator = Operator::new();
    operator.add_portal();
    let path = operator.path("p.db");
    let key = std::fs::read_to_string(operator.path("demo.key")).expect("a key").trim().to_owned();
    let whole = std::fs::read(&path).expect("read");
    let there = Some((Some("demo".to_owned()), Some("demo".to_owned())));
    assert_eq!(opened(&path, &key).await, there, "undamaged");
    let mut served = 0;
    for first in 0..SEEDS {
        let (mut seed, mut changed) = (first, whole.clone());
        for _ in 0..=first % 8 {
            let place = next(&mut seed) % changed.len();
            changed[place] ^= u8::try_from(1 + next(&mut seed) % 255).expect("a byte");
        }
        for beside in ["p.db-wal", "p.db-shm", "p.lock"] {
            drop(std::fs::remove_file(operator.path(beside)));
        }
        std::fs::write(&path, &changed).expect("written");
        // Damage in the middle of a value cannot be seen, but whoever was there is there or is told to
        // be unreadable. A fresh database would know nobody.
        let found = opened(&path, &key).await;
        assert!(found.is_none() || found == there, "seed {first}: {found:?}");
        served += u32::from(found.is_some());
    }
    assert!((1..SEEDS).contains(&u64::from(served)), "some damage is seen and some is not: {served}");
}

#[tokio::test]
async fn st_12_the_database_and_its_log_are_their_owners_alone() {
    let plan = Plan::new().await;
    let path = plan.config.storage.path.clone();
    let world = plan.start().await;
    world.person("acme", "Ann", crate::world::ALL).await;
    for ending in ["", "-wal", "-shm"] {
        let file = Path::new(&format!("{}{ending}", path.display())).to_owned();
        assert!(file.exists() && !server::vault::ring::others_may_read(&file), "{}", file.display());
    }
    world.stop().await;
}

#[test]
fn st_04_a_lost_log_is_noticed() {
    let operator = Operator::new();
    operator.add_portal();
    std::fs::write(operator.path("p.lock"), "open").expect("marked as after a crash");
    drop(std::fs::remove_file(operator.path("p.db-wal")));
    operator.refused(&["serve"], "its log");
}

#[tokio::test]
async fn st_05_a_second_proxy_is_refused() {
    let plan = Plan::new().await;
    let (mut second, clock) = (plan.config.clone(), plan.clock.clone());
    second.server.listen = ([127, 0, 0, 1], 0).into();
    let world = plan.start().await;
    let refused = server::start(second, clock).await.err();
    let Some(StartError::Store(OpenError::InUse { .. })) = refused else {
        panic!("the second proxy was not refused: {:?}", refused.map(|error| error.to_string()))
    };
    world.stop().await;
}

#[tokio::test]
async fn st_11_a_key_of_another_database_stops_the_start() {
    let plan = Plan::new().await;
    let (config, clock) = (plan.config.clone(), plan.clock.clone());
    let world = plan.start().await;
    let dir = world.stop().await;
    let own = std::fs::read(&config.keys.file).expect("the key file");
    std::fs::remove_file(&config.keys.file).expect("removed");
    let missing = server::start(config.clone(), clock.clone()).await.err().map(|error| error.to_string());
    assert!(missing.is_some_and(|told| told.contains("is missing")), "a missing key must be told");
    assert!(!config.keys.file.exists(), "no new key is made over sealed secrets");
    drop(server::vault::ring::KeyRing::open(&config.keys.file, &clock, false).expect("another ring"));
    let before = contents(dir.path());
    let foreign = server::start(config.clone(), clock.clone()).await.err().map(|error| error.to_string());
    assert!(foreign.is_some_and(|told| told.contains("does not belong")), "a foreign key must be told");
    assert_eq!(contents(dir.path()), before);
    std::fs::write(&config.keys.file, own).expect("put back");
    let mut again = config;
    again.server.listen = ([127, 0, 0, 1], 0).into();
    server::start(again, clock).await.expect("the right key opens").stop().await;
}

#[test]
fn st_11_a_key_file_that_is_no_key_stops_the_start() {
    for (text, part) in [("short", "line 1"), ("1:AAAA", "line 1"), ("", "line 1")] {
        let operator = Operator::new();
        operator.add_portal();
        std::fs::write(operator.path("p.key"), text).expect("written");
        std::fs::set_permissions(operator.path("p.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("set");
        let before = contents(&operator.folder);
        operator.refused(&["serve"], part);
        assert_eq!(contents(&operator.folder), before);
    }
}
