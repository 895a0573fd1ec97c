//! Changes as a person reads them: what it is about, the old value, the new one.

use protocol::mapping::{MappingChoice, MappingQuery, MappingRow, MappingState, MappingTable};
use protocol::record::{Record, RecordOrder, RecordQuery};
use protocol::schema::{Configuration, Field, FieldKind, FieldValue};

use super::desk::Desk;
use crate::browser::timer;
use crate::components::conflict::ClashLine;
use crate::components::save_bar::Line;
use crate::model::draft::names::{Names, Unknown, picked_list};
use crate::model::draft::rows::at_least;
use crate::model::draft::{Key, What, saved_value};
use crate::text::configuration as text;

/// Names looked up at once before the changes are shown.
const LOOKED_UP: usize = 40;

fn field<'a>(configuration: &'a Configuration, key: &str) -> Option<&'a Field> {
    let mut fields = configuration.sections.iter().flat_map(|s| &s.fields);
    fields.find(|field| field.key == key)
}

/// A value in words.
pub(super) fn value_words(
    configuration: &Configuration,
    names: &Names,
    key: &str,
    value: Option<&FieldValue>,
) -> String {
    let chosen = |text: &str| match field(configuration, key).map(|field| &field.kind) {
        Some(FieldKind::Choice(options)) => {
            let option = options.iter().find(|option| option.value == text);
            option.map(|option| option.label.clone())
        }
        _ => None,
    };
    match value {
        None => text::NONE.to_owned(),
        Some(FieldValue::Switch(true)) => text::ON.to_owned(),
        Some(FieldValue::Switch(false)) => text::OFF.to_owned(),
        Some(FieldValue::Number(number)) => number.to_string(),
        Some(FieldValue::Text(text)) => chosen(text).unwrap_or_else(|| text.clone()),
        Some(FieldValue::Record(id)) => {
            let list = picked_list(configuration, key);
            let record = list.and_then(|list| names.known(list, id));
            record.map_or_else(|| id.clone(), |record| record.name.clone())
        }
    }
}

fn target_words(state: MappingState, target: Option<&Record>) -> String {
    let words = text::state(state);
    match target {
        Some(record) if state == MappingState::Confirmed => record.name.clone(),
        Some(record) => [&record.name, " (", words, ")"].concat(),
        None => words.to_owned(),
    }
}

fn saved_row(row: Option<&MappingRow>) -> String {
    row.map_or_else(String::new, |row| target_words(row.state, row.target.as_ref()))
}

fn what_words(configuration: &Configuration, names: &Names, key: &Key, what: &What) -> String {
    match (key, what) {
        (Key::Field(key), What::Value(value)) => value_words(configuration, names, key, value.as_ref()),
        (Key::Row(table, _), What::Choice(MappingChoice::Link(id))) => names.target(*table, id).name,
        (_, What::Choice(MappingChoice::CreateNew)) => text::CREATE_NEW.to_owned(),
        (_, What::Choice(MappingChoice::Ignore)) => text::state(MappingState::Ignored).to_owned(),
        (_, What::Choice(_)) => text::state(MappingState::Unmatched).to_owned(),
        (Key::Accept(table), What::AtLeast(score)) => {
            let counts = configuration.tables.iter().find(|c| c.table == *table);
            text::rule_words(*score, counts.map_or(0, |counts| at_least(counts, *score)))
        }
        _ => String::new(),
    }
}

/// One change in words.
fn line(configuration: &Configuration, names: &Names, key: &Key, what: &What) -> Line {
    let (about, from) = match key {
        Key::Field(name) => {
            let label = field(configuration, name).map(|field| field.label.clone());
            let saved = saved_value(configuration, name);
            let from = value_words(configuration, names, name, saved);
            (label.unwrap_or_else(|| name.clone()), from)
        }
        Key::Row(table, source) => {
            let row = names.known_row(*table, source);
            let name = row.map_or(source, |row| &row.source.name);
            (name.clone(), saved_row(row))
        }
        Key::Accept(table) => (text::rule(*table), String::new()),
    };
    Line { key: key.clone(), about, from, to: what_words(configuration, names, key, what) }
}

impl Desk {
    /// The unsaved changes in words.
    pub(super) fn lines(self) -> Vec<Line> {
        self.with_names(|configuration, names| {
            self.changes.with(|changes| {
                let changes = changes.iter();
                let lines = changes.map(|(key, what)| line(configuration, names, key, what));
                lines.collect()
            })
        })
    }

    /// What both changed, mine as the new value and theirs as the old one.
    pub(super) fn clash_lines(self) -> Vec<ClashLine> {
        self.with_names(|configuration, names| {
            self.merge.with(|merge| {
                let clashes = merge.iter().flat_map(|merge| &merge.clashes);
                let lines = clashes.map(|clash| {
                    let mine = line(configuration, names, &clash.key, &clash.mine);
                    let from = what_words(configuration, names, &clash.key, &clash.theirs);
                    ClashLine {
                        line: Line { from, ..mine },
                        taken: merge.as_ref().is_some_and(|m| m.takes(&clash.key)),
                    }
                });
                lines.collect()
            })
        })
    }

    /// What they alone changed.
    pub(super) fn their_lines(self) -> Vec<Line> {
        self.with_names(|configuration, names| {
            self.merge.with(|merge| {
                let theirs = merge.iter().flat_map(|merge| &merge.theirs);
                let lines = theirs
                    .map(|(key, what)| Line { from: String::new(), ..line(configuration, names, key, what) });
                lines.collect()
            })
        })
    }

    fn with_names<T>(self, words: impl Fn(&Configuration, &Names) -> Vec<T>) -> Vec<T> {
        self.configuration.with(|configuration| {
            let configuration = configuration.as_ref();
            configuration
                .map_or_else(Vec::new, |configuration| self.names.with(|names| words(configuration, names)))
        })
    }

    /// Learns the rows and records that a kept draft speaks of and nobody has seen.
    pub(super) fn look_up(self) {
        timer::spawn(self.learn());
    }

    fn unknown(self) -> Unknown {
        let unknown = self.configuration.with_untracked(|configuration| {
            let configuration = configuration.as_ref()?;
            let names = |names: &Names| {
                let unknown = |changes: &_| names.unknown(changes, configuration, LOOKED_UP);
                let mine = self.changes.with_untracked(unknown);
                let theirs =
                    self.merge.with_untracked(|merge| merge.as_ref().map(|m| unknown(&m.as_saved())));
                mine.and(theirs.unwrap_or_default())
            };
            Some(self.names.with_untracked(names))
        });
        unknown.unwrap_or_default()
    }

    async fn learn(self) {
        // What the rows of the draft were before is part of every count, so all of them are read.
        for table in MappingTable::ALL {
            let unseen =
                |names: &Names| self.changes.with_untracked(|changes| names.has_unseen(changes, table));
            let mut query = rows_of(table, String::new());
            query.drafted = true;
            while self.is_there() && self.names.with_untracked(unseen) && self.learn_rows(query.clone()).await
            {
                query.offset += u32::from(query.limit);
            }
        }
        let unknown = if self.is_there() { self.unknown() } else { Unknown::default() };
        for (table, source) in unknown.rows {
            self.learn_rows(rows_of(table, source)).await;
        }
        for (list, id) in unknown.records {
            let query = RecordQuery {
                list,
                search: id,
                kinds: Vec::new(),
                all: true,
                changed_in: None,
                order: RecordOrder::default(),
                offset: 0,
                limit: 5,
            };
            let answer = self.live().read_records(self.integration(), query);
            if let Ok(window) = answer.await {
                self.names.update(|names| {
                    let rows = window.rows.into_iter();
                    rows.for_each(|record| names.record(list, record));
                });
            }
        }
    }

    /// Learns what a query finds. False when that is nothing.
    async fn learn_rows(self, query: MappingQuery) -> bool {
        let table = query.table;
        let answer = self.live().read_mappings(self.integration(), query).await;
        let rows = answer.map(|window| window.rows).unwrap_or_default();
        self.names.update(|names| rows.iter().for_each(|row| names.row(table, row)));
        !rows.is_empty()
    }
}

fn rows_of(table: MappingTable, search: String) -> MappingQuery {
    MappingQuery { table, search, state: None, drafted: false, offset: 0, limit: protocol::WINDOW_LIMIT }
}
