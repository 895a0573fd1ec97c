//! Signals, memos, kept values and callbacks: copied handles on Leptos' arena and graph.
//!
//! Leptos' own handles are compiled anew for every type that they hold. Here one handle holds them
//! all, and only the few lines that name the type are compiled for each.

mod callback;
mod stored;

use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

use reactive_graph::computed::Memo;
use reactive_graph::effect::Effect;
use reactive_graph::owner::{LocalStorage, StoredValue as Arena};
use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Get as _, GetValue as _, IsDisposed as _, Notify as _, Track as _};

pub use reactive_graph::graph::untrack;
pub use reactive_graph::owner::{Owner, on_cleanup};

pub use callback::Callback;
pub use stored::StoredValue;

/// A value, and who is to be told when it changes. Only a memo that nobody has looked at has none.
struct Held<T> {
    graph: Graph,
    value: RefCell<Option<T>>,
}

/// Where a value stands in Leptos' graph.
struct Graph {
    trigger: ArcTrigger,
    /// For a memo: how often its value has changed.
    changes: OnceCell<Memo<u64>>,
}

impl Graph {
    fn track(&self) {
        if let Some(changes) = self.changes.get() {
            changes.get();
        } else {
            self.trigger.track();
        }
    }

    fn refresh(&self) {
        if let Some(changes) = self.changes.get() {
            untrack(|| changes.get());
        }
    }
}

/// Its place in the arena; the owner under which it was made takes it along.
type Place = Arena<Rc<dyn Any>, LocalStorage>;

#[inline(never)]
fn hold<T: 'static>(value: Option<T>) -> Place {
    let graph = Graph { trigger: ArcTrigger::new(), changes: OnceCell::new() };
    place(Rc::new(Held { graph, value: RefCell::new(value) }))
}

fn place(held: Rc<dyn Any>) -> Place {
    Place::new_local(held)
}

#[inline(never)]
fn there<T: 'static>(place: Place) -> Option<Rc<Held<T>>> {
    place.try_get_value()?.downcast().ok()
}

#[inline(never)]
fn held<T: 'static>(place: Place) -> Rc<Held<T>> {
    there(place).expect("a handle is used only while its owner lives")
}

impl<T> Held<T> {
    fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(self.value.borrow().as_ref().unwrap_or_else(nothing))
    }

    fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(self.value.borrow_mut().as_mut().unwrap_or_else(nothing))
    }

    /// Puts a value in the place of another; false when it is the same.
    fn renew(&self, new: T) -> bool
    where
        T: PartialEq,
    {
        let mut value = self.value.borrow_mut();
        let differs = value.as_ref() != Some(&new);
        if differs {
            *value = Some(new);
        }
        differs
    }
}

#[cold]
fn nothing<T>() -> T {
    unreachable!("a memo has a value once it was looked at")
}

/// A value to be read. What reads it with [`Signal::with`] or [`Signal::get`] runs again when it
/// changes.
pub struct Signal<T> {
    place: Place,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

impl<T: 'static> Signal<T> {
    /// Looks at the value, and follows it.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        followed(self.place).look(look)
    }

    /// Looks at the value as it is now.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        fresh(self.place).look(look)
    }

    /// A copy of the value; follows it.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// A copy of the value as it is now.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    /// The owner is gone, and the value with it.
    pub fn is_disposed(self) -> bool {
        self.place.is_disposed()
    }
}

#[inline(never)]
fn followed<T: 'static>(place: Place) -> Rc<Held<T>> {
    let held = held::<T>(place);
    held.graph.track();
    held
}

#[inline(never)]
fn fresh<T: 'static>(place: Place) -> Rc<Held<T>> {
    let held = held::<T>(place);
    held.graph.refresh();
    held
}

/// A value that follows what it is made of; what reads it runs again only when it differs.
pub fn memo<T: PartialEq + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    let place = hold::<T>(None);
    let differs = move || {
        let new = value();
        // Who still listens may ask after the owner has gone.
        there(place).is_some_and(|held| held.renew(new))
    };
    held::<T>(place).graph.changes.get_or_init(|| count(Box::new(differs)));
    Signal { place, of: PhantomData }
}

fn count(differs: Box<dyn Fn() -> bool + Send + Sync>) -> Memo<u64> {
    Memo::new(move |before: Option<&u64>| before.copied().unwrap_or_default() + u64::from(differs()))
}

/// A value that can be changed; it is read as the [`Signal`] that it contains.
pub struct RwSignal<T>(Signal<T>);

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T> Deref for RwSignal<T> {
    type Target = Signal<T>;

    fn deref(&self) -> &Signal<T> {
        &self.0
    }
}

impl<T: 'static> RwSignal<T> {
    /// A signal that belongs to the present owner.
    pub fn new(value: T) -> Self {
        Self(Signal { place: hold(Some(value)), of: PhantomData })
    }

    /// The side that only reads.
    pub fn read_only(self) -> Signal<T> {
        self.0
    }

    /// Puts another value in its place; nothing happens when its owner is gone, as after an answer
    /// that came too late.
    pub fn set(self, value: T) {
        self.try_set(value);
    }

    /// Puts another value in its place; false when its owner is gone.
    pub fn try_set(self, value: T) -> bool {
        self.try_update(|old| *old = value).is_some()
    }

    /// Changes the value; nothing happens when its owner is gone.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// Changes the value; none when its owner is gone.
    pub fn try_update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let held = there::<T>(self.place)?;
        let result = held.change(change);
        held.graph.trigger.notify();
        Some(result)
    }

    /// Looks at the value as it is now; none when its owner is gone.
    pub fn try_with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> Option<R> {
        there::<T>(self.place).map(|held| held.look(look))
    }

    /// Changes the value and tells nobody; none when its owner is gone.
    pub fn try_update_untracked<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        there::<T>(self.place).map(|held| held.change(change))
    }

    /// Changes the value and says whether it did; nobody is told otherwise, or when its owner is gone.
    pub fn maybe_update(self, change: impl FnOnce(&mut T) -> bool) {
        if let Some(held) = there::<T>(self.place)
            && held.change(change)
        {
            held.graph.trigger.notify();
        }
    }
}

/// Runs soon, and again whenever what it read has changed, until the present owner goes.
pub fn effect(run: impl FnMut() + 'static) {
    boxed(Box::new(run));
}

fn boxed(run: Box<dyn FnMut()>) {
    Effect::new(run);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_too_late_changes_nothing() {
        let owner = Owner::new();
        let (signal, stored) = owner.with(|| (RwSignal::new(1), StoredValue::new(1)));
        signal.set(2);
        assert_eq!((signal.get_untracked(), signal.is_disposed()), (2, false));
        owner.cleanup();
        signal.set(3);
        signal.update(|value| *value = 4);
        stored.set_value(5);
        assert!(signal.is_disposed() && !signal.try_set(6));
        assert_eq!((signal.try_with_untracked(|value| *value), stored.try_get_value()), (None, None));
    }
}
