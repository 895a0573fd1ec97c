//! The saved settings and mappings as a file: CSV in parts that fit a frame, each asked for by itself.

use protocol::ids::IntegrationId;
use protocol::import::List;
use protocol::mapping::MappingTable;
use protocol::message::{Answer, FaultKind};
use protocol::schema::{Field, FieldKind, FieldValue};

use super::schema::Schema;
use super::{Picked, found, named, picked};
use crate::csv;
use crate::error::Refusal;
use crate::state::{App, Visitor};
use crate::store::books::Books;
use crate::store::mappings::{Exported, table_name, table_named};
use crate::store::{Db, StoreError};

/// The heading of the file.
const COLUMNS: [&str; 7] = ["what", "id", "name", "value", "value name", "state", "decided by"];
/// A part ends with the row that makes it longer than this: written as JSON it may grow fourfold, and
/// still fits a frame.
const PART: usize = 48 * 1024;
/// Rows that are looked up at once.
const ROWS: u16 = 500;

/// The part after `after`: a table, and a row of it, as the part before named it. The first part holds
/// the settings.
pub async fn export(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    (integration, after): (&IntegrationId, Option<&str>),
) -> Result<Answer, Refusal> {
    let (books, schema) = found(db, app, who, integration).await?;
    let Some(after) = after else {
        let csv = settings(db, &books, schema).await?;
        return Ok(Answer::Exported { csv, next: Some(cursor(MappingTable::ALL[0], "")) });
    };
    let (table, source) = read_cursor(after).ok_or(FaultKind::Invalid)?;
    let (mut csv, mut last) = (String::new(), None);
    for row in db.exported_mappings(&books, table, (source, ROWS)).await? {
        csv.push_str(&mapping(table, &row));
        last = Some(row.source);
        if csv.len() > PART {
            break;
        }
    }
    let next = match last {
        Some(source) => Some(cursor(table, &source)),
        None => after_table(table).map(|table| cursor(table, "")),
    };
    Ok(Answer::Exported { csv, next })
}

fn cursor(table: MappingTable, source: &str) -> String {
    format!("{}:{source}", table_name(table))
}

fn read_cursor(text: &str) -> Option<(MappingTable, &str)> {
    let (name, source) = text.split_once(':')?;
    let table = table_named(name)?;
    Some((table, source))
}

fn after_table(table: MappingTable) -> Option<MappingTable> {
    MappingTable::ALL.into_iter().skip_while(|other| *other != table).nth(1)
}

async fn settings(db: &mut Db<'_>, books: &Books, schema: &Schema) -> Result<String, StoreError> {
    let mut csv = line(COLUMNS);
    let saved = db.configuration(books).await?;
    if let Some(saved) = &saved {
        let version = saved.version.to_string();
        csv.push_str(&line(["version", "", "", &version, "", "", &saved.stamp.by]));
    }
    let values = saved.as_ref().map_or(&schema.defaults, |saved| &saved.values);
    let picked = picked(db, books, &named(schema, values, &[])).await?;
    for field in schema.fields() {
        if let Some(entry) = values.iter().find(|entry| entry.key == field.key) {
            let (value, name) = (text(&entry.value), value_name(field, &entry.value, &picked));
            csv.push_str(&line(["setting", &field.key, &field.label, &value, &name, "", ""]));
        }
    }
    Ok(csv)
}

fn text(value: &FieldValue) -> String {
    match value {
        FieldValue::Switch(on) => if *on { "on" } else { "off" }.to_owned(),
        FieldValue::Text(text) | FieldValue::Record(text) => text.clone(),
        FieldValue::Number(number) => number.to_string(),
    }
}

/// What a value is called where it is not its own name: a record, a choice.
fn value_name(field: &Field, value: &FieldValue, picked: &Picked) -> String {
    let record = |list: List, id: &String| picked.get(&(list, id.clone())).map(|one| one.record.name.clone());
    let name = match (&field.kind, value) {
        (FieldKind::Picker { list, .. }, FieldValue::Record(id)) => record(*list, id),
        (FieldKind::Choice(options), FieldValue::Text(chosen)) => {
            options.iter().find(|option| option.value == *chosen).map(|option| option.label.clone())
        }
        _ => None,
    };
    name.unwrap_or_default()
}

fn mapping(table: MappingTable, row: &Exported) -> String {
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    let (name, target, target_name, by) =
        (of(&row.name), of(&row.target), of(&row.target_name), of(&row.decided_by));
    line([table_name(table), &row.source, &name, &target, &target_name, &row.state, &by])
}

fn line<const N: usize>(cells: [&str; N]) -> String {
    let cells = cells.map(on_one_line);
    csv::row(cells.iter().map(String::as_str))
}

/// Control characters become spaces, since no cell of ours needs a line break.
fn on_one_line(text: &str) -> String {
    text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(text: &str) -> String {
        line([text]).strip_suffix("\r\n").expect("a row ends so").to_owned()
    }

    /// Reads one quoted cell as RFC 4180 has it.
    fn read(cell: &str) -> Option<String> {
        let inside = cell.strip_prefix('"')?.strip_suffix('"')?;
        let single = inside.replace("\"\"", "");
        (!single.contains('"')).then(|| inside.replace("\"\"", "\""))
    }

    #[test]
    fn in_06_formulas_become_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\0=1", "\r=1"] {
            assert!(read(&cell(formula)).unwrap().starts_with('\''), "{formula:?}");
        }
        assert_eq!(cell("Smith, \"Bob\" & Co"), "\"Smith, \"\"Bob\"\" & Co\"");
    }

    proptest! {
        #[test]
        fn in_06_no_cell_begins_a_formula_or_leaves_its_quotes(text: String) {
            let read = read(&cell(&text)).expect("one whole cell");
            prop_assert!(!read.starts_with(|first: char| "=+-@".contains(first) || first.is_control()));
            prop_assert!(!read.contains(['\r', '\n']));
            prop_assert!(read.chars().count() <= text.chars().count() + 1);
        }
    }

    #[test]
    fn the_tables_follow_one_another_and_come_to_an_end() {
        let mut table = Some(MappingTable::ALL[0]);
        let mut seen = Vec::new();
        while let Some(now) = table {
            assert_eq!(read_cursor(&cursor(now, "a:b")), Some((now, "a:b")));
            seen.push(now);
            table = after_table(now);
        }
        assert_eq!(seen, MappingTable::ALL);
        assert_eq!(read_cursor("customers"), None);
        assert_eq!(read_cursor("invoices:1"), None);
    }
}
