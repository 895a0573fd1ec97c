//! How a list ends: what this run did not see is marked, a list that was never read before gets its keys, and its
//! mappings are looked at anew; only then does it count as done. The whole list is looked through by readers, so
//! that nobody who writes waits for that; what is written is bounded in each transaction.

use protocol::import::{ImportFault, List};
use tokio::sync::mpsc;

use super::absent::refused;
use super::job::Job;
use super::{Stop, rematch};
use crate::store::StoreError;
use crate::store::records::keys::{KeyKind, Keys};

impl Job {
    /// Ends a list, with a fault or without.
    pub(super) async fn end(&self, list: List, fault: Option<ImportFault>) -> Result<(), Stop> {
        self.gauge().ended(list);
        if let Some(reason) = fault.as_ref().and_then(|fault| refused(list, fault)) {
            return self.skip(list, reason).await;
        }
        let records = match &fault {
            None => Some(self.settle(list).await?),
            Some(_) => None,
        };
        let now = self.app.clock.now();
        self.write(move |db, held| {
            Box::pin(async move {
                if let Some(records) = records {
                    db.list_read_of(&held.books, list, (records, now)).await?;
                }
                db.list_ended(held, list, fault.as_ref(), now).await?;
                db.bump_connection(held.books.connection()).await
            })
        })
        .await
    }

    /// Does what is to be done at the end of a list that was read. Answers how many records there are.
    async fn settle(&self, list: List) -> Result<u32, Stop> {
        let books = self.held.books.clone();
        let keyed = self
            .app
            .store
            .read::<_, StoreError, _>(move |mut db| Box::pin(async move { db.was_read(&books, list).await }));
        if !keyed.await? {
            self.write_keys(list).await?;
        }
        self.unseen(list).await?;
        let books = self.held.books.clone();
        let here = self.app.store.read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.records_here(&books, list).await })
        });
        Ok(here.await?)
    }

    /// What this run did not see of a list is gone, and its mappings are looked at anew.
    pub(super) async fn unseen(&self, list: List) -> Result<(), Stop> {
        let (books, import) = (self.held.books.clone(), self.held.import);
        let unseen = self.app.store.read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.any_unseen(&books, list, import).await })
        });
        if unseen.await? {
            let now = self.app.clock.now();
            self.write(move |db, held| {
                Box::pin(async move {
                    let gone = db.mark_vanished(&held.books, list, held.import, now).await?;
                    db.list_vanished(held, list, gone).await
                })
            })
            .await?;
        }
        rematch::after(&self.app, &self.held, list).await
    }

    /// Writes the keys of a list in their order, one kind after the other. One import sorts at a time, so that there
    /// are readers left for everybody else, and memory for one list alone.
    async fn write_keys(&self, list: List) -> Result<(), Stop> {
        let _turn = self.seats.turn_to_sort().await;
        for kind in KeyKind::ALL {
            let (sorting, sorted) = self.sorted(list, kind);
            let (sorted, written) = tokio::join!(sorting, self.write_batches(list, kind, sorted));
            written?;
            sorted?;
        }
        Ok(())
    }

    /// Sorts keys of a list, and where they come.
    fn sorted(
        &self,
        list: List,
        kind: KeyKind,
    ) -> (impl Future<Output = Result<(), StoreError>>, mpsc::Receiver<Keys>) {
        let (sorted, batches) = mpsc::channel(1);
        let books = self.held.books.clone();
        let reading = self.app.store.read(move |mut db| {
            Box::pin(async move {
                db.sort_keys(&books, list, kind).await?;
                for nth in 0.. {
                    let Some(keys) = db.sorted_keys(nth).await? else { break };
                    // Whoever does not take them has gone, and comes back to all of them.
                    if sorted.send(keys).await.is_err() {
                        break;
                    }
                }
                Ok(())
            })
        });
        (reading, batches)
    }

    async fn write_batches(
        &self,
        list: List,
        kind: KeyKind,
        mut batches: mpsc::Receiver<Keys>,
    ) -> Result<(), Stop> {
        while let Some(batch) = batches.recv().await {
            self.write(move |db, held| {
                Box::pin(async move { db.add_keys(&held.books, list, (kind, batch)).await })
            })
            .await?;
        }
        Ok(())
    }
}
