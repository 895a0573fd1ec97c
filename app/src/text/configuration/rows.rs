//! Words of mapping rows, records and lists.

use protocol::import::List;
use protocol::mapping::{MappingRow, MappingState, MappingTable, Reason};
use protocol::record::{ChangeKind, Record};

use super::counted;
use crate::browser::intl;
use crate::text::brand;

/// Confirms a suggestion.
pub const CONFIRM: &str = "Confirm";
/// Creates the record at the provider.
pub const CREATE_NEW: &str = "Create new";
/// Leaves a row alone.
pub const IGNORE: &str = "Ignore";
/// Heading of the choices of a row.
pub const CHOICES: &str = "Or decide without a match";
/// Every state.
pub const ALL: &str = "All";
/// Name of the state filter.
pub const SHOW: &str = "Show";
/// The state's column.
pub const STATE: &str = "State";
/// The column of buttons.
pub const ACTIONS: &str = "Actions";
/// The column of ticks.
pub const SELECT: &str = "Select";
/// Clears the selection.
pub const SELECT_NONE: &str = "Clear selection";
/// Selects what is in sight.
pub const SELECT_ALL: &str = "Select these";
/// A row that is on its way.
pub const ROW_LOADING: &str = "…";
/// The keyboard's hint.
pub const KEYS: &str =
    "Keyboard: arrow keys move between rows, Enter chooses, Space selects, Delete takes back.";
/// Nothing matches the search.
pub const NO_ROWS: &str = "Nothing matches. Try another word or another state.";
/// The table could not be read.
pub const ROWS_FAILED: &str = "These rows could not be read.";
/// Opens the choice for a row without one.
pub const CHOOSE_RECORD: &str = "Choose …";
/// The rates on both sides differ.
pub const RATES_DIFFER: &str = "Rates differ";
/// The first part of accepting suggestions.
pub const ACCEPT: &str = "Accept suggestions at or above";
/// What a tick on a changed row means.
pub const NOT_SAVED: &str = "not saved yet";
/// The record is no longer at the provider.
pub const GONE: &str = "Gone";
/// The record is switched off at the provider.
pub const INACTIVE: &str = "Inactive";
/// The record is in use.
pub const IN_USE: &str = "In use";
/// Name of the list picker.
pub const LISTS: &str = "Lists";
/// Search field of the imported data.
pub const SEARCH: &str = "Search";
/// Column of names.
pub const NAME: &str = "Name";
/// Column of numbers.
pub const NUMBER: &str = "Number";
/// Column of what tells two of a name apart.
pub const DETAIL: &str = "Detail";
/// A list that was never read to its end.
pub const NEVER_READ: &str = "not imported yet";
/// A list that is being read.
pub const BEING_READ: &str = "being imported";
/// Nothing was imported yet.
pub const NO_DATA: &str = "No data yet";
/// The list is empty at the provider.
pub const EMPTY_LIST: &str = "This list has no records.";
/// The list is on its way.
pub const LIST_COMING: &str = "This list is being imported; its records appear here by themselves.";

/// Name of the filter by what the last import changed.
pub const CHANGES_OF: &str = "Changed in the last import";
/// The filter that lets everything through.
pub const ALL_RECORDS: &str = "All records";
/// The filter that lets every change through.
pub const ALL_CHANGES: &str = "All changes";
/// Shows rows that arrived while somebody was at the table.
pub const ARRIVED: &str = "Show what has arrived";

/// What a run did to a record.
pub fn change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "Added",
        ChangeKind::Changed => "Changed",
        ChangeKind::Renamed => "Renamed",
        ChangeKind::Vanished => "Gone",
    }
}

/// The name of a record before it was renamed.
pub fn was(before: &str) -> String {
    ["was ", before].concat()
}

/// Opens a record where it comes from.
pub fn open_at(name: &str, provider: &str) -> String {
    ["Open ", name, " in ", brand(provider)].concat()
}

/// When the shown list was read.
pub fn read_at(age: &str) -> String {
    ["Imported: ", age].concat()
}

/// Where a row stands.
pub fn state(state: MappingState) -> &'static str {
    match state {
        MappingState::Unmatched => "No match",
        MappingState::Suggested => "Suggested",
        MappingState::NeedsReview => "Needs review",
        MappingState::Confirmed => "Confirmed",
        MappingState::CreateNew => "Create new",
        MappingState::Ignored => "Ignored",
        MappingState::Conflict => "Claimed twice",
        MappingState::Broken => "Target gone",
    }
}

/// The heading of a table's left side.
pub fn sources(table: MappingTable) -> &'static str {
    match table {
        MappingTable::Taxes => "Your tax",
        MappingTable::Customers => "Your customer",
        MappingTable::Suppliers => "Your supplier",
        MappingTable::Terms => "Your payment term",
        MappingTable::Currencies => "Your currency",
        MappingTable::Classes => "Your product group",
        MappingTable::Locations => "Your warehouse",
    }
}

/// One list.
pub fn list(list: List) -> &'static str {
    match list {
        List::Company => "Company",
        List::Accounts => "Accounts",
        List::TaxCodes => "Tax codes",
        List::TaxRates => "Tax rates",
        List::TaxAgencies => "Tax agencies",
        List::Terms => "Terms",
        List::PaymentMethods => "Payment methods",
        List::Currencies => "Currencies",
        List::Classes => "Classes",
        List::Locations => "Locations",
        List::Customers => "Customers",
        List::Suppliers => "Suppliers",
        List::Items => "Products and services",
    }
}

/// The search field of a table.
pub fn search_rows(table: MappingTable) -> &'static str {
    match table {
        MappingTable::Taxes => "Search your taxes",
        MappingTable::Customers => "Search your customers",
        MappingTable::Suppliers => "Search your suppliers",
        MappingTable::Terms => "Search your payment terms",
        MappingTable::Currencies => "Search your currencies",
        MappingTable::Classes => "Search your product groups",
        MappingTable::Locations => "Search your warehouses",
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Email => "same e-mail",
        Reason::TaxNumber => "same tax number",
        Reason::Name => "same name",
        Reason::Code => "same code",
        Reason::Rate => "same rate",
        Reason::Kind => "same kind of tax",
    }
}

/// A score.
pub fn percent(score: u8) -> String {
    [&score.to_string(), " %"].concat()
}

/// Why a row is suggested, and how certain it is.
pub fn suggestion(row: &MappingRow) -> String {
    let mut words = percent(row.score);
    for why in &row.reasons {
        words.push_str(" · ");
        words.push_str(reason(*why));
    }
    words
}

/// The mark of the suggested record among others.
pub fn suggested(row: &MappingRow) -> String {
    ["Suggested, ", &suggestion(row)].concat()
}

/// Who decided.
pub fn decided_by(name: &str) -> String {
    ["by ", name].concat()
}

/// What tells a record apart: its number and detail.
pub fn record_note(record: &Record) -> String {
    let mut parts: Vec<&str> = Vec::new();
    parts.extend(record.number.as_deref());
    parts.extend(record.detail.as_deref());
    if record.vanished {
        parts.push(GONE);
    } else if !record.active {
        parts.push(INACTIVE);
    }
    parts.join(" · ")
}

/// What becomes of a row, after "becomes".
pub fn created(provider: &str) -> String {
    ["Create new in ", provider].concat()
}

/// Heading of the chooser.
pub fn choose_for(name: &str) -> String {
    ["Choose for ", name].concat()
}

/// Label of the chooser's search.
pub fn search_provider(provider: &str) -> String {
    ["Search in ", provider].concat()
}

/// Label of a row's tick.
pub fn select_row(name: &str) -> String {
    ["Select ", name].concat()
}

/// Label of a row's button: the words on it, then what it is about.
pub fn about(action: &str, name: &str) -> String {
    [action, ": ", name].concat()
}

/// How many rows are selected.
pub fn selected(count: usize) -> String {
    counted(count as u64, "row selected", "rows selected")
}

/// Why selected rows were not confirmed.
pub fn no_suggestion(count: usize) -> String {
    let rows = counted(count as u64, "selected row has", "selected rows have");
    [&rows, " no suggestion to confirm. Choose a match for each, or ignore them."].concat()
}

/// What accepting would do.
pub fn accept(count: u32) -> String {
    let rows = counted(u64::from(count), "suggestion", "suggestions");
    ["Accept ", &rows].concat()
}

/// What was accepted.
pub fn accepted(count: u32, score: u8) -> String {
    let rows = counted(u64::from(count), "suggestion", "suggestions");
    [&rows, " at or above ", &percent(score), " accepted"].concat()
}

/// How many of a table are unsaved.
pub fn unsaved_rows(count: usize) -> String {
    counted(count as u64, "change not saved yet", "changes not saved yet")
}

/// A list's size, and its age.
pub fn list_size(count: u32) -> String {
    intl::count(u64::from(count))
}

/// How many records a search found.
pub fn found(count: u32) -> String {
    counted(u64::from(count), "record", "records")
}

/// The rule that accepts suggestions, as a change.
pub fn rule(table: MappingTable) -> String {
    ["Suggestions: ", list(crate::model::draft::names::target_list(table))].concat()
}

/// What the rule does.
pub fn rule_words(score: u8, count: u32) -> String {
    let rows = counted(u64::from(count), "row", "rows");
    ["Accept at or above ", &percent(score), " (", &rows, ")"].concat()
}
