//! How the lists of a run move on. Every one of these follows [`Db::hold_import`] in its transaction.

use protocol::ids::Moment;
use protocol::import::{ImportFault, List, SkipReason};

use super::{Held, PageRead, skip_word};
use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

impl Db<'_> {
    /// A list was counted. What was read already is never more than the total.
    pub async fn list_counted(&mut self, held: &Held, list: List, total: u32) -> Result<(), StoreError> {
        sqlx::query("UPDATE import_lists SET total = max(?3, done) WHERE import = ?1 AND list = ?2")
            .bind(held.import.0.cast_signed())
            .bind(list_name(list))
            .bind(i64::from(total))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// What a list is read to its end from here on is as it stood at this moment of the provider's clock.
    pub async fn list_reads_from(
        &mut self,
        held: &Held,
        list: List,
        at: Option<Moment>,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE import_lists SET read_from = ?3 WHERE import = ?1 AND list = ?2")
            .bind(held.import.0.cast_signed())
            .bind(list_name(list))
            .bind(at.map(|at| at.0.cast_signed()))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// A list is being read from now on.
    pub async fn list_begun(&mut self, held: &Held, list: List, now: Moment) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE import_lists SET state = 'running', begun_at = coalesce(begun_at, ?3)
             WHERE import = ?1 AND list = ?2 AND state IN ('waiting', 'running')",
        )
        .bind(held.import.0.cast_signed())
        .bind(list_name(list))
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// A page was kept: the checkpoint moves on.
    pub async fn page_kept(&mut self, held: &Held, list: List, page: PageRead) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE import_lists SET done = done + ?3, position = position + ?8,
                 total = CASE WHEN total < done + ?3 THEN done + ?3 ELSE total END,
                 added = added + ?4, changed = changed + ?5, unchanged = unchanged + ?6,
                 unreadable = unreadable + ?7, renamed = renamed + ?9, per_second = ?10
             WHERE import = ?1 AND list = ?2",
        )
        .bind(held.import.0.cast_signed())
        .bind(list_name(list))
        .bind(i64::from(page.size))
        .bind(i64::from(page.outcome.added))
        .bind(i64::from(page.outcome.changed))
        .bind(i64::from(page.outcome.unchanged))
        .bind(i64::from(page.outcome.unreadable))
        .bind(i64::from(page.asked))
        .bind(i64::from(page.outcome.renamed))
        .bind(page.per_second.map(i64::from))
        .execute(&mut *self.0)
        .await?;
        sqlx::query("UPDATE imports SET seconds_left = ? WHERE id = ?")
            .bind(page.seconds_left.map(i64::from))
            .bind(held.import.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// So many records of a list are gone at the provider.
    pub async fn list_vanished(&mut self, held: &Held, list: List, count: u32) -> Result<(), StoreError> {
        sqlx::query("UPDATE import_lists SET vanished = vanished + ?3 WHERE import = ?1 AND list = ?2")
            .bind(held.import.0.cast_signed())
            .bind(list_name(list))
            .bind(i64::from(count))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// The company does not have a list.
    pub async fn list_skipped(
        &mut self,
        held: &Held,
        list: List,
        reason: SkipReason,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE import_lists SET state = 'skipped', fault = ?3, ended_at = ?4, per_second = NULL
             WHERE import = ?1 AND list = ?2",
        )
        .bind(held.import.0.cast_signed())
        .bind(list_name(list))
        .bind(skip_word(reason))
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// A list ended: read to its end, or with a fault. One that was read to its end remembers from
    /// which moment its changes are asked for next.
    pub async fn list_ended(
        &mut self,
        held: &Held,
        list: List,
        fault: Option<&ImportFault>,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE import_lists SET state = ?3, fault = ?4, ended_at = ?5, per_second = NULL,
                 total = CASE WHEN ?3 = 'done' THEN done ELSE total END
             WHERE import = ?1 AND list = ?2",
        )
        .bind(held.import.0.cast_signed())
        .bind(list_name(list))
        .bind(if fault.is_some() { "failed" } else { "done" })
        .bind(fault.map(json).transpose()?)
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        if fault.is_none() {
            self.remember_since(held, list).await?;
        }
        Ok(())
    }
}
