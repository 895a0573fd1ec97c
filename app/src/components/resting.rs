//! A button that rests while its work is done. It is not disabled meanwhile: that would take the focus from
//! whoever has just pressed it.

use crate::browser::dom::Tag;
use crate::signals::untrack;

/// Makes a button rest while a condition holds: it says so, and a press does nothing.
pub fn resting(
    button: Tag,
    rests: impl Fn() -> bool + Copy + 'static,
    mut pressed: impl FnMut() + 'static,
) -> Tag {
    button.says_whether("aria-disabled", rests).press(move || {
        if !untrack(rests) {
            pressed();
        }
    })
}
