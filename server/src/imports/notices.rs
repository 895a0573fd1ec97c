//! Notices of providers that something changed: what they say is written down before they are answered, and
//! read a moment later, once for a burst, and after a run that is going. Nothing of it is lost with the process.

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::ids::Moment;
use protocol::import::{List, Trigger};
use sha2::{Digest as _, Sha256};

use super::{Start, plan_for};
use crate::providers::{Notice, Notices};
use crate::state::{App, Shared};
use crate::store::ids::ConnectionId;
use crate::store::notices::Told;
use crate::store::{Db, StoreError};

/// So long a notice is remembered. One that is older than that when it comes is no news: it may be one that was
/// heeded and is forgotten.
const REMEMBERED: u64 = 30 * 24 * 3_600_000;
/// Runs end, connections go on, and hints may be lost; this often we look anyway.
const LOOK: Duration = Duration::from_secs(1);
/// A burst is over when nothing came for so long,
const QUIET: Duration = Duration::from_millis(250);
/// or when it has lasted so long.
const BURST: Duration = Duration::from_secs(3);

/// So long a company rests after such a run: where somebody works all day, the next one reads what came meanwhile.
const REST: u64 = 30_000;

/// What became of a body of notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Heeded {
    /// News of lists of a company that is connected.
    pub(crate) news: u32,
    /// Taken before.
    pub(crate) known: u32,
    /// Of nothing that is read here: other entities, other companies, what is too old or cannot be read.
    pub(crate) ignored: u32,
}

/// Writes down what notices to a registration say. It is on the disk when this returns.
pub(crate) async fn take(app: &Shared, registration: &str, notices: Notices) -> Result<Heeded, StoreError> {
    let (now, registration) = (app.clock.now(), registration.to_owned());
    let written = app.store.write(move |mut db| {
        Box::pin(async move { write_down(&mut db, &registration, &notices, now).await })
    });
    let heeded = written.await?;
    if heeded.news > 0 {
        app.wake.notices.notify_one();
    }
    Ok(heeded)
}

async fn write_down(
    db: &mut Db<'_>,
    registration: &str,
    notices: &Notices,
    now: Moment,
) -> Result<Heeded, StoreError> {
    let mut heeded = Heeded { ignored: notices.unreadable, ..Heeded::default() };
    let (mut live, mut dead) = (BTreeSet::new(), BTreeSet::new());
    for notice in &notices.list {
        let Some(list) = notice.list.filter(|_| is_news(notice, now)) else {
            heeded.ignored += 1;
            continue;
        };
        let change = (notice.company.as_str(), list);
        let told = Told { registration, company: &notice.company };
        if dead.contains(&change) {
            heeded.ignored += 1;
        } else if !db.take_notice(&of_registration(registration, &notice.digest), now).await? {
            heeded.known += 1;
        } else if live.contains(&change) || db.note_change(told, list, now).await? {
            live.insert(change);
            heeded.news += 1;
        } else {
            dead.insert(change);
            heeded.ignored += 1;
        }
    }
    Ok(heeded)
}

fn is_news(notice: &Notice, now: Moment) -> bool {
    notice.at.is_none_or(|at| at.0 > now.0.saturating_sub(REMEMBERED))
}

/// Two registrations may be told of the same event, each for connections of its own.
fn of_registration(registration: &str, digest: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(digest).chain_update(registration).finalize().into()
}

/// Forgets what is not asked about any more.
pub(crate) async fn sweep(db: &mut Db<'_>, now: Moment) -> Result<(), StoreError> {
    db.drop_noticed().await?;
    db.sweep_notices(Moment(now.0.saturating_sub(REMEMBERED))).await
}

/// Plans imports of what was noticed, until the proxy stops.
pub(crate) async fn run(app: Shared) {
    loop {
        tokio::select! {
            () = app.stopping.wait() => return,
            () = app.wake.notices.notified() => quiet(&app).await,
            () = tokio::time::sleep(LOOK) => {}
        }
        if let Err(error) = plan_due(&app).await {
            tracing::error!(%error, "what providers told of could not be planned");
        }
    }
}

/// Waits for the end of a burst.
async fn quiet(app: &Shared) {
    let burst = async { while tokio::time::timeout(QUIET, app.wake.notices.notified()).await.is_ok() {} };
    tokio::select! {
        () = app.stopping.wait() => {}
        // It may last longer; the next round takes the rest.
        _ = tokio::time::timeout(BURST, burst) => {}
    }
}

async fn plan_due(app: &Shared) -> Result<(), StoreError> {
    let rested = Moment(app.clock.now().0.saturating_sub(REST));
    let due =
        app.store.read::<_, StoreError, _>(move |mut db| Box::pin(async move { db.noticed(rested).await }));
    for connection in due.await? {
        let shared = Shared::clone(app);
        let planned = app.store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { plan_one(&mut db, &shared, (connection, rested)).await })
        });
        // One that cannot be planned is not in the way of others.
        if let Err(error) = planned.await {
            tracing::error!(%error, connection = connection.0, "what a provider told of could not be planned");
        }
    }
    Ok(())
}

/// What was noticed is taken in the transaction that plans its run.
async fn plan_one(
    db: &mut Db<'_>,
    app: &App,
    (connection, rested): (ConnectionId, Moment),
) -> Result<(), StoreError> {
    if !db.noticed(rested).await?.contains(&connection) {
        return Ok(());
    }
    let lists = db.take_noticed(connection).await?;
    noticed(db, app, connection, &lists).await
}

/// Plans the run that reads these lists of a connection which works and of which nothing is read at this moment,
/// because its provider said that they have changed.
pub async fn noticed(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
    lists: &[List],
) -> Result<(), StoreError> {
    let Some(books) = db.books_of(connection).await? else { return Ok(()) };
    let entry = app.catalogue.integration(books.integration());
    let read = |list: &&List| entry.is_some_and(|entry| entry.lists.contains(list));
    let lists: Vec<List> = lists.iter().filter(read).copied().collect();
    // To plan a run of no list would be to plan one of all.
    if !lists.is_empty() {
        plan_for(db, app, &books, Start { trigger: Trigger::Notice, by: None }, &lists).await?;
    }
    Ok(())
}
