//! What the page is put together from: cards, rows of buttons, fields. Everything from outside is escaped here.

pub(super) use html_escape::encode_double_quoted_attribute as attribute;
pub(super) use html_escape::encode_text as text;

/// A part of the page with a name. Its forms lead back to it.
pub(super) fn card(id: &str, heading: &str, body: &str) -> String {
    format!(
        r#"<section class="card" id="{id}" aria-labelledby="{id}-name">
<h2 id="{id}-name">{heading}</h2>
{body}
</section>"#
    )
}

/// One of several, each a button; the one that holds is pressed.
pub(super) fn choice(card: &str, label: &str, key: &str, current: &str, choices: &[(&str, &str)]) -> String {
    choice_at(&format!("/sandbox#{card}"), label, key, current, choices)
}

/// The same, for a switch that is turned elsewhere.
pub(super) fn choice_at(
    action: &str,
    label: &str,
    key: &str,
    current: &str,
    choices: &[(&str, &str)],
) -> String {
    let button = |(value, name): &(&str, &str)| {
        let pressed = *value == current;
        format!(r#"<button name="{key}" value="{value}" aria-pressed="{pressed}">{name}</button>"#)
    };
    let buttons: Vec<String> = choices.iter().map(button).collect();
    format!(
        r#"<form class="choice-row" method="post" action="{action}">
<span class="label" id="{key}-label">{label}</span>
<div class="segments" role="group" aria-labelledby="{key}-label">{}</div>
</form>"#,
        buttons.join("")
    )
}

/// Buttons that do something at once.
pub(super) fn actions(card: &str, key: &str, buttons: &[(String, String)]) -> String {
    let button = |(value, name): &(String, String)| {
        format!(r#"<button name="{key}" value="{}">{}</button>"#, attribute(value), text(name))
    };
    let buttons: Vec<String> = buttons.iter().map(button).collect();
    format!(r#"<form class="buttons" method="post" action="/sandbox#{card}">{}</form>"#, buttons.join(""))
}

/// A field with its label and the button that sets it.
pub(super) struct Field<'a> {
    pub(super) key: &'a str,
    pub(super) label: &'a str,
    pub(super) button: &'a str,
    /// Attributes of the input beside its name.
    pub(super) input: String,
}

impl Field<'_> {
    pub(super) fn on(&self, card: &str) -> String {
        let Self { key, label, button, input } = self;
        format!(
            r#"<form class="field" method="post" action="/sandbox#{card}">
<label for="{key}">{label}</label>
<div class="with-button"><input id="{key}" name="{key}" {input}><button>{button}</button></div>
</form>"#
        )
    }
}

/// Attributes of an input for a whole number.
pub(super) fn number(value: u64) -> String {
    format!(r#"type="number" min="0" step="1" inputmode="numeric" required value="{value}""#)
}

/// A remark.
pub(super) fn note(words: &str) -> String {
    format!(r#"<p class="note">{words}</p>"#)
}
