//! Imported records, read in windows.

use serde::{Deserialize, Serialize};

use crate::import::List;

/// Which records to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordQuery {
    /// Of which list.
    pub list: List,
    /// Only those whose name, number or detail contains this, without regard to case and accents, or
    /// whose id it is.
    pub search: String,
    /// Only accounts of these types (`AccountType` at QuickBooks); all when empty.
    pub kinds: Vec<String>,
    /// Also those that are inactive or vanished at the provider.
    pub all: bool,
    /// Rows to pass over.
    pub offset: u32,
    /// Rows wanted, at most [`crate::WINDOW_LIMIT`].
    pub limit: u16,
}

/// A window of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordWindow {
    /// Rows that match, over all windows.
    pub total: u32,
    /// Rows passed over.
    pub offset: u32,
    /// The rows, by name.
    pub rows: Vec<Record>,
}

/// One imported object, as a table or a picker shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The provider's id.
    pub id: String,
    /// Full name, for example "Freeman Sporting Goods:55 Twin Lane".
    pub name: String,
    /// Account number, when there is one.
    pub number: Option<String>,
    /// Account type, tax rate, e-mail address: what tells two of a name apart.
    pub detail: Option<String>,
    /// In use at the provider.
    pub active: bool,
    /// Was here before and is gone at the provider.
    pub vanished: bool,
}
