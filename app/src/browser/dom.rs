//! Elements, put together without a type of their own for each combination.
//!
//! The signals and effects are Leptos'; its views are not used here, because each of them is
//! compiled anew for every shape it has, which made three quarters of the program. Here every
//! shape runs through the same few functions, and only the closures differ.

mod children;
mod events;
mod live;

use reactive_graph::effect::RenderEffect;
use reactive_graph::owner::on_cleanup;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlDialogElement, HtmlElement, HtmlFormElement, Node};

pub use events::{Event, checked, is_own, key, main_button, on_parting, on_release, on_resize, value};

/// The namespace of drawings.
const SVG: &str = "http://www.w3.org/2000/svg";

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

/// A drawing of 24 by 24 in one stroke.
///
/// # Panics
/// Never: the names are ours and legal, and there is a page.
pub fn drawing(strokes: &str) -> Tag {
    let shape =
        |name| document().create_element_ns(Some(SVG), name).expect("our names of elements are legal");
    let path = Tag(shape("path")).attr("d", strokes);
    Tag(shape("svg")).attr("viewBox", "0 0 24 24").put(path)
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

    /// Gives it the focus.
    pub fn focus(&self) -> Option<()> {
        self.0.dyn_ref::<HtmlElement>()?.focus().ok()
    }

    /// Sends a form as a press of its button does.
    pub fn submit(&self) -> Option<()> {
        self.0.dyn_ref::<HtmlFormElement>()?.request_submit().ok()
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
