//! Elements, put together without a type of their own for each combination.
//!
//! The signals and effects are Leptos'; its views are not used here, because each of them is
//! compiled anew for every shape it has, which made three quarters of the program. Here every
//! shape runs through the same few functions, and only the closures differ.

use js_sys::Function;
use leptos::prelude::{LocalStorage, StoredValue, untrack};
use leptos::reactive::effect::RenderEffect;
use leptos::reactive::owner::{Owner, on_cleanup};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlDialogElement, HtmlElement, Node};

/// Listens until its owner goes. An element that is taken out with the focus in it still says so
/// then, to nobody.
struct Ear {
    element: Element,
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
        let _ = self.element.remove_event_listener_with_callback(self.event, self.function());
    }
}

/// Something that happened to an element.
pub type Event = web_sys::Event;

/// An element under construction, or standing in the page.
#[derive(Clone)]
#[must_use]
pub struct Tag(Element);

fn document() -> Document {
    super::document().expect("a program that draws runs in a page")
}

/// A new element; its class may be empty.
///
/// # Panics
/// Never: the names are ours and legal, and there is a page.
pub fn tag(name: &str, class: &str) -> Tag {
    let element = document().create_element(name).expect("our names of elements are legal");
    let tag = Tag(element);
    if class.is_empty() { tag } else { tag.attr("class", class) }
}

/// A button that submits nothing.
pub fn button(class: &str, words: &str) -> Tag {
    tag("button", class).attr("type", "button").words(words)
}

/// Runs at once and again whenever what it read changed, until the owner goes.
pub fn whenever(run: impl FnMut() + 'static) {
    follow(Box::new(run));
}

fn follow(run: Box<dyn FnMut()>) {
    let mut run = run;
    let effect = RenderEffect::new(move |_: Option<()>| run());
    on_cleanup(move || drop(effect));
}

fn set_attribute(element: &Element, name: &str, value: Option<&str>) {
    // A legal name cannot be refused.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

fn set_property(element: &Element, name: &str, value: &JsValue) {
    // Setting a property of an element of ours cannot fail.
    let _ = js_sys::Reflect::set(element, &JsValue::from_str(name), value);
}

impl Tag {
    fn node(&self) -> &Node {
        &self.0
    }

    fn append(&self, node: &Node) {
        // A node of ours that is nobody's ancestor can always be appended.
        let _ = self.0.append_child(node);
    }

    /// Sets an attribute.
    pub fn attr(self, name: &str, value: &str) -> Self {
        set_attribute(&self.0, name, Some(value));
        self
    }

    /// Adds text.
    pub fn words(self, words: &str) -> Self {
        self.append(&document().create_text_node(words));
        self
    }

    /// Holds HTML of our own: an icon, an article. Never anything from outside.
    pub fn html(self, html: &'static str) -> Self {
        self.0.set_inner_html(html);
        self
    }

    /// Adds an element.
    pub fn put(self, child: Tag) -> Self {
        let Tag(element) = child;
        self.append(&element);
        self
    }

    /// Adds an element, or none.
    pub fn maybe(self, child: Option<Tag>) -> Self {
        match child {
            Some(child) => self.put(child),
            None => self,
        }
    }

    /// Adds elements.
    pub fn all(self, children: Vec<Tag>) -> Self {
        for Tag(element) in children {
            self.append(&element);
        }
        self
    }

    /// An attribute that follows what it is made of; none takes it away.
    pub fn live(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        self.follow_attribute(name, Box::new(value))
    }

    fn follow_attribute(self, name: &'static str, value: Box<dyn Fn() -> Option<String>>) -> Self {
        let element = self.0.clone();
        follow(Box::new(move || set_attribute(&element, name, value().as_deref())));
        self
    }

    /// An attribute that is there without a value, or not at all.
    pub fn flag(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.follow_attribute(name, Box::new(move || on().then(String::new)))
    }

    /// An attribute that says "true" or "false".
    pub fn says_whether(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.follow_attribute(name, Box::new(move || Some(if on() { "true" } else { "false" }.to_owned())))
    }

    /// A class that comes and goes.
    pub fn class(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.follow_class(name, Box::new(on))
    }

    fn follow_class(self, name: &'static str, on: Box<dyn Fn() -> bool>) -> Self {
        let classes = self.0.class_list();
        follow(Box::new(move || {
            let _ = classes.toggle_with_force(name, on());
        }));
        self
    }

    /// Text that follows what it is made of.
    pub fn says(self, words: impl Fn() -> String + 'static) -> Self {
        self.follow_words(Box::new(words))
    }

    fn follow_words(self, words: Box<dyn Fn() -> String>) -> Self {
        let text = document().create_text_node("");
        self.append(&text);
        follow(Box::new(move || text.set_data(&words())));
        self
    }

    /// What a field holds.
    pub fn holds(self, value: impl Fn() -> String + 'static) -> Self {
        self.follow_property("value", Box::new(move || JsValue::from_str(&value())))
    }

    /// Whether a box is ticked.
    pub fn ticked(self, on: impl Fn() -> bool + 'static) -> Self {
        self.follow_property("checked", Box::new(move || JsValue::from_bool(on())))
    }

    fn follow_property(self, name: &'static str, value: Box<dyn Fn() -> JsValue>) -> Self {
        let element = self.0.clone();
        follow(Box::new(move || set_property(&element, name, &value())));
        self
    }

    /// A child that follows what it is made of: drawn anew whenever that changes.
    pub fn shows(self, draw: impl Fn() -> Option<Tag> + 'static) -> Self {
        self.follow_child(Box::new(draw))
    }

    /// A child that follows a value: drawn anew only when the value differs, and not for anything
    /// else that drawing reads.
    pub fn draws<T: PartialEq + 'static>(
        self,
        value: impl Fn() -> T + 'static,
        draw: impl Fn(&T) -> Option<Tag> + 'static,
    ) -> Self {
        let mut before = None;
        self.follow_value(Box::new(move |slot| {
            let now = value();
            if before.as_ref() != Some(&now) {
                slot.fill(&|| draw(&now));
                before = Some(now);
            }
        }))
    }

    fn follow_value(self, mut run: Box<dyn FnMut(&mut Slot)>) -> Self {
        let end = document().create_text_node("");
        self.append(&end);
        let outer = Owner::current().unwrap_or_default();
        let mut slot = Slot { end: end.into(), outer, shown: None };
        follow(Box::new(move || run(&mut slot)));
        self
    }

    /// A child that is there while a condition holds; drawn anew only when that changes.
    pub fn when(
        self,
        on: impl Fn() -> bool + Send + Sync + 'static,
        draw: impl Fn() -> Tag + 'static,
    ) -> Self {
        let on: Box<dyn Fn() -> bool + Send + Sync> = Box::new(on);
        self.follow_condition(on, Box::new(draw))
    }

    fn follow_condition(self, on: Box<dyn Fn() -> bool + Send + Sync>, draw: Box<dyn Fn() -> Tag>) -> Self {
        let on = leptos::prelude::Memo::new(move |_| on());
        self.follow_child(Box::new(move || leptos::prelude::Get::get(&on).then(&draw)))
    }

    fn follow_child(self, draw: Box<dyn Fn() -> Option<Tag>>) -> Self {
        let end = document().create_text_node("");
        self.append(&end);
        let mut shown: Option<Tag> = None;
        follow(Box::new(move || {
            let new = draw();
            if let Some(old) = shown.take() {
                old.0.remove();
            }
            if let Some(new) = &new {
                insert(new, &end);
            }
            shown = new;
        }));
        self
    }

    /// Children by key: those that stay are left alone, with their focus.
    pub fn each(self, keys: impl Fn() -> Vec<u64> + 'static, draw: impl Fn(u64) -> Tag + 'static) -> Self {
        self.follow_keys(Box::new(keys), Box::new(draw))
    }

    fn follow_keys(self, keys: Box<dyn Fn() -> Vec<u64>>, draw: Box<dyn Fn(u64) -> Tag>) -> Self {
        let end = document().create_text_node("");
        self.append(&end);
        // What a child owns must outlive this effect's next run, and go with the child.
        let owner = Owner::current().unwrap_or_default();
        let mut shown: Vec<(u64, Tag, Owner)> = Vec::new();
        follow(Box::new(move || {
            let keys = keys();
            shown.retain(|(key, tag, owner)| {
                let stays = keys.contains(key);
                if !stays {
                    tag.0.remove();
                    owner.cleanup();
                }
                stays
            });
            let mut next: Node = end.clone().into();
            for key in keys.into_iter().rev() {
                if !shown.iter().any(|(shown, ..)| *shown == key) {
                    let own = owner.child();
                    let tag = own.with(|| untrack(|| draw(key)));
                    shown.push((key, tag, own));
                }
                let Some((_, tag, _)) = shown.iter().find(|(shown, ..)| *shown == key) else { continue };
                // What stands in its place is not moved: moving it would take its focus.
                if tag.0.next_sibling().as_ref() != Some(&next) {
                    insert(tag, &next);
                }
                next = tag.0.clone().into();
            }
        }));
        self
    }

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
        let ear = Ear { element: self.0.clone(), event, closure: Closure::wrap(heard) };
        // Listening to an element of ours cannot be refused.
        let _ = ear.element.add_event_listener_with_callback(event, ear.function());
        StoredValue::<_, LocalStorage>::new_local(ear);
        self
    }

    /// A width in percent.
    pub fn percent_wide(self, share: impl Fn() -> u64 + 'static) -> Self {
        self.follow_width(Box::new(share))
    }

    fn follow_width(self, share: Box<dyn Fn() -> u64>) -> Self {
        if let Some(element) = self.0.dyn_ref::<HtmlElement>() {
            let style = element.style();
            follow(Box::new(move || {
                let _ = style.set_property("inline-size", &[&share().to_string(), "%"].concat());
            }));
        }
        self
    }

    /// Sets a length in pixels.
    pub fn pixels(self, name: &'static str, length: impl Fn() -> u32 + 'static) -> Self {
        self.follow_pixels(name, Box::new(length))
    }

    fn follow_pixels(self, name: &'static str, length: Box<dyn Fn() -> u32>) -> Self {
        if let Some(element) = self.0.dyn_ref::<HtmlElement>() {
            let style = element.style();
            follow(Box::new(move || {
                let _ = style.set_property(name, &[&length().to_string(), "px"].concat());
            }));
        }
        self
    }

    /// Gives it the focus.
    pub fn focus(&self) -> Option<()> {
        self.0.dyn_ref::<HtmlElement>()?.focus().ok()
    }

    /// Its height, the place of its scroll, and the height of its inside, in pixels.
    pub fn measure(&self) -> (u32, u32, u32) {
        let whole = |pixels: i32| u32::try_from(pixels).unwrap_or_default();
        let height = self.0.dyn_ref::<HtmlElement>().map_or(0, HtmlElement::offset_height);
        (whole(height), whole(self.0.scroll_top()), whole(self.0.client_height()))
    }

    /// As a dialog, if it is one.
    pub fn as_dialog(&self) -> Option<&HtmlDialogElement> {
        self.0.dyn_ref()
    }
}

/// Puts the program into an element of the page.
pub fn stand(parts: &[Tag], parent: &Element) {
    for part in parts {
        // A node of ours that is nobody's ancestor can always be appended.
        let _ = parent.append_child(&part.0);
    }
}

/// The place of a child that comes and goes. The child has an owner of its own, so that it can stay
/// while the effect around it runs again.
struct Slot {
    end: Node,
    outer: Owner,
    shown: Option<(Option<Tag>, Owner)>,
}

impl Slot {
    fn fill(&mut self, draw: &dyn Fn() -> Option<Tag>) {
        if let Some((old, owner)) = self.shown.take() {
            if let Some(old) = old {
                old.0.remove();
            }
            owner.cleanup();
        }
        let owner = self.outer.child();
        let new = owner.with(|| untrack(draw));
        if let Some(new) = &new {
            insert(new, &self.end);
        }
        self.shown = Some((new, owner));
    }
}

fn insert(tag: &Tag, before: &Node) {
    if let Some(parent) = before.parent_node() {
        // The anchor is a child of its own parent.
        let _ = parent.insert_before(tag.node(), Some(before));
    }
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

/// The event is of the element itself, not of one inside.
pub fn is_own(event: &Event) -> bool {
    event.target() == event.current_target()
}
