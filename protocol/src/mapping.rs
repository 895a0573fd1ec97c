//! Mapping rows: a portal record, what it is mapped to, and who decided.

use serde::{Deserialize, Serialize};

use crate::record::Record;

/// A table of mappings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MappingTable {
    /// Portal taxes to tax codes.
    Taxes,
    /// Portal customers to customers.
    Customers,
    /// Portal suppliers to vendors.
    Suppliers,
    /// Portal payment terms to terms.
    Terms,
    /// Portal currencies to currencies.
    Currencies,
    /// Portal product groups to classes.
    Classes,
    /// Portal warehouses to locations.
    Locations,
}

impl MappingTable {
    /// Every table.
    pub const ALL: [Self; 7] = [
        Self::Taxes,
        Self::Customers,
        Self::Suppliers,
        Self::Terms,
        Self::Currencies,
        Self::Classes,
        Self::Locations,
    ];

    /// Whether two portal records that are mapped to one of the provider's contradict each other. Two of a
    /// portal's warehouses may well be one location.
    pub fn is_one_to_one(self) -> bool {
        matches!(self, Self::Customers | Self::Suppliers)
    }
}

/// Which rows to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingQuery {
    /// Of which table.
    pub table: MappingTable,
    /// Only rows whose portal record contains this, or whose portal id it is.
    pub search: String,
    /// Only rows in this state, with the visitor's kept draft laid over them.
    pub state: Option<MappingState>,
    /// Only rows that the visitor's kept draft decides one by one.
    pub drafted: bool,
    /// Rows to pass over.
    pub offset: u32,
    /// Rows wanted, at most [`crate::WINDOW_LIMIT`].
    pub limit: u16,
}

/// A window of mapping rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingWindow {
    /// Rows that match, over all windows.
    pub total: u32,
    /// Rows passed over.
    pub offset: u32,
    /// Counts of the whole table, as saved.
    pub counts: TableCounts,
    /// The rows as saved, by the portal record's name.
    pub rows: Vec<MappingRow>,
}

/// How many rows of a table stand where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCounts {
    /// Which table.
    pub table: MappingTable,
    /// Count by state; states without rows are left out.
    pub states: Vec<(MappingState, u32)>,
    /// Suggestions by score, as (score, rows with exactly this score), best first.
    pub scores: Vec<(u8, u32)>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingRow {
    /// The portal's record.
    pub source: Source,
    /// Where the row stands, as saved.
    pub state: MappingState,
    /// What it is mapped to, or what is suggested.
    pub target: Option<Record>,
    /// Certainty of a suggestion, 0 to 100.
    pub score: u8,
    /// Why it is suggested.
    pub reasons: Vec<Reason>,
    /// The name of the one who decided; none when nobody did.
    pub by: Option<String>,
    /// Taxes: the rates differ.
    pub rate_mismatch: bool,
}

/// A record of the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The portal's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its code, when there is one.
    pub code: Option<String>,
    /// E-mail address, or the rate of a tax as text, for example "20 %".
    pub detail: Option<String>,
}

/// Where a row stands (product.md, Mapping rows).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MappingState {
    /// Nothing like it was found, and nobody decided.
    Unmatched,
    /// Found by matching, not yet confirmed.
    Suggested,
    /// Several are as good: never linked by itself.
    NeedsReview,
    /// Decided.
    Confirmed,
    /// To be created at the provider.
    CreateNew,
    /// Left alone on purpose.
    Ignored,
    /// Two portal records claim one provider record.
    Conflict,
    /// What it was mapped to vanished.
    Broken,
}

/// Why a row is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The e-mail addresses are equal.
    Email,
    /// The numbers at the tax office are equal but for spaces and punctuation.
    TaxNumber,
    /// The names are equal but for case, accents, punctuation and legal suffix.
    Name,
    /// The codes are equal.
    Code,
    /// The tax rates are equal.
    Rate,
    /// Both are one kind of tax, for example reverse charge.
    Kind,
}

/// What becomes of a row, decided by hand.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MappingChoice {
    /// Mapped to the provider's record of this id.
    Link(String),
    /// To be created at the provider.
    CreateNew,
    /// Left alone on purpose.
    Ignore,
    /// The decision is taken back; matching may suggest again.
    Undecided,
}
