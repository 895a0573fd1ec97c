//! The page itself: where the program goes, title, focus, dialogs.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::document;

/// Where the program goes.
const ROOT: &str = "app";

/// Empties the container that holds the static shell, and hands it over.
pub fn root() -> Option<HtmlElement> {
    let root = document()?.get_element_by_id(ROOT)?;
    root.set_text_content(None);
    root.dyn_into().ok()
}

/// Sets the title of the page.
pub fn set_title(title: &str) -> Option<()> {
    document()?.set_title(title);
    Some(())
}

/// Moves the focus to the heading of the page, as a full page load would move a reader there.
pub fn focus_heading() -> Option<()> {
    focus("main h1")
}

/// Whether the heading of the page has the focus.
pub fn is_heading_focused() -> bool {
    document().is_some_and(|page| matches!(page.query_selector("main h1:focus"), Ok(Some(_))))
}

/// Moves the focus to the first element that a selector names.
pub fn focus(selector: &str) -> Option<()> {
    let found = document()?.query_selector(selector).ok()??;
    found.dyn_into::<HtmlElement>().ok()?.focus().ok()
}

/// Presses the first element that a selector names.
pub fn click(selector: &str) -> Option<()> {
    let found = document()?.query_selector(selector).ok()??;
    found.dyn_into::<HtmlElement>().ok()?.click();
    Some(())
}

/// Scrolls an element into sight.
pub fn reveal(id: &str) -> Option<()> {
    document()?.get_element_by_id(id)?.scroll_into_view();
    Some(())
}

/// Scrolls an element into sight, no farther than needed.
pub fn reveal_near(id: &str) -> Option<()> {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    let element = document()?.get_element_by_id(id)?;
    element.scroll_into_view_with_scroll_into_view_options(&options);
    Some(())
}

/// Opens a dialog over everything else, with the focus kept inside: on what is marked `data-first`,
/// if anything is. An element that has `autofocus` as it comes into the page would be complained of in
/// another site's page, though a dialog may give it the focus.
pub fn open_dialog(dialog: &HtmlDialogElement) -> Option<()> {
    if dialog.open() {
        return Some(());
    }
    if let Ok(Some(first)) = dialog.query_selector("[data-first]") {
        // The name is legal.
        let _ = first.set_attribute("autofocus", "");
    }
    dialog.show_modal().ok()
}

/// Closes a dialog; the browser gives the focus back to what had it before. If that is gone meanwhile, the
/// heading of the page gets it.
pub fn close_dialog(dialog: &HtmlDialogElement) {
    if dialog.open() {
        dialog.close();
        if document().is_some_and(|page| page.active_element() == page.body().map(Into::into)) {
            focus_heading();
        }
    }
}

/// Puts a text on the clipboard, as far as the browser allows it.
pub fn copy(text: &str) -> Option<()> {
    // The promise tells only what the visitor sees when pasting.
    drop(super::window()?.navigator().clipboard().write_text(text));
    Some(())
}

/// A popover's `toggle` event says that it is now open.
pub fn is_popover_open(event: &web_sys::Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.matches(":popover-open").unwrap_or_default())
}
