//! A statement of the query language, and how it is written.

use std::fmt::{self, Display, Formatter, Write as _};

/// Rows of a page when the statement does not say.
const DEFAULT_PAGE: usize = 100;

/// A statement as it was written; names are in the writer's case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) selection: Selection,
    pub(crate) entity: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) order: Vec<Order>,
    /// Counted from 1; absent when the statement does not page.
    pub(crate) start: Option<usize>,
    pub(crate) max: Option<usize>,
    /// Whether the built-in tax codes come on top of `max`: a habit of the other end, not a part of the text.
    pub(crate) built_in_tax_codes_on_top: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selection {
    All,
    Count,
    /// Whole objects are answered all the same; the names are only checked.
    Fields(Vec<String>),
}

/// `property operator value`; an `IN` has several values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) property: String,
    /// Whether it holds exactly when it otherwise would not.
    pub(crate) negated: bool,
    pub(crate) operator: Operator,
    pub(crate) values: Vec<Literal>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Like,
}

/// A value as it was written. What it is compared as depends on the property, not on the quotes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Number(String),
    Truth(bool),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) property: String,
    pub(crate) descending: bool,
}

impl Statement {
    /// Rows of a page.
    pub(crate) fn page(&self) -> usize {
        self.max.unwrap_or(DEFAULT_PAGE)
    }

    pub(crate) fn mentions(&self, property: &str) -> bool {
        self.conditions.iter().any(|condition| condition.is_on(property))
    }
}

impl Condition {
    pub(crate) fn is_on(&self, property: &str) -> bool {
        self.property.eq_ignore_ascii_case(property)
    }
}

impl Literal {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Truth(true) => "true",
            Self::Truth(false) => "false",
        }
    }
}

impl Display for Statement {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "SELECT {} FROM {}", self.selection, self.entity)?;
        for (at, condition) in self.conditions.iter().enumerate() {
            write!(to, " {} {condition}", if at == 0 { "WHERE" } else { "AND" })?;
        }
        if !self.order.is_empty() {
            to.write_str(" ORDERBY ")?;
            list(to, &self.order)?;
        }
        self.start.map_or(Ok(()), |start| write!(to, " STARTPOSITION {start}"))?;
        self.max.map_or(Ok(()), |max| write!(to, " MAXRESULTS {max}"))
    }
}

impl Display for Selection {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => to.write_str("*"),
            Self::Count => to.write_str("COUNT(*)"),
            Self::Fields(names) => list(to, names),
        }
    }
}

impl Display for Condition {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "NOT " } else { "" };
        write!(to, "{not}{} {} ", self.property, self.operator)?;
        if self.operator != Operator::In {
            return list(to, &self.values);
        }
        to.write_char('(')?;
        list(to, &self.values)?;
        to.write_char(')')
    }
}

impl Display for Operator {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "IN",
            Self::Like => "LIKE",
        })
    }
}

impl Display for Literal {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let Self::Text(text) = self else { return to.write_str(self.text()) };
        to.write_char('\'')?;
        for letter in text.chars() {
            if matches!(letter, '\'' | '\\') {
                to.write_char('\\')?;
            }
            to.write_char(letter)?;
        }
        to.write_char('\'')
    }
}

impl Display for Order {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "{}{}", self.property, if self.descending { " DESC" } else { "" })
    }
}

fn list(to: &mut Formatter<'_>, items: &[impl Display]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(to, "{comma}{item}")?;
    }
    Ok(())
}
