//! The database as text, table by table: all of it, or the rows of one tenant or portal. Which rows
//! those are follows from the references between the tables, so a new table is in it by itself.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::sync::Mutex;

use crate::world::START;

/// Lines of the audit log are looked at by SM-05; every refusal may leave one.
const APART: &str = "audit";
/// Written once a minute, whatever else happens.
const NOTED: &str = "last_used_at";
/// What is past its time here may be swept up at any moment.
const SWEPT: [&str; 3] = ["links", "session_tokens", "tickets"];

/// Rows as text, by table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dump(BTreeMap<String, String>);

/// Whose rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose {
    All,
    Tenant(i64),
    Portal(&'static str),
}

/// How the tables hang together.
pub(crate) struct Schema {
    tables: BTreeMap<String, Table>,
    /// One for all looks: SQLite reads the whole schema for each connection, and plans each statement.
    reader: Mutex<SqliteConnection>,
}

struct Table {
    columns: Vec<String>,
    /// Own column, other table, other column.
    refers: Vec<(String, String, String)>,
}

impl Dump {
    /// Tables in which another dump differs.
    pub(crate) fn differing(&self, other: &Self) -> Vec<&str> {
        self.0.iter().filter(|(table, rows)| other.0[*table] != **rows).map(|(table, _)| &**table).collect()
    }

    /// Tables without a row.
    pub(crate) fn empty(&self) -> Vec<&str> {
        self.0.iter().filter(|(_, rows)| rows.is_empty()).map(|(table, _)| &**table).collect()
    }
}

async fn open(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let options = options.statement_cache_capacity(1000);
    SqliteConnection::connect_with(&options).await.expect("the database opens")
}

impl Schema {
    pub(crate) async fn of(file: &Path) -> Self {
        let mut database = open(file).await;
        let all = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
                   AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND name <> ?";
        let names: Vec<String> =
            sqlx::query_scalar(all).bind(APART).fetch_all(&mut database).await.expect("tables");
        let mut tables = BTreeMap::new();
        for name in names {
            tables.insert(name.clone(), Table::of(&mut database, &name).await);
        }
        Self { tables, reader: Mutex::new(database) }
    }

    /// Everything in one snapshot.
    pub(crate) async fn dump(&self, whose: Whose) -> Dump {
        let mut reader = self.reader.lock().await;
        let mut snapshot = reader.begin().await.expect("a snapshot");
        let mut dump = BTreeMap::new();
        for (name, table) in &self.tables {
            let Some(condition) = self.owned(name, whose) else { continue };
            let statement = table.statement(name, &condition);
            let rows: Option<String> =
                sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut *snapshot).await.expect("rows");
            dump.insert(name.clone(), rows.unwrap_or_default());
        }
        Dump(dump)
    }

    /// Whether something goes on by itself: an import, a revocation, or the end of what was erased.
    pub(crate) async fn is_busy(&self) -> bool {
        let busy = "SELECT EXISTS (SELECT 1 FROM imports WHERE state = 'running')
                    OR EXISTS (SELECT 1 FROM revocations WHERE ended_at IS NULL)
                    OR EXISTS (SELECT 1 FROM erasures)";
        sqlx::query_scalar(busy).fetch_one(&mut *self.reader.lock().await).await.expect("an answer")
    }

    /// The condition under which a row is theirs; none when no reference leads there.
    fn owned(&self, table: &str, whose: Whose) -> Option<String> {
        match whose {
            Whose::All => return Some("1".to_owned()),
            Whose::Tenant(id) if table == "tenants" => return Some(format!("id = {id}")),
            Whose::Portal(id) if table == "portals" => return Some(format!("id = '{id}'")),
            _ => {}
        }
        let ways = self.tables.get(table)?.refers.iter().filter_map(|(own, other, column)| {
            let condition = self.owned(other, whose)?;
            Some(format!("{own} IN (SELECT {column} FROM {other} WHERE {condition})"))
        });
        let ways: Vec<String> = ways.collect();
        (!ways.is_empty()).then(|| ways.join(" OR "))
    }
}

impl Table {
    async fn of(database: &mut SqliteConnection, name: &str) -> Self {
        let columns = "SELECT name FROM pragma_table_info(?) WHERE name <> ? ORDER BY cid";
        let columns = sqlx::query_scalar(columns).bind(name).bind(NOTED).fetch_all(&mut *database);
        let columns = columns.await.expect("columns");
        let refers = "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?)";
        let refers = sqlx::query_as(refers).bind(name).fetch_all(database).await.expect("references");
        Self { columns, refers }
    }

    fn statement(&self, name: &str, condition: &str) -> String {
        let line: Vec<String> = self.columns.iter().map(|column| format!("quote({column})")).collect();
        let line = line.join(" || ' ' || ");
        let alive =
            if SWEPT.contains(&name) { format!("AND expires_at > {}", START.0) } else { String::new() };
        format!(
            "WITH lines AS MATERIALIZED (SELECT {line} AS line FROM {name} WHERE ({condition}) {alive})
             SELECT group_concat(line, char(10) ORDER BY line) FROM lines"
        )
    }
}
