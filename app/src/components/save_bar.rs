//! The end of the page: what is unsaved, and the buttons that review, discard and save it. It stays
//! in sight while there are changes.

use super::look::Look;
use super::modal::modal;
use crate::browser::dom::{Tag, button, tag};
use crate::model::draft::Key;
use crate::signals::{Callback, RwSignal};
use crate::text::configuration as text;

/// A change as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about, for taking it back.
    pub key: Key,
    /// The same, in words.
    pub about: String,
    /// As saved.
    pub from: String,
    /// As it will be.
    pub to: String,
}

/// What the bar shows and does.
#[derive(Clone, Copy)]
pub struct Saving {
    /// Who saved last, in words.
    pub last: Look<String>,
    /// How many changes.
    pub count: Look<usize>,
    /// The changes in words; asked for when they are looked at.
    pub lines: Look<Vec<Line>>,
    /// Nothing was ever saved: what stands there by itself may be saved as it is.
    pub first: Look<bool>,
    /// A save is on its way.
    pub busy: Look<bool>,
    /// This visitor may only look.
    pub locked: Look<bool>,
    /// Saves.
    pub save: Callback<()>,
    /// Drops every change.
    pub discard: Callback<()>,
    /// Takes one change back.
    pub undo: Callback<Key>,
    /// The changes are about to be looked at.
    pub review: Callback<()>,
}

/// The bar and its two dialogs.
pub fn save_bar(saving: Saving) -> Vec<Tag> {
    let reviewing = RwSignal::new(false);
    let discarding = RwSignal::new(false);
    let clean = move || saving.count.run(()) == 0;
    let words = move || match saving.count.run(()) {
        0 => saving.last.run(()),
        count => text::unsaved(count),
    };
    let review = move || {
        saving.review.run(());
        reviewing.set(true);
    };
    let unable = move || (clean() && !saving.first.run(())) || saving.busy.run(()) || saving.locked.run(());
    let changed = move || {
        let discard = button("button", text::DISCARD)
            .flag("disabled", move || saving.busy.run(()))
            .press(move || discarding.set(true));
        tag("div", "actions").put(button("button plain", text::REVIEW).press(review)).put(discard)
    };
    let save = button("button primary", "")
        .flag("disabled", unable)
        .press(move || saving.save.run(()))
        .says(move || if saving.busy.run(()) { text::SAVING } else { text::SAVE }.to_owned());
    let bar = tag("div", "save-bar")
        .class("stays", move || !clean())
        .flag("hidden", move || saving.locked.run(()) && clean())
        .put(tag("p", "save-words numbers").attr("role", "status").says(words))
        .put(tag("div", "actions").when(move || !clean(), changed).put(save));
    let close = move || button("button", text::CLOSE).press(move || reviewing.set(false));
    let review_inside = move || vec![change_list(saving), tag("div", "actions").put(close())];
    let discard_inside = move || {
        let discard = move || {
            saving.discard.run(());
            discarding.set(false);
        };
        let keep = button("button", text::KEEP_EDITING).press(move || discarding.set(false));
        let yes = button("button danger", text::DISCARD_YES).press(discard);
        vec![tag("p", "").words(text::DISCARD_BODY), tag("div", "actions").put(keep).put(yes)]
    };
    vec![
        bar,
        modal(reviewing, || text::REVIEW_TITLE.to_owned(), "review-title", review_inside),
        modal(discarding, || text::DISCARD_TITLE.to_owned(), "discard-title", discard_inside),
    ]
}

/// Changes, old beside new, each with its way back.
fn change_list(saving: Saving) -> Tag {
    let row = move |line: Line| {
        let label = text::about(text::UNDO, &line.about);
        let words = change_words(&line);
        let undo = button("button small", text::UNDO)
            .attr("aria-label", &label)
            .press(move || saving.undo.run(line.key.clone()));
        tag("li", "change").put(words).put(undo)
    };
    let list = move || {
        let lines = saving.lines.run(());
        if lines.is_empty() {
            return Some(tag("p", "muted").words(text::NO_CHANGES));
        }
        Some(tag("ul", "changes").all(lines.into_iter().map(row).collect()))
    };
    tag("div", "").shows(list)
}

/// One change: what it is about, the old value, the new one.
pub fn change_words(line: &Line) -> Tag {
    let words = tag("div", "change-words").put(tag("strong", "").words(&line.about));
    let words = if line.from.is_empty() {
        words
    } else {
        words
            .put(tag("span", "change-from").words(&line.from))
            .put(tag("span", "change-arrow").attr("aria-hidden", "true").words("→"))
            .put(tag("span", "visually-hidden").words(text::BECOMES))
    };
    words.put(tag("span", "change-to").words(&line.to))
}
