//! One task does all writing, a transaction at a time, so that no write waits on a lock and a
//! caller that goes away cannot cut one in half.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::Executor as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use super::{Db, StoreError};
use crate::clock::Stopwatch;
use crate::metrics::Histogram;

type Job = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, ()> + Send>;

/// Hands transactions to the writing task.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    times: Arc<Histogram>,
}

/// How writing goes.
pub struct Writes<'w> {
    /// Transactions that wait for their turn.
    pub waiting: usize,
    /// How long they took, without the wait.
    pub times: &'w Histogram,
}

/// The writer, and the work that must be spawned once for it. The work gives the connection back when
/// the last holder of the writer is gone. When it is cut off before that, the connection is never
/// closed: closing would delete the write-ahead log, and the next start would take that for a loss.
pub(super) fn channel(
    connection: SqliteConnection,
) -> (Writer, impl Future<Output = SqliteConnection> + Send + 'static) {
    let (jobs, mut queue) = mpsc::channel::<Job>(256);
    let mut connection = ManuallyDrop::new(connection);
    let work = async move {
        while let Some(job) = queue.recv().await {
            job(&mut connection).await;
        }
        ManuallyDrop::into_inner(connection)
    };
    (Writer { jobs, times: Arc::default() }, work)
}

impl Writer {
    pub(super) async fn run<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'c> FnOnce(Db<'c>) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let times = Arc::clone(&self.times);
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let watch = Stopwatch::start();
                let result = transact(connection, change).await;
                times.observe(watch.elapsed());
                // The caller may be gone; what was committed stays.
                drop(reply.send(result));
            })
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Between transactions, since it cannot be in one.
    pub(super) async fn compact(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                drop(reply.send(compact(connection).await));
            })
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) fn writes(&self) -> Writes<'_> {
        let waiting = self.jobs.max_capacity() - self.jobs.capacity();
        Writes { waiting, times: &self.times }
    }

    /// Asked of the one connection that writes for this process, so that only others' commits count.
    pub(super) async fn foreign_version(&self) -> Result<i64, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                drop(reply.send(sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await));
            })
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        Ok(answer.await.map_err(|_| StoreError::Closed)??)
    }
}

/// The checkpoint waits for readers as long as any write does; its answer says whether they let it.
async fn compact(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("VACUUM").execute(&mut *connection).await?;
    let emptied: (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    if emptied.0 == 0 { Ok(()) } else { Err(StoreError::Busy) }
}

/// Begins, commits and rolls back by statements of our own. sqlx counts transactions, and counts wrong
/// once SQLite has rolled one back by itself, as it does on a full disk: every later one would fail.
async fn transact<T, E, F>(connection: &mut SqliteConnection, change: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: for<'c> FnOnce(Db<'c>) -> BoxFuture<'c, Result<T, E>>,
{
    let done = match execute(connection, "BEGIN IMMEDIATE").await {
        Ok(()) => match change(Db(connection)).await {
            Ok(value) => execute(connection, "COMMIT").await.map(|()| value).map_err(E::from),
            Err(error) => Err(error),
        },
        Err(error) => Err(error.into()),
    };
    if done.is_err() {
        // Where nothing is left to roll back, SQLite says so; nothing is wrong then
        // (<https://www.sqlite.org/lang_transaction.html>, errors within a transaction).
        drop(execute(connection, "ROLLBACK").await);
    }
    done
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    connection.execute(statement).await?;
    Ok(())
}
