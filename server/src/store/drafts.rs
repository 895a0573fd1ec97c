//! Unsaved changes, one draft per visitor and company.

use protocol::ids::Moment;
use protocol::schema::Draft;

use super::books::Books;
use super::ids::VisitorId;
use super::{Db, StoreError, json, unjson};

impl Db<'_> {
    /// A visitor's draft.
    pub async fn draft(&mut self, books: &Books, visitor: VisitorId) -> Result<Option<Draft>, StoreError> {
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body FROM drafts WHERE connection = ? AND company_id = ? AND visitor = ?",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(visitor.0)
        .fetch_optional(&mut *self.0)
        .await?;
        body.map(|body| unjson(&body, "draft")).transpose()
    }

    /// Keeps a visitor's draft in place of the one before.
    pub async fn keep_draft(
        &mut self,
        books: &Books,
        visitor: VisitorId,
        draft: &Draft,
        now: Moment,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO drafts (connection, company_id, visitor, body, kept_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (connection, company_id, visitor)
             DO UPDATE SET body = excluded.body, kept_at = excluded.kept_at",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(visitor.0)
        .bind(json(draft)?)
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Drops a visitor's draft.
    pub async fn drop_draft(&mut self, books: &Books, visitor: VisitorId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM drafts WHERE connection = ? AND company_id = ? AND visitor = ?")
            .bind(books.connection.0)
            .bind(&books.company)
            .bind(visitor.0)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
