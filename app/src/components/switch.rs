//! A switch that asks before it moves: pressing it calls back, the state comes from outside.

use crate::browser::dom::{Tag, button, tag};
use crate::text::states;

/// Shows on or off in words, too. Where it cannot be moved, `reason` says why.
pub fn switch(
    label: &str,
    on: impl Fn() -> bool + Copy + 'static,
    locked: impl Fn() -> bool + Copy + 'static,
    reason: &'static str,
    pressed: impl Fn() + 'static,
) -> Tag {
    button("switch", "")
        .attr("role", "switch")
        .attr("aria-label", label)
        .says_whether("aria-checked", on)
        .flag("disabled", locked)
        .live("title", move || locked().then(|| reason.to_owned()))
        .put(tag("span", "words").attr("aria-hidden", "true").says(move || states::switch(on()).to_owned()))
        .put(tag("span", "track").attr("aria-hidden", "true"))
        .press(pressed)
}
