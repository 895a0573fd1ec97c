//! Children that come and go. Where the focus goes with one, it is led on to what is nearest.

use reactive_graph::owner::Owner;
use web_sys::Node;

use super::{Tag, document, follow};
use crate::signals::{memo, untrack};

/// What can have the focus; of a whole page its heading comes first.
const STOPS: &str = "h1, a[href], button:enabled, input:enabled, select:enabled, [tabindex]";

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

/// The focus was in what is gone: into what took its place, or else to what is nearest.
fn lead_on(new: Option<&Tag>, end: &Node) {
    let mut around = new.map(|new| new.0.clone()).or_else(|| end.parent_element());
    while let Some(place) = around {
        let own = place.matches(STOPS).unwrap_or_default().then(|| place.clone());
        if let Some(stop) = own.or_else(|| place.query_selector(STOPS).ok()?).map(Tag) {
            // What lies behind an open dialog, or is hidden, does not take it.
            let _ = stop.focus();
            if stop.has_focus() {
                return;
            }
        }
        around = place.parent_element();
    }
}

impl Tag {
    fn has_focus(&self) -> bool {
        let focused = document().active_element();
        focused.is_some_and(|focused| self.0.contains(Some(&focused)))
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
        let on = memo(on);
        self.follow_child(Box::new(move || on.get().then(&draw)))
    }

    fn follow_child(self, draw: Box<dyn Fn() -> Option<Tag>>) -> Self {
        let end = document().create_text_node("");
        self.append(&end);
        let mut shown: Option<Tag> = None;
        follow(Box::new(move || {
            let new = draw();
            let had_focus = shown.as_ref().is_some_and(Tag::has_focus);
            if let Some(old) = shown.take() {
                old.0.remove();
            }
            if let Some(new) = &new {
                insert(new, &end);
            }
            if had_focus {
                lead_on(new.as_ref(), &end);
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
}
