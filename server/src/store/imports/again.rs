//! Lists that failed in a run and that somebody wants again while it is still going.

use protocol::ids::ImportId;
use protocol::import::List;

use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

impl Db<'_> {
    /// Has a running run read those of these lists again that failed in it, from where they stopped. What is being
    /// read, or was read, stays as it is.
    pub async fn read_again(&mut self, import: ImportId, lists: &[List]) -> Result<(), StoreError> {
        let names: Vec<&str> = lists.iter().map(|list| list_name(*list)).collect();
        let opened = sqlx::query(
            "UPDATE import_lists SET state = 'waiting', fault = NULL, ended_at = NULL
             WHERE import = ? AND state = 'failed' AND list IN (SELECT value FROM json_each(?))",
        )
        .bind(import.0.cast_signed())
        .bind(json(&names)?)
        .execute(&mut *self.0)
        .await?;
        if opened.rows_affected() > 0 {
            sqlx::query("UPDATE imports SET revision = revision + 1 WHERE id = ?")
                .bind(import.0.cast_signed())
                .execute(&mut *self.0)
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::Moment;
    use protocol::import::{ImportCause, ImportFault, ListState, Trigger};

    use super::*;
    use crate::store::fixture::{Fixture, fixture};
    use crate::store::imports::{Held, Hold, PageRead, Start};

    async fn planned(fixture: &Fixture, lists: &'static [List]) -> ImportId {
        let books = fixture.books.clone();
        let start = Start { trigger: Trigger::Person, by: Some("Ann") };
        fixture
            .store
            .write::<_, StoreError, _>(move |mut db| {
                Box::pin(async move { Ok(db.plan_import(&books, lists, start, Moment(1)).await?.0) })
            })
            .await
            .unwrap()
    }

    async fn taken(fixture: &Fixture, import: ImportId) -> Held {
        let taken = fixture
            .store
            .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.take_import(import).await }))
            .await;
        taken.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_worker_whose_run_was_taken_over_may_write_nothing_more() {
        let fixture = fixture().await;
        let import = planned(&fixture, &[List::Terms]).await;
        let (old, new) = (taken(&fixture, import).await, taken(&fixture, import).await);
        let holds = fixture
            .store
            .write::<_, StoreError, _>(move |mut db| {
                Box::pin(async move {
                    Ok((db.hold_import(&old, Moment(2)).await?, db.hold_import(&new, Moment(2)).await?))
                })
            })
            .await;
        assert_eq!(holds.unwrap(), (Hold::Lost, Hold::Ours));
    }

    #[tokio::test]
    async fn a_list_that_failed_is_open_again_where_it_stopped() {
        let fixture = fixture().await;
        let import = planned(&fixture, &[List::Accounts, List::Customers]).await;
        let held = taken(&fixture, import).await;
        let lists = fixture
            .store
            .write::<_, StoreError, _>(move |mut db| {
                Box::pin(async move {
                    let fault = ImportFault { cause: ImportCause::Refused, code: None, trace: None };
                    let page = PageRead { asked: 25, size: 25, ..PageRead::default() };
                    db.page_kept(&held, List::Customers, page).await?;
                    db.list_ended(&held, List::Customers, Some(&fault), Moment(2)).await?;
                    db.list_ended(&held, List::Accounts, None, Moment(2)).await?;
                    db.read_again(import, &[List::Accounts, List::Customers, List::Terms]).await?;
                    db.checkpoints(import).await
                })
            })
            .await
            .unwrap();
        let stands: Vec<_> = lists.iter().map(|list| (list.list, &list.state, list.position)).collect();
        let expected = [(List::Accounts, &ListState::Done, 1), (List::Customers, &ListState::Waiting, 26)];
        assert_eq!(stands, expected);
    }
}
