//! Lists that the company does not have: they are skipped, with the reason, instead of failing.

use protocol::import::{List, SkipReason};

use super::Job;
use crate::imports::absent::absent;
use crate::imports::{Stop, machine};
use crate::store::StoreError;

impl Job {
    /// Lists that the company does not have are not asked for.
    pub(super) async fn leave_out(&self) -> Result<(), Stop> {
        let connection = self.held.books.connection();
        let row = self
            .app
            .store
            .read::<_, StoreError, _>(|mut db| Box::pin(async move { db.connection(connection).await }));
        let Some(company) = row.await?.and_then(|row| row.company) else { return Ok(()) };
        for open in self.checkpoints().await?.iter().filter(|list| machine::is_open(list)) {
            if let Some(reason) = absent(open.list, &company) {
                self.skip(open.list, reason).await?;
            }
        }
        Ok(())
    }

    /// The company does not have a list, or no longer. What was here of it is gone, and what was mapped
    /// to that waits for its return.
    pub(in crate::imports) async fn skip(&self, list: List, reason: SkipReason) -> Result<(), Stop> {
        let now = self.app.clock.now();
        self.unseen(list).await?;
        self.write(move |db, held| {
            Box::pin(async move {
                db.list_forgotten(&held.books, list).await?;
                db.list_skipped(held, list, reason, now).await?;
                db.bump_connection(held.books.connection()).await
            })
        })
        .await
    }
}
