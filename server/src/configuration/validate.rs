//! The rules of values: what a field takes, what stands in the way of becoming active. Pure.

use std::collections::HashMap;

use protocol::import::List;
use protocol::mapping::{MappingState, MappingTable, TableCounts};
use protocol::schema::{Field, FieldEntry, FieldKind, FieldValue, Problem, ProblemCause};

use super::schema::Schema;
use crate::store::records::PickedRecord;

/// What the rules look at beside the schema.
pub struct Look<'a> {
    /// Values of the fields that have one.
    pub values: &'a [FieldEntry],
    /// The records that values name, by list and the provider's id.
    pub picked: &'a HashMap<(List, String), PickedRecord>,
    /// Counts of every mapping table.
    pub tables: &'a [TableCounts],
    /// Taxes mapped to a code of another rate.
    pub rate_mismatches: u32,
}

impl Look<'_> {
    fn value(&self, key: &str) -> Option<&FieldValue> {
        self.values.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    fn in_state(&self, table: MappingTable, states: &[MappingState]) -> u32 {
        let counts =
            self.tables.iter().filter(|counts| counts.table == table).flat_map(|counts| &counts.states);
        counts.filter(|(state, _)| states.contains(state)).map(|(_, count)| count).sum()
    }
}

/// Whether a field takes a value of this shape (facts about records are checked elsewhere).
pub fn takes(field: &Field, value: &FieldValue) -> bool {
    match (&field.kind, value) {
        (FieldKind::Switch, FieldValue::Switch(_)) => true,
        (FieldKind::Choice(options), FieldValue::Text(text)) => {
            options.iter().any(|option| option.value == *text)
        }
        (FieldKind::Text { limit }, FieldValue::Text(text)) => text.chars().count() <= usize::from(*limit),
        (FieldKind::Number { min, max }, FieldValue::Number(number)) => (min..=max).contains(&number),
        (FieldKind::Date, FieldValue::Text(text)) => is_date(text),
        (FieldKind::Picker { .. }, FieldValue::Record(id)) => !id.is_empty() && id.len() <= 64,
        _ => false,
    }
}

/// A day of the calendar, as YYYY-MM-DD.
fn is_date(text: &str) -> bool {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    text.len() == 10 && time::Date::parse(text, format).is_ok()
}

/// Everything that stands in the way or only warns, top to bottom.
pub fn problems(schema: &Schema, look: &Look<'_>) -> Vec<Problem> {
    let switched_on = |key: &String| look.value(key) == Some(&FieldValue::Switch(true));
    let shown = schema.fields().filter(|field| field.depends_on.as_ref().is_none_or(switched_on));
    shown.flat_map(|field| field_problems(field, look)).collect()
}

fn field_problems(field: &Field, look: &Look<'_>) -> Vec<Problem> {
    let problem = |blocks, cause, count| Problem { key: field.key.clone(), blocks, cause, count };
    match (&field.kind, look.value(&field.key)) {
        (FieldKind::Mapping(table), _) => table_problems(*table, field.required, look, &problem),
        (_, None) if field.required => vec![problem(true, ProblemCause::Missing, 0)],
        (FieldKind::Picker { list, kinds }, Some(FieldValue::Record(id))) => {
            let picked = look.picked.get(&(*list, id.clone()));
            let alive = picked.is_some_and(|found| found.record.active && !found.record.vanished);
            let fits = |found: &PickedRecord| {
                kinds.is_empty() || found.kind.as_ref().is_some_and(|kind| kinds.contains(kind))
            };
            match picked {
                Some(found) if alive && fits(found) => Vec::new(),
                Some(_) if alive => vec![problem(field.required, ProblemCause::WrongKind, 0)],
                _ => vec![problem(field.required, ProblemCause::Broken, 0)],
            }
        }
        _ => Vec::new(),
    }
}

fn table_problems(
    table: MappingTable,
    required: bool,
    look: &Look<'_>,
    problem: &dyn Fn(bool, ProblemCause, u32) -> Problem,
) -> Vec<Problem> {
    let undecided = [MappingState::Unmatched, MappingState::Suggested, MappingState::NeedsReview];
    let counted = [
        (required, ProblemCause::Undecided, look.in_state(table, &undecided)),
        (required, ProblemCause::Conflict, look.in_state(table, &[MappingState::Conflict])),
        (required, ProblemCause::Broken, look.in_state(table, &[MappingState::Broken])),
        (
            false,
            ProblemCause::RateMismatch,
            if table == MappingTable::Taxes { look.rate_mismatches } else { 0 },
        ),
    ];
    let some = counted.into_iter().filter(|(_, _, count)| *count > 0);
    some.map(|(blocks, cause, count)| problem(blocks, cause, count)).collect()
}

#[cfg(test)]
mod tests;
