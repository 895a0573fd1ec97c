//! One mapping row: whose, where it stands, what it is mapped to, what can be done.

use protocol::mapping::{MappingChoice, MappingRow, MappingState, MappingTable};

use super::{Seen, Sheet, TableAct, is_decided, suggestion};
use crate::browser::dom::{Tag, button, checked, tag};
use crate::components::data_table::focus_row;
use crate::model::draft::rows::{Decided, rates_differ};
use crate::signals::{Callback, RwSignal, untrack};
use crate::text::configuration as text;

/// Where a row is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Its place in the table.
    pub(super) index: u32,
    /// Where the keyboard is: only there buttons can be tabbed to.
    pub(super) cursor: RwSignal<u32>,
}

impl Place {
    fn tabbed(self, control: Tag) -> Tag {
        let tab = move || if self.cursor.get() == self.index { "0" } else { "-1" };
        control.live("tabindex", move || Some(tab().to_owned()))
    }
}

/// The class of a state; its word always stands beside the colour.
fn state_class(state: MappingState) -> &'static str {
    match state {
        MappingState::Confirmed | MappingState::CreateNew => "state good",
        MappingState::Suggested | MappingState::NeedsReview => "state info",
        MappingState::Conflict | MappingState::Broken => "state bad",
        MappingState::Unmatched => "state warn",
        MappingState::Ignored => "state",
    }
}

fn is_open(state: MappingState) -> bool {
    matches!(state, MappingState::Suggested | MappingState::NeedsReview)
}

fn cell(class: &str) -> Tag {
    tag("div", class).attr("role", "gridcell")
}

fn name(words: &str) -> Tag {
    tag("span", "cell-name").attr("title", words).words(words)
}

/// The cells of a row, or what stands there until it is read.
pub(super) fn cells(sheet: Sheet, place: Place, seen: Option<&Seen>, open: Callback<MappingRow>) -> Tag {
    let Some(seen) = seen else {
        return tag("div", "cells").put(cell("muted").words(text::ROW_LOADING));
    };
    let source = &seen.row.source;
    let mut notes: Vec<&str> = Vec::new();
    notes.extend(source.code.as_deref());
    notes.extend(source.detail.as_deref());
    let unsaved = seen.shown.decided != Decided::Saved;
    let note = if unsaved {
        Some(text::NOT_SAVED.to_owned())
    } else if is_open(seen.shown.state) && seen.row.score > 0 {
        Some(text::suggestion(&seen.row))
    } else {
        seen.row.by.as_deref().map(text::decided_by)
    };
    let note_class = if unsaved { "cell-note unsaved" } else { "cell-note" };
    let note = note.map(|note| tag("span", note_class).attr("title", &note).words(&note));
    let state = tag("span", state_class(seen.shown.state)).words(text::state(seen.shown.state));
    let locked = sheet.locked.run(());
    tag("div", "cells")
        .put(cell("cell-tick").put(tick(sheet, place, &seen.row)))
        .put(
            cell("cell-source")
                .put(name(&source.name))
                .put(tag("span", "cell-note").words(&notes.join(" · "))),
        )
        .put(cell("cell-state").put(state).maybe(note))
        .put(target(sheet, place, seen, open))
        .put(cell("cell-actions").all(if locked { Vec::new() } else { actions(sheet, place, seen) }))
}

fn tick(sheet: Sheet, place: Place, row: &MappingRow) -> Tag {
    let id = row.source.id.clone();
    let row = row.clone();
    let tick = tag("input", "")
        .attr("type", "checkbox")
        .attr("aria-label", &text::select_row(&row.source.name))
        .flag("disabled", move || sheet.locked.run(()))
        .ticked(move || sheet.view.with(|view| view.is_selected(&id)))
        .on("change", move |event| {
            sheet.act.run(TableAct::Select(Box::new(row.clone()), checked(&event)));
        });
    place.tabbed(tick)
}

fn target(sheet: Sheet, place: Place, seen: &Seen, open: Callback<MappingRow>) -> Tag {
    let (words, note) = match (&seen.shown.target, seen.shown.state) {
        (_, MappingState::CreateNew) => (text::created(&untrack(|| sheet.provider.run(()))), String::new()),
        (_, MappingState::Ignored) => (text::state(MappingState::Ignored).to_owned(), String::new()),
        (Some(record), _) => (record.name.clone(), text::record_note(record)),
        (None, _) => (text::CHOOSE_RECORD.to_owned(), String::new()),
    };
    let gone = seen.shown.target.as_ref().is_some_and(|record| record.vanished || !record.active);
    let class = match (&seen.shown.target, gone) {
        (None, _) => "choose empty",
        (Some(_), true) => "choose gone",
        (Some(_), false) => "choose",
    };
    let row = seen.row.clone();
    let choose = button(class, "")
        .attr("aria-haspopup", "dialog")
        .attr("aria-label", &text::about(&words, &seen.row.source.name))
        .flag("disabled", move || sheet.locked.run(()))
        .press(move || open.run(row.clone()))
        .put(name(&words))
        .put(tag("span", "cell-note").words(&note));
    let differ = sheet.table == MappingTable::Taxes && rates_differ(&seen.row, seen.shown.target.as_ref());
    let differ = differ.then(|| tag("span", "state bad").words(text::RATES_DIFFER));
    cell("cell-target").put(place.tabbed(choose)).maybe(differ)
}

fn actions(sheet: Sheet, place: Place, seen: &Seen) -> Vec<Tag> {
    let act = |words: &str, act: Box<dyn Fn()>| {
        let press = move || {
            act();
            // The button that was pressed is gone now.
            focus_row(sheet.grid(), place.index);
        };
        let label = text::about(words, &seen.row.source.name);
        place.tabbed(button("button small", words).attr("aria-label", &label).press(press))
    };
    let decide = |words: &str, choice: MappingChoice| {
        let row = seen.row.clone();
        act(words, Box::new(move || sheet.decide(&row, choice.clone())))
    };
    if is_decided(&seen.shown) {
        let seen = seen.clone();
        return vec![act(text::UNDO, Box::new(move || sheet.take_back(&seen)))];
    }
    let mut buttons = Vec::new();
    buttons.extend(suggestion(seen).map(|choice| decide(text::CONFIRM, choice)));
    if sheet.can_create() {
        buttons.push(decide(text::CREATE_NEW, MappingChoice::CreateNew));
    }
    buttons.push(decide(text::IGNORE, MappingChoice::Ignore));
    buttons
}
