//! The only door to the browser. Every function is an `Option` or a `Result`, or cannot fail.

pub mod clock;
pub mod dom;
pub mod file;
pub mod host;
pub mod intl;
pub mod page;
pub mod place;
pub mod timer;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Event, EventTarget, Window};

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

/// Listens for as long as the page lives.
fn listen(target: &EventTarget, name: &str, heard: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(heard);
    let function = closure.as_ref().unchecked_ref();
    if target.add_event_listener_with_callback(name, function).is_ok() {
        closure.forget();
    }
}

/// Calls back when the browser comes online or the tab becomes visible (true), and when the
/// browser goes offline (false).
pub fn on_wake(heard: impl Fn(bool) + Clone + 'static) -> Option<()> {
    let window = window()?;
    let document = document()?;
    let online = heard.clone();
    listen(&window, "online", move |_| online(true));
    let offline = heard.clone();
    listen(&window, "offline", move |_| offline(false));
    let seen = document.clone();
    listen(&document, "visibilitychange", move |_| {
        if !seen.hidden() {
            heard(true);
        }
    });
    Some(())
}

/// Asks before the page is left, while `unsaved` says so.
pub fn on_leave(unsaved: impl Fn() -> bool + 'static) -> Option<()> {
    listen(window()?.as_ref(), "beforeunload", move |event| {
        if unsaved() {
            event.prevent_default();
        }
    });
    Some(())
}

/// Loads the page again.
pub fn reload() -> Option<()> {
    window()?.location().reload().ok()
}

/// The build for which this page reloaded last.
pub fn reloaded_for() -> Option<String> {
    window()?.history().ok()?.state().ok()?.as_string()
}

/// Remembers the build for which this page reloads: with its place in the history, which outlives a
/// reload and, unlike a storage, is there in a frame too.
pub fn remember_reload(build: &str) -> Option<()> {
    window()?.history().ok()?.replace_state(&build.into(), "").ok()
}
