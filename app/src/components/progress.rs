//! A bar with its share in words, and the seconds by which a wait is counted down.

use std::rc::Rc;
use std::time::Duration;

use crate::browser::dom::{Tag, tag};
use crate::browser::{clock, timer};
use crate::signals::{RwSignal, Signal};

const SECOND: Duration = Duration::from_secs(1);

/// How far something is.
#[derive(Clone)]
pub struct Share {
    /// In percent, where it can be known.
    pub percent: Rc<dyn Fn() -> Option<u8>>,
    /// In words.
    pub words: Rc<dyn Fn() -> String>,
}

/// Full width is a hundred percent; without a share it only shows that something moves.
pub fn bar(label: &str, share: &Share) -> Tag {
    let (wide, now, unknown) = (share.percent.clone(), share.percent.clone(), share.percent.clone());
    let words = share.words.clone();
    tag("div", "bar")
        .class("unknown", move || unknown().is_none())
        .attr("role", "progressbar")
        .attr("aria-label", label)
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", "100")
        .live("aria-valuenow", move || now().map(|share| share.to_string()))
        .live("aria-valuetext", move || Some(words()))
        .put(tag("span", "").percent_wide(move || u64::from(wide().unwrap_or(100))))
}

/// The time in milliseconds, moved on every second for as long as its owner lives.
pub fn seconds() -> Signal<u64> {
    let now = RwSignal::new(clock::now());
    count_on(now);
    now.read_only()
}

fn count_on(now: RwSignal<u64>) {
    // Nobody calls it off: it looks whether anybody is left.
    let _ = timer::after(SECOND, move || {
        if now.try_set(clock::now()) {
            count_on(now);
        }
    });
}
