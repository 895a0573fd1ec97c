//! The end of the page: what is unsaved, and the buttons that review, discard and save it. It stays
//! in sight while there are changes.

use leptos::prelude::*;

use super::dialog::Dialog;
use crate::model::draft::Key;
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
    /// How many changes.
    pub count: Signal<usize>,
    /// The changes in words; asked for when they are looked at.
    pub lines: Signal<Vec<Line>>,
    /// A save is on its way.
    pub busy: Signal<bool>,
    /// This visitor may only look.
    pub locked: Signal<bool>,
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
#[component]
pub fn SaveBar(
    saving: Saving,
    /// Who saved last, in words.
    #[prop(into)]
    last: Signal<String>,
) -> impl IntoView {
    let reviewing = RwSignal::new(false);
    let discarding = RwSignal::new(false);
    let clean = move || saving.count.get() == 0;
    let words = move || match saving.count.get() {
        0 => last.get(),
        count => text::unsaved(count),
    };
    let review = move |_| {
        saving.review.run(());
        reviewing.set(true);
    };
    let unable = move || clean() || saving.busy.get() || saving.locked.get();
    view! {
        <div class="save-bar" class:stays=move || !clean()>
            <p class="save-words" class:numbers=true role="status">
                {words}
            </p>
            <div class="actions">
                <Show when=move || !clean()>
                    <button type="button" class="button plain" on:click=review>
                        {text::REVIEW}
                    </button>
                    <button
                        type="button"
                        class="button"
                        disabled=saving.busy
                        on:click=move |_| discarding.set(true)
                    >
                        {text::DISCARD}
                    </button>
                </Show>
                <button
                    type="button"
                    class="button primary"
                    disabled=unable
                    on:click=move |_| saving.save.run(())
                >
                    {move || if saving.busy.get() { text::SAVING } else { text::SAVE }}
                </button>
            </div>
        </div>
        <Dialog open=reviewing title=text::REVIEW_TITLE id="review-title">
            <ChangeList lines=saving.lines undo=saving.undo />
            <div class="actions">
                <button type="button" class="button" on:click=move |_| reviewing.set(false)>
                    {text::CLOSE}
                </button>
            </div>
        </Dialog>
        <Dialog open=discarding title=text::DISCARD_TITLE id="discard-title">
            <p>{text::DISCARD_BODY}</p>
            <div class="actions">
                <button type="button" class="button" on:click=move |_| discarding.set(false)>
                    {text::KEEP_EDITING}
                </button>
                <button
                    type="button"
                    class="button danger"
                    on:click=move |_| {
                        saving.discard.run(());
                        discarding.set(false);
                    }
                >
                    {text::DISCARD_YES}
                </button>
            </div>
        </Dialog>
    }
}

/// Changes, old beside new, each with its way back.
#[component]
fn ChangeList(lines: Signal<Vec<Line>>, undo: Callback<Key>) -> impl IntoView {
    let row = move |line: Line| {
        let label = text::about(text::UNDO, &line.about);
        let key = line.key.clone();
        view! {
            <li class="change">
                <ChangeWords line />
                <button
                    type="button"
                    class="button small"
                    aria-label=label
                    on:click=move |_| undo.run(key.clone())
                >
                    {text::UNDO}
                </button>
            </li>
        }
    };
    let none = move || lines.with(Vec::is_empty);
    view! {
        <Show when=none>
            <p class="muted">{text::NO_CHANGES}</p>
        </Show>
        <ul class="changes">
            <For each=move || lines.get() key=|line| line.clone().key children=row />
        </ul>
    }
}

/// One change: what it is about, the old value, the new one.
#[component]
pub fn ChangeWords(line: Line) -> impl IntoView {
    let before = (!line.from.is_empty()).then(|| {
        view! {
            <span class="change-from">{line.from}</span>
            <span class="change-arrow" aria-hidden="true">
                "→"
            </span>
            <span class="visually-hidden">{text::BECOMES}</span>
        }
    });
    view! {
        <div class="change-words">
            <strong>{line.about}</strong>
            {before}
            <span class="change-to">{line.to}</span>
        </div>
    }
}
