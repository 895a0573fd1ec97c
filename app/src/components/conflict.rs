//! Two people saved: who, when and what, and a decision per line.

use super::look::Look;
use super::save_bar::{Line, change_words};
use crate::browser::dom::{Tag, button, tag};
use crate::model::draft::Key;
use crate::signals::{Callback, untrack};
use crate::text::configuration as text;

/// Something that both changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClashLine {
    /// What it is about, and what I want instead of what they saved.
    pub line: Line,
    /// Theirs stays.
    pub taken: bool,
}

/// What the conflict shows and does.
#[derive(Clone, Copy)]
pub struct Deciding {
    /// Who and when, in words.
    pub words: Look<String>,
    /// What both changed.
    pub clashes: Look<Vec<ClashLine>>,
    /// What they alone changed.
    pub theirs: Look<Vec<Line>>,
    /// Takes theirs (true) or keeps mine.
    pub take: Callback<(Key, bool)>,
    /// Saves again with these decisions.
    pub save: Callback<()>,
    /// Goes back to the page with these decisions.
    pub close: Callback<()>,
}

/// The inside of the conflict's dialog.
pub fn conflict(deciding: Deciding) -> Vec<Tag> {
    // Decisions are kept by the radio buttons themselves: drawing them anew would lose the focus.
    let clashes = untrack(|| deciding.clashes.run(()));
    let heading = if clashes.is_empty() {
        tag("p", "").words(text::NO_CLASH)
    } else {
        tag("h3", "").words(text::BOTH_CHANGED)
    };
    let theirs = move || {
        let theirs = deciding.theirs.run(());
        let line = |line: &Line| tag("li", "change").put(change_words(line));
        let list = tag("ul", "changes").all(theirs.iter().map(line).collect());
        let some = !theirs.is_empty();
        some.then(|| tag("div", "").put(tag("h3", "").words(text::THEY_CHANGED)).put(list))
    };
    let mut inside = vec![tag("p", "").says(move || deciding.words.run(())), heading];
    let clashes = clashes.iter().enumerate();
    inside.extend(clashes.map(|(index, line)| clash(deciding, index, line)));
    inside.push(tag("div", "").shows(theirs));
    inside.push(
        tag("div", "actions")
            .put(button("button", text::KEEP_EDITING).press(move || deciding.close.run(())))
            .put(button("button primary", text::SAVE_AGAIN).press(move || deciding.save.run(()))),
    );
    inside
}

fn clash(deciding: Deciding, index: usize, clash: &ClashLine) -> Tag {
    let group = ["clash-", &index.to_string()].concat();
    let choice = |words: &str, value: &str, theirs: bool| {
        let key = clash.line.key.clone();
        let checked = clash.taken == theirs;
        let radio = tag("input", "")
            .attr("type", "radio")
            .attr("name", &group)
            .ticked(move || checked)
            .on("change", move |_| deciding.take.run((key.clone(), theirs)));
        tag("label", "").put(radio).put(tag("span", "muted").words(words)).put(tag("strong", "").words(value))
    };
    tag("fieldset", "clash")
        .put(tag("legend", "").words(&clash.line.about))
        .put(choice(text::KEEP_MINE, &clash.line.to, false))
        .put(choice(text::TAKE_THEIRS, &clash.line.from, true))
}
