//! Chooses what a row is mapped to: the suggestion first, then whatever a search finds.

use protocol::mapping::{MappingChoice, MappingRow, MappingTable};

use super::{Sheet, TableAct};
use crate::browser::dom::{Tag, button, tag, whenever};
use crate::components::combobox::{Choice, Choosing, Found, Naming, combobox};
use crate::components::look::look;
use crate::components::modal::modal;
use crate::signals::{Callback, RwSignal};
use crate::text::configuration as text;

fn dialog_id(table: MappingTable) -> &'static str {
    match table {
        MappingTable::Taxes => "choose-taxes",
        MappingTable::Customers => "choose-customers",
        MappingTable::Suppliers => "choose-suppliers",
        MappingTable::Terms => "choose-terms",
        MappingTable::Currencies => "choose-currencies",
        MappingTable::Classes => "choose-classes",
        MappingTable::Locations => "choose-locations",
    }
}

/// The suggestion before everything else, marked wherever it stands.
fn with_suggestion(found: Found, row: &MappingRow, searching: bool) -> Found {
    let Found::Ready(mut choices, more) = found else {
        return found;
    };
    let Some(target) = row.target.as_ref().filter(|_| row.score > 0) else {
        return Found::Ready(choices, more);
    };
    let mark = Some(text::suggested(row));
    let found = choices.iter().position(|choice| choice.id == target.id);
    match found {
        Some(at) if searching => choices[at].mark = mark,
        None if searching => {}
        _ => {
            let before = found.map(|at| choices.remove(at));
            let choice = before.unwrap_or_else(|| Choice {
                id: target.id.clone(),
                title: target.name.clone(),
                note: text::record_note(target),
                mark: None,
            });
            choices.insert(0, Choice { mark, ..choice });
        }
    }
    Found::Ready(choices, more)
}

/// The dialog. `choosing` is the row to choose for, and its place, which `closed` is called with once
/// something is chosen.
pub(super) fn chooser(
    sheet: Sheet,
    choosing: RwSignal<Option<(u32, MappingRow)>>,
    closed: Callback<u32>,
) -> Tag {
    let open = RwSignal::new(false);
    // The dialog closes itself by Escape; only the browser knows when.
    whenever(move || open.set(choosing.with(Option::is_some)));
    whenever(move || {
        if !open.get() && choosing.with_untracked(Option::is_some) {
            choosing.set(None);
        }
    });
    let title = move || {
        let name = choosing.with(|now| now.as_ref().map(|(_, row)| row.source.name.clone()));
        text::choose_for(&name.unwrap_or_default())
    };
    let decide = move |choice: MappingChoice| {
        if let Some((index, row)) = choosing.get_untracked() {
            sheet.decide(&row, choice);
            choosing.set(None);
            closed.run(index);
        }
    };
    let typed = RwSignal::new(String::new());
    let search = move |words: String| {
        typed.set(words.clone());
        sheet.act.run(TableAct::Search(words));
    };
    let found = move || {
        let found = sheet.found.get();
        match choosing.get() {
            Some((_, row)) => with_suggestion(found, &row, !typed.with(String::is_empty)),
            None => found,
        }
    };
    let picker = Choosing {
        shown: look(move || text::search_provider(&sheet.provider.run(()))),
        found: look(found),
        search: Callback::new(search),
        pick: Callback::new(move |id| decide(MappingChoice::Link(id))),
        locked: sheet.locked,
    };
    let id = dialog_id(sheet.table);
    let inside = move || {
        let label = Some(text::search_provider(&sheet.provider.run(())));
        let naming = Naming { id: [id, "-field"].concat(), label, described: String::new() };
        let create = move || decide(MappingChoice::CreateNew);
        let actions = tag("div", "actions")
            .attr("role", "group")
            .attr("aria-label", text::CHOICES)
            .maybe(sheet.can_create().then(|| button("button", text::CREATE_NEW).press(create)))
            .put(button("button", text::IGNORE).press(move || decide(MappingChoice::Ignore)))
            .put(button("button plain", text::CLOSE).press(move || choosing.set(None)));
        vec![combobox(naming, picker, true), actions]
    };
    modal(open, title, id, inside)
}
