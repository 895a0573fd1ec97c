//! The database file of a proxy that is gone, looked at as it was left.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use super::story::Acknowledged;

/// What matters of it after a crash.
#[derive(Debug)]
pub(crate) struct Left {
    integrity: Vec<String>,
    foreign: usize,
    /// How often the tenant was told to reconnect.
    pub(crate) told: u32,
    /// Of its tokens; none before the first.
    pub(crate) generation: u32,
    /// State and whether tokens are there.
    pub(crate) connection: Option<(String, bool)>,
    version: u32,
    /// Refreshes without a result, or given up by a start that has not tried again yet.
    pub(crate) open_refreshes: u32,
    imports: Vec<(i64, String)>,
    records: u32,
}

/// A start first gives up what its forerunner left, and then tries again: between the two nothing has
/// come to its end.
const OPEN: &str = "SELECT count(*) FROM refresh_journal j WHERE ended_at IS NULL OR (outcome = 'lost'
    AND id = (SELECT max(id) FROM refresh_journal) AND EXISTS (SELECT 1 FROM connections c
        WHERE c.id = j.connection AND c.live = 1 AND c.generation = j.generation))";

async fn number(db: &mut SqliteConnection, query: &'static str) -> u32 {
    sqlx::query_scalar(query).fetch_one(db).await.expect("read")
}

/// As it was left by a process that is gone, with its log. A copy is opened, because the last one to
/// close a database takes its log away, which the next start would rightly miss.
pub(crate) async fn left(path: &Path) -> Left {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("p.db");
    for end in ["", "-wal"] {
        let name = |path: &Path| format!("{}{end}", path.display());
        std::fs::copy(name(path), name(&copy)).expect("copied");
    }
    look(SqliteConnectOptions::new().filename(&copy)).await
}

/// As it is while a process has it open.
pub(crate) async fn now(path: &Path) -> Left {
    look(SqliteConnectOptions::new().filename(path).read_only(true)).await
}

/// In one transaction, so that what is read belongs together while a process goes on writing.
async fn look(options: SqliteConnectOptions) -> Left {
    let mut connection = SqliteConnection::connect_with(&options).await.expect("it opens");
    let mut db = connection.begin().await.expect("begun");
    let integrity = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *db).await.expect("checked");
    let foreign = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *db).await.expect("checked").len();
    let state =
        sqlx::query_as("SELECT state, live FROM connections").fetch_optional(&mut *db).await.expect("read");
    let told = "SELECT count(*) FROM notifications WHERE event LIKE '%ReconnectRequired%'";
    let told = number(&mut db, told).await;
    let generation = number(&mut db, "SELECT coalesce(max(generation), 0) FROM connections").await;
    let version = number(&mut db, "SELECT coalesce(max(version), 0) FROM configurations").await;
    let open_refreshes = number(&mut db, OPEN).await;
    let imports = sqlx::query_as("SELECT id, state FROM imports").fetch_all(&mut *db).await.expect("read");
    let records = number(&mut db, "SELECT count(*) FROM records").await;
    db.commit().await.expect("ended");
    connection.close().await.expect("closed");
    Left {
        integrity,
        foreign,
        told,
        generation,
        connection: state,
        version,
        open_refreshes,
        imports,
        records,
    }
}

impl Left {
    /// ST-01: whole, and nothing is missing of what was acknowledged.
    pub(crate) fn holds(&self, acknowledged: &Acknowledged) {
        assert_eq!(self.integrity, ["ok"], "{self:?}");
        assert_eq!(self.foreign, 0, "{self:?}");
        assert!(self.version >= acknowledged.version, "a save is lost: {self:?}, {acknowledged:?}");
        let (state, live) = self.connection.clone().unwrap_or_default();
        if acknowledged.connected {
            // In strict mode a refresh that was cut off may have cost the sign-in, and says so.
            assert!(live || state == "reconnect_required", "a connection is lost: {self:?}");
        }
        if acknowledged.off {
            assert!(!live || state == "importing", "tokens came back: {self:?}");
        }
        if let Some((id, records)) = acknowledged.imported {
            let done =
                self.imports.iter().any(|(import, state)| *import == id.0.cast_signed() && state == "done");
            assert!(done, "an import is lost: {self:?}, {acknowledged:?}");
            // The company counts as one that was read, and is no row; a refresh reads what changed alone.
            let kept = self.records > 0 && self.records + 1 >= records;
            assert!(kept, "its records are lost: {self:?}, {acknowledged:?}");
        }
    }
}
