//! Above the rows: search, states with their counts, suggestions by the dozen, the selection.

use leptos::prelude::*;
use protocol::mapping::{MappingChoice, MappingRow, MappingState};

use super::{Seen, Sheet, TableAct, suggestion};
use crate::model::draft::Key;
use crate::model::draft::rows::at_least;
use crate::model::mapping::Filter;
use crate::text::configuration as text;

/// The score that is offered first.
const SURE: u8 = 90;

/// Search, states and suggestions.
pub(super) fn tools(sheet: Sheet) -> impl IntoView {
    let look = move |change: &dyn Fn(&mut Filter)| {
        let mut filter = sheet.view.with_untracked(|view| view.filter().clone());
        change(&mut filter);
        sheet.act.run(TableAct::Look(filter));
    };
    let typed = move |search: String| look(&|filter| filter.search.clone_from(&search));
    let states = Memo::new(move |_| {
        sheet.view.with(|view| {
            let states = view.states().into_iter().map(Some);
            let all = std::iter::once(None).chain(states);
            all.map(|state| (state, view.count(state))).collect::<Vec<_>>()
        })
    });
    let tab = move |(state, count): (Option<MappingState>, u32)| {
        let pressed = move || sheet.view.with(|view| view.filter().state == state);
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || pressed().to_string()
                on:click=move |_| look(&|filter| filter.state = state)
            >
                {state.map_or(text::ALL, text::state)}
                " "
                <span class="numbers">{text::list_size(count)}</span>
            </button>
        }
    };
    let unsaved = move || sheet.changes.with(|changes| changes.of_table(sheet.table));
    view! {
        <div class="tools">
            <input
                type="search"
                class="input search"
                autocomplete="off"
                aria-label=text::search_rows(sheet.table)
                placeholder=text::search_rows(sheet.table)
                on:input:target=move |event| typed(event.target().value())
            />
            <div class="chips" role="group" aria-label=text::SHOW>
                <For each=move || states.get() key=|state| *state children=tab />
            </div>
            <Show when=move || { unsaved() > 0 }>
                <span class="tag changed">{move || text::unsaved_rows(unsaved())}</span>
            </Show>
        </div>
        <Accept sheet />
    }
}

/// Every suggestion at or above a score, with its count first and its way back after.
#[component]
fn Accept(sheet: Sheet) -> impl IntoView {
    let score = RwSignal::new(SURE);
    let count = move |score: u8| {
        let all = sheet.view.with(|view| view.counts().map_or(0, |counts| at_least(counts, score)));
        let held = sheet
            .changes
            .with(|changes| sheet.names.with(|names| names.held_back(changes, sheet.table, score)));
        all.saturating_sub(held)
    };
    let accepted = Memo::new(move |_| sheet.changes.with(|changes| changes.accepted(sheet.table)));
    let some = move || count(0) > 0 || accepted.get().is_some();
    let typed = move |typed: String| {
        if let Ok(typed) = typed.trim().parse::<u8>() {
            score.set(typed.min(100));
        }
    };
    let undo = move |_| sheet.act.run(TableAct::Undo(Key::Accept(sheet.table)));
    let choose = move || {
        view! {
            <label>
                {text::ACCEPT} " "
                <input
                    class="input score"
                    type="text"
                    inputmode="numeric"
                    maxlength="3"
                    prop:value=move || score.get().to_string()
                    on:input:target=move |event| typed(event.target().value())
                /> " %"
            </label>
            <button
                type="button"
                class="button small"
                disabled=move || count(score.get()) == 0
                on:click=move |_| sheet.act.run(TableAct::Accept(score.get_untracked()))
            >
                {move || text::accept(count(score.get()))}
            </button>
        }
    };
    let done = move |at: u8| {
        view! {
            <span role="status">{move || text::accepted(count(at), at)}</span>
            <button type="button" class="button small" on:click=undo>
                {text::UNDO}
            </button>
        }
    };
    view! {
        <Show when=move || some() && !sheet.locked.get()>
            <div class="accept">
                {move || match accepted.get() {
                    Some(at) => done(at).into_any(),
                    None => choose().into_any(),
                }}
            </div>
        </Show>
    }
}

/// What can be done with the selection.
pub(super) fn bulk(sheet: Sheet) -> impl IntoView {
    let count = Memo::new(move |_| sheet.view.with(|view| view.selected().len()));
    let decide = move |choice: &dyn Fn(&MappingRow) -> Option<MappingChoice>| {
        let rows: Vec<MappingRow> = sheet.view.with_untracked(|view| view.selected().cloned().collect());
        let decided = rows.into_iter().filter_map(|row| {
            let choice = choice(&row)?;
            Some((row, choice))
        });
        sheet.act.run(TableAct::Decide(decided.collect()));
        sheet.act.run(TableAct::SelectAll(false));
    };
    let confirm = move |_| {
        decide(&|row| {
            let shown = untrack(|| sheet.show(row));
            let row = row.clone();
            suggestion(&Seen { row, shown })
        });
    };
    let buttons = move || {
        view! {
            <div class="bulk" role="group" aria-label=move || text::selected(count.get())>
                <span role="status">{move || text::selected(count.get())}</span>
                <button type="button" class="button small" on:click=confirm>
                    {text::CONFIRM}
                </button>
                {sheet
                    .can_create()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button small"
                                on:click=move |_| decide(&|_| Some(MappingChoice::CreateNew))
                            >
                                {text::CREATE_NEW}
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| decide(&|_| Some(MappingChoice::Ignore))
                >
                    {text::IGNORE}
                </button>
                <button
                    type="button"
                    class="button plain small"
                    on:click=move |_| sheet.act.run(TableAct::SelectAll(true))
                >
                    {text::SELECT_ALL}
                </button>
                <button
                    type="button"
                    class="button plain small"
                    on:click=move |_| sheet.act.run(TableAct::SelectAll(false))
                >
                    {text::SELECT_NONE}
                </button>
            </div>
        }
    };
    view! { <Show when=move || { count.get() > 0 }>{buttons()}</Show> }
}
