//! What happens to elements, and who listens.

use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

use super::super::window;
use super::Tag;
use crate::signals::StoredValue;

/// Something that happened to an element.
pub type Event = web_sys::Event;

/// Listens until its owner goes. An element that is taken out with the focus in it still says so
/// then, to nobody.
struct Ear {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Ear {
    fn function(&self) -> &Function {
        self.closure.as_ref().unchecked_ref()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        // It was added, so it can be taken away.
        let _ = self.target.remove_event_listener_with_callback(self.event, self.function());
    }
}

impl Tag {
    /// Calls back when something happens.
    pub fn on(self, event: &'static str, heard: impl FnMut(Event) + 'static) -> Self {
        self.hear(event, Box::new(heard))
    }

    /// Calls back when it is pressed.
    pub fn press(self, mut pressed: impl FnMut() + 'static) -> Self {
        self.hear("click", Box::new(move |_| pressed()))
    }

    /// Calls back with what was typed.
    pub fn typed(self, mut heard: impl FnMut(String) + 'static) -> Self {
        self.hear("input", Box::new(move |event| heard(value(&event))))
    }

    fn hear(self, event: &'static str, heard: Box<dyn FnMut(Event)>) -> Self {
        hear(self.0.clone().into(), event, heard);
        self
    }
}

fn hear(target: EventTarget, event: &'static str, heard: Box<dyn FnMut(Event)>) {
    let ear = Ear { target, event, closure: Closure::wrap(heard) };
    // Listening to an element or window of ours cannot be refused.
    let _ = ear.target.add_event_listener_with_callback(event, ear.function());
    StoredValue::new(ear);
}

/// Calls back when the window has another size, until the owner goes.
pub fn on_resize(mut resized: impl FnMut() + 'static) -> Option<()> {
    hear(window()?.into(), "resize", Box::new(move |_| resized()));
    Some(())
}

/// Calls back when a pointer that was put down in this page comes up, wherever it is by then, until the
/// owner goes.
pub fn on_release(released: impl FnMut(Event) + 'static) -> Option<()> {
    hear(window()?.into(), "mouseup", Box::new(released));
    Some(())
}

/// Calls back when the page may be about to go (left, loaded again, out of sight), until the owner goes.
/// What is sent then still leaves: the browser asks for the next page only afterwards.
pub fn on_parting(parted: impl Fn() + Clone + 'static) -> Option<()> {
    for event in ["beforeunload", "pagehide", "visibilitychange"] {
        let parted = parted.clone();
        hear(window()?.into(), event, Box::new(move |_| parted()));
    }
    Some(())
}

/// What the field holds that the event is of.
pub fn value(event: &Event) -> String {
    property(event, "value").and_then(|value| value.as_string()).unwrap_or_default()
}

/// Whether the box is ticked that the event is of.
pub fn checked(event: &Event) -> bool {
    property(event, "checked").is_some_and(|value| value.is_truthy())
}

fn property(event: &Event, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(event.target()?.as_ref(), &JsValue::from_str(name)).ok()
}

/// The name of the key that was pressed.
pub fn key(event: &Event) -> String {
    event.dyn_ref::<web_sys::KeyboardEvent>().map(web_sys::KeyboardEvent::key).unwrap_or_default()
}

/// Where on the screen the main button of a pointer went down or came up, in pixels from its left and top;
/// none for another button.
pub fn main_button(event: &Event) -> Option<(i32, i32)> {
    let at = event.dyn_ref::<web_sys::MouseEvent>().filter(|at| at.button() == 0)?;
    Some((at.screen_x(), at.screen_y()))
}

/// The event is of the element itself, not of one inside.
pub fn is_own(event: &Event) -> bool {
    event.target() == event.current_target()
}
