//! Which sections a company and its portal have use for. A table with nothing on one of its sides is no
//! question to anybody.

use protocol::import::List;
use protocol::mapping::TableCounts;
use protocol::schema::{FieldKind, Section};
use protocol::store::ListAge;

use super::schema::Schema;
use crate::store::books::Books;
use crate::store::mappings::list_of;
use crate::store::{Db, StoreError};

/// What there is to choose from.
pub(super) struct Present {
    ages: Vec<ListAge>,
}

impl Present {
    pub(super) async fn read(db: &mut Db<'_>, books: &Books) -> Result<Self, StoreError> {
        Ok(Self { ages: db.list_ages(books.connection(), books.company()).await? })
    }

    /// The page without the optional sections of which nothing can be decided.
    pub(super) fn page(&self, schema: &Schema, tables: &[TableCounts]) -> Schema {
        let wanted = |section: &&Section| {
            !schema.optional.contains(&section.key)
                || section.fields.iter().any(|field| self.has(&field.kind, tables))
        };
        let sections = schema.sections.iter().filter(wanted).cloned().collect();
        Schema { sections, ..schema.clone() }
    }

    fn has(&self, kind: &FieldKind, tables: &[TableCounts]) -> bool {
        match kind {
            FieldKind::Picker { list, .. } => self.has_list(*list),
            FieldKind::Mapping(table) => {
                let rows = tables.iter().find(|counts| counts.table == *table);
                self.has_list(list_of(*table)) && rows.is_some_and(|counts| !counts.states.is_empty())
            }
            _ => true,
        }
    }

    fn has_list(&self, list: List) -> bool {
        self.ages.iter().any(|age| age.list == list && age.count > 0)
    }
}

#[cfg(test)]
mod tests {
    use protocol::mapping::{MappingState, MappingTable};
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Entry {
        sections: Schema,
    }

    fn schema() -> Schema {
        let text = r#"
            [[sections]]
            key = "taxes"
            title = "Taxes"
            fields = [{ key = "taxes", label = "T", kind = { mapping = "Taxes" } }]
            [[sections]]
            key = "classes"
            title = "Classes"
            optional = true
            fields = [{ key = "classes", label = "C", kind = { mapping = "Classes" } }]
            [[sections]]
            key = "items"
            title = "Items"
            optional = true
            fields = [{ key = "item", label = "I", kind = { picker = { list = "Items" } } }]"#;
        toml::from_str::<Entry>(text).unwrap().sections
    }

    fn shown(lists: &[(List, u32)], rows: u32) -> Vec<String> {
        let age = |(list, count): &(List, u32)| ListAge { list: *list, count: *count, at: None };
        let present = Present { ages: lists.iter().map(age).collect() };
        let states = if rows == 0 { Vec::new() } else { vec![(MappingState::Unmatched, rows)] };
        let tables = [TableCounts { table: MappingTable::Classes, states, scores: Vec::new() }];
        present.page(&schema(), &tables).sections.into_iter().map(|section| section.key).collect()
    }

    #[test]
    fn a_table_is_shown_where_both_sides_have_something() {
        let classes = (List::Classes, 3);
        assert_eq!(shown(&[classes], 2), ["taxes", "classes"]);
        assert_eq!(shown(&[classes], 0), ["taxes"], "the portal has no product groups");
        assert_eq!(shown(&[(List::Classes, 0)], 2), ["taxes"], "the company has no class yet");
        assert_eq!(shown(&[], 2), ["taxes"], "classes are switched off");
    }

    #[test]
    fn a_picker_is_shown_where_there_is_something_to_pick() {
        assert_eq!(shown(&[(List::Items, 1)], 0), ["taxes", "items"]);
        assert_eq!(shown(&[], 0), ["taxes"]);
    }
}
