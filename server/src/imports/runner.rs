//! Finds runs in the store and has them worked on: those just planned, and those that a previous
//! life of the process left. When an import is worked on is decided here and nowhere else.

use std::collections::HashMap;
use std::time::Duration;

use protocol::ids::ImportId;
use tokio::task::{AbortHandle, JoinSet};

use super::job;
use crate::state::Shared;
use crate::store::StoreError;

/// Runs that are worked on at once.
const AT_ONCE: usize = 200;
/// A hint may come before its transaction is on the disk, and may be lost; this often we look anyway.
const LOOK: Duration = Duration::from_secs(1);
const AFTER_HINT: Duration = Duration::from_millis(20);
/// A worker whose store failed lets go for so long.
const AFTER_FAULT: Duration = Duration::from_secs(5);

/// Works until the proxy stops. What is under way then is left at its checkpoint.
pub async fn run(app: Shared) {
    let mut crew = Crew { workers: JoinSet::new(), at: HashMap::new() };
    loop {
        match running(&app).await {
            Ok(wanted) => crew.staff(&app, &wanted),
            Err(error) => tracing::error!(%error, "running imports could not be looked up"),
        }
        tokio::select! {
            () = app.stopping.wait() => break,
            () = app.wake.imports.notified() => tokio::time::sleep(AFTER_HINT).await,
            Some(ended) = crew.workers.join_next() => crew.ended(ended.ok()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    crew.workers.shutdown().await;
}

async fn running(app: &Shared) -> Result<Vec<ImportId>, StoreError> {
    app.store.read(|mut db| Box::pin(async move { db.running_imports().await })).await
}

struct Crew {
    workers: JoinSet<ImportId>,
    at: HashMap<ImportId, AbortHandle>,
}

impl Crew {
    /// Puts a worker on each run that has none, and calls off those whose run has ended.
    fn staff(&mut self, app: &Shared, wanted: &[ImportId]) {
        self.at.retain(|import, worker| {
            let keep = wanted.contains(import) && !worker.is_finished();
            if !keep {
                worker.abort();
            }
            keep
        });
        for import in wanted {
            if self.at.len() < AT_ONCE && !self.at.contains_key(import) {
                let worker = self.workers.spawn(attend(Shared::clone(app), *import));
                self.at.insert(*import, worker);
            }
        }
    }

    fn ended(&mut self, import: Option<ImportId>) {
        if let Some(import) = import {
            self.at.remove(&import);
        }
    }
}

async fn attend(app: Shared, import: ImportId) -> ImportId {
    if let Err(error) = Box::pin(job::work(&app, import)).await {
        tracing::error!(import = import.0, %error, "an import had to let go of its work");
        tokio::time::sleep(AFTER_FAULT).await;
    }
    import
}
