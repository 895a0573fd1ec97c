//! Follows what moves ten times a second, once a second: the first change at once, the last always.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser::timer::after;

const PAUSE: Duration = Duration::from_secs(1);

/// Calls `moved` when `source` changes, at most once a second. The first value is no change.
pub(crate) fn calmly<T>(source: Memo<T>, moved: impl Fn() + Copy + Send + Sync + 'static)
where
    T: PartialEq + Send + Sync + 'static,
{
    let waiting = StoredValue::new(false);
    let again = StoredValue::new(false);
    // What is read from the proxy must be read again when the truth moved on.
    Effect::new(move |before: Option<()>| {
        // A memo that nobody reads does not look at its sources.
        source.with(|_| ());
        if before.is_none() {
            return;
        }
        if waiting.get_value() {
            again.set_value(true);
        } else {
            moved();
            pause(waiting, again, moved);
        }
    });
}

fn pause(
    waiting: StoredValue<bool>,
    again: StoredValue<bool>,
    moved: impl Fn() + Copy + Send + Sync + 'static,
) {
    waiting.set_value(true);
    let end = move || match again.try_get_value() {
        None => {}
        Some(false) => waiting.set_value(false),
        Some(true) => {
            again.set_value(false);
            moved();
            pause(waiting, again, moved);
        }
    };
    // Nobody calls it off: it looks whether anybody is left.
    let _ = after(PAUSE, end);
}
