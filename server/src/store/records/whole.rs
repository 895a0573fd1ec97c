//! What is asked of a whole list before it is read and at its end. Each looks through all of it, so it is for readers.

use protocol::ids::ImportId;
use protocol::import::List;

use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError};

impl Db<'_> {
    /// Whether of a list there is nothing but what this import has brought. A walk through all of it, unless there
    /// is something else.
    pub async fn is_first(
        &mut self,
        books: &Books,
        list: List,
        import: ImportId,
    ) -> Result<bool, StoreError> {
        Ok(!self.any_of_others(books, list, (import, true)).await? && !self.was_read(books, list).await?)
    }

    /// Whether a list has records that this import did not see, and that are not marked as gone yet.
    pub async fn any_unseen(
        &mut self,
        books: &Books,
        list: List,
        import: ImportId,
    ) -> Result<bool, StoreError> {
        self.any_of_others(books, list, (import, false)).await
    }

    /// Whether there are records that other imports were the last to see; with those that are gone, or without.
    async fn any_of_others(
        &mut self,
        books: &Books,
        list: List,
        (import, with_gone): (ImportId, bool),
    ) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM records
             WHERE connection = ? AND company_id = ? AND list = ? AND seen_import <> ?
               AND (? OR vanished_at IS NULL))",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(import.0.cast_signed())
        .bind(with_gone)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(found)
    }

    /// How many records of a list are here and not gone at the provider.
    pub async fn records_here(&mut self, books: &Books, list: List) -> Result<u32, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM records
             WHERE connection = ? AND company_id = ? AND list = ? AND vanished_at IS NULL",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .fetch_one(&mut *self.0)
        .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}
