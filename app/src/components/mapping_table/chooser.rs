//! Chooses what a row is mapped to: the suggestion first, then whatever a search finds.

use leptos::prelude::*;
use protocol::mapping::{MappingChoice, MappingRow, MappingTable};

use super::{Sheet, TableAct};
use crate::components::combobox::{Choice, Choosing, Combobox, Found, Naming};
use crate::components::dialog::Dialog;
use crate::text::configuration as text;

fn dialog_id(table: MappingTable) -> &'static str {
    match table {
        MappingTable::Taxes => "choose-taxes",
        MappingTable::Customers => "choose-customers",
        MappingTable::Suppliers => "choose-suppliers",
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

/// The dialog.
pub(super) fn chooser(
    sheet: Sheet,
    // The row to choose for, and its place.
    choosing: RwSignal<Option<(u32, MappingRow)>>,
    // Called with the row's place once something is chosen.
    closed: Callback<u32>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    // The dialog closes itself by Escape; only the browser knows when.
    Effect::new(move || open.set(choosing.with(Option::is_some)));
    Effect::new(move || {
        if !open.get() && choosing.with_untracked(Option::is_some) {
            choosing.set(None);
        }
    });
    let title = Signal::derive(move || {
        let name = choosing.with(|now| now.as_ref().map(|(_, row)| row.source.name.clone()));
        text::choose_for(&name.unwrap_or_default())
    });
    let decide = move |choice: MappingChoice| {
        if let Some((index, row)) = choosing.get_untracked() {
            sheet.decide(&row, choice);
            choosing.set(None);
            closed.run(index);
        }
    };
    let pick = move |id: String| decide(MappingChoice::Link(id));
    let typed = RwSignal::new(String::new());
    let search = move |words: String| {
        typed.set(words.clone());
        sheet.act.run(TableAct::Search(words));
    };
    let found = Signal::derive(move || {
        let found = sheet.found.get();
        match choosing.get() {
            Some((_, row)) => with_suggestion(found, &row, !typed.with(String::is_empty)),
            None => found,
        }
    });
    let picker = Choosing {
        shown: Signal::derive(move || text::search_provider(&sheet.provider.get())),
        found,
        search: Callback::new(search),
        pick: Callback::new(pick),
    };
    let id = dialog_id(sheet.table);
    let naming = Naming {
        id: [id, "-field"].concat(),
        label: Some(text::search_provider(&sheet.provider.get_untracked())),
        described: String::new(),
    };
    let can_create = sheet.can_create();
    view! {
        <Dialog open title id>
            <Combobox naming=naming.clone() choosing=picker inline=true />
            <div class="actions" role="group" aria-label=text::CHOICES>
                {can_create
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button"
                                on:click=move |_| decide(MappingChoice::CreateNew)
                            >
                                {text::CREATE_NEW}
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="button"
                    on:click=move |_| decide(MappingChoice::Ignore)
                >
                    {text::IGNORE}
                </button>
                <button type="button" class="button plain" on:click=move |_| choosing.set(None)>
                    {text::CLOSE}
                </button>
            </div>
        </Dialog>
    }
}
