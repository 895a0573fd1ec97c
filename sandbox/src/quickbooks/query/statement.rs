//! A statement of the query language, as it was written.

/// Rows of a page when the statement does not say.
const DEFAULT_PAGE: usize = 100;
/// More than this is never given at once.
const LARGEST_PAGE: usize = 1000;

/// A statement as it was written; names are in the writer's case.
#[derive(Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) selection: Selection,
    pub(crate) entity: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) order: Vec<Order>,
    /// Counted from 1; absent when the statement does not page.
    pub(crate) start: Option<usize>,
    pub(crate) max: Option<usize>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Selection {
    All,
    Count,
    /// Whole objects are answered all the same; the names are only checked.
    Fields(Vec<String>),
}

/// `property operator value`; an `IN` has several values.
#[derive(Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) property: String,
    pub(crate) operator: Operator,
    pub(crate) values: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Like,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) property: String,
    pub(crate) descending: bool,
}

impl Statement {
    /// Rows of the page, within the limit.
    pub(crate) fn page(&self) -> usize {
        self.max.unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE)
    }

    pub(crate) fn mentions(&self, property: &str) -> bool {
        self.conditions.iter().any(|condition| condition.property.eq_ignore_ascii_case(property))
    }
}
