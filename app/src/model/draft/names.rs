//! Names of what the changes are about: rows and records that were seen on the way.

use protocol::import::List;
use protocol::mapping::{MappingChoice, MappingRow, MappingState, MappingTable};
use protocol::record::Record;
use protocol::schema::{Configuration, FieldKind, FieldValue};

use super::{Changes, Key, What};
use crate::model::sorted::Sorted;

/// Rows and records by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    rows: Sorted<(MappingTable, String), MappingRow>,
    records: Sorted<(List, String), Record>,
}

/// What must be asked for before every change can be named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unknown {
    /// Rows, by the portal's id.
    pub rows: Vec<(MappingTable, String)>,
    /// Records, by the provider's id.
    pub records: Vec<(List, String)>,
}

impl Unknown {
    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.rows.extend(other.rows);
        self.records.extend(other.records);
        self
    }
}

/// The list that a table's rows are mapped to.
pub fn target_list(table: MappingTable) -> List {
    match table {
        MappingTable::Taxes => List::TaxCodes,
        MappingTable::Customers => List::Customers,
        MappingTable::Suppliers => List::Suppliers,
        MappingTable::Terms => List::Terms,
        MappingTable::Currencies => List::Currencies,
        MappingTable::Classes => List::Classes,
        MappingTable::Locations => List::Locations,
    }
}

/// The list that a field picks from.
pub fn picked_list(configuration: &Configuration, key: &str) -> Option<List> {
    let mut fields = configuration.sections.iter().flat_map(|s| &s.fields);
    match &fields.find(|field| field.key == key)?.kind {
        FieldKind::Picker { list, .. } => Some(*list),
        _ => None,
    }
}

impl Names {
    /// Learns the records that a configuration names.
    pub fn learn(&mut self, configuration: &Configuration) {
        for chosen in &configuration.chosen {
            self.record(chosen.list, chosen.record.clone());
        }
    }

    /// Learns a row, and what it is mapped to.
    pub fn row(&mut self, table: MappingTable, row: &MappingRow) {
        if let Some(target) = &row.target {
            self.record(target_list(table), target.clone());
        }
        let key = (table, row.source.id.clone());
        self.rows.insert(key, row.clone());
    }

    /// Learns anew where rows stand that were seen before. True when any has moved.
    pub fn renew(&mut self, table: MappingTable, rows: &[MappingRow]) -> bool {
        let mut moved = false;
        for row in rows {
            if self.known_row(table, &row.source.id).is_some_and(|known| known != row) {
                self.row(table, row);
                moved = true;
            }
        }
        moved
    }

    /// Learns a record.
    pub fn record(&mut self, list: List, record: Record) {
        self.records.insert((list, record.id.clone()), record);
    }

    /// A row that was seen.
    pub fn known_row(&self, table: MappingTable, source: &str) -> Option<&MappingRow> {
        self.rows.get(&(table, source.to_owned()))
    }

    /// A record that was seen.
    pub fn known(&self, list: List, id: &str) -> Option<&Record> {
        self.records.get(&(list, id.to_owned()))
    }

    /// What a row is mapped to; named by its id until it was seen.
    pub fn target(&self, table: MappingTable, id: &str) -> Record {
        let known = self.known(target_list(table), id).cloned();
        known.unwrap_or_else(|| Record {
            id: id.to_owned(),
            name: id.to_owned(),
            active: true,
            ..Record::default()
        })
    }

    /// What the changes name and nobody has seen, at most so many of each.
    pub fn unknown(&self, changes: &Changes, configuration: &Configuration, most: usize) -> Unknown {
        let mut unknown = Unknown::default();
        for (key, what) in changes.iter() {
            match (key, what) {
                (Key::Row(table, source), What::Choice(choice)) => {
                    if self.known_row(*table, source).is_none() {
                        unknown.rows.push((*table, source.clone()));
                    }
                    if let MappingChoice::Link(id) = choice {
                        self.missing(&mut unknown, target_list(*table), id);
                    }
                }
                (Key::Field(key), What::Value(Some(FieldValue::Record(id)))) => {
                    if let Some(list) = picked_list(configuration, key) {
                        self.missing(&mut unknown, list, id);
                    }
                }
                _ => {}
            }
        }
        unknown.rows.truncate(most);
        unknown.records.truncate(most);
        unknown
    }

    /// The changes decide rows of this table that nobody has seen.
    pub fn has_unseen(&self, changes: &Changes, table: MappingTable) -> bool {
        changes.iter().any(|(key, _)| match key {
            Key::Row(of, source) => *of == table && self.known_row(table, source).is_none(),
            _ => false,
        })
    }

    fn missing(&self, unknown: &mut Unknown, list: List, id: &str) {
        let wanted = (list, id.to_owned());
        if self.records.get(&wanted).is_none() && !unknown.records.contains(&wanted) {
            unknown.records.push(wanted);
        }
    }

    /// Suggestions of at least this score that a choice by hand keeps from being accepted.
    pub fn held_back(&self, changes: &Changes, table: MappingTable, score: u8) -> u32 {
        let held = changes.iter().filter(|(key, _)| match key {
            Key::Row(of, source) if *of == table => self
                .known_row(table, source)
                .is_some_and(|row| row.state == MappingState::Suggested && row.score >= score),
            _ => false,
        });
        u32::try_from(held.count()).unwrap_or(u32::MAX)
    }
}
