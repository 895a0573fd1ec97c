//! One import that is killed at moments of a seed and gone on with: what it leaves is what an undisturbed one
//! leaves, nothing is read again but what was under way, and whoever watches never sees it go back.

use std::collections::HashMap;

use protocol::import::{ImportSnapshot, ImportState, List};
use protocol::message::ServerMessage;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::line::Line;
use super::proxy::{Proxy, Trouble, strace_works};
use super::story::Story;
use super::{SYNCS, below};
use crate::quick::{PAGES_AT_ONCE, rotation};

/// Syncs of an undisturbed import, about.
const SYNCS_OF_ONE: u64 = 45;
/// What an import leaves behind, but for what names moments.
const LEFT: [(&str, &str); 5] = [
    (
        "records",
        "list || ' ' || provider_id || ' ' || name || ' ' || matching || ' ' || search || ' ' || active",
    ),
    ("record_bodies", "list || ' ' || provider_id || ' ' || body"),
    ("record_keys", "list || ' ' || kind || ' ' || key || ' ' || provider_id"),
    ("list_ages", "list || ' ' || records"),
    (
        "import_lists",
        "list || ' ' || state || ' ' || total || ' ' || done || ' ' || added || ' ' || changed || ' ' || unchanged",
    ),
];

/// A visitor's eye on the import: how far each list was, the most that was ever shown.
#[derive(Default)]
struct Watcher {
    shown: HashMap<List, u32>,
}

impl Watcher {
    fn sees(&mut self, import: &ImportSnapshot) {
        for list in &import.lists {
            let shown = self.shown.entry(list.list).or_default();
            assert!(list.done >= *shown, "{:?} went back from {shown} to {}", list.list, list.done);
            *shown = list.done;
        }
    }

    /// Watches until the import has ended. None when the proxy is gone before that.
    async fn until_the_end(&mut self, line: &mut Line) -> Option<ImportState> {
        for import in &line.snapshot.imports {
            self.sees(import);
            if import.state != ImportState::Running {
                return Some(import.state);
            }
        }
        line.until(|message| match message {
            ServerMessage::Import(import) => {
                self.sees(import);
                (import.state != ImportState::Running).then_some(import.state)
            }
            _ => None,
        })
        .await
    }
}

/// Imports with these kills, each at the so many-th sync of a life; answers what is left, and how many pages were
/// read more than once.
async fn imported(kills: &[u32]) -> (Vec<String>, usize) {
    let (mut proxy, mut story, mut watcher) =
        (Proxy::new(rotation()).await, Story::new(), Watcher::default());
    proxy.sandbox.control().pause_queries();
    assert!(proxy.serve(&Trouble::None));
    story.connect(&proxy).await.expect("connected");
    // The first life is as short as can be.
    if !kills.is_empty() {
        proxy.kill();
    }
    proxy.sandbox.control().resume_queries();
    for kill in kills {
        if proxy.serve(&Trouble::Killed(SYNCS, *kill))
            && let Some(mut line) = story.line(&proxy).await
        {
            watcher.until_the_end(&mut line).await;
        }
        proxy.kill();
    }
    if !kills.is_empty() {
        assert!(proxy.serve(&Trouble::None));
    }
    let mut line = story.line(&proxy).await.expect("it serves");
    assert_eq!(watcher.until_the_end(&mut line).await, Some(ImportState::Done));
    (left(&proxy).await, read_again(&proxy))
}

async fn left(proxy: &Proxy) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(proxy.database()).read_only(true);
    let mut database = SqliteConnection::connect_with(&options).await.expect("it opens");
    let mut rows: Vec<String> = Vec::new();
    for (table, columns) in LEFT {
        let query = format!("SELECT '{table} ' || {columns} FROM {table} ORDER BY 1");
        let found: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut database).await.expect("read");
        assert!(!found.is_empty(), "{table}");
        rows.extend(found);
    }
    rows
}

/// How often a page was read that had been read before.
fn read_again(proxy: &Proxy) -> usize {
    let mut times: HashMap<String, usize> = HashMap::new();
    for entry in proxy.sandbox.ledger().to("/query") {
        let statement = entry.query_pairs().into_iter().find(|(name, _)| name == "query");
        let page = statement.filter(|(_, statement)| statement.starts_with("SELECT *"));
        if let Some((_, page)) = page.filter(|_| entry.status == Some(200)) {
            *times.entry(page).or_default() += 1;
        }
    }
    times.values().map(|times| times - 1).sum()
}

/// Two imports: one that is left alone, and one that is killed this often.
pub(super) async fn survives(seed: u64, kills: usize) {
    let mut seed = seed;
    survives_at((0..kills).map(|_| 1 + below(&mut seed, SYNCS_OF_ONE)).collect()).await;
}

/// The same with kills at these syncs, each of a life of its own.
pub(super) async fn survives_at(kills: Vec<u32>) {
    let ((undisturbed, none), (killed, again)) = tokio::join!(imported(&[]), imported(&kills));
    assert_eq!(none, 0, "an undisturbed one reads each page once");
    assert_eq!(undisturbed, killed, "{kills:?}");
    assert!(again <= PAGES_AT_ONCE * (1 + kills.len()), "{again} pages were read again after {kills:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn st_01_an_import_that_is_killed_three_times_ends_as_if_it_were_not() {
    if strace_works() {
        survives(3, 3).await;
    }
}
