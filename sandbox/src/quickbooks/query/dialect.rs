//! What is decided here because QuickBooks does not document it, or because its users disagree (facts 3.3 and 7).

use serde::{Deserialize, Serialize};
use time::Date;

/// The disputed corners of the query language. The default is what was last seen at Intuit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    /// Whether `!=` and `NOT` work. They are undocumented; one tester had them work in December 2025.
    pub negation: bool,
    /// Whether `Balance > 0` works without quotes, as documented; the same tester had it refused.
    pub bare_numbers: bool,
    /// What a `MAXRESULTS` above 1000 gets.
    pub large_pages: LargePages,
    /// Which letters a quoted text may have.
    pub letters: Letters,
    /// Whether the built-in tax codes come on top of `MAXRESULTS`, so that the number of rows is odd (hearsay).
    pub built_in_tax_codes_on_top: bool,
}

impl Dialect {
    /// As QuickBooks was last seen to behave.
    pub const SEEN_LAST: Self = Self {
        negation: true,
        bare_numbers: true,
        large_pages: LargePages::Refuse,
        letters: Letters::All,
        built_in_tax_codes_on_top: false,
    };
}

impl Default for Dialect {
    fn default() -> Self {
        Self::SEEN_LAST
    }
}

/// What a page of more than 1000 rows gets.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LargePages {
    /// Fault 4001, `value 1500 is too large. Max allowed value is 1000`, as reported in 2014.
    Refuse,
    /// 1000 rows.
    Cap,
}

/// The letters of a quoted text.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Letters {
    /// All that Unicode has.
    All,
    /// None beyond U+00FF: a typographic apostrophe and a dash were lexical errors in 2016 and 2021.
    Latin,
}

/// What a statement is read with.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) dialect: Dialect,
    /// What `CURRENT_DATE` stands for.
    pub(crate) today: Date,
}
