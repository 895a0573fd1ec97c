//! A bar with its share in words.

use leptos::prelude::*;

/// Full width is a hundred percent; without a share it only shows that something moves.
#[component]
pub fn Progress(
    /// Its name.
    label: &'static str,
    /// Share in percent, where it can be known.
    #[prop(into)]
    percent: Signal<Option<u8>>,
    /// The share in words.
    #[prop(into)]
    words: Signal<String>,
) -> impl IntoView {
    let width = move || {
        let share = percent.get().unwrap_or(100);
        [share.to_string().as_str(), "%"].concat()
    };
    view! {
        <div
            class="bar"
            class:unknown=move || percent.get().is_none()
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || percent.get().map(|share| share.to_string())
            aria-valuetext=words
        >
            <span style:inline-size=width></span>
        </div>
    }
}
