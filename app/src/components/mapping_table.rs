//! The rows of a mapping table: filter, rows, decisions one by one and by the dozen.

mod chooser;
mod row;
mod tools;

use std::ops::Range;

use protocol::mapping::{MappingChoice, MappingRow, MappingState, MappingTable as Table};

use super::combobox::Found;
use super::data_table::{Filling, Grid, column, focus_row, rows};
use super::look::{Look, look};
use crate::browser::dom::{Tag, button, tag};
use crate::model::draft::names::Names;
use crate::model::draft::rows::{Decided, Shown};
use crate::model::draft::standing::{Standing, TableStanding};
use crate::model::draft::{Changes, Key};
use crate::model::mapping::{Filter, TableView};
use crate::signals::{Callback, RwSignal, Signal, untrack};
use crate::text::configuration as text;

/// What a person wants of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableAct {
    /// Other rows.
    Look(Filter),
    /// These rows came into sight.
    Want(Range<u32>),
    /// Asks again after a failure.
    Retry,
    /// Decides rows.
    Decide(Vec<(MappingRow, MappingChoice)>),
    /// Confirms suggestions of at least this score.
    Accept(u8),
    /// Takes a change back.
    Undo(Key),
    /// Puts a row into the selection, or takes it out.
    Select(Box<MappingRow>, bool),
    /// Selects what is here (true) or nothing.
    SelectAll(bool),
    /// Selects these rows and no others.
    SelectOnly(Vec<MappingRow>),
    /// Looks for a record to choose.
    Search(String),
}

/// A table and what goes with it.
#[derive(Clone, Copy)]
pub struct Sheet {
    /// Which table.
    pub table: Table,
    /// Its rows, as saved.
    pub view: RwSignal<TableView>,
    /// How everything stands with the changes laid over it.
    pub standing: Signal<Standing>,
    /// The unsaved changes.
    pub changes: RwSignal<Changes>,
    /// Names that were seen.
    pub names: RwSignal<Names>,
    /// What the search for a record brought.
    pub found: RwSignal<Found>,
    /// It may only be looked at.
    pub locked: Look<bool>,
    /// The provider's name.
    pub provider: Look<String>,
    /// Carries out.
    pub act: Callback<TableAct>,
}

/// A row and how it stands with the changes laid over it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    row: MappingRow,
    shown: Shown,
}

impl Sheet {
    fn seen(self, index: u32) -> Option<Seen> {
        let row = self.view.with(|view| view.windows.row(index).cloned())?;
        let shown = self.show(&row);
        Some(Seen { row, shown })
    }

    fn show(self, row: &MappingRow) -> Shown {
        self.changes.with(|changes| {
            let show = |names: &Names| changes.show(self.table, row, names);
            self.names.with(show)
        })
    }

    /// How many of its rows are changed and not saved.
    pub fn unsaved(self) -> usize {
        self.stands(|table| table.changed)
    }

    fn stands<T: Default>(self, read: impl FnOnce(&TableStanding) -> T) -> T {
        self.standing.with(|standing| standing.table(self.table).map(read)).unwrap_or_default()
    }

    fn grid(self) -> &'static str {
        match self.table {
            Table::Taxes => "taxes",
            Table::Customers => "customers",
            Table::Suppliers => "suppliers",
            Table::Terms => "terms",
            Table::Currencies => "currencies",
            Table::Classes => "classes",
            Table::Locations => "locations",
        }
    }

    fn keys_id(self) -> &'static str {
        match self.table {
            Table::Taxes => "keys-taxes",
            Table::Customers => "keys-customers",
            Table::Suppliers => "keys-suppliers",
            Table::Terms => "keys-terms",
            Table::Currencies => "keys-currencies",
            Table::Classes => "keys-classes",
            Table::Locations => "keys-locations",
        }
    }

    /// Tax codes are never made up: their rates are a matter of law.
    fn can_create(self) -> bool {
        self.table != Table::Taxes
    }

    fn decide(self, row: &MappingRow, choice: MappingChoice) {
        self.act.run(TableAct::Decide(vec![(row.clone(), choice)]));
    }

    fn take_back(self, seen: &Seen) {
        match seen.shown.decided {
            Decided::ByHand => {
                let key = Key::Row(self.table, seen.row.source.id.clone());
                self.act.run(TableAct::Undo(key));
            }
            Decided::ByRule | Decided::Saved => self.decide(&seen.row, MappingChoice::Undecided),
        }
    }
}

/// The suggestion of a row that nobody decided yet.
fn suggestion(seen: &Seen) -> Option<MappingChoice> {
    let open = seen.shown.state == MappingState::Suggested;
    let target = seen.shown.target.as_ref().filter(|_| open)?;
    Some(MappingChoice::Link(target.id.clone()))
}

/// There is a decision that could be taken back.
fn is_decided(shown: &Shown) -> bool {
    let by_state =
        matches!(shown.state, MappingState::Confirmed | MappingState::CreateNew | MappingState::Ignored);
    by_state || shown.decided != Decided::Saved
}

/// The whole table.
pub fn mapping_table(sheet: Sheet) -> Tag {
    let choosing = RwSignal::new(None::<(u32, MappingRow)>);
    let cursor = RwSignal::new(0);
    let total = move || sheet.view.with(|view| view.windows.total());
    let open = move |index: u32, row: MappingRow| choosing.set(Some((index, row)));
    let cells = move |(index, tag): (u32, Tag)| {
        let place = row::Place { index, cursor };
        let open = Callback::new(move |row| open(index, row));
        let seen = move || (sheet.seen(index), sheet.locked.run(()));
        tag.draws(seen, move |(seen, _)| Some(row::cells(sheet, place, seen.as_ref(), open)))
    };
    let key = move |(index, key): (u32, String)| {
        let Some(seen) = untrack(|| sheet.seen(index)).filter(|_| !untrack(|| sheet.locked.run(()))) else {
            return;
        };
        match key.as_str() {
            "Enter" => open(index, seen.row),
            "Delete" if is_decided(&seen.shown) => sheet.take_back(&seen),
            " " => {
                let on = sheet.view.with_untracked(|v| v.is_selected(&seen.row.source.id));
                sheet.act.run(TableAct::Select(Box::new(seen.row), !on));
            }
            _ => {}
        }
    };
    let filling = Filling {
        total: look(move || total().unwrap_or(0)),
        cursor,
        want: Callback::new(move |range| sheet.act.run(TableAct::Want(range))),
        cells: Callback::new(cells),
        key: Callback::new(key),
    };
    let closed = move |index| focus_row(sheet.grid(), index);
    let none = || tag("p", "empty muted").attr("role", "status").words(text::NO_ROWS);
    let failed = move || {
        let retry = button("button small", text::RETRY).press(move || sheet.act.run(TableAct::Retry));
        tag("p", "empty trouble blocks").attr("role", "alert").words(text::ROWS_FAILED).put(retry)
    };
    tag("div", "mapping")
        .put(tools::tools(sheet))
        .put(tools::bulk(sheet))
        .put(rows(&grid(sheet), filling))
        .when(move || total() == Some(0), none)
        .when(move || sheet.view.with(|view| view.windows.failed()), failed)
        .put(tag("p", "hint small muted").attr("id", sheet.keys_id()).words(text::KEYS))
        .put(chooser::chooser(sheet, choosing, Callback::new(closed)))
}

fn grid(sheet: Sheet) -> Grid {
    let sources = text::sources(sheet.table);
    let provider = untrack(|| sheet.provider.run(()));
    Grid {
        id: sheet.grid(),
        class: if sheet.can_create() { "mapping-grid" } else { "mapping-grid short" },
        label: sources,
        described: sheet.keys_id(),
        columns: [text::SELECT, sources, text::STATE, &provider, text::ACTIONS].map(column).into(),
    }
}
