//! The query language (facts 3.3): text is split by `lexer`, understood by `parser` as a `statement`, checked by
//! `validation` and found by `search`. Where QuickBooks is silent or disputed, `dialect` has a switch.

mod dialect;
mod filter;
mod lexer;
mod moment;
mod parser;
mod property;
mod row;
mod run;
mod search;
mod statement;
#[cfg(test)]
mod tests;
mod validation;

pub use self::dialect::{Dialect, LargePages, Letters};
pub(crate) use self::{
    dialect::Terms,
    moment::moment,
    property::says_active,
    row::Row,
    run::{Found, Records, run},
    statement::{Condition, Literal, Operator, Order, Selection, Statement},
};
use super::faults::Service;

/// Reads a statement, or says where it stops being one.
pub(crate) fn parse(text: &str, terms: &Terms) -> Result<Statement, Service> {
    let tokens = lexer::tokens(text, terms.dialect.letters);
    parser::Parser::new(&tokens, terms).whole()
}
