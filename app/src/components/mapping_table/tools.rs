//! Above the rows: search, states with their counts, suggestions by the dozen, the selection.

use protocol::mapping::{MappingChoice, MappingRow, MappingState};

use super::{Seen, Sheet, TableAct, suggestion};
use crate::browser::dom::{Tag, button, tag};
use crate::model::draft::standing::rows_in;
use crate::model::draft::{Changes, Key};
use crate::model::mapping::{Filter, STATES};
use crate::signals::{RwSignal, untrack};
use crate::text::configuration as text;

/// The score that is offered first.
const SURE: u8 = 90;

/// Search, states and suggestions.
pub(super) fn tools(sheet: Sheet) -> Tag {
    let look = move |change: &dyn Fn(&mut Filter)| {
        let mut filter = sheet.view.with_untracked(|view| view.filter().clone());
        change(&mut filter);
        sheet.act.run(TableAct::Look(filter));
    };
    let words = text::search_rows(sheet.table);
    let search = tag("input", "input search")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("aria-label", words)
        .attr("placeholder", words)
        .typed(move |search| look(&|filter| filter.search.clone_from(&search)));
    // Zero stands for every state, the others for their place in the order of urgency.
    let state = |key: u64| {
        let place = usize::try_from(key.checked_sub(1)?).ok()?;
        STATES.get(place).copied()
    };
    let states = move || {
        let offered =
            |state| sheet.view.with(|view| sheet.stands(|table| view.offers(Some(&table.counts), state)));
        let shown = |key: &u64| *key == 0 || state(*key).is_some_and(offered);
        (0..=8).filter(shown).collect()
    };
    let chip = move |key: u64| {
        let state: Option<MappingState> = state(key);
        let count = move || sheet.stands(|table| rows_in(Some(&table.counts), state));
        button("chip", state.map_or(text::ALL, text::state))
            .says_whether("aria-pressed", move || sheet.view.with(|view| view.filter().state == state))
            .press(move || look(&|filter| filter.state = state))
            .words(" ")
            .put(tag("span", "numbers").says(move || text::list_size(count())))
    };
    let chips = tag("div", "chips").attr("role", "group").attr("aria-label", text::SHOW).each(states, chip);
    tag("div", "tools-all").put(tag("div", "tools").put(search).put(chips)).put(accept(sheet))
}

/// Every suggestion at or above a score, with its count first and its way back after.
fn accept(sheet: Sheet) -> Tag {
    let score = RwSignal::new(SURE);
    let count = move |score: u8| {
        let rows = |changes: &Changes| {
            sheet.names.with(|names| sheet.stands(|table| changes.acceptable(&table.saved, names, score)))
        };
        sheet.changes.with(rows)
    };
    let accepted = move || sheet.changes.with(|changes| changes.accepted(sheet.table));
    let typed = move |typed: String| {
        if let Ok(typed) = typed.trim().parse::<u8>() {
            score.set(typed.min(100));
        }
    };
    let choose = move || {
        let field = tag("input", "input score")
            .attr("type", "text")
            .attr("inputmode", "numeric")
            .attr("maxlength", "3")
            .holds(move || score.get().to_string())
            .typed(typed);
        let accept = button("button small", "")
            .flag("disabled", move || count(score.get()) == 0)
            .says(move || text::accept(count(score.get())))
            .press(move || sheet.act.run(TableAct::Accept(score.get_untracked())));
        let label = tag("label", "").words(text::ACCEPT).words(" ").put(field).words(" %");
        tag("div", "accept").put(label).put(accept)
    };
    let done = move || {
        let undo = move || sheet.act.run(TableAct::Undo(Key::Accept(sheet.table)));
        let words = move || accepted().map(|at| text::accepted(count(at), at)).unwrap_or_default();
        tag("div", "accept")
            .put(tag("span", "").attr("role", "status").says(words))
            .put(button("button small", text::UNDO).press(undo))
    };
    let offered = move || accepted().is_none() && count(0) > 0 && !sheet.locked.run(());
    tag("div", "tools-accept").when(offered, choose).when(move || accepted().is_some(), done)
}

/// What can be done with the selection.
pub(super) fn bulk(sheet: Sheet) -> Tag {
    let count = move || sheet.view.with(|view| view.selected().len());
    // Rows that were to be confirmed and have no suggestion: they stay selected.
    let left = RwSignal::new(0);
    let decide = move |choice: &dyn Fn(&MappingRow) -> Option<MappingChoice>| {
        let rows: Vec<MappingRow> = sheet.view.with_untracked(|view| view.selected().cloned().collect());
        let (mut decided, mut without) = (Vec::new(), Vec::new());
        for row in rows {
            match choice(&row) {
                Some(choice) => decided.push((row, choice)),
                None => without.push(row),
            }
        }
        left.set(without.len());
        if !decided.is_empty() {
            sheet.act.run(TableAct::Decide(decided));
            sheet.act.run(TableAct::SelectOnly(without));
        }
    };
    // What was said of them is over once others are selected.
    let why = move || (left.get() > 0 && left.get() == count()).then(|| text::no_suggestion(left.get()));
    let confirm = move || {
        decide(&|row| {
            let shown = untrack(|| sheet.show(row));
            let row = row.clone();
            suggestion(&Seen { row, shown })
        });
    };
    let create = move || decide(&|_| Some(MappingChoice::CreateNew));
    let ignore = move || decide(&|_| Some(MappingChoice::Ignore));
    let select = move |words: &str, all: bool| {
        button("button plain small", words).press(move || sheet.act.run(TableAct::SelectAll(all)))
    };
    let buttons = move || {
        tag("div", "bulk")
            .attr("role", "group")
            .put(tag("span", "").attr("role", "status").says(move || text::selected(count())))
            .put(button("button small", text::CONFIRM).press(confirm))
            .maybe(sheet.can_create().then(|| button("button small", text::CREATE_NEW).press(create)))
            .put(button("button small", text::IGNORE).press(ignore))
            .put(select(text::SELECT_ALL, true))
            .put(select(text::SELECT_NONE, false))
            .put(tag("span", "trouble warns").attr("role", "status").says(move || why().unwrap_or_default()))
    };
    tag("div", "").when(move || count() > 0, buttons)
}
