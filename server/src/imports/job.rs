//! One import, from where it was left to its end. Every write first holds the run, so that a worker
//! whose run was taken over, stopped or switched off writes nothing more.

mod skipping;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;
use protocol::ids::ImportId;
use protocol::import::{ImportFault, List, Outcome, Waiting};

use super::absent::refused;
use super::ask::Ask;
use super::machine::{self, After, Turn, lanes};
use super::rows::{Taxing, rows};
use super::{End, Stop, finish, refresh, rematch};
use crate::clock::{Stopwatch, after, rfc3339};
use crate::providers::{CompanyFacts, Page};
use crate::state::Shared;
use crate::store::imports::{Checkpoint, Held, Hold, PageRead};
use crate::store::records::NewRecord;
use crate::store::{Db, StoreError};

/// Lists that are read beside each other.
const BESIDE: usize = 4;

/// A run in the hands of this worker.
pub(super) struct Job {
    app: Shared,
    held: Held,
    ask: Ask,
    page_size: u32,
    watch: Stopwatch,
    /// Records read by this worker, and records left, for telling the time left.
    read: AtomicU64,
    left: AtomicU64,
}

/// Works on a run until it ends, is taken away or the store fails.
pub(super) async fn work(app: &Shared, import: ImportId) -> Result<(), StoreError> {
    let taken = app
        .store
        .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.take_import(import).await }))
        .await?;
    let Some(held) = taken else { return finish::orphan(app, import).await };
    app.hub.touch(held.books.tenant());
    let Some(ask) = Ask::new(app, &held).await? else {
        return finish::run(app, &held, End::Off).await;
    };
    let job = Job {
        app: Arc::clone(app),
        page_size: ask.page_size(),
        held,
        ask,
        watch: Stopwatch::start(),
        read: AtomicU64::new(0),
        left: AtomicU64::new(0),
    };
    let end = match job.run().await {
        Ok(()) => End::Read,
        Err(Stop::Off) => End::Off,
        Err(Stop::Lost) => return Ok(()),
        Err(Stop::Store(error)) => return Err(error),
    };
    finish::run(app, &job.held, end).await
}

impl Job {
    async fn run(&self) -> Result<(), Stop> {
        if self.checkpoints().await?.iter().any(|list| list.list == List::Company && machine::is_open(list)) {
            self.company().await?;
        }
        self.leave_out().await?;
        refresh::by_changes(&self.app, &self.held, &self.ask).await?;
        let open: Vec<Checkpoint> = self.checkpoints().await?.into_iter().filter(machine::is_open).collect();
        let uncounted = open.iter().filter(|list| list.total.is_none()).map(|list| self.count(list.list));
        stop_at_first(uncounted.map(boxed).collect()).await?;
        let open: Vec<Checkpoint> = self.checkpoints().await?.into_iter().filter(machine::is_open).collect();
        let left = open.iter().map(|list| u64::from(list.total.unwrap_or(list.done) - list.done)).sum();
        self.left.store(left, Ordering::Relaxed);
        let lanes = lanes(&open).into_iter().map(|lane| self.lane(lane, &open));
        stop_at_first(lanes.map(boxed).collect()).await
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        let import = self.held.import;
        self.app.store.read(|mut db| Box::pin(async move { db.checkpoints(import).await })).await
    }

    /// The company first: it says what the rest is worth.
    async fn company(&self) -> Result<(), Stop> {
        self.begin(List::Company).await?;
        match self.ask.provider(2, |provider, door| provider.company(door)).await? {
            Ok(facts) => {
                self.keep_company(facts).await?;
                self.end(List::Company, None).await
            }
            Err(fault) => self.end(List::Company, Some(fault)).await,
        }
    }

    async fn count(&self, list: List) -> Result<(), Stop> {
        match self.ask.provider(1, move |provider, door| provider.count(door, list)).await? {
            Ok(counted) => {
                self.write(move |db, held| {
                    Box::pin(async move {
                        db.list_counted(held, list, counted.total).await?;
                        db.list_reads_from(held, list, counted.at).await
                    })
                })
                .await
            }
            Err(fault) => self.end(list, Some(fault)).await,
        }
    }

    async fn lane(&self, lane: Vec<List>, open: &[Checkpoint]) -> Result<(), Stop> {
        for list in lane {
            if let Some(checkpoint) = open.iter().find(|checkpoint| checkpoint.list == list) {
                self.list(checkpoint).await?;
            }
        }
        Ok(())
    }

    async fn list(&self, from: &Checkpoint) -> Result<(), Stop> {
        let list = from.list;
        self.begin(list).await?;
        let taxing = self.taxing(list).await?;
        let (mut start, asked) = (from.position, self.page_size);
        let mut turn =
            Turn { asked, done: from.done, counted: from.total.unwrap_or_default(), ..Turn::default() };
        loop {
            let page =
                self.ask.provider(1, move |provider, door| provider.page(door, list, start, asked)).await?;
            let page = match page {
                Ok(page) => page,
                Err(fault) => return self.end(list, Some(fault)).await,
            };
            turn.size = page.size;
            turn.done += page.size;
            turn.fresh = self.keep(list, page, &taxing).await?;
            start += asked;
            match machine::after(turn) {
                After::More => {}
                After::End => return self.end(list, None).await,
                After::Runaway => return self.end(list, Some(machine::runaway())).await,
            }
        }
    }

    async fn taxing(&self, list: List) -> Result<Taxing, StoreError> {
        let mut taxing = Taxing { today: rfc3339(self.app.clock.now()), ..Taxing::default() };
        taxing.today.truncate("2026-01-31".len());
        if list == List::TaxCodes {
            let books = self.held.books.clone();
            let rates = self.app.store.read(|mut db| Box::pin(async move { db.tax_rates(&books).await }));
            taxing.rates = rates.await?;
        }
        Ok(taxing)
    }

    async fn begin(&self, list: List) -> Result<(), Stop> {
        let now = self.app.clock.now();
        self.write(move |db, held| Box::pin(async move { db.list_begun(held, list, now).await })).await
    }

    /// Keeps a page and moves the checkpoint in one transaction. Answers how many of its objects were new
    /// to this run.
    async fn keep(&self, list: List, page: Page, taxing: &Taxing) -> Result<u32, Stop> {
        let size = page.size;
        let rows: Vec<NewRecord> = rows(list, page.records, taxing);
        let unreadable = size.saturating_sub(u32::try_from(rows.len()).unwrap_or(size));
        let read = self.read.fetch_add(u64::from(size), Ordering::Relaxed) + u64::from(size);
        let left = self.left.load(Ordering::Relaxed).saturating_sub(u64::from(size));
        self.left.store(left, Ordering::Relaxed);
        let seconds_left = machine::seconds_left(read, self.watch.elapsed(), left);
        let asked = self.page_size;
        let kept = self.write(move |db, held| {
            Box::pin(async move {
                let kept = db.keep_records(&held.books, list, held.import, &rows).await?;
                let outcome = Outcome { unreadable, ..kept };
                db.page_kept(held, list, PageRead { asked, size, outcome, seconds_left }).await?;
                Ok(kept.added + kept.changed + kept.unchanged + unreadable)
            })
        });
        let kept = kept.await?;
        self.app.meters.records(self.held.books.integration(), u64::from(size));
        Ok(kept)
    }

    async fn keep_company(&self, facts: CompanyFacts) -> Result<(), Stop> {
        let raw = serde_json::to_string(&facts).map_err(|_| StoreError::Unreadable("company"))?;
        self.write(move |db, held| {
            Box::pin(async move {
                let outcome = db.keep_facts(&held.books, &raw).await?;
                db.list_counted(held, List::Company, 1).await?;
                let page = PageRead { asked: 1, size: 1, outcome, ..PageRead::default() };
                db.page_kept(held, List::Company, page).await
            })
        })
        .await
    }

    /// Ends a list: at its end what this run did not see is marked, and its mappings are looked at
    /// anew before the list counts as done.
    async fn end(&self, list: List, fault: Option<ImportFault>) -> Result<(), Stop> {
        if let Some(reason) = fault.as_ref().and_then(|fault| refused(list, fault)) {
            return self.skip(list, reason).await;
        }
        let now = self.app.clock.now();
        let whole = fault.is_none();
        if whole && list != List::Company {
            self.unseen(list).await?;
        }
        self.write(move |db, held| {
            Box::pin(async move {
                if whole {
                    db.list_read(&held.books, list, now).await?;
                }
                db.list_ended(held, list, fault.as_ref(), now).await?;
                db.bump_connection(held.books.connection()).await
            })
        })
        .await
    }

    /// What this run did not see of a list is gone, and its mappings are looked at anew.
    async fn unseen(&self, list: List) -> Result<(), Stop> {
        let now = self.app.clock.now();
        self.write(move |db, held| {
            Box::pin(async move {
                let gone = db.mark_vanished(&held.books, list, held.import, now).await?;
                db.list_vanished(held, list, gone).await
            })
        })
        .await?;
        rematch::after(&self.app, &self.held, list).await
    }

    async fn write<T, F>(&self, change: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: for<'a, 'c> FnOnce(&'a mut Db<'c>, &'a Held) -> BoxFuture<'a, Result<T, StoreError>>
            + Send
            + 'static,
    {
        write(&self.app, &self.held, change).await
    }
}

/// Writes as the one who holds the run, and tells the tenant's sockets.
pub(super) async fn write<T, F>(app: &Shared, held: &Held, change: F) -> Result<T, Stop>
where
    T: Send + 'static,
    F: for<'a, 'c> FnOnce(&'a mut Db<'c>, &'a Held) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'static,
{
    let (now, mine) = (app.clock.now(), held.clone());
    let value = app
        .store
        .write::<_, Stop, _>(move |mut db| {
            Box::pin(async move {
                match db.hold_import(&mine, now).await? {
                    Hold::Ours => Ok(change(&mut db, &mine).await?),
                    Hold::Off => Err(Stop::Off),
                    Hold::Lost => Err(Stop::Lost),
                }
            })
        })
        .await?;
    app.hub.touch(held.books.tenant());
    Ok(value)
}

/// Tells people why nothing moves for so long.
pub(super) async fn tell_waiting(app: &Shared, held: &Held, time: Duration, limit: bool) -> Result<(), Stop> {
    let until = after(app.clock.now(), u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let waiting = if limit { Waiting::Limit { until } } else { Waiting::Retry { until } };
    write(app, held, move |db, held| Box::pin(async move { db.import_waits(held, waiting).await })).await
}

fn boxed<'a>(work: impl Future<Output = Result<(), Stop>> + Send + 'a) -> BoxFuture<'a, Result<(), Stop>> {
    Box::pin(work)
}

/// Does several things beside each other, a bounded number at once; the first stop stops all.
async fn stop_at_first(work: Vec<BoxFuture<'_, Result<(), Stop>>>) -> Result<(), Stop> {
    let mut running = stream::iter(work).buffer_unordered(BESIDE);
    while let Some(done) = running.next().await {
        done?;
    }
    Ok(())
}
