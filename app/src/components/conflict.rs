//! Two people saved: who, when and what, and a decision per line.

use leptos::prelude::*;

use super::save_bar::{ChangeWords, Line};
use crate::model::draft::Key;
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
    pub words: Signal<String>,
    /// What both changed.
    pub clashes: Signal<Vec<ClashLine>>,
    /// What they alone changed.
    pub theirs: Signal<Vec<Line>>,
    /// Takes theirs (true) or keeps mine.
    pub take: Callback<(Key, bool)>,
    /// Saves again with these decisions.
    pub save: Callback<()>,
    /// Goes back to the page with these decisions.
    pub close: Callback<()>,
}

/// The inside of the conflict's dialog.
#[component]
pub fn Conflict(deciding: Deciding) -> impl IntoView {
    let clash = move |(index, clash): (usize, ClashLine)| {
        let name = ["clash-", &index.to_string()].concat();
        let (mine, theirs) = (clash.line.key.clone(), clash.line.key.clone());
        let pick = move |key: &Key, theirs| deciding.take.run((key.clone(), theirs));
        view! {
            <fieldset class="clash">
                <legend>{clash.line.about.clone()}</legend>
                <label>
                    <input
                        type="radio"
                        name=name.clone()
                        prop:checked=!clash.taken
                        on:change=move |_| pick(&mine, false)
                    />
                    <span class="muted">{text::KEEP_MINE}</span>
                    <strong>{clash.line.to}</strong>
                </label>
                <label>
                    <input
                        type="radio"
                        name=name
                        prop:checked=clash.taken
                        on:change=move |_| pick(&theirs, true)
                    />
                    <span class="muted">{text::TAKE_THEIRS}</span>
                    <strong>{clash.line.from}</strong>
                </label>
            </fieldset>
        }
    };
    // Decisions are kept by the radio buttons themselves: drawing them anew would lose the focus.
    let clashes = move || {
        let clashes = untrack(|| deciding.clashes.get());
        clashes.into_iter().enumerate().map(clash).collect_view()
    };
    let no_clash = deciding.clashes.with_untracked(Vec::is_empty);
    let theirs = move |line: Line| view! { <li class="change"><ChangeWords line /></li> };
    view! {
        <p>{deciding.words}</p>
        {no_clash.then(|| view! { <p>{text::NO_CLASH}</p> })}
        {(!no_clash).then(|| view! { <h3>{text::BOTH_CHANGED}</h3> })}
        {clashes}
        <Show when=move || deciding.theirs.with(|theirs| !theirs.is_empty())>
            <h3>{text::THEY_CHANGED}</h3>
            <ul class="changes">
                <For each=move || deciding.theirs.get() key=|line| line.clone().key children=theirs />
            </ul>
        </Show>
        <div class="actions">
            <button type="button" class="button" on:click=move |_| deciding.close.run(())>
                {text::KEEP_EDITING}
            </button>
            <button type="button" class="button primary" on:click=move |_| deciding.save.run(())>
                {text::SAVE_AGAIN}
            </button>
        </div>
    }
}
