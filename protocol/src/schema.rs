//! The configuration page as data: sections, fields, values, changes.

use serde::{Deserialize, Serialize};

use crate::import::List;
use crate::mapping::{MappingChoice, MappingTable, TableCounts};
use crate::record::Record;
use crate::store::Stamp;

/// The configuration of one connection, with what is needed to draw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Version last saved; 0 before the first save.
    pub version: u32,
    /// Who saved it.
    pub saved: Option<Stamp>,
    /// The page, top to bottom.
    pub sections: Vec<Section>,
    /// Values of the fields that have one.
    pub values: Vec<FieldEntry>,
    /// The records that values name, so that pickers can show them.
    pub chosen: Vec<ChosenRecord>,
    /// Counts of each mapping table.
    pub tables: Vec<TableCounts>,
    /// What stands in the way of becoming active, and what only warns.
    pub problems: Vec<Problem>,
    /// This visitor's unsaved changes, kept on the server.
    pub draft: Option<Draft>,
}

/// Unsaved changes, on top of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The version the changes were made on.
    pub base: u32,
    /// The changes, one per field or mapping row.
    pub changes: Vec<Change>,
}

/// A part of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its name in addresses.
    pub key: String,
    /// Heading.
    pub title: String,
    /// A sentence or two under the heading.
    pub help: String,
    /// Its fields, top to bottom.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in values and changes.
    pub key: String,
    /// Label.
    pub label: String,
    /// A sentence under the field.
    pub help: String,
    /// What it takes.
    pub kind: FieldKind,
    /// Needed to become active.
    pub required: bool,
    /// Shown only while the switch of this key is on.
    pub depends_on: Option<String>,
}

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    /// On or off.
    Switch,
    /// One of these.
    Choice(Vec<ChoiceOption>),
    /// A line of text of at most so many characters.
    Text {
        /// Most characters.
        limit: u16,
    },
    /// A whole number within bounds.
    Number {
        /// Least.
        min: i32,
        /// Most.
        max: i32,
    },
    /// A day, as YYYY-MM-DD.
    Date,
    /// A record of an imported list; only of these types when any are named.
    Picker {
        /// Which list.
        list: List,
        /// Types of accounts or items; all when empty.
        kinds: Vec<String>,
    },
    /// A table of mappings.
    Mapping(MappingTable),
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// Its value.
    pub value: String,
    /// Its words.
    pub label: String,
}

/// A field with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldEntry {
    /// Which field.
    pub key: String,
    /// Its value.
    pub value: FieldValue,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldValue {
    /// Of a switch.
    Switch(bool),
    /// Of a choice or a text, or a day.
    Text(String),
    /// Of a number.
    Number(i32),
    /// Of a picker: the provider's id.
    Record(String),
}

/// A record that a value names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenRecord {
    /// Of which list.
    pub list: List,
    /// The record.
    pub record: Record,
}

/// One change of a draft. Changes are keyed: a later one of the same key replaces the earlier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Change {
    /// A field takes a value, or loses it.
    Field {
        /// Which field.
        key: String,
        /// The new value; none clears it.
        value: Option<FieldValue>,
    },
    /// A mapping row is decided by hand.
    Map {
        /// In which table.
        table: MappingTable,
        /// The portal record's id.
        source: String,
        /// What becomes of it.
        choice: MappingChoice,
    },
    /// Every suggestion at or above this score is confirmed.
    AcceptSuggestions {
        /// In which table.
        table: MappingTable,
        /// Least score, 0 to 100.
        at_least: u8,
    },
}

/// What stands in the way, or only warns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The field it is about.
    pub key: String,
    /// It must be solved before the connection becomes active.
    pub blocks: bool,
    /// What it is.
    pub cause: ProblemCause,
    /// How many rows, for mapping tables.
    pub count: u32,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProblemCause {
    /// A required field has no value.
    Missing,
    /// The chosen record vanished or is inactive.
    Broken,
    /// The chosen account has the wrong type.
    WrongKind,
    /// Mapping rows are undecided.
    Undecided,
    /// Two portal records claim one provider record.
    Conflict,
    /// Tax rates differ.
    RateMismatch,
}

/// Somebody else saved in between; nothing of either is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveConflict {
    /// The version there is now.
    pub version: u32,
    /// Who saved it.
    pub saved: Stamp,
    /// What that save changed since the base, in the same terms as a draft.
    pub theirs: Vec<Change>,
}
