//! What a draft does to a configuration: pure, so that a save and a test agree.

use protocol::mapping::{MappingChoice, MappingTable};
use protocol::schema::{Change, FieldEntry};

/// A draft, sorted by what it touches; of two changes of one thing the later counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sorted {
    /// Values after the draft.
    pub values: Vec<FieldEntry>,
    /// Rows decided by hand, by table.
    pub rows: Vec<(MappingTable, String, MappingChoice)>,
    /// Suggestions to confirm, by table and least score.
    pub accepts: Vec<(MappingTable, u8)>,
    /// Fields that the draft touches.
    pub fields: u32,
}

/// Puts changes over values.
pub fn sort(values: &[FieldEntry], changes: &[Change]) -> Sorted {
    let mut sorted = Sorted { values: values.to_vec(), ..Sorted::default() };
    for change in latest(changes) {
        match change {
            Change::Field { key, value } => {
                sorted.fields += 1;
                sorted.values.retain(|entry| entry.key != key);
                sorted.values.extend(value.map(|value| FieldEntry { key, value }));
            }
            Change::Map { table, source, choice } => sorted.rows.push((table, source, choice)),
            Change::AcceptSuggestions { table, at_least } => sorted.accepts.push((table, at_least)),
        }
    }
    sorted
}

/// The last change of each field, row and table, in the order of the last ones.
pub fn latest(changes: &[Change]) -> Vec<Change> {
    let mut seen = std::collections::HashSet::new();
    let mut last: Vec<Change> =
        changes.iter().rev().filter(|change| seen.insert(key(change))).cloned().collect();
    last.reverse();
    last
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Field(&'a str),
    Row(MappingTable, &'a str),
    Accept(MappingTable),
}

fn key(change: &Change) -> Key<'_> {
    match change {
        Change::Field { key, .. } => Key::Field(key),
        Change::Map { table, source, .. } => Key::Row(*table, source),
        Change::AcceptSuggestions { table, .. } => Key::Accept(*table),
    }
}

#[cfg(test)]
mod tests {
    use protocol::schema::FieldValue;

    use super::*;

    fn field(key: &str, value: Option<&str>) -> Change {
        Change::Field { key: key.into(), value: value.map(|text| FieldValue::Text(text.into())) }
    }

    #[test]
    fn the_later_change_of_one_thing_counts() {
        let before = [FieldEntry { key: "memo".into(), value: FieldValue::Text("old".into()) }];
        let sorted =
            sort(&before, &[field("memo", Some("a")), field("prefix", Some("b")), field("memo", None)]);
        assert_eq!(sorted.values, [FieldEntry { key: "prefix".into(), value: FieldValue::Text("b".into()) }]);
        assert_eq!(sorted.fields, 2);
    }

    #[test]
    fn rows_of_two_tables_stay_apart() {
        let row = |table, choice| Change::Map { table, source: "1".into(), choice };
        let changes = [
            row(MappingTable::Customers, MappingChoice::Ignore),
            row(MappingTable::Suppliers, MappingChoice::Ignore),
            row(MappingTable::Customers, MappingChoice::CreateNew),
        ];
        let sorted = sort(&[], &changes);
        assert_eq!(sorted.rows.len(), 2);
        assert!(sorted.rows.contains(&(MappingTable::Customers, "1".into(), MappingChoice::CreateNew)));
    }
}
