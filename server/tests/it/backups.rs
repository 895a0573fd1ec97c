//! Backups: a copy of a moment, made while the proxy writes, that an empty machine goes on from.

use std::path::{Path, PathBuf};

use protocol::notification::Event;
use protocol::store::{ConnectionState, ReconnectReason};
use sandbox::{Rotation, UK_COMPANY};
use server::oauth::refresh::TokenError;
use server::store::StoreError;
use sqlx::Connection as _;

use crate::crash::strace_works;
use crate::idor::dump::{Schema, Whose};
use crate::keys::{copy, killed};
use crate::operator::Operator;
use crate::quick::{Quick, TOKEN, rotation};
use crate::tokens::{HOUR, access};
use crate::world::World;

/// A number that a statement asks for.
async fn number(path: &Path, query: &'static str) -> i64 {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut database = sqlx::SqliteConnection::connect_with(&options).await.expect("it opens");
    let found = sqlx::query_scalar(query).fetch_one(&mut database).await.expect("a number");
    database.close().await.expect("closed");
    found
}

/// Writes pairs of organisations, each pair in one transaction, until it is dropped.
async fn write_pairs(world: &World) {
    for count in 0.. {
        world
            .write(move |mut db| {
                Box::pin(async move {
                    for half in ["left", "right"] {
                        db.put_tenant("demo", &format!("{half}-{count}"), "Pair").await?;
                    }
                    Ok(())
                })
            })
            .await;
    }
}

/// A machine that has nothing but a configuration and the key file.
fn machine(from: &Operator) -> Operator {
    let empty = Operator::new();
    std::fs::copy(from.path("patchbay.toml"), empty.path("patchbay.toml")).expect("copied");
    std::fs::copy(from.path("patchbay.keys"), empty.path("patchbay.keys")).expect("copied");
    empty
}

#[tokio::test]
async fn st_13_a_backup_under_write_load_is_one_moment_and_restores_on_an_empty_machine() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    crate::imports::ended(&quick, &ann).await;
    let operator = Operator::of(&quick.world);
    let (left, right) = (
        "SELECT count(*) FROM tenants WHERE external_id LIKE 'left-%'",
        "SELECT count(*) FROM tenants WHERE external_id LIKE 'right-%'",
    );
    let mut told = String::new();
    for name in ["one", "two", "three"] {
        let arguments = ["backup", name];
        told = tokio::select! {
            told = operator.does(&arguments) => told,
            () = write_pairs(&quick.world) => unreachable!(),
        };
        let copy = operator.path(name);
        let pairs = number(&copy, left).await;
        assert_eq!(pairs, number(&copy, right).await, "no transaction is cut in half");
        assert!(!server::vault::ring::others_may_read(&copy));
    }
    assert!(told.contains("whole. It opens with key 1 of the key file, which is not in it"), "{told}");
    assert!(number(&operator.path("three"), left).await > 0, "it was written to");
    operator.does(&["backup", "quiet"]).await;
    let there = Schema::of(&operator.path("patchbay.db")).await.dump(Whose::All).await;
    let empty = machine(&operator);
    std::fs::copy(operator.path("quiet"), empty.path("quiet")).expect("carried over");
    let told = empty.does(&["restore", "quiet"]).await;
    assert!(told.contains("is restored from quiet") && !told.contains("lies at"), "{told}");
    let here = Schema::of(&empty.path("patchbay.db")).await.dump(Whose::All).await;
    // A cursor of before must not be taken for one of now.
    assert_eq!(there.differing(&here), ["record_feeds"]);
    assert!(!server::vault::ring::others_may_read(&empty.path("patchbay.db")));
    assert_eq!(leftovers(&empty.folder), Vec::<PathBuf>::new());
    assert!(empty.does(&["key", "list"]).await.contains("newest"), "and its key opens it");
}

#[tokio::test]
async fn st_13_a_database_without_an_ending_is_restored_and_stays_locked_meanwhile() {
    let operator = Operator::new();
    let text = std::fs::read_to_string(operator.path("patchbay.toml")).expect("a configuration");
    std::fs::write(operator.path("patchbay.toml"), text.replace("p.db", "data")).expect("written");
    operator.add_portal();
    operator.does(&["backup", "copy"]).await;
    let told = operator.does(&["restore", "copy", "--replace"]).await;
    assert!(told.contains("is restored from copy") && told.contains("data.before-"), "{told}");
    assert!(operator.path("data.lock").exists(), "the file that keeps a second proxy away");
    assert!(operator.does(&["portal", "list"]).await.contains("Demo"));
    assert_eq!(leftovers(&operator.folder), Vec::<PathBuf>::new());
}

/// Files that a command must not leave behind.
fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let odd = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        [".part", ".restoring", "db.lock", ".backup"].iter().any(|part| name.contains(part))
    };
    entries.filter(odd).collect()
}

#[tokio::test]
async fn st_13_an_old_backup_ends_in_one_clear_question_to_reconnect() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    let operator = Operator::of(&quick.world);
    operator.does(&["backup", "old"]).await;
    for _ in 0..2 {
        quick.world.clock.advance(HOUR);
        access(&quick, &ann).await.expect("the pair goes on without the backup");
    }
    let (config, clock) = (quick.world.app().config.clone(), quick.world.clock.clone());
    let Quick { world, sandbox } = quick;
    let (http, key) = (world.http.clone(), world.key.clone());
    let dir = world.stop().await;
    let told = operator.cannot(&["restore", "old"]).await;
    assert!(told.contains("add --replace"), "{told}");
    let told = operator.does(&["restore", "old", "--replace"]).await;
    assert!(told.contains("lies at") && told.contains("patchbay.db.before-"), "{told}");
    let listener = crate::ports::again(config.server.listen).await;
    let running = server::start_on(listener, config, clock.clone()).await.expect("it starts");
    let quick = Quick { world: World { running, clock, http, dir, key }, sandbox };
    quick.world.clock.advance(HOUR);
    let (first, asked) = (access(&quick, &ann).await, quick.calls(TOKEN));
    if rotation() == Rotation::Strict {
        assert!(matches!(first, Err(TokenError::ReconnectRequired)));
        let refused = ConnectionState::ReconnectRequired { reason: ReconnectReason::Refused };
        assert_eq!(quick.view(&ann).await.state, refused);
        for _ in 0..5 {
            quick.world.clock.advance(60_000);
            assert!(matches!(access(&quick, &ann).await, Err(TokenError::ReconnectRequired)));
        }
        assert_eq!(quick.calls(TOKEN), asked, "nobody asks again");
        let told = quick.events(&ann).await;
        let lost = |event: &&Event| matches!(event, Event::ReconnectRequired { .. });
        assert_eq!(told.iter().filter(lost).count(), 1, "it is told once: {told:?}");
    }
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected", "and is made good by connecting");
    access(&quick, &ann).await.expect("a token");
}

#[tokio::test]
async fn a_backup_replaces_nothing_and_says_why_there_is_none() {
    let operator = Operator::new();
    let told = operator.cannot(&["backup", "copy"]).await;
    assert!(told.contains("there is no such file"), "{told}");
    operator.add_portal();
    std::fs::write(operator.path("copy"), "somebody's").expect("written");
    let told = operator.cannot(&["backup", "copy"]).await;
    assert!(told.contains("copy is there already"), "{told}");
    assert_eq!(std::fs::read_to_string(operator.path("copy")).expect("kept"), "somebody's");
    let told = operator.cannot(&["backup", "nowhere/copy"]).await;
    assert!(told.contains("cannot be written to nowhere/copy"), "{told}");
    std::fs::write(operator.path("p.db"), "this is a letter, not a database".repeat(300)).expect("replaced");
    operator.cannot(&["backup", "other"]).await;
    assert!(!operator.path("other").exists() && leftovers(&operator.folder).is_empty());
}

#[tokio::test]
async fn a_backup_goes_to_standard_output_whole() {
    let operator = Operator::new();
    operator.add_portal();
    let binary = env!("CARGO_BIN_EXE_patchbay");
    let mut command = tokio::process::Command::new(binary);
    command.args(["backup", "-"]).current_dir(&operator.folder).env("INTUIT_SECRET", "s3cret");
    let output = command.output().await.expect("it runs");
    assert!(output.status.success() && output.stdout.starts_with(b"SQLite format 3\0"));
    std::fs::write(operator.path("carried"), output.stdout).expect("written");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(operator.path("carried"));
    let mut copy = sqlx::SqliteConnection::connect_with(&options).await.expect("it opens");
    let whole: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut copy).await.expect("a word");
    assert_eq!((whole.as_str(), leftovers(&operator.folder)), ("ok", Vec::new()));
}

#[tokio::test]
async fn the_files_of_a_killed_proxy_are_backed_up_and_lose_nothing_by_it() {
    let world = World::start().await;
    world.person("acme", "Ann", crate::world::ALL).await;
    let operator = Operator::of(&world);
    let crashed = machine(&operator);
    // As a kill leaves them: the log with what was saved last, and the note that all is open.
    for name in ["patchbay.db", "patchbay.db-wal", "patchbay.lock"] {
        std::fs::copy(operator.path(name), crashed.path(name)).expect("copied");
    }
    assert_eq!(std::fs::read_to_string(crashed.path("patchbay.lock")).expect("the note"), "open");
    crashed.does(&["backup", "copy"]).await;
    let tenants = "SELECT count(*) FROM tenants";
    assert_eq!(number(&crashed.path("copy"), tenants).await, 1);
    assert!(crashed.does(&["portal", "list"]).await.contains("Demo Stock"), "it is still good to be served");
    let raw = machine(&operator);
    for name in ["patchbay.db", "patchbay.db-wal"] {
        std::fs::copy(operator.path(name), raw.path(&name.replace("patchbay.db", "copy"))).expect("copied");
    }
    let told = raw.cannot(&["restore", "copy"]).await;
    assert!(told.contains("it is no backup"), "{told}");
}

#[tokio::test]
async fn what_cannot_be_restored_leaves_everything_as_it_was() {
    let world = World::start().await;
    let operator = Operator::of(&world);
    operator.does(&["backup", "good"]).await;
    let told = operator.cannot(&["restore", "good", "--replace"]).await;
    assert!(told.contains("is in use by another Patchbay"), "{told}");
    let _dir = world.stop().await;
    let whole = std::fs::read(operator.path("good")).expect("a backup");
    std::fs::write(operator.path("cut"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(operator.path("empty"), "").expect("written");
    std::fs::write(operator.path("letter"), "this is a letter".repeat(500)).expect("written");
    std::fs::copy(operator.path("good"), operator.path("newer")).expect("copied");
    let newer = "INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', 1, x'00', 1) RETURNING 1";
    assert_eq!(number(&operator.path("newer"), newer).await, 1);
    let before = std::fs::read(operator.path("patchbay.db")).expect("the database");
    for (name, part) in [
        ("missing", "missing cannot be copied"),
        ("cut", "cannot be used as the database"),
        ("empty", "the file is empty"),
        ("letter", "cannot be used as the database"),
        ("newer", "was written by a newer Patchbay"),
    ] {
        let told = operator.cannot(&["restore", name, "--replace"]).await;
        assert!(told.contains(part), "{name}: {told}");
        assert_eq!(std::fs::read(operator.path("patchbay.db")).expect("kept"), before, "{name}");
        assert_eq!(leftovers(&operator.folder), Vec::<PathBuf>::new(), "{name}");
    }
    let own = std::fs::read(operator.path("patchbay.keys")).expect("the key file");
    std::fs::remove_file(operator.path("patchbay.keys")).expect("removed");
    let told = operator.cannot(&["restore", "good", "--replace"]).await;
    assert!(told.contains("the backup was not restored: the key file") && told.contains("missing"), "{told}");
    assert!(!operator.path("patchbay.keys").exists(), "no key is made over sealed secrets");
    let other = Operator::new();
    other.does(&["portal", "add", "x", "--name", "X", "--key-file", "x.key"]).await;
    let clock = server::clock::Clock::system();
    drop(
        server::vault::ring::KeyRing::open(&operator.path("patchbay.keys"), &clock, false).expect("another"),
    );
    let told = operator.cannot(&["restore", "good", "--replace"]).await;
    assert!(told.contains("does not belong to this database"), "{told}");
    std::fs::write(operator.path("patchbay.keys"), own).expect("put back");
    operator.does(&["restore", "good", "--replace"]).await;
    let read = server::store::open(&operator.path("patchbay.db")).await.expect("it opens");
    let portal = read.0.read::<_, StoreError, _>(|mut db| Box::pin(async move { db.portal("demo").await }));
    assert!(portal.await.expect("read").is_some());
}

#[tokio::test]
async fn st_13_a_restore_that_was_killed_never_starts_afresh_and_is_run_again() {
    if !strace_works() {
        return;
    }
    let operator = Operator::new();
    operator.add_portal();
    operator.does(&["backup", "good"]).await;
    operator.does(&["portal", "set", "demo", "--name", "Later"]).await;
    let (mut kills, restore) = (0, ["restore", "good", "--replace"]);
    for calls in ["rename", "fsync"] {
        for at in 1..100 {
            let copied = tempfile::tempdir().expect("a folder");
            copy(&operator.folder, copied.path());
            if !killed(copied.path(), &restore, (calls, at)) {
                break;
            }
            kills += 1;
            let path = copied.path().join("p.db");
            if let Ok((store, writing)) = server::store::open(&path).await {
                let writing = tokio::spawn(writing);
                let portal =
                    store.read::<_, StoreError, _>(|mut db| Box::pin(async move { db.portal("demo").await }));
                let name = portal.await.expect("read").expect("its portal").name;
                assert!(["Demo", "Later"].contains(&name.as_str()), "{calls} {at}: {name}");
                drop(store);
                writing.await.expect("closed");
            }
            let again = Operator::at(copied.path());
            again.does(&restore).await;
            assert!(again.does(&["portal", "list"]).await.contains("demo  Demo\n"), "{calls} {at}");
        }
    }
    assert!(kills > 4, "{kills}");
}
