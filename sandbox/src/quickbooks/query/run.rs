//! What a statement finds in a company's records.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    Row, Selection, Statement,
    property::{is_number, says_active},
    search::Search,
    validation::validated,
};
use crate::quickbooks::faults::Service;

/// The records that a statement is run on.
pub(crate) trait Records {
    /// Whether the company has such records at all, or the fault that says it has not.
    fn served(&self, _entity: &str) -> Result<(), Service> {
        Ok(())
    }
    /// How many records the entity has, inactive ones too.
    fn count(&self, entity: &str) -> usize;
    /// Whether none of them is inactive, so that counts and pages need no look at each.
    fn all_active(&self, entity: &str) -> bool;
    /// Those from the nth on (from 0), in the order of their Ids, inactive ones too.
    fn from<'a>(&'a self, entity: &'a str, nth: usize) -> Box<dyn Iterator<Item = Cow<'a, Value>> + 'a>;
    /// The same as rows of a page.
    fn rows<'a>(&'a self, entity: &'a str, nth: usize) -> Box<dyn Iterator<Item = Row<'a>> + 'a> {
        Box::new(self.from(entity, nth).map(Row::Held))
    }
    /// How many of them are active.
    fn count_active(&self, entity: &str) -> usize {
        self.active(entity, 0).count()
    }
    /// The active ones from the nth of them on, in the order of their Ids.
    fn active<'a>(&'a self, entity: &'a str, nth: usize) -> Box<dyn Iterator<Item = Cow<'a, Value>> + 'a> {
        Box::new(self.from(entity, 0).filter(|row| says_active(row.get("Active"))).skip(nth))
    }
    /// The one with this Id.
    fn get(&self, entity: &str, id: &str) -> Option<Cow<'_, Value>>;
}

/// The answer to a statement.
pub(crate) enum Found<'a> {
    Count(usize),
    Rows {
        entity: &'static str,
        rows: Vec<Row<'a>>,
        start: usize,
        /// Given for whole, unfiltered lists only.
        total: Option<usize>,
    },
}

/// Runs a statement over the records of one company.
pub(crate) fn run<'a>(statement: &'a Statement, records: &'a impl Records) -> Result<Found<'a>, Service> {
    let entity = validated(statement)?.name;
    records.served(entity)?;
    let search = Search::new(statement, records, entity);
    // The page of a count is of no matter: clients send one (seen in node-quickbooks).
    if statement.selection == Selection::Count {
        return Ok(Found::Count(search.count()));
    }
    let whole = statement.conditions.is_empty() && statement.start.is_none() && statement.max.is_none();
    let total = whole.then(|| search.count());
    let on_top = entity == "TaxCode" && statement.max.is_some() && statement.built_in_tax_codes_on_top;
    let mut rows = if on_top { with_built_ins(statement, &search) } else { search.page() };
    if matches!(statement.selection, Selection::Fields(_)) {
        rows = rows.into_iter().map(sparse).collect();
    }
    Ok(Found::Rows { entity, rows, start: statement.start.unwrap_or(1), total })
}

/// The built-in codes first, then a page of the others.
fn with_built_ins<'a>(statement: &Statement, search: &Search<'a, impl Records>) -> Vec<Row<'a>> {
    let built_in = |row: &Cow<'_, Value>| !row.get("Id").and_then(Value::as_str).is_some_and(is_number);
    let skip = statement.start.unwrap_or(1) - 1;
    let others = search.hits().filter(|row| !built_in(row)).skip(skip).take(statement.page());
    search.hits().filter(built_in).chain(others).map(Row::Held).collect()
}

/// Whole objects are answered to a list of fields, but they are not called whole.
fn sparse(row: Row<'_>) -> Row<'_> {
    let mut record = row.into_value();
    if let Some(sparse) = record.get_mut("sparse") {
        *sparse = Value::Bool(true);
    }
    Row::Held(Cow::Owned(record))
}
