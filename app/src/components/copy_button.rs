//! A button that copies what support needs to know.

use leptos::prelude::*;

use crate::browser::page;
use crate::text;

/// Copies a text and says so.
#[component]
pub fn CopyButton(
    /// What is copied.
    details: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let words = move || if copied.get() { text::COPIED } else { text::COPY_DETAILS };
    let copy = move |_| {
        if page::copy(&details).is_some() {
            copied.set(true);
        }
    };
    view! {
        <button type="button" class="button plain small" on:click=copy>
            <span aria-live="polite">{words}</span>
        </button>
    }
}
