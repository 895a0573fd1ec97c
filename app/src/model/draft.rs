//! Unsaved changes of a configuration: keyed, on top of a version, laid over what is saved.
//!
//! A change that says what is saved already is no change and goes away, so that the count a
//! person reads is the number of things that saving would alter.

pub mod merge;
pub mod names;
pub mod rows;
pub mod standing;
#[cfg(test)]
mod tests;

use protocol::mapping::{MappingChoice, MappingTable};
use protocol::schema::{Change, Configuration, Draft, FieldValue};

use super::sorted::Sorted;

/// What a change is about. Rows come after the rule that accepts suggestions, because a choice
/// made by hand has the last word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A field.
    Field(String),
    /// The suggestions of a table.
    Accept(MappingTable),
    /// A row of a table, by the portal's id.
    Row(MappingTable, String),
}

/// What a change says about its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The field takes this value, or loses it.
    Value(Option<FieldValue>),
    /// Suggestions of at least this score are confirmed.
    AtLeast(u8),
    /// The row is decided.
    Choice(MappingChoice),
}

/// The changes, at most one per key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    base: u32,
    entries: Sorted<Key, What>,
}

/// A draft as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Nobody knows, after a failure.
    Unknown,
    /// None.
    Nothing,
    /// This one.
    Draft(Draft),
}

impl Kept {
    /// What to send.
    pub fn draft(self) -> Option<Draft> {
        match self {
            Self::Draft(draft) => Some(draft),
            Self::Unknown | Self::Nothing => None,
        }
    }
}

/// A change on the wire as key and content.
pub fn split(change: &Change) -> (Key, What) {
    match change {
        Change::Field { key, value } => (Key::Field(key.clone()), What::Value(value.clone())),
        Change::Map { table, source, choice } => {
            (Key::Row(*table, source.clone()), What::Choice(choice.clone()))
        }
        Change::AcceptSuggestions { table, at_least } => (Key::Accept(*table), What::AtLeast(*at_least)),
    }
}

fn join(key: &Key, what: &What) -> Option<Change> {
    match (key, what) {
        (Key::Field(key), What::Value(value)) => {
            Some(Change::Field { key: key.clone(), value: value.clone() })
        }
        (Key::Accept(table), What::AtLeast(at_least)) => {
            Some(Change::AcceptSuggestions { table: *table, at_least: *at_least })
        }
        (Key::Row(table, source), What::Choice(choice)) => {
            Some(Change::Map { table: *table, source: source.clone(), choice: choice.clone() })
        }
        _ => None,
    }
}

/// A switch that was never touched is off, and an empty text is no value.
fn same_value(one: Option<&FieldValue>, other: Option<&FieldValue>) -> bool {
    fn plain(value: Option<&FieldValue>) -> Option<&FieldValue> {
        value.filter(|value| match value {
            FieldValue::Switch(on) => *on,
            FieldValue::Text(text) => !text.is_empty(),
            FieldValue::Number(_) | FieldValue::Record(_) => true,
        })
    }
    plain(one) == plain(other)
}

/// The value of a field as last saved.
pub fn saved_value<'a>(configuration: &'a Configuration, key: &str) -> Option<&'a FieldValue> {
    let mut entries = configuration.values.iter();
    entries.find(|entry| entry.key == key).map(|entry| &entry.value)
}

impl Changes {
    /// No changes, on top of a version.
    pub fn on(base: u32) -> Self {
        Self { base, entries: Sorted::default() }
    }

    /// Changes on top of a version; of several of a key the last counts.
    pub fn of(base: u32, changes: &[Change]) -> Self {
        let mut entries = Sorted::default();
        for (key, what) in changes.iter().map(split) {
            entries.insert(key, what);
        }
        Self { base, entries }
    }

    /// The changes of a kept draft, without those that were saved since.
    pub fn restore(draft: &Draft, configuration: &Configuration) -> Self {
        let mut changes = Self::of(draft.base, &draft.changes);
        changes.entries.retain(|key, what| match (key, what) {
            (Key::Field(key), What::Value(value)) => {
                !same_value(value.as_ref(), saved_value(configuration, key))
            }
            _ => true,
        });
        if changes.is_empty() {
            changes.base = configuration.version;
        }
        changes
    }

    /// The changes as they cross the wire.
    pub fn draft(&self) -> Draft {
        let changes = self.entries.iter();
        Draft { base: self.base, changes: changes.filter_map(|(key, what)| join(key, what)).collect() }
    }

    /// What the server has to keep of them.
    pub fn to_keep(&self) -> Kept {
        if self.is_empty() { Kept::Nothing } else { Kept::Draft(self.draft()) }
    }

    /// The version the changes were made on.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// Nothing to save.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every change, fields first.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &What)> {
        self.entries.iter()
    }

    /// What is said about a key.
    pub fn get(&self, key: &Key) -> Option<&What> {
        self.entries.get(key)
    }

    /// The value that a field shows: changed, or else as saved.
    pub fn value<'a>(&'a self, configuration: &'a Configuration, key: &str) -> Option<&'a FieldValue> {
        match self.entries.get(&Key::Field(key.to_owned())) {
            Some(What::Value(value)) => value.as_ref(),
            _ => saved_value(configuration, key),
        }
    }

    /// Gives a field a value, or clears it.
    pub fn set_field(&mut self, configuration: &Configuration, key: &str, value: Option<FieldValue>) {
        let value = value.filter(|value| !same_value(Some(value), None) || is_switch(value));
        let saved = saved_value(configuration, key);
        let key = Key::Field(key.to_owned());
        if same_value(value.as_ref(), saved) {
            self.entries.remove(&key);
        } else {
            self.entries.insert(key, What::Value(value));
        }
    }

    /// What was sent is saved under this version; what was changed meanwhile stays.
    pub fn saved(&mut self, sent: &Self, version: u32) {
        self.base = version;
        let kept = |key: &Key, what: &What| sent.entries.get(key) != Some(what);
        self.entries.retain(kept);
    }

    /// Somebody saved, and nothing here is changed: the next change is made on their version.
    pub fn follow(&mut self, version: u32) {
        if self.is_empty() {
            self.base = version;
        }
    }

    /// Takes one change back.
    pub fn undo(&mut self, key: &Key) {
        self.entries.remove(key);
    }
}

fn is_switch(value: &FieldValue) -> bool {
    matches!(value, FieldValue::Switch(_))
}
