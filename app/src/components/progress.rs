//! A bar with its share in words.

use std::rc::Rc;

use crate::browser::dom::{Tag, tag};

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
