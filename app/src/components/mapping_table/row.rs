//! One mapping row: whose, where it stands, what it is mapped to, what can be done.

use leptos::prelude::*;
use protocol::mapping::{MappingChoice, MappingRow, MappingState, MappingTable};
use protocol::record::Record;

use super::{Seen, Sheet, TableAct, is_decided, suggestion};
use crate::components::data_table::focus_row;
use crate::model::draft::rows::Decided;
use crate::text::configuration as text;

/// Where a row is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Its place in the table.
    pub(super) index: u32,
    /// The keyboard is here: its buttons can be tabbed to.
    pub(super) at_cursor: Signal<bool>,
}

impl Place {
    fn tab(self) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || if self.at_cursor.get() { "0" } else { "-1" }
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

/// The cells of a row.
pub(super) fn cells(sheet: Sheet, place: Place, seen: Seen, open: Callback<MappingRow>) -> AnyView {
    let source = seen.row.source.clone();
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
    view! {
        <div role="gridcell" class="cell-tick">
            {tick(sheet, place, &seen.row)}
        </div>
        <div role="gridcell" class="cell-source">
            <span class="cell-name" title=source.name.clone()>{source.name.clone()}</span>
            <span class="cell-note">{notes.join(" · ")}</span>
        </div>
        <div role="gridcell" class="cell-state">
            <span class=state_class(seen.shown.state)>{text::state(seen.shown.state)}</span>
            {note.map(|note| view! { <span class="cell-note" class:unsaved=unsaved title=note.clone()>{note.clone()}</span> })}
        </div>
        <div role="gridcell" class="cell-target">
            {target(sheet, place, &seen, open)}
        </div>
        <div role="gridcell" class="cell-actions">
            {move || (!sheet.locked.get()).then(|| actions(sheet, place, &seen))}
        </div>
    }
    .into_any()
}

fn tick(sheet: Sheet, place: Place, row: &MappingRow) -> impl IntoView + use<> {
    let id = row.source.id.clone();
    let ticked = move || sheet.view.with(|view| view.is_selected(&id));
    let row = row.clone();
    let label = text::select_row(&row.source.name);
    view! {
        <input
            type="checkbox"
            aria-label=label
            tabindex=place.tab()
            disabled=sheet.locked
            prop:checked=ticked
            on:change:target=move |event| {
                let on = event.target().checked();
                sheet.act.run(TableAct::Select(Box::new(row.clone()), on));
            }
        />
    }
}

fn rates_differ(sheet: Sheet, seen: &Seen) -> bool {
    let Some(target) = &seen.shown.target else {
        return false;
    };
    let same = seen.row.target.as_ref().is_some_and(|t| t.id == target.id);
    let other_words = || target.detail.is_some() && target.detail != seen.row.source.detail;
    sheet.table == MappingTable::Taxes && if same { seen.row.rate_mismatch } else { other_words() }
}

fn target(sheet: Sheet, place: Place, seen: &Seen, open: Callback<MappingRow>) -> impl IntoView + use<> {
    let provider = sheet.provider.get_untracked();
    let (name, note) = match (&seen.shown.target, seen.shown.state) {
        (_, MappingState::CreateNew) => (text::created(&provider), String::new()),
        (_, MappingState::Ignored) => (text::state(MappingState::Ignored).to_owned(), String::new()),
        (Some(record), _) => (record.name.clone(), text::record_note(record)),
        (None, _) => (text::CHOOSE_RECORD.to_owned(), String::new()),
    };
    let differ = rates_differ(sheet, seen);
    let label = text::about(&name, &seen.row.source.name);
    let gone = is_gone(seen.shown.target.as_ref());
    let row = seen.row.clone();
    view! {
        <button
            type="button"
            class="choose"
            class:empty=seen.shown.target.is_none()
            class:gone=gone
            aria-haspopup="dialog"
            aria-label=label
            tabindex=place.tab()
            disabled=sheet.locked
            on:click=move |_| open.run(row.clone())
        >
            <span class="cell-name">{name}</span>
            <span class="cell-note">{note}</span>
        </button>
        {differ.then(|| view! { <span class="state bad">{text::RATES_DIFFER}</span> })}
    }
}

fn is_gone(record: Option<&Record>) -> bool {
    record.is_some_and(|record| record.vanished || !record.active)
}

fn actions(sheet: Sheet, place: Place, seen: &Seen) -> impl IntoView + use<> {
    let button = |words: &'static str, act: Callback<()>| {
        let label = text::about(words, &seen.row.source.name);
        let press = move |_| {
            act.run(());
            // The button that was pressed is gone now.
            focus_row(sheet.grid(), place.index);
        };
        view! {
            <button
                type="button"
                class="button small"
                aria-label=label
                tabindex=place.tab()
                on:click=press
            >
                {words}
            </button>
        }
    };
    let decide = |words, choice: MappingChoice| {
        let row = seen.row.clone();
        let act = Callback::new(move |()| sheet.decide(&row, choice.clone()));
        button(words, act)
    };
    let decided = is_decided(&seen.shown);
    let back = decided.then(|| {
        let seen = seen.clone();
        button(text::UNDO, Callback::new(move |()| sheet.take_back(&seen)))
    });
    let confirm = suggestion(seen).map(|choice| decide(text::CONFIRM, choice));
    let create = (!decided && sheet.can_create()).then(|| decide(text::CREATE_NEW, MappingChoice::CreateNew));
    let ignore = (!decided).then(|| decide(text::IGNORE, MappingChoice::Ignore));
    view! { {confirm} {create} {ignore} {back} }
}
