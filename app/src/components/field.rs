//! One field of the configuration, drawn from the schema alone.

use leptos::prelude::*;
use protocol::schema::{Field, FieldKind, FieldValue};

use super::combobox::{Choosing, Combobox, Naming};
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
    pub value: Signal<Option<FieldValue>>,
    /// Takes a new value, or none.
    pub set: Callback<Option<FieldValue>>,
    /// What is wrong with it.
    pub troubles: Signal<Vec<Trouble>>,
    /// It differs from what is saved.
    pub changed: Signal<bool>,
    /// It may only be looked at.
    pub locked: Signal<bool>,
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
#[component]
pub fn FieldRow(
    field: Field,
    state: FieldState,
    /// For fields that pick a record.
    #[prop(optional_no_strip)]
    choosing: Option<Choosing>,
) -> impl IntoView {
    let id = field_id(&field.key);
    let label_id = [&id, "-label"].concat();
    let help_id = [&id, "-help"].concat();
    let trouble_id = [&id, "-trouble"].concat();
    let described = [&help_id, " ", &trouble_id].concat();
    let refused = RwSignal::new(None::<String>);
    let place = Place { id: id.clone(), label_id: label_id.clone(), described, refused };
    let clear = move |_| state.set.run(None);
    let is_picker = matches!(field.kind, FieldKind::Picker { .. });
    let clearable = move || is_picker && !state.locked.get() && state.value.with(Option::is_some);
    let clear_label = text::about(text::CLEAR, &field.label);
    view! {
        <div class="field" class:changed=state.changed>
            <div class="field-head">
                <label for=id id=label_id>
                    {field.label}
                </label>
                {field.required.then(|| view! { <span class="tag">{text::REQUIRED}</span> })}
                <Show when=move || state.changed.get()>
                    <span class="tag changed">{text::CHANGED}</span>
                </Show>
            </div>
            <div class="field-control">
                {control(field.kind, state, choosing, place)}
                <Show when=clearable>
                    <button
                        type="button"
                        class="button plain small"
                        aria-label=clear_label.clone()
                        on:click=clear
                    >
                        {text::CLEAR}
                    </button>
                </Show>
            </div>
            <p class="field-help" id=help_id>
                {field.help}
            </p>
            <div id=trouble_id>
                {move || {
                    refused
                        .get()
                        .map(|words| {
                            view! {
                                <p class="trouble blocks" role="alert">
                                    {words}
                                </p>
                            }
                        })
                }}
                <Troubles troubles=state.troubles />
            </div>
        </div>
    }
}

/// What is wrong, each in its own line with the word that says how bad it is.
#[component]
pub fn Troubles(troubles: Signal<Vec<Trouble>>) -> impl IntoView {
    let line = |trouble: Trouble| {
        let (class, word) =
            if trouble.blocks { ("trouble blocks", text::BLOCKS) } else { ("trouble warns", text::WARNS) };
        view! {
            <p class=class>
                <strong>{word}</strong>
                " "
                {trouble.words}
            </p>
        }
    };
    move || troubles.get().into_iter().map(line).collect_view()
}

struct Place {
    id: String,
    label_id: String,
    described: String,
    refused: RwSignal<Option<String>>,
}

fn control(kind: FieldKind, state: FieldState, choosing: Option<Choosing>, place: Place) -> AnyView {
    match kind {
        FieldKind::Switch => switch(state, place).into_any(),
        FieldKind::Choice(options) => {
            let options: Vec<_> = options.into_iter().map(|o| (o.value, o.label)).collect();
            select(options, state, place).into_any()
        }
        FieldKind::Text { limit } => {
            let limit = Some(limit.to_string());
            line("text", limit, state, place).into_any()
        }
        FieldKind::Date => line("date", None, state, place).into_any(),
        FieldKind::Number { min, max } => number((min, max), state, place).into_any(),
        FieldKind::Picker { .. } => choosing.map(|c| picker(c, state, place)).into_any(),
        FieldKind::Mapping(_) => ().into_any(),
    }
}

fn switch(state: FieldState, place: Place) -> impl IntoView {
    let on = move || state.value.get() == Some(FieldValue::Switch(true));
    view! {
        <button
            type="button"
            class="switch"
            id=place.id
            role="switch"
            aria-checked=move || on().to_string()
            aria-labelledby=place.label_id
            aria-describedby=place.described
            disabled=state.locked
            on:click=move |_| state.set.run(Some(FieldValue::Switch(!untrack(on))))
        >
            <span class="switch-knob"></span>
            <span class="switch-word">{move || if on() { text::ON } else { text::OFF }}</span>
        </button>
    }
}

fn select(options: Vec<(String, String)>, state: FieldState, place: Place) -> impl IntoView {
    let chosen = move || text_of(state.value.get());
    let option = move |(value, label): (String, String)| {
        let this = value.clone();
        view! {
            <option value=value selected=move || chosen() == this>
                {label}
            </option>
        }
    };
    view! {
        <select
            class="input"
            id=place.id
            aria-describedby=place.described
            disabled=state.locked
            prop:value=chosen
            on:change:target=move |event| state.set.run(as_text(event.target().value()))
        >
            <option value="">{text::CHOOSE}</option>
            {options.into_iter().map(option).collect_view()}
        </select>
    }
}

fn line(kind: &'static str, limit: Option<String>, state: FieldState, place: Place) -> impl IntoView {
    view! {
        <input
            class="input"
            type=kind
            id=place.id
            maxlength=limit
            autocomplete="off"
            aria-describedby=place.described
            disabled=state.locked
            prop:value=move || text_of(state.value.get())
            on:input:target=move |event| state.set.run(as_text(event.target().value()))
        />
    }
}

fn number(bounds: (i32, i32), state: FieldState, place: Place) -> impl IntoView {
    let (min, max) = bounds;
    let typed = move |typed: String| {
        let typed = typed.trim();
        let refusal = match typed.parse::<i32>() {
            _ if typed.is_empty() => {
                state.set.run(None);
                None
            }
            Ok(number) if (min..=max).contains(&number) => {
                state.set.run(Some(FieldValue::Number(number)));
                None
            }
            Ok(_) => Some(text::bounds(min, max)),
            Err(_) => Some(text::NOT_A_NUMBER.to_owned()),
        };
        place.refused.set(refusal);
    };
    view! {
        <input
            class="input short"
            type="text"
            inputmode="numeric"
            id=place.id
            autocomplete="off"
            aria-describedby=place.described
            aria-invalid=move || place.refused.with(Option::is_some).to_string()
            disabled=state.locked
            prop:value=move || text_of(state.value.get())
            on:change:target=move |event| typed(event.target().value())
        />
    }
}

fn picker(choosing: Choosing, state: FieldState, place: Place) -> impl IntoView {
    let naming = Naming { id: place.id, label: None, described: place.described };
    view! { <Combobox naming choosing disabled=state.locked /> }
}
