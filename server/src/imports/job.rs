//! One import, from where it was left to its end. Every write first holds the run, so that a worker
//! whose run was taken over, stopped or switched off writes nothing more.

mod skipping;

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, FuturesUnordered};
use protocol::ids::ImportId;
use protocol::import::{List, Outcome, Waiting};

use super::ask::Ask;
use super::gauge::Gauge;
use super::machine::{self, lanes};
use super::reading::{Brought, Ready};
use super::rows::Taxing;
use super::seats::Seats;
use super::{End, Stop, finish, refresh};
use crate::clock::{Stopwatch, after, rfc3339};
use crate::providers::{COMPANY_REQUESTS, CompanyFacts};
use crate::state::Shared;
use crate::store::imports::{Checkpoint, Held, Hold, PageRead};
use crate::store::{Db, StoreError};

/// Lists that are counted beside each other.
const BESIDE: usize = 4;
/// How often it is looked whether somebody wants a list again that failed.
const LOOK: Duration = Duration::from_secs(1);

/// A run in the hands of this worker.
pub(super) struct Job {
    pub(super) app: Shared,
    pub(super) held: Held,
    pub(super) ask: Ask,
    pub(super) page_size: u32,
    pub(super) seats: Seats,
    watch: Stopwatch,
    gauge: Mutex<Gauge>,
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
        return finish::run(app, &held, End::Off).await.map(drop);
    };
    let job = Job {
        app: Arc::clone(app),
        page_size: ask.page_size(),
        held,
        seats: app.paces.seats(),
        watch: Stopwatch::start(),
        gauge: Mutex::new(Gauge::new(ask.page_size(), ask.allowed())),
        ask,
    };
    loop {
        let end = match job.run().await {
            Ok(()) => End::Read,
            Err(Stop::Off) => End::Off,
            Err(Stop::Lost) => return Ok(()),
            Err(Stop::Store(error)) => return Err(error),
        };
        if finish::run(app, &job.held, end).await? {
            return Ok(());
        }
    }
}

impl Job {
    async fn run(&self) -> Result<(), Stop> {
        if self.open().await?.iter().any(|list| list.list == List::Company) {
            self.company().await?;
        }
        self.leave_out().await?;
        refresh::by_changes(&self.app, &self.held, &self.ask).await?;
        let open = self.open().await?;
        let uncounted = open.iter().filter(|list| list.total.is_none()).map(|list| self.count(list.list));
        stop_at_first(uncounted.map(boxed).collect()).await?;
        self.lists().await
    }

    /// Reads the open lists beside each other, and those that are opened meanwhile. Whatever is waited for here is
    /// waited for beside them: a list that nobody polls could have the very connection that we wait for.
    async fn lists(&self) -> Result<(), Stop> {
        let mut under_way = FuturesUnordered::new();
        let mut taken: Vec<List> = Vec::new();
        let mut look = pin!(self.open_after(Duration::ZERO));
        loop {
            tokio::select! {
                open = &mut look => {
                    let mut open = open?;
                    open.retain(|list| !taken.contains(&list.list));
                    for lane in lanes(&open) {
                        taken.extend(&lane);
                        under_way.push(self.lane(lane));
                    }
                    if under_way.is_empty() {
                        return Ok(());
                    }
                    look.set(self.open_after(LOOK));
                }
                Some(ended) = under_way.next() => {
                    let lane = ended?;
                    taken.retain(|list| !lane.contains(list));
                    look.set(self.open_after(Duration::ZERO));
                }
            }
        }
    }

    /// Lists that are open in so long.
    async fn open_after(&self, time: Duration) -> Result<Vec<Checkpoint>, StoreError> {
        tokio::time::sleep(time).await;
        self.open().await
    }

    /// Reads lists one after the other, and gives them back.
    async fn lane(&self, lane: Vec<List>) -> Result<Vec<List>, Stop> {
        for list in &lane {
            // One that was opened meanwhile was not counted with the others.
            if self.checkpoint(*list).await?.is_some_and(|open| open.total.is_none()) {
                self.count(*list).await?;
            }
            if let Some(checkpoint) = self.checkpoint(*list).await? {
                self.list(&checkpoint).await?;
            }
        }
        Ok(lane)
    }

    /// Where a list stands; none when it is not open.
    async fn checkpoint(&self, list: List) -> Result<Option<Checkpoint>, StoreError> {
        Ok(self.open().await?.into_iter().find(|open| open.list == list))
    }

    /// Lists still to be read, or to be read on.
    async fn open(&self) -> Result<Vec<Checkpoint>, StoreError> {
        Ok(self.checkpoints().await?.into_iter().filter(machine::is_open).collect())
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        let import = self.held.import;
        self.app.store.read(|mut db| Box::pin(async move { db.checkpoints(import).await })).await
    }

    /// The company first: it says what the rest is worth.
    async fn company(&self) -> Result<(), Stop> {
        self.begin(List::Company).await?;
        match self.ask.provider(COMPANY_REQUESTS, |provider, door| provider.company(door)).await? {
            Ok(facts) => self.keep_company(facts).await,
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

    /// What the taxes of a list are worked out with: the day, and for tax codes the rates that they are made up of.
    pub(super) async fn taxing(&self, list: List) -> Result<Taxing, StoreError> {
        let mut taxing = Taxing { today: rfc3339(self.app.clock.now()), ..Taxing::default() };
        taxing.today.truncate("2026-01-31".len());
        if list == List::TaxCodes {
            let books = self.held.books.clone();
            let rates = self.app.store.read(|mut db| Box::pin(async move { db.tax_rates(&books).await }));
            taxing.rates = rates.await?;
        }
        Ok(taxing)
    }

    pub(super) async fn begin(&self, list: List) -> Result<(), Stop> {
        let now = self.app.clock.now();
        self.gauge().begun(list, self.watch.elapsed());
        self.write(move |db, held| Box::pin(async move { db.list_begun(held, list, now).await })).await
    }

    pub(super) fn gauge(&self) -> MutexGuard<'_, Gauge> {
        self.gauge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a page and moves the checkpoint in one transaction. Answers how many of its objects were new
    /// to this run.
    pub(super) async fn keep(
        &self,
        list: List,
        Ready { brought, size, unreadable }: Ready,
    ) -> Result<u32, Stop> {
        let told = self.gauge().read(list, size, self.watch.elapsed());
        let asked = self.page_size;
        let kept = self.write(move |db, held| {
            Box::pin(async move {
                let kept = match brought {
                    Brought::First(page) => {
                        db.keep_first_records(&held.books, list, held.import, page).await?
                    }
                    Brought::Further(rows) => db.keep_records(&held.books, list, held.import, &rows).await?,
                };
                let outcome = Outcome { unreadable, ..kept };
                let (per_second, seconds_left) = (told.per_second, told.seconds_left);
                db.page_kept(held, list, PageRead { asked, size, outcome, per_second, seconds_left }).await?;
                Ok(kept.added + kept.changed + kept.unchanged + unreadable)
            })
        });
        let kept = kept.await?;
        self.app.meters.records(self.held.books.integration(), u64::from(size));
        Ok(kept)
    }

    /// Keeps the one record that the company is, and ends its list with it: were it read again after a crash, it would
    /// be counted twice.
    async fn keep_company(&self, facts: CompanyFacts) -> Result<(), Stop> {
        let raw = serde_json::to_string(&facts).map_err(|_| StoreError::Unreadable("company"))?;
        let now = self.app.clock.now();
        self.write(move |db, held| {
            Box::pin(async move {
                let outcome = db.keep_facts(&held.books, &raw).await?;
                db.list_counted(held, List::Company, 1).await?;
                let page = PageRead { asked: 1, size: 1, outcome, ..PageRead::default() };
                db.page_kept(held, List::Company, page).await?;
                db.list_read(&held.books, List::Company, now).await?;
                db.list_ended(held, List::Company, None, now).await?;
                db.bump_connection(held.books.connection()).await
            })
        })
        .await
    }

    pub(super) async fn write<T, F>(&self, change: F) -> Result<T, Stop>
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
