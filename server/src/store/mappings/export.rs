//! Mappings one after another, for a file.

use protocol::mapping::MappingTable;

use super::{list_of, table_name};
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError};

/// A row that matching or a person has said something about.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Exported {
    /// The portal's id of its record.
    pub source: String,
    /// That record's name; none when the portal no longer has it.
    pub name: Option<String>,
    /// The provider's id of what it is mapped to.
    pub target: Option<String>,
    /// That record's name.
    pub target_name: Option<String>,
    /// A word of [`protocol::mapping::MappingState`].
    pub state: String,
    /// Who decided it by hand.
    pub decided_by: Option<String>,
}

impl Db<'_> {
    /// So many rows of a table after this one, in the order of the portal's ids.
    pub async fn exported_mappings(
        &mut self,
        books: &Books,
        table: MappingTable,
        (after, count): (&str, u16),
    ) -> Result<Vec<Exported>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT m.source, p.name, m.target, r.name AS target_name, m.state, m.decided_by FROM mappings m
             LEFT JOIN portal_records p ON p.tenant = ?3 AND p.kind = m.kind AND p.external_id = m.source
             LEFT JOIN records r ON r.connection = m.connection AND r.company_id = m.company_id
                 AND r.list = ?5 AND r.provider_id = m.target
             WHERE m.connection = ?1 AND m.company_id = ?2 AND m.kind = ?4 AND m.source > ?6
               AND m.state <> 'unmatched'
             ORDER BY m.source LIMIT ?7",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(books.tenant().0)
        .bind(table_name(table))
        .bind(list_name(list_of(table)))
        .bind(after)
        .bind(count)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows)
    }
}
