//! Mapping rows as a portal's backend reads them: by the portal's own ids, from one on.

use protocol::ids::Moment;
use protocol::mapping::MappingTable;

use super::table_name;
use crate::store::books::Books;
use crate::store::{Db, StoreError};

/// A row, without the names that both sides know themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedRow {
    /// The portal's id of its record.
    pub source: String,
    /// Where the row stands, a word of the table's.
    pub state: String,
    /// The provider's id of what it is, or would be, mapped to.
    pub target: Option<String>,
    /// Who decided; none when nobody did.
    pub by: Option<String>,
    /// When somebody decided.
    pub at: Option<Moment>,
}

impl Db<'_> {
    /// At most so many rows of a table that follow this id.
    pub async fn mappings_after(
        &mut self,
        books: &Books,
        table: MappingTable,
        (after, limit): (&str, u32),
    ) -> Result<Vec<DecidedRow>, StoreError> {
        type Row = (String, String, Option<String>, Option<String>, Option<i64>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT source, state, target, decided_by, decided_at FROM mappings
             WHERE connection = ? AND company_id = ? AND kind = ? AND source > ? ORDER BY source LIMIT ?",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(table_name(table))
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        let decided = |(source, state, target, by, at): Row| DecidedRow {
            source,
            state,
            target,
            by,
            at: at.map(|at| Moment(at.cast_unsigned())),
        };
        Ok(rows.into_iter().map(decided).collect())
    }
}
