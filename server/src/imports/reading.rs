//! One list from its checkpoint to its end. Several of its pages are under way at once, as far as it was
//! counted; they are kept in their order, so that the checkpoint is one position and a page that is asked for
//! again after a crash was never kept.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use protocol::import::{ImportFault, List};
use tokio::sync::mpsc;

use super::Stop;
use super::job::Job;
use super::machine::{self, After, Turn};
use super::rows::{Taxing, rows};
use super::seats::Seat;
use crate::aside::aside;
use crate::providers::Page;
use crate::store::StoreError;
use crate::store::imports::Checkpoint;
use crate::store::records::{FirstPage, NewRecord};

/// A list that is being read.
pub(super) struct Reading {
    pub(super) list: List,
    /// Of this list there is nothing here but what this run has brought.
    pub(super) first: bool,
    taxing: Taxing,
}

/// A page, ready to be kept.
pub(super) struct Ready {
    /// Its objects that could be read.
    pub(super) brought: Brought,
    /// Objects on it.
    pub(super) size: u32,
    /// Objects on it that could not be read.
    pub(super) unreadable: u32,
}

/// What a page brings.
pub(super) enum Brought {
    /// Of a list of which nothing is here but what this run has brought.
    First(FirstPage),
    /// To be compared with what is here.
    Further(Vec<NewRecord>),
}

impl Ready {
    fn new(reading: &Reading, page: Page) -> Result<Self, StoreError> {
        let size = page.size;
        let rows = rows(reading.list, page.records, &reading.taxing);
        let unreadable = size.saturating_sub(u32::try_from(rows.len()).unwrap_or(size));
        let brought =
            if reading.first { Brought::First(FirstPage::new(rows)?) } else { Brought::Further(rows) };
        Ok(Self { brought, size, unreadable })
    }
}

/// A page as it came, with its seat, which it keeps until it is in the database.
struct Fetched {
    page: Result<Ready, ImportFault>,
    seat: Seat,
}

/// How a stretch of pages ended.
enum Stretch {
    /// There may be more.
    More,
    /// The list has ended, with a fault or without.
    Ended(Option<ImportFault>),
}

impl Job {
    /// Reads a list on from where it stands. Beyond what was counted it goes page by page: who knows how many.
    pub(super) async fn list(&self, from: &Checkpoint) -> Result<(), Stop> {
        let list = from.list;
        self.begin(list).await?;
        let counted = from.total.unwrap_or_default();
        self.gauge().counted(list, counted.saturating_sub(from.done));
        let mut turn = Turn { asked: self.page_size, done: from.done, counted, ..Turn::default() };
        let (first, taxing) = (self.is_first(list).await?, self.taxing(list).await?);
        let reading = Arc::new(Reading { list, first, taxing });
        let mut next = from.position;
        loop {
            let until = counted.max(next);
            match self.stretch(&reading, &mut turn, (next, until)).await? {
                Stretch::Ended(fault) => return self.end(list, fault).await,
                Stretch::More => next = after_stretch((next, until), self.page_size),
            }
        }
    }

    async fn is_first(&self, list: List) -> Result<bool, StoreError> {
        let (books, import) = (self.held.books.clone(), self.held.import);
        self.app.store.read(|mut db| Box::pin(async move { db.is_first(&books, list, import).await })).await
    }

    /// Reads the pages that begin between two positions: asks for some while others are kept.
    async fn stretch(
        &self,
        reading: &Arc<Reading>,
        turn: &mut Turn,
        (from, until): (u32, u32),
    ) -> Result<Stretch, Stop> {
        let (pages, fetched) = mpsc::channel(1);
        let positions = positions((from, until), self.page_size);
        let asking = self.ask_for(reading, positions, pages);
        let keeping = self.keep_all(reading.list, turn, fetched);
        tokio::pin!(keeping);
        tokio::select! {
            kept = &mut keeping => kept,
            asked = asking => match asked {
                Ok(()) => keeping.await,
                Err(stop) => Err(stop),
            },
        }
    }

    async fn ask_for(
        &self,
        reading: &Arc<Reading>,
        mut positions: impl Iterator<Item = u32>,
        pages: mpsc::Sender<Fetched>,
    ) -> Result<(), Stop> {
        let mut under_way = FuturesOrdered::new();
        loop {
            if under_way.is_empty() {
                let Some(position) = positions.next() else { return Ok(()) };
                let seat = self.seats.take().await;
                under_way.push_back(self.fetch(reading, position, seat));
            }
            while let Some(seat) = self.seats.spare() {
                let Some(position) = positions.next() else { break };
                under_way.push_back(self.fetch(reading, position, seat));
            }
            let Some(fetched) = under_way.next().await.transpose()? else { return Ok(()) };
            // Nobody wants it any more when the list has ended.
            if pages.send(fetched).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Asks for a page and makes it ready, while others are written.
    async fn fetch(&self, reading: &Arc<Reading>, start: u32, seat: Seat) -> Result<Fetched, Stop> {
        let (list, asked) = (reading.list, self.page_size);
        let page =
            self.ask.provider(1, move |provider, door| provider.page(door, list, start, asked)).await?;
        let page = match page {
            Ok(page) => {
                let reading = Arc::clone(reading);
                Ok(aside(move || Ready::new(&reading, page)).await?)
            }
            Err(fault) => Err(fault),
        };
        Ok(Fetched { page, seat })
    }

    async fn keep_all(
        &self,
        list: List,
        turn: &mut Turn,
        mut pages: mpsc::Receiver<Fetched>,
    ) -> Result<Stretch, Stop> {
        while let Some(Fetched { page, seat }) = pages.recv().await {
            let page = match page {
                Ok(page) => page,
                Err(fault) => return Ok(Stretch::Ended(Some(fault))),
            };
            turn.size = page.size;
            turn.done = turn.done.saturating_add(page.size);
            turn.fresh = self.keep(list, page).await?;
            drop(seat);
            match machine::after(*turn) {
                After::More => {}
                After::End => return Ok(Stretch::Ended(None)),
                After::Runaway => return Ok(Stretch::Ended(Some(machine::runaway()))),
            }
        }
        Ok(Stretch::More)
    }
}

/// Where pages begin, from one position up to another. The first is always among them.
fn positions((from, until): (u32, u32), size: u32) -> impl Iterator<Item = u32> {
    let step = usize::try_from(size.max(1)).unwrap_or(usize::MAX);
    (from..=until.max(from)).step_by(step)
}

/// The position after the last page of a stretch.
fn after_stretch((from, until): (u32, u32), size: u32) -> u32 {
    positions((from, until), size).last().unwrap_or(from).saturating_add(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_asks_for_what_was_counted_and_no_more() {
        assert_eq!(positions((1, 243), 100).collect::<Vec<_>>(), [1, 101, 201]);
        assert_eq!(positions((1, 200), 100).collect::<Vec<_>>(), [1, 101]);
        assert_eq!(positions((1, 201), 100).collect::<Vec<_>>(), [1, 101, 201]);
        assert_eq!(positions((1, 0), 100).collect::<Vec<_>>(), [1], "a list of none is asked for once");
        assert_eq!(after_stretch((1, 243), 100), 301);
        assert_eq!(after_stretch((u32::MAX - 1, 5), 100), u32::MAX);
    }
}
