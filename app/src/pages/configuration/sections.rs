//! The sections of the page, drawn from the schema alone.

use leptos::prelude::*;
use protocol::schema::{Configuration, Field, FieldKind, FieldValue, Section};

use super::desk::Desk;
use super::lines::value_words;
use super::lookup::Lookup;
use super::sheet::sheet;
use super::{Around, calm::calmly};
use crate::browser::page;
use crate::components::combobox::Choosing;
use crate::components::field::{FieldRow, FieldState, Trouble, Troubles, field_id};
use crate::components::mapping_table::MappingTable;
use crate::model::draft::Key;
use crate::text::configuration as text;

fn section_id(key: &str) -> String {
    ["section-", key].concat()
}

/// Shows a place of this page: in sight, and with the focus on it.
fn go_to(id: &str) {
    page::reveal(id);
    page::focus(&["#", id].concat());
}

/// Links to the sections, each with how many of its fields need something.
pub(super) fn section_nav(desk: Desk, sections: Memo<Vec<Section>>) -> impl IntoView {
    let link = move |section: Section| {
        let id = section_id(&section.key);
        let href = ["#", &id].concat();
        let keys: Vec<String> = section.fields.into_iter().map(|field| field.key).collect();
        let needed = Memo::new(move |_| {
            desk.with_problems(|problem| problem.blocks && keys.contains(&problem.key)).len()
        });
        let show = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            go_to(&id);
        };
        view! {
            <li>
                <a href=href on:click=show>
                    {section.title}
                </a>
                <Show when=move || { needed.get() > 0 }>
                    <span class="tag needed">
                        {move || needed.get()} " "
                        <span class="visually-hidden">{text::BLOCKS}</span>
                    </span>
                </Show>
            </li>
        }
    };
    view! {
        <nav class="section-nav" aria-label=text::SECTIONS>
            <ul class="sections">{move || sections.get().into_iter().map(link).collect_view()}</ul>
        </nav>
    }
}

/// What blocks and what only warns, with links.
pub(super) fn problem_list(desk: Desk, around: Around) -> impl IntoView {
    let problems = Memo::new(move |_| desk.with_problems(|_| true));
    let count = move |blocks: bool| {
        problems.with(|all| all.iter().filter(|problem| problem.blocks == blocks).count())
    };
    let words = move || text::problems(count(true), count(false));
    let line = move |problem: protocol::schema::Problem| {
        let id = field_id(&problem.key);
        let href = ["#", &id].concat();
        let label = untrack(|| desk.label(&problem.key));
        let words = text::problem(problem.cause, problem.count, &around.provider.get());
        let (class, word) =
            if problem.blocks { ("trouble blocks", text::BLOCKS) } else { ("trouble warns", text::WARNS) };
        let show = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            go_to(&id);
        };
        view! {
            <li class=class>
                <strong>{word}</strong>
                " "
                <a href=href on:click=show>
                    {label}
                </a>
                ": "
                {words}
            </li>
        }
    };
    view! {
        <div class="problems" class:good=move || { count(true) == 0 }>
            <p role="status">{words}</p>
            <ul class="problem-list">
                {move || problems.get().into_iter().map(line).collect_view()}
            </ul>
        </div>
    }
}

/// One section.
pub(super) fn section_view(desk: Desk, around: Around, section: Section) -> impl IntoView {
    let id = section_id(&section.key);
    let heading = id.clone();
    let draw = move |field: Field| {
        let depends_on = field.depends_on.clone();
        let shown = Memo::new(move |_| {
            depends_on.as_deref().is_none_or(|switch| desk.value(switch) == Some(FieldValue::Switch(true)))
        });
        let field = StoredValue::new(field);
        view! {
            <Show when=move || shown.get()>
                <FieldView desk around field=field.get_value() />
            </Show>
        }
    };
    view! {
        <section class="card section" aria-labelledby=heading>
            <h2 id=id tabindex="-1">
                {section.title}
            </h2>
            <p class="muted section-help">{section.help}</p>
            {section.fields.into_iter().map(draw).collect_view()}
        </section>
    }
}

#[component]
fn FieldView(desk: Desk, around: Around, field: Field) -> impl IntoView {
    let key = StoredValue::new(field.key.clone());
    let troubles = Signal::derive(move || key.with_value(|key| desk.troubles(key, &around.provider.get())));
    if let FieldKind::Mapping(table) = field.kind {
        let sheet = sheet(desk, table, around.moved, around.locked, around.provider);
        return view! {
            <div class="table-field" id=field_id(&field.key) tabindex="-1">
                <h3>{field.label}</h3>
                <p class="field-help">{field.help}</p>
                <Troubles troubles />
                <MappingTable sheet />
            </div>
        }
        .into_any();
    }
    let state = FieldState {
        value: Memo::new(move |_| key.with_value(|key| desk.value(key))).into(),
        set: Callback::new(move |value| {
            key.with_value(|key| {
                desk.change(|changes, saved| changes.set_field(saved, key, value));
            });
        }),
        troubles,
        changed: Signal::derive(move || {
            let key = Key::Field(key.get_value());
            desk.changes.with(|changes| changes.get(&key).is_some())
        }),
        locked: around.locked,
    };
    let choosing = match &field.kind {
        FieldKind::Picker { list, kinds } => {
            let lookup = Lookup::new(desk, *list, kinds.clone());
            calmly(around.moved, move || lookup.again());
            Some(Choosing {
                shown: Memo::new(move |_| key.with_value(|key| desk.record_name(key))).into(),
                found: lookup.found.into(),
                search: Callback::new(move |words| lookup.search(words)),
                pick: Callback::new(move |id| state.set.run(Some(FieldValue::Record(id)))),
            })
        }
        _ => None,
    };
    view! { <FieldRow field state choosing /> }.into_any()
}

impl Desk {
    fn with_saved<T: Default>(self, read: impl FnOnce(&Configuration) -> T) -> T {
        self.configuration.with(|configuration| configuration.as_ref().map(read)).unwrap_or_default()
    }

    fn with_problems(
        self,
        wanted: impl Fn(&protocol::schema::Problem) -> bool,
    ) -> Vec<protocol::schema::Problem> {
        self.with_saved(|saved| saved.problems.iter().filter(|p| wanted(p)).cloned().collect())
    }

    fn value(self, key: &str) -> Option<FieldValue> {
        self.with_saved(|saved| self.changes.with(|changes| changes.value(saved, key).cloned()))
    }

    fn record_name(self, key: &str) -> String {
        let value = self.value(key);
        let Some(value) = value else {
            return String::new();
        };
        self.with_saved(|saved| self.names.with(|names| value_words(saved, names, key, Some(&value))))
    }

    fn label(self, key: &str) -> String {
        let label = self.with_saved(|saved| {
            let mut fields = saved.sections.iter().flat_map(|section| &section.fields);
            let field = fields.find(|field| field.key == key);
            field.map(|field| field.label.clone())
        });
        label.unwrap_or_else(|| key.to_owned())
    }

    /// What is wrong with a field, as saved; nothing once it was changed.
    fn troubles(self, key: &str, provider: &str) -> Vec<Trouble> {
        let changed = Key::Field(key.to_owned());
        if self.changes.with(|changes| changes.get(&changed).is_some()) {
            return Vec::new();
        }
        let problems = self.with_problems(|problem| problem.key == key);
        let trouble = |problem: protocol::schema::Problem| Trouble {
            blocks: problem.blocks,
            words: text::problem(problem.cause, problem.count, provider),
        };
        problems.into_iter().map(trouble).collect()
    }
}
