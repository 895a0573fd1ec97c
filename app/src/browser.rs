//! The only door to the browser. Every function is an `Option` or a `Result`, or cannot fail.

pub mod clock;
pub mod dom;
pub mod intl;
pub mod page;
pub mod place;
pub mod timer;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Event, EventTarget, Storage, Window};

/// Key under which a tab remembers the build it reloaded for.
const RELOADED_FOR: &str = "patchbay.reloaded-for";

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

fn session_storage() -> Option<Storage> {
    window()?.session_storage().ok()?
}

/// The build for which this tab reloaded last; an error when the tab cannot remember such things.
pub fn reloaded_for() -> Result<Option<String>, Forgetful> {
    let storage = session_storage().ok_or(Forgetful)?;
    storage.get_item(RELOADED_FOR).map_err(|_| Forgetful)
}

/// Remembers the build for which this tab reloads.
pub fn remember_reload(build: &str) -> Result<(), Forgetful> {
    let storage = session_storage().ok_or(Forgetful)?;
    storage.set_item(RELOADED_FOR, build).map_err(|_| Forgetful)
}

/// This tab has no memory that outlives a reload.
#[derive(Debug, Clone, Copy)]
pub struct Forgetful;
