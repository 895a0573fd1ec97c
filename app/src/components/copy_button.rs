//! A button that copies what support needs to know.

use crate::browser::dom::{Tag, button, tag};
use crate::browser::page;
use crate::signals::RwSignal;
use crate::text;

/// Copies a text and says so.
pub fn copy_button(details: String) -> Tag {
    let copied = RwSignal::new(false);
    let words = move || if copied.get() { text::COPIED } else { text::COPY_DETAILS }.to_owned();
    button("button plain small", "").put(tag("span", "").attr("aria-live", "polite").says(words)).press(
        move || {
            if page::copy(&details).is_some() {
                copied.set(true);
            }
        },
    )
}
