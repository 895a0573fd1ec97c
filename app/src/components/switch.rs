//! A switch that asks before it moves: pressing it calls back, the state comes from outside.

use leptos::prelude::*;

use crate::text::states;

/// Shows ON or OFF in words, too.
#[component]
pub fn Switch(
    /// Its name.
    #[prop(into)]
    label: String,
    /// Where it stands.
    #[prop(into)]
    on: Signal<bool>,
    /// It cannot be moved.
    #[prop(into)]
    disabled: Signal<bool>,
    /// Why not, when it cannot.
    reason: &'static str,
    /// The visitor wants to move it.
    pressed: Callback<()>,
) -> impl IntoView {
    let title = move || disabled.get().then_some(reason);
    view! {
        <button
            type="button"
            class="switch"
            role="switch"
            aria-label=label
            aria-checked=move || if on.get() { "true" } else { "false" }
            disabled=disabled
            title=title
            on:click=move |_| pressed.run(())
        >
            <span class="words" aria-hidden="true">{move || states::switch(on.get())}</span>
            <span class="track" aria-hidden="true"></span>
        </button>
    }
}
