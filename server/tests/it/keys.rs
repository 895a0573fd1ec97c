//! The vault's keys: rotated and retired while the proxy runs, killed at every step, and what is moved
//! opens nowhere else.

use std::path::Path;
use std::process::Command;

use protocol::store::{ConnectionState, ReconnectReason};
use sandbox::{UK_COMPANY, US_COMPANY};
use server::keys::{self, KeysError};
use server::oauth::refresh::TokenError;
use server::store::sealed::COLUMNS;
use server::store::{Store, StoreError};
use server::vault::alarms;

use crate::crash::strace_works;
use crate::operator::Operator;
use crate::overheard::Overheard;
use crate::quick::Quick;
use crate::tokens::{HOUR, access, eventually};
use crate::world::ALL;

/// How many values each key seals.
async fn uses(store: &Store) -> Vec<(u32, i64)> {
    let read = store.read::<_, StoreError, _>(|mut db| Box::pin(async move { db.seal_uses().await }));
    read.await.expect("counted").into_iter().collect()
}

/// A proxy with a connected company, a question about another one, and an attempt under way: sealed
/// values in all columns but one.
async fn quick() -> (Quick, crate::world::Person) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    (quick, ann)
}

#[tokio::test]
async fn st_10_a_key_is_rotated_and_retired_while_the_proxy_runs() {
    let (quick, ann) = quick().await;
    quick.connect(&ann, US_COMPANY).await;
    let operator = Operator::of(&quick.world);
    let app = quick.world.app();
    let before = uses(&app.store).await;
    assert!(matches!(before[..], [(1, 5)]), "two pairs and the word at the start: {before:?}");
    let told = operator.cannot(&["key", "retire", "1"]).await;
    assert!(told.contains("key 1 is the newest"), "{told}");
    let told = operator.does(&["key", "rotate"]).await;
    assert!(told.contains("Key 2 in") && told.contains("5 values sealed anew"), "{told}");
    assert_eq!((uses(&app.store).await, app.vault.known()), (vec![(2, 5)], vec![1, 2]));
    let list = operator.does(&["key", "list"]).await;
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((rows[1][0], &rows[1][2..]), ("1", &["0", "-", "yes"][..]), "{list}");
    assert_eq!((rows[2][0], &rows[2][2..]), ("2", &["5", "newest", "yes"][..]), "{list}");
    let file = std::fs::read_to_string(&app.config.keys.file).expect("the key file");
    assert!(file.lines().all(|line| !list.contains(line.split_once(':').expect("a key").1)));
    quick.world.clock.advance(HOUR);
    assert!(access(&quick, &ann).await.is_ok(), "refreshed under the new key");
    assert_eq!(uses(&app.store).await[0].0, 2);
    let told = operator.does(&["key", "retire", "1"]).await;
    assert!(told.contains("Key 1 is gone") && !told.contains("still knows it"), "{told}");
    assert_eq!(app.vault.known(), [2]);
    let told = operator.cannot(&["key", "retire", "1"]).await;
    assert!(told.contains("there are: 2"), "{told}");
    assert!(!server::vault::ring::others_may_read(&app.config.keys.file));
    let audit = operator.does(&["audit"]).await;
    assert!(audit.contains("vault.rotated") && audit.contains("vault.retired"), "{audit}");
    drop(app);
    let quick = quick.restart().await;
    assert!(access(&quick, &ann).await.is_ok(), "and after a start with the new key alone");
}

#[tokio::test]
async fn st_10_refreshes_go_on_while_values_are_sealed_anew() {
    let (quick, ann) = quick().await;
    let operator = Operator::of(&quick.world);
    let rotating = async {
        for _ in 0..2 {
            operator.does(&["key", "rotate"]).await;
        }
    };
    let mut rotating = std::pin::pin!(rotating);
    let mut refreshed = 0;
    loop {
        quick.world.clock.advance(HOUR);
        tokio::select! {
            () = &mut rotating => break,
            door = access(&quick, &ann) => {
                door.expect("a token, at every moment");
                refreshed += 1;
            }
        }
    }
    assert!(refreshed > 0);
    let generation = quick.row(&ann).await.generation;
    let quick = quick.restart().await;
    quick.world.clock.advance(HOUR);
    let door = access(&quick, &ann).await.expect("the newest pair is the one that was kept");
    assert!(door.generation > generation);
    assert_eq!(uses(&quick.world.app().store).await.len(), 1);
}

#[tokio::test]
async fn st_10_a_value_that_changed_meanwhile_is_not_overwritten() {
    let (quick, ann) = quick().await;
    let app = quick.world.app();
    let refresh = COLUMNS.iter().find(|column| column.name == "connections.refresh").expect("a column");
    let read = app.store.read::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { db.sealed_by_others(refresh, (0, 2), 10).await })
    });
    let old = read.await.expect("read").remove(0);
    quick.world.clock.advance(HOUR);
    access(&quick, &ann).await.expect("refreshed meanwhile");
    let after = quick.row(&ann).await.tokens.expect("tokens").refresh;
    let stale = old.sealed.clone();
    let swapped =
        quick.world.write(move |mut db| Box::pin(async move { db.swap_sealed(refresh, &old, &stale).await }));
    assert!(!swapped.await, "an older value");
    assert_eq!(quick.row(&ann).await.tokens.expect("tokens").refresh, after);
}

#[tokio::test]
async fn st_10_nothing_is_sealed_by_a_key_that_the_proxy_does_not_know() {
    let (quick, _) = quick().await;
    let (config, operator) = (quick.world.app().config.clone(), Operator::of(&quick.world));
    let _dir = quick.world.stop().await;
    // A proxy that holds the database and looks at no key file.
    let (store, writing) = server::store::open(&config.storage.path).await.expect("it opens");
    let writing = tokio::spawn(writing);
    let arguments = ["key", "rotate"];
    let mut rotating = std::pin::pin!(operator.does(&arguments));
    let made = eventually(|| async {
        std::fs::read_to_string(&config.keys.file).is_ok_and(|text| text.lines().count() == 2)
    });
    tokio::select! {
        () = made => {}
        told = &mut rotating => panic!("it did not wait: {told}"),
    }
    let told = operator.cannot(&["key", "retire", "1"]).await;
    assert!(told.contains("another `patchbay key`"), "{told}");
    assert!(matches!(uses(&store).await[..], [(1, 3)]), "it waits");
    let known =
        store.write::<_, StoreError, _>(|mut db| Box::pin(async move { db.put_known_keys(&[1, 2]).await }));
    known.await.expect("said");
    assert!(rotating.await.contains("3 values sealed anew"));
    // A proxy that has been started again says nothing for a while.
    let gone = store.write::<_, StoreError, _>(|mut db| Box::pin(async move { db.clear_known_keys().await }));
    gone.await.expect("taken back");
    let told = operator.cannot(&["key", "retire", "1"]).await;
    assert!(told.contains("has not taken up key 2"), "{told}");
    drop(store);
    writing.await.expect("closed");
    assert!(operator.does(&["key", "retire", "1"]).await.contains("Key 1 is gone"), "without a proxy");
}

#[tokio::test]
async fn st_10_a_file_that_lacks_a_key_in_use_stops_the_start_and_changes_nothing_while_it_runs() {
    let (quick, ann) = quick().await;
    let app = quick.world.app();
    let file = app.config.keys.file.clone();
    let operator = Operator::of(&quick.world);
    operator.does(&["key", "rotate"]).await;
    let whole = std::fs::read_to_string(&file).expect("the key file");
    let (old, _) = whole.trim().split_once('\n').expect("two keys");
    // Without the newest key the file is refused while the proxy runs.
    write_secret(&file, old);
    let told = operator.cannot(&["key", "list"]).await;
    assert!(told.contains("does not belong to this database"), "{told}");
    quick.world.clock.advance(HOUR);
    access(&quick, &ann).await.expect("the keys that are known go on");
    assert_eq!(app.vault.known(), [1, 2]);
    write_secret(&file, &whole);
    // Of a value that key 7 has sealed, in a database whose first word opens.
    quick
        .world
        .by_another_program(
            "UPDATE connections SET access_sealed =
                 CAST(substr(access_sealed, 1, 4) || x'07' || substr(access_sealed, 6) AS BLOB)",
        )
        .await;
    let (mut config, clock) = (app.config.clone(), app.clock.clone());
    drop(app);
    let _dir = quick.world.stop().await;
    config.server.listen = ([127, 0, 0, 1], 0).into();
    let refused = server::start(config, clock).await.err().map(|error| error.to_string());
    assert!(refused.as_ref().is_some_and(|told| told.contains("lacks key 7")), "{refused:?}");
}

fn write_secret(file: &Path, text: &str) {
    let beside = file.with_extension("hand");
    std::fs::write(&beside, text).expect("written");
    std::fs::set_permissions(&beside, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    std::fs::rename(beside, file).expect("put there");
}

#[tokio::test]
async fn two_rotations_at_once_make_no_key_twice() {
    let (quick, _) = quick().await;
    let operator = Operator::of(&quick.world);
    let (one, two) = tokio::join!(operator.tell(&["key", "rotate"]), operator.tell(&["key", "rotate"]));
    assert!(one.code == Some(0) || two.code == Some(0), "{} {}", one.err, two.err);
    for told in [&one, &two] {
        assert!(told.code == Some(0) || told.err.contains("another `patchbay key`"), "{}", told.err);
    }
    let app = quick.world.app();
    let newest = *app.vault.known().last().expect("a key");
    assert!(matches!(uses(&app.store).await[..], [(key, 3)] if key == newest));
}

#[tokio::test]
async fn st_08_what_is_moved_opens_nowhere_and_raises_an_alarm() {
    let moves: [(&str, &'static str); 4] = [
        (
            "another tenant",
            "UPDATE connections SET refresh_sealed = (SELECT refresh_sealed FROM connections \
             WHERE id <> (SELECT min(id) FROM connections)) WHERE id = (SELECT min(id) FROM connections)",
        ),
        ("another column", "UPDATE connections SET refresh_sealed = access_sealed"),
        (
            "an older version",
            "UPDATE connections SET refresh_sealed = (SELECT k.refresh_sealed FROM kept k WHERE k.id = connections.id)",
        ),
        (
            "another key's id",
            "UPDATE connections SET refresh_sealed = CAST(substr(refresh_sealed, 1, 4) || x'02' || substr(refresh_sealed, 6) AS BLOB)",
        ),
    ];
    let (quick, ann) = quick().await;
    let ben = quick.world.person("other", "Ben", ALL).await;
    quick.connect(&ben, US_COMPANY).await;
    let kept = "CREATE TABLE kept AS SELECT id, refresh_sealed FROM connections";
    quick.world.by_another_program(kept).await;
    quick.world.clock.advance(HOUR);
    access(&quick, &ann).await.expect("a newer version");
    for (what, statement) in moves {
        quick.world.by_another_program(statement).await;
        quick.world.clock.advance(HOUR);
        let (before, heard) = (alarms(), Overheard::default());
        let listening = heard.listen();
        let refused = access(&quick, &ann).await;
        drop(listening);
        assert!(matches!(refused, Err(TokenError::ReconnectRequired)), "{what}");
        let unreadable = ConnectionState::ReconnectRequired { reason: ReconnectReason::Unreadable };
        assert_eq!(quick.view(&ann).await.state, unreadable, "{what}");
        assert!(alarms() > before, "{what}");
        let said = heard.said();
        assert!(said.contains("alarm=\"sealed_value\"") && said.contains("connections.refresh"), "{what}");
        assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected", "{what}");
    }
}

/// Copies a folder's files.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
    }
}

/// The keys of a folder's file, and how many values each seals. All of them open.
async fn sealed(folder: &Path) -> (Vec<u32>, Vec<(u32, i64)>) {
    let (file, clock) = (folder.join("patchbay.keys"), server::clock::Clock::system());
    let (store, writing) = server::store::open(&folder.join("patchbay.db")).await.expect("it opens");
    let writing = tokio::spawn(writing);
    let ring = server::vault::ring::KeyRing::read(&file).expect("a ring");
    let (ids, vault) = (ring.ids(), server::vault::Vault::new(ring, clock.clone()));
    keys::prove(&store, &file, &clock).await.expect("the key file opens it");
    for column in &COLUMNS {
        let vault = vault.clone();
        // Everything is sealed anew in a transaction that is then given up.
        let given_up = store.write::<(), StoreError, _>(move |mut db| {
            Box::pin(async move {
                let swept = keys::seal_batch_anew(&mut db, &vault, (column, 0), 0).await?;
                Err(if swept.unreadable > 0 { StoreError::Unreadable("value") } else { StoreError::Closed })
            })
        });
        assert!(matches!(given_up.await, Err(StoreError::Closed)), "every value of {} opens", column.name);
    }
    let uses = uses(&store).await;
    drop(store);
    writing.await.expect("closed");
    (ids, uses)
}

/// Runs a command that is killed at the n-th of these calls of the system. False when it came to its end
/// before.
pub(crate) fn killed(folder: &Path, arguments: &[&str], (calls, at): (&str, u32)) -> bool {
    let inject = format!("inject={calls}:signal=KILL:when={at}");
    let status = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject])
        .arg(env!("CARGO_BIN_EXE_patchbay"))
        .args(arguments)
        .current_dir(folder)
        .env("INTUIT_SECRET", "s3cret")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .expect("strace runs");
    // Whoever was killed has no code; strace ends as its child does.
    assert!(matches!(status.code(), None | Some(0)), "{arguments:?}: {status}");
    status.code().is_none()
}

/// Kills a command at every so many of these calls; afterwards everything opens, and the command goes on.
async fn killed_everywhere(folder: &Path, arguments: &[&str], (calls, step): (&str, usize)) -> u32 {
    for (kills, at) in (0_u32..).zip((1..1000).step_by(step)) {
        let copied = tempfile::tempdir().expect("a folder");
        copy(folder, copied.path());
        if !killed(copied.path(), arguments, (calls, at)) {
            return kills;
        }
        let before = sealed(copied.path()).await;
        let again = Operator::at(copied.path()).tell(arguments).await;
        // A retired key that is gone already is no longer there to be retired.
        assert!(
            again.code == Some(0) || again.err.contains("there is no key 1"),
            "{calls} {at}: {}",
            again.err
        );
        let after = sealed(copied.path()).await;
        let newest = *after.0.last().expect("a key");
        assert_eq!(after.1, [(newest, 3)], "{calls} {at}");
        // Only a rotation that had come to its end is followed by another one.
        assert!(newest == 2 || before == (vec![1, 2], vec![(2, 3)]), "{calls} {at}: {before:?}");
    }
    panic!("it never ends")
}

#[tokio::test]
async fn st_10_a_rotation_is_gone_on_with_wherever_it_was_killed() {
    if !strace_works() {
        return;
    }
    let (quick, _) = quick().await;
    let operator = Operator::of(&quick.world);
    let dir = quick.world.stop().await;
    let files = ("fsync,rename", 1);
    let pages = ("pwrite64,unlink,ftruncate", if cfg!(feature = "deep") { 1 } else { 7 });
    for calls in [files, pages] {
        let kills = killed_everywhere(dir.path(), &["key", "rotate"], calls).await;
        assert!(kills >= 2, "{calls:?}: {kills}");
    }
    operator.does(&["key", "rotate"]).await;
    let kills = killed_everywhere(dir.path(), &["key", "retire", "1"], files).await;
    assert!(kills >= 3, "the new file, its rename and its folder at least: {kills}");
}

#[tokio::test]
async fn st_10_a_rotation_that_was_killed_beside_the_proxy_is_gone_on_with() {
    if !strace_works() {
        return;
    }
    let (quick, ann) = quick().await;
    let operator = Operator::of(&quick.world);
    // The new file is synced, renamed, its folder synced.
    for (step, calls, at) in [(1, "fsync", 1), (2, "rename", 1), (3, "fsync", 2)] {
        let folder = operator.folder.clone();
        let rotating = move || killed(&folder, &["key", "rotate"], (calls, at));
        let cut = tokio::task::spawn_blocking(rotating).await.expect("it ran");
        assert!(cut, "step {step}");
        quick.world.clock.advance(HOUR);
        access(&quick, &ann).await.expect("a token");
        operator.does(&["key", "rotate"]).await;
    }
    let app = quick.world.app();
    let newest = *app.vault.known().last().expect("a key");
    assert!(matches!(uses(&app.store).await[..], [(key, 3)] if key == newest));
    assert!(newest <= 4, "a key for each rotation that came to its end: {newest}");
}

#[tokio::test]
async fn without_a_key_file_there_is_nothing_to_change() {
    let operator = Operator::new();
    operator.add_portal();
    for arguments in [&["key", "list"][..], &["key", "rotate"], &["key", "retire", "1"]] {
        let told = operator.cannot(arguments).await;
        assert!(told.contains("nothing is sealed. The first start makes it"), "{told}");
    }
    assert!(!operator.path("p.key").exists());
}

#[tokio::test]
async fn keys_are_not_changed_without_the_right_file() {
    let (quick, _) = quick().await;
    let app = quick.world.app();
    let missing = quick.world.dir.path().join("nowhere");
    let refused = keys::rotate(&app.store, &missing, &app.clock).await.err();
    assert!(matches!(refused, Some(KeysError::Ring(_))));
    assert!(!missing.exists());
}
