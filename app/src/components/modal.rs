//! A dialog over everything else: focus stays inside, Escape closes, focus goes back.

use crate::browser::dom::{Tag, tag, whenever};
use crate::browser::page;
use crate::signals::{RwSignal, untrack};

/// Shows its inside while `open` is true; Escape sets it to false. The id is of its heading and
/// unique within the page.
pub fn modal(
    open: RwSignal<bool>,
    title: impl Fn() -> String + Copy + 'static,
    id: &'static str,
    inside: impl Fn() -> Vec<Tag> + Copy + 'static,
) -> Tag {
    build(
        open,
        id,
        Box::new(move || {
            let heading = tag("h2", "").attr("id", id).says(title);
            let mut all = vec![heading];
            all.extend(inside());
            all
        }),
    )
}

fn build(open: RwSignal<bool>, id: &'static str, inside: Box<dyn Fn() -> Vec<Tag>>) -> Tag {
    let draw = move || tag("div", "dialog-inside").all(untrack(&inside));
    let dialog = tag("dialog", "dialog")
        .attr("aria-labelledby", id)
        .when(move || open.get(), draw)
        .on("close", move |_| open.set(false));
    let shown = dialog.clone();
    // Opening and closing is the page's own business.
    whenever(move || {
        let open = open.get();
        if let Some(dialog) = shown.as_dialog() {
            if open {
                page::open_dialog(dialog);
            } else {
                page::close_dialog(dialog);
            }
        }
    });
    dialog
}
