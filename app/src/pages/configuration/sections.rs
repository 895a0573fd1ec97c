//! The sections of the page, drawn from the schema alone.

use protocol::schema::{Configuration, Field, FieldKind, FieldValue, Problem, Section};

use super::desk::Desk;
use super::lines::value_words;
use super::lookup::Lookup;
use super::sheet::sheet;
use super::{Around, calm::calmly};
use crate::browser::dom::{Tag, tag};
use crate::browser::page;
use crate::components::combobox::Choosing;
use crate::components::field::{FieldState, Trouble, field_id, field_row, trouble_line, troubles};
use crate::components::look::look;
use crate::components::mapping_table::{Sheet, mapping_table};
use crate::model::draft::Key;
use crate::signals::{Callback, StoredValue, untrack};
use crate::text::configuration as text;

fn section_id(key: &str) -> String {
    ["section-", key].concat()
}

/// A link to a place of this page: in sight, and with the focus on it.
fn link_to(id: String, words: &str) -> Tag {
    let href = ["#", &id].concat();
    tag("a", "").attr("href", &href).words(words).on("click", move |event| {
        event.prevent_default();
        page::reveal(&id);
        page::focus(&["#", &id].concat());
    })
}

/// Links to the sections, each with how many of its fields need something.
pub(super) fn section_nav(desk: Desk, sections: &[Section]) -> Tag {
    let link = |section: &Section| {
        let keys: Vec<String> = section.fields.iter().map(|field| field.key.clone()).collect();
        let needed = move || desk.problems(|problem| problem.blocks && keys.contains(&problem.key)).len();
        let count = move || {
            let needed = needed();
            let hidden = || tag("span", "visually-hidden").words(text::BLOCKS);
            (needed > 0)
                .then(|| tag("span", "tag needed").words(&needed.to_string()).words(" ").put(hidden()))
        };
        tag("li", "").put(link_to(section_id(&section.key), &section.title)).shows(count)
    };
    let links = sections.iter().map(link).collect();
    tag("nav", "section-nav").attr("aria-label", text::SECTIONS).put(tag("ul", "sections").all(links))
}

/// What blocks and what only warns, with links.
pub(super) fn problem_list(desk: Desk, around: Around) -> Tag {
    let line = move |problem: &Problem| {
        let label = untrack(|| desk.label(&problem.key));
        let words = text::problem(problem.cause, problem.count, &around.provider.run(()));
        trouble_line("li", problem.blocks)
            .put(link_to(field_id(&problem.key), &label))
            .words(": ")
            .words(&words)
    };
    let draw = move |problems: &Vec<Problem>| {
        let blocking = problems.iter().filter(|problem| problem.blocks).count();
        let words = text::problems(blocking, problems.len() - blocking);
        let class = if blocking == 0 { "problems good" } else { "problems" };
        let list = tag("ul", "problem-list").all(problems.iter().map(line).collect());
        Some(tag("div", class).put(tag("p", "").attr("role", "status").words(&words)).put(list))
    };
    tag("div", "").draws(move || desk.problems(|_| true), draw)
}

/// One section.
pub(super) fn section_view(desk: Desk, around: Around, section: &Section) -> Tag {
    let id = section_id(&section.key);
    let view = tag("section", "card section")
        .attr("aria-labelledby", &id)
        .put(tag("h2", "").attr("id", &id).attr("tabindex", "-1").words(&section.title))
        .put(tag("p", "muted section-help").words(&section.help));
    section.fields.iter().fold(view, |view, field| {
        let depends_on = field.depends_on.clone();
        let on = move |switch: &str| desk.value(switch) == Some(FieldValue::Switch(true));
        let field = field.clone();
        view.when(
            move || depends_on.as_deref().is_none_or(on),
            move || untrack(|| field_view(desk, around, &field)),
        )
    })
}

fn field_view(desk: Desk, around: Around, field: &Field) -> Tag {
    let key = StoredValue::new(field.key.clone());
    let wrong = look(move || key.with_value(|key| desk.troubles(key, &around.provider.run(()))));
    if let FieldKind::Mapping(table) = field.kind {
        let sheet = sheet(desk, table, around);
        return tag("div", "table-field")
            .attr("id", &field_id(&field.key))
            .attr("tabindex", "-1")
            .put(table_head(sheet, &field.label))
            .put(tag("p", "field-help").words(&field.help))
            .put(troubles(wrong))
            .put(mapping_table(sheet));
    }
    let set = move |value| {
        key.with_value(|key| desk.change(|changes, saved| changes.set_field(saved, key, value)));
    };
    let changed = move || {
        let key = Key::Field(key.get_value());
        desk.changes.with(|changes| changes.get(&key).is_some())
    };
    let choosing = match &field.kind {
        FieldKind::Picker { list, kinds } => {
            let lookup = Lookup::new(desk, *list, kinds.clone());
            calmly(around.moved, move || lookup.again());
            Some(Choosing {
                shown: look(move || key.with_value(|key| desk.record_name(key))),
                found: look(move || lookup.found.get()),
                search: Callback::new(move |words| lookup.search(words)),
                pick: Callback::new(move |id| set(Some(FieldValue::Record(id)))),
                locked: around.locked,
            })
        }
        _ => None,
    };
    let state = FieldState {
        value: look(move || key.with_value(|key| desk.value(key))),
        set: Callback::new(set),
        troubles: wrong,
        changed: look(changed),
        locked: around.locked,
        choosing,
    };
    field_row(field, state)
}

/// The heading of a table, and beside it how much of it is not saved: its place is always kept, so that
/// the table stays where it is under the pointer.
fn table_head(sheet: Sheet, label: &str) -> Tag {
    let unsaved = tag("span", "tag changed")
        .class("unseen", move || sheet.unsaved() == 0)
        .says(move || text::unsaved_rows(sheet.unsaved()));
    tag("div", "table-head").put(tag("h3", "").words(label)).put(unsaved)
}

impl Desk {
    fn with_saved<T: Default>(self, read: impl FnOnce(&Configuration) -> T) -> T {
        self.configuration.with(|configuration| configuration.as_ref().map(read)).unwrap_or_default()
    }

    fn problems(self, wanted: impl Fn(&Problem) -> bool) -> Vec<Problem> {
        self.standing.with(|all| all.problems.iter().filter(|p| wanted(p)).cloned().collect())
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

    /// What is wrong with a field, with the changes laid over it.
    fn troubles(self, key: &str, provider: &str) -> Vec<Trouble> {
        let problems = self.problems(|problem| problem.key == key);
        let trouble = |problem: Problem| Trouble {
            blocks: problem.blocks,
            words: text::problem(problem.cause, problem.count, provider),
        };
        problems.into_iter().map(trouble).collect()
    }
}
