//! Attributes, properties and text that follow what they are made of.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

use super::{Tag, document, follow, set_attribute};

fn set_property(element: &Element, name: &str, value: &JsValue) {
    // Setting a property of an element of ours cannot fail.
    let _ = js_sys::Reflect::set(element, &JsValue::from_str(name), value);
}

impl Tag {
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
}
