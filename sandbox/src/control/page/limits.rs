//! The card of limits: whether there are any, and in which words a call beyond them is refused.

use serde::Deserialize;

use super::{
    cards::word,
    parts::{card, choice_at, note},
};
use crate::{
    Wording,
    state::{Play, Settings, held},
};

const ACTION: &str = "/sandbox/limits#limits";
const WORDINGS: &[(&str, &str)] =
    &[("asked", "As asked"), ("json", "JSON"), ("xml", "XML"), ("empty", "Empty")];

/// What the form sends: the button that was pressed. Everything else about limits stays as it is.
#[derive(Deserialize)]
pub(crate) struct Asked {
    on: Option<bool>,
    throttled: Option<Wording>,
}

impl Asked {
    pub(super) fn turn(&self, play: &Play) {
        let mut settings = held(&play.settings);
        settings.limits.on = self.on.unwrap_or(settings.limits.on);
        settings.refusals.throttled = self.throttled.unwrap_or(settings.refusals.throttled);
    }
}

/// The whole card.
pub(super) fn card_of(settings: &Settings) -> String {
    let limits = settings.limits;
    let on = limits.on.to_string();
    let body = [
        choice_at(ACTION, "Too many calls", "on", &on, &[("false", "Let in"), ("true", "Refused")]),
        note(&format!(
            "For an app and a company: {} calls a second, {} a minute, {} batches a minute.",
            limits.per_second, limits.per_minute, limits.batches_per_minute
        )),
        choice_at(ACTION, "A 429 is worded in", "throttled", &word(settings.refusals.throttled), WORDINGS),
    ];
    card("limits", "Limits", &body.join("\n"))
}
