//! One field of the configuration, drawn from the schema alone.

use protocol::schema::{ChoiceOption, Field, FieldKind, FieldValue};

use super::combobox::{Choosing, Naming, combobox};
use super::look::Look;
use crate::browser::dom::{Tag, button, tag, value};
use crate::signals::{Callback, RwSignal, untrack};
use crate::text::configuration as text;

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// It stands in the way; otherwise it only warns.
    pub blocks: bool,
    /// What it is.
    pub words: String,
}

/// A field as it stands.
#[derive(Clone, Copy)]
pub struct FieldState {
    /// Its value.
    pub value: Look<Option<FieldValue>>,
    /// Takes a new value, or none.
    pub set: Callback<Option<FieldValue>>,
    /// What is wrong with it.
    pub troubles: Look<Vec<Trouble>>,
    /// It differs from what is saved.
    pub changed: Look<bool>,
    /// It may only be looked at.
    pub locked: Look<bool>,
    /// For fields that pick a record.
    pub choosing: Option<Choosing>,
}

/// The id of a field within the page.
pub fn field_id(key: &str) -> String {
    ["field-", key].concat()
}

fn text_of(value: Option<FieldValue>) -> String {
    match value {
        Some(FieldValue::Text(text) | FieldValue::Record(text)) => text,
        Some(FieldValue::Number(number)) => number.to_string(),
        Some(FieldValue::Switch(_)) | None => String::new(),
    }
}

fn as_text(text: String) -> Option<FieldValue> {
    (!text.is_empty()).then_some(FieldValue::Text(text))
}

/// Label, control, help and troubles of a field that is no mapping table.
pub fn field_row(field: &Field, state: FieldState) -> Tag {
    let id = field_id(&field.key);
    let refused = RwSignal::new(None::<String>);
    let described = [&id, "-help ", &id, "-trouble"].concat();
    let label = [&id, "-label"].concat();
    let place = Place { id, described, state, refused };
    let is_picker = matches!(field.kind, FieldKind::Picker { .. });
    let clear_label = text::about(text::CLEAR, &field.label);
    let clear = move || {
        button("button plain small", text::CLEAR)
            .attr("aria-label", &clear_label)
            .press(move || state.set.run(None))
    };
    let clearable = move || is_picker && !state.locked.run(()) && state.value.run(()).is_some();
    let head = tag("div", "field-head")
        .put(tag("label", "").attr("for", &place.id).attr("id", &label).words(&field.label))
        .maybe(field.required.then(|| tag("span", "tag").words(text::REQUIRED)));
    let refusal =
        move || refused.get().map(|words| tag("p", "trouble blocks").attr("role", "alert").words(&words));
    tag("div", "field")
        .class("changed", move || state.changed.run(()))
        // On the line above the field: a place in the label's line would wrap that, and push the field
        // away from under the pointer.
        .when(move || state.changed.run(()), || tag("span", "tag changed").words(text::CHANGED))
        .put(head)
        .put(tag("div", "field-control").maybe(control(&field.kind, &place, &label)).when(clearable, clear))
        .put(tag("p", "field-help").attr("id", &[&place.id, "-help"].concat()).words(&field.help))
        .put(
            tag("div", "")
                .attr("id", &[&place.id, "-trouble"].concat())
                .shows(refusal)
                .put(troubles(state.troubles)),
        )
}

/// What is wrong, each in its own line with the word that says how bad it is.
pub fn troubles(troubles: Look<Vec<Trouble>>) -> Tag {
    let lines = move || {
        let lines = troubles.run(()).into_iter();
        let lines = lines.map(|trouble| trouble_line("p", trouble.blocks).words(&trouble.words));
        Some(tag("div", "").all(lines.collect()))
    };
    tag("div", "troubles").shows(lines)
}

/// The beginning of a line about something wrong.
pub fn trouble_line(name: &str, blocks: bool) -> Tag {
    let (class, word) =
        if blocks { ("trouble blocks", text::BLOCKS) } else { ("trouble warns", text::WARNS) };
    tag(name, class).put(tag("strong", "").words(word)).words(" ")
}

struct Place {
    id: String,
    described: String,
    state: FieldState,
    refused: RwSignal<Option<String>>,
}

impl Place {
    fn dress(&self, control: Tag) -> Tag {
        let locked = self.state.locked;
        control
            .attr("id", &self.id)
            .attr("aria-describedby", &self.described)
            .flag("disabled", move || locked.run(()))
    }
}

fn control(kind: &FieldKind, place: &Place, label: &str) -> Option<Tag> {
    let control = match kind {
        FieldKind::Switch => switch(place, label),
        FieldKind::Choice(options) => select(options, place),
        FieldKind::Text { limit } => line("text", place).attr("maxlength", &limit.to_string()),
        FieldKind::Date => line("date", place),
        FieldKind::Number { min, max } => number((*min, *max), place),
        FieldKind::Picker { .. } => {
            let naming = Naming { id: place.id.clone(), label: None, described: place.described.clone() };
            combobox(naming, place.state.choosing?, false)
        }
        FieldKind::Mapping(_) => return None,
    };
    Some(control)
}

fn switch(place: &Place, label: &str) -> Tag {
    let state = place.state;
    let on = move || state.value.run(()) == Some(FieldValue::Switch(true));
    let control = tag("button", "switch")
        .attr("type", "button")
        .attr("role", "switch")
        .attr("aria-labelledby", label)
        .says_whether("aria-checked", on)
        .press(move || state.set.run(Some(FieldValue::Switch(!untrack(on)))))
        .put(tag("span", "switch-knob"))
        .put(tag("span", "switch-word").says(move || if on() { text::ON } else { text::OFF }.to_owned()));
    place.dress(control)
}

fn select(options: &[ChoiceOption], place: &Place) -> Tag {
    let state = place.state;
    let option = |value: &str, label: &str| tag("option", "").attr("value", value).words(label);
    let control = tag("select", "input")
        .put(option("", text::CHOOSE))
        .all(options.iter().map(|o| option(&o.value, &o.label)).collect())
        .holds(move || text_of(state.value.run(())))
        .on("change", move |event| state.set.run(as_text(value(&event))));
    place.dress(control)
}

fn line(kind: &str, place: &Place) -> Tag {
    let state = place.state;
    let control = tag("input", "input")
        .attr("type", kind)
        .attr("autocomplete", "off")
        .holds(move || text_of(state.value.run(())))
        .typed(move |typed| state.set.run(as_text(typed)));
    place.dress(control)
}

fn number((min, max): (i32, i32), place: &Place) -> Tag {
    let (state, refused) = (place.state, place.refused);
    let typed = move |typed: &str| {
        let number = typed.parse::<i32>();
        let refusal = match number {
            _ if typed.is_empty() => None,
            Ok(number) if (min..=max).contains(&number) => None,
            Ok(_) => Some(text::bounds(min, max)),
            Err(_) => Some(text::NOT_A_NUMBER.to_owned()),
        };
        if refusal.is_none() {
            state.set.run(number.ok().map(FieldValue::Number));
        }
        refused.set(refusal);
    };
    let control = tag("input", "input short")
        .attr("type", "text")
        .attr("inputmode", "numeric")
        .attr("autocomplete", "off")
        .says_whether("aria-invalid", move || refused.with(Option::is_some))
        .holds(move || text_of(state.value.run(())))
        .on("change", move |event| typed(value(&event).trim()));
    place.dress(control)
}
