//! The language as a whole: its grammar, its answers, and what holds for all statements.

mod answers;
mod books;
#[cfg(feature = "deep")]
mod deep;
mod faults;
mod grammar;
mod round_trip;

use time::macros::date;

use super::{Dialect, Statement, Terms, parse};

pub(super) const TERMS: Terms = Terms { dialect: Dialect::SEEN_LAST, today: date!(2026 - 03 - 04) };

/// A statement that has to be one.
pub(super) fn parsed(text: &str) -> Statement {
    parsed_in(text, TERMS.dialect)
}

fn parsed_in(text: &str, dialect: Dialect) -> Statement {
    let terms = Terms { dialect, ..TERMS };
    parse(text, &terms).unwrap_or_else(|fault| panic!("{text}: {}", fault.detail))
}

/// Code and detail of a text that must not be a statement.
fn fault(text: &str) -> String {
    fault_in(text, TERMS.dialect)
}

fn fault_in(text: &str, dialect: Dialect) -> String {
    match parse(text, &Terms { dialect, ..TERMS }) {
        Ok(statement) => panic!("{text} is {statement}"),
        Err(fault) => format!("{} {}", fault.code, fault.detail),
    }
}
