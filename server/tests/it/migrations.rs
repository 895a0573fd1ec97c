//! Databases of every schema that was released: brought up to date whole, by one process, whenever it
//! is killed; and those of a later one, refused.

use std::collections::BTreeMap;
use std::path::Path;

use server::store::ids::ConnectionId;
use server::store::{OpenError, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::crash::strace_works;
use crate::keys::killed;
use crate::operator::Operator;
use crate::world::Plan;

/// The databases, each with the rows of the one before it, and the key that sealed a word in them.
const RELEASED: [(i64, &str); 4] = [
    (1, include_str!("../fixtures/schema_0001.sql")),
    (2, include_str!("../fixtures/schema_0002.sql")),
    (3, include_str!("../fixtures/schema_0003.sql")),
    (10, include_str!("../fixtures/schema_0010.sql")),
];
/// Made for these files; it opens nothing else.
const KEY: &str = "1:vOCQ1LpKhvduCkkUlq0rXXXHa550gBQr5dAUVhEoEnI=\n";

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
    SqliteConnection::connect_with(&options).await.expect("it opens")
}

/// Makes a database as that release left it, and its key file.
async fn make(path: &Path, (dump, key_file): (&str, &Path)) {
    let mut database = connect(path).await;
    // A proxy's files are in this mode from their first moment on.
    sqlx::query("PRAGMA journal_mode = WAL").execute(&mut database).await.expect("set");
    sqlx::raw_sql(AssertSqlSafe(dump.to_owned())).execute(&mut database).await.expect("made");
    database.close().await.expect("closed");
    std::fs::write(key_file, KEY).expect("written");
    std::fs::set_permissions(key_file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
}

/// An operator with such a database.
async fn operator(dump: &str) -> Operator {
    let operator = Operator::new();
    make(&operator.path("p.db"), (dump, &operator.path("p.key"))).await;
    operator
}

/// The migrations that were done.
async fn done(path: &Path) -> Vec<i64> {
    let mut database = connect(path).await;
    let versions = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";
    let versions = sqlx::query_scalar(versions).fetch_all(&mut database).await.expect("read");
    database.close().await.expect("closed");
    versions
}

/// Opens it, and finds every row that was in it.
async fn everything_is_there(path: &Path, released: i64) {
    let (store, writing) = server::store::open(path).await.expect("it opens");
    let writing = tokio::spawn(writing);
    let read = store.read::<_, StoreError, _>(|mut db| {
        Box::pin(async move {
            let portal = db.portal("demo").await?.expect("the portal");
            let key = db.api_key(server::vault::digest("pb_fixture")).await?.expect("its key");
            let connection = db.connection(ConnectionId(1)).await?.expect("the connection");
            Ok((portal, key, connection))
        })
    });
    let (portal, key, connection) = read.await.expect("read");
    assert_eq!((portal.name.as_str(), key.portal.as_str()), ("Demo Stock", "demo"));
    assert_eq!(connection.company.expect("a company").name, "Harbourside Supplies");
    drop(store);
    writing.await.expect("closed");
    let mut database = connect(path).await;
    let tables =
        ["tenants", "visitors", "sessions", "records", "record_bodies", "portal_records", "mappings"];
    let later = if released >= 3 { &["session_tokens", "audit", "spent_secrets"][..] } else { &[] };
    for table in tables.iter().chain(later) {
        let query = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(query).fetch_one(&mut database).await.expect("counted");
        assert_eq!(rows, 1 + i64::from(*table == "tenants"), "{table}");
    }
    database.close().await.expect("closed");
    assert_eq!(done(path).await.last(), Some(&server::store::backup::newest_schema()));
}

#[tokio::test]
async fn st_14_every_released_schema_is_brought_up_to_date_with_its_rows() {
    for (released, dump) in RELEASED {
        let plan = Plan::new().await;
        make(&plan.config.storage.path, (dump, &plan.config.keys.file)).await;
        let (config, clock, dir) = (plan.config.clone(), plan.clock.clone(), plan.dir);
        let running = server::start_on(plan.listener, config.clone(), clock).await;
        let running = running.expect("it starts, with its key");
        running.stop().await;
        everything_is_there(&config.storage.path, released).await;
        drop(dir);
    }
}

/// How many rows each table has.
async fn rows(path: &Path) -> BTreeMap<String, i64> {
    let mut database = connect(path).await;
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
                  AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut database).await.expect("tables");
    let mut rows = BTreeMap::new();
    for table in tables {
        let query = AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
        rows.insert(table, sqlx::query_scalar(query).fetch_one(&mut database).await.expect("counted"));
    }
    database.close().await.expect("closed");
    rows
}

#[tokio::test]
async fn st_14_of_the_newest_release_every_table_has_a_row_and_keeps_it() {
    let operator = operator(RELEASED[RELEASED.len() - 1].1).await;
    let path = operator.path("p.db");
    let before = rows(&path).await;
    let empty: Vec<_> = before.iter().filter(|(_, rows)| **rows == 0).collect();
    assert_eq!(empty, [] as [(&String, &i64); 0], "a table without a row proves nothing");
    operator.does(&["portal", "list"]).await;
    let after = rows(&path).await;
    // A migration that takes rows away, or a table, says so here.
    let lost: Vec<_> = before.iter().filter(|(table, rows)| after.get(*table) != Some(rows)).collect();
    assert_eq!(lost, [] as [(&String, &i64); 0], "{after:?}");
    assert!(!operator.does(&["tenant", "show", "demo", "brook"]).await.is_empty());
}

#[tokio::test]
async fn st_14_a_migration_that_was_killed_is_whole_or_not_there() {
    if !strace_works() {
        return;
    }
    let mut kills = 0;
    for (calls, step) in [
        ("fsync", if cfg!(feature = "deep") { 1 } else { 3 }),
        ("pwrite64", if cfg!(feature = "deep") { 1 } else { 17 }),
    ] {
        for at in (1..).step_by(step) {
            let operator = operator(RELEASED[0].1).await;
            if !killed(&operator.folder, &["portal", "list"], (calls, at)) {
                break;
            }
            kills += 1;
            let path = operator.path("p.db");
            everything_is_there(&path, 1).await;
        }
    }
    assert!(kills > 5, "{kills}");
}

#[tokio::test]
async fn st_14_of_two_processes_at_once_one_migrates() {
    let operator = operator(RELEASED[0].1).await;
    let (one, two) = tokio::join!(operator.tell(&["portal", "list"]), operator.tell(&["portal", "list"]));
    for told in [one, two] {
        assert_eq!(told.code, Some(0), "{}", told.err);
        assert!(told.out.contains("Demo Stock"));
    }
    everything_is_there(&operator.path("p.db"), 1).await;
    let operator = self::operator(RELEASED[0].1).await;
    let path = operator.path("p.db");
    let (one, two) = tokio::join!(server::store::open(&path), server::store::open(&path));
    let refused = [one.map(drop), two.map(drop)].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(refused[..], [OpenError::InUse { .. }]), "{refused:?}");
}

#[tokio::test]
async fn st_14_a_newer_schema_is_refused_in_a_sentence() {
    let operator = operator(RELEASED[2].1).await;
    let path = operator.path("p.db");
    everything_is_there(&path, 3).await;
    let mut database = connect(&path).await;
    let later = "INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', 1, x'00', 1)";
    sqlx::query(later).execute(&mut database).await.expect("written");
    database.close().await.expect("closed");
    let told = operator.cannot(&["portal", "list"]).await;
    assert!(told.contains("was written by a newer Patchbay"), "{told}");
    operator.refused(&["serve"], "was written by a newer Patchbay");
    assert!(done(&path).await.contains(&9999));
    assert!(!operator.tell(&["backup", "copy"]).await.out.is_empty(), "it can still be carried away");
}
