//! Imported records, read in windows.

use serde::{Deserialize, Serialize};

use crate::ids::ImportId;
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
    /// Only those that a run was the last to change, whatever has become of them.
    pub changed_in: Option<ChangedIn>,
    /// In which order.
    pub order: RecordOrder,
    /// Rows to pass over.
    pub offset: u32,
    /// Rows wanted, at most [`crate::WINDOW_LIMIT`].
    pub limit: u16,
}

/// Records that a run changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedIn {
    /// Which run.
    pub import: ImportId,
    /// Only those of this kind; all when none.
    pub kind: Option<ChangeKind>,
}

/// What a run did to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChangeKind {
    /// It was not here before.
    Added,
    /// It changed, and kept its name.
    Changed,
    /// It has another name now.
    Renamed,
    /// It is gone at the provider.
    Vanished,
}

/// The order of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct RecordOrder {
    /// By which of their texts; by name, then by id, where those are equal.
    pub by: RecordColumn,
    /// The last first.
    pub descending: bool,
}

/// A column of a table of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum RecordColumn {
    /// Full name.
    #[default]
    Name,
    /// Account number.
    Number,
    /// What tells two of a name apart.
    Detail,
    /// In use, inactive, gone.
    State,
}

/// A window of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordWindow {
    /// Rows that match, over all windows.
    pub total: u32,
    /// Rows passed over.
    pub offset: u32,
    /// The rows, in the order asked for.
    pub rows: Vec<Record>,
}

/// One imported object, as a table or a picker shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    /// What the last run that changed it did; none when no run has since its list was first read.
    pub change: Option<RecordChange>,
    /// Where it is looked at in QuickBooks; none where the provider has no such page.
    pub link: Option<String>,
}

/// What a run did to a record, and what it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChange {
    /// Which run.
    pub import: ImportId,
    /// What it did.
    pub kind: ChangeKind,
    /// Its name before, when it was renamed.
    pub name_before: Option<String>,
}
