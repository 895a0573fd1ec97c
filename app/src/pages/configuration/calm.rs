//! Follows what moves ten times a second, once a second: the first change at once, the last always.

use std::time::Duration;

use super::Revisions;
use crate::browser::dom::whenever;
use crate::browser::timer::after;
use crate::components::look::Look;
use crate::signals::{Callback, StoredValue, untrack};

const PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy)]
struct Calm {
    waiting: StoredValue<bool>,
    again: StoredValue<bool>,
    moved: Callback<()>,
}

/// Calls `moved` when `source` changes, at most once a second. The first value is no change.
pub(crate) fn calmly(source: Look<Revisions>, moved: impl Fn() + Send + Sync + 'static) {
    let calm = Calm {
        waiting: StoredValue::new(false),
        again: StoredValue::new(false),
        moved: Callback::new(move |()| moved()),
    };
    let mut before = None;
    // What is read from the proxy must be read again when the truth moved on.
    whenever(move || {
        let now = source.run(());
        if before.replace(now).is_some_and(|before| before != now) {
            untrack(|| calm.move_on());
        }
    });
}

impl Calm {
    fn move_on(self) {
        if self.waiting.get_value() {
            self.again.set_value(true);
        } else {
            self.moved.run(());
            self.pause();
        }
    }

    fn pause(self) {
        self.waiting.set_value(true);
        // Nobody calls it off: it looks whether anybody is left.
        let _ = after(PAUSE, move || {
            if let Some(again) = self.again.try_get_value() {
                self.again.set_value(false);
                self.waiting.set_value(false);
                if again {
                    self.move_on();
                }
            }
        });
    }
}
