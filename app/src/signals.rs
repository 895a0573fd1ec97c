//! Signals, memos, kept values and callbacks: copied handles on Leptos' arena and graph.
//!
//! Leptos' own handles are compiled anew for every type that they hold. Here one handle holds them
//! all, and only the few lines that name the type are compiled for each.

use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

use leptos::prelude as graph;
use leptos::prelude::{ArcTrigger, Get as _, GetValue as _, IsDisposed as _, LocalStorage};
use leptos::prelude::{Notify as _, Track as _};

pub use leptos::prelude::{expect_context, on_cleanup, provide_context, untrack};

/// An `Option` of a value, and who is to be told when it changes. Only a memo that nobody has looked
/// at has none.
struct Held<V: ?Sized> {
    trigger: ArcTrigger,
    /// For a memo: how often its value has changed.
    changes: OnceCell<graph::Memo<u64>>,
    value: RefCell<V>,
}

/// Its place in the arena; the owner under which it was made takes it along.
type Place = graph::StoredValue<Rc<Held<dyn Any>>, LocalStorage>;

fn hold<T: 'static>(value: Option<T>) -> Place {
    let changes = OnceCell::new();
    place(Rc::new(Held { trigger: ArcTrigger::new(), changes, value: RefCell::new(value) }))
}

fn place(held: Rc<Held<dyn Any>>) -> Place {
    Place::new_local(held)
}

fn there(place: Place) -> Option<Rc<Held<dyn Any>>> {
    place.try_get_value()
}

fn held(place: Place) -> Rc<Held<dyn Any>> {
    there(place).expect("a handle is used only while its owner lives")
}

impl Held<dyn Any> {
    fn look<T: 'static, R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let value = self.value.borrow();
        look(value.downcast_ref::<Option<T>>().and_then(Option::as_ref).unwrap_or_else(mistyped))
    }

    fn change<T: 'static, R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let mut value = self.value.borrow_mut();
        change(value.downcast_mut::<Option<T>>().and_then(Option::as_mut).unwrap_or_else(mistyped))
    }

    /// Puts a value in the place of another; false when it is the same.
    fn renew<T: PartialEq + 'static>(&self, new: T) -> bool {
        let mut value = self.value.borrow_mut();
        let old = value.downcast_mut::<Option<T>>().unwrap_or_else(mistyped);
        let differs = old.as_ref() != Some(&new);
        if differs {
            *old = Some(new);
        }
        differs
    }
}

#[cold]
fn mistyped<T>() -> T {
    unreachable!("a handle is made with a value of its type")
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

fn followed(place: Place) -> Rc<Held<dyn Any>> {
    let held = held(place);
    if let Some(changes) = held.changes.get() {
        changes.get();
    } else {
        held.trigger.track();
    }
    held
}

fn fresh(place: Place) -> Rc<Held<dyn Any>> {
    let held = held(place);
    if let Some(changes) = held.changes.get() {
        untrack(|| changes.get());
    }
    held
}

/// A value that follows what it is made of; what reads it runs again only when it differs.
pub fn memo<T: PartialEq + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    let place = hold::<T>(None);
    let differs = move || {
        let new = value();
        held(place).renew(new)
    };
    count(place, Box::new(differs));
    Signal { place, of: PhantomData }
}

fn count(place: Place, differs: Box<dyn Fn() -> bool + Send + Sync>) {
    let count = move |before: Option<&u64>| before.copied().unwrap_or_default() + u64::from(differs());
    held(place).changes.get_or_init(|| graph::Memo::new(count));
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

    /// Puts another value in its place.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn set(self, value: T) {
        self.update(|old| *old = value);
    }

    /// Puts another value in its place; false when its owner is gone.
    pub fn try_set(self, value: T) -> bool {
        self.try_update(|old| *old = value).is_some()
    }

    /// Changes the value.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        let held = held(self.place);
        held.change(change);
        held.trigger.notify();
    }

    /// Changes the value; none when its owner is gone.
    pub fn try_update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let held = there(self.place)?;
        let result = held.change(change);
        held.trigger.notify();
        Some(result)
    }

    /// Looks at the value as it is now; none when its owner is gone.
    pub fn try_with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> Option<R> {
        there(self.place).map(|held| held.look(look))
    }

    /// Changes the value and tells nobody; none when its owner is gone.
    pub fn try_update_untracked<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        there(self.place).map(|held| held.change(change))
    }

    /// Changes the value and says whether it did; nobody is told otherwise, or when its owner is gone.
    pub fn maybe_update(self, change: impl FnOnce(&mut T) -> bool) {
        if let Some(held) = there(self.place)
            && held.change(change)
        {
            held.trigger.notify();
        }
    }
}

/// A value that nobody follows.
pub struct StoredValue<T>(RwSignal<T>);

impl<T> Clone for StoredValue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoredValue<T> {}

impl<T: 'static> StoredValue<T> {
    /// A value that goes with the present owner.
    pub fn new(value: T) -> Self {
        Self(RwSignal::new(value))
    }

    /// Looks at it.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn with_value<R>(self, look: impl FnOnce(&T) -> R) -> R {
        held(self.0.place).look(look)
    }

    /// A copy.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn get_value(self) -> T
    where
        T: Clone,
    {
        self.with_value(T::clone)
    }

    /// A copy; none when its owner is gone.
    pub fn try_get_value(self) -> Option<T>
    where
        T: Clone,
    {
        self.0.try_with_untracked(T::clone)
    }

    /// Looks at it; none when its owner is gone.
    pub fn try_with_value<R>(self, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.0.try_with_untracked(look)
    }

    /// Puts another in its place; nothing happens when its owner is gone.
    pub fn set_value(self, value: T) {
        self.try_update_value(|old| *old = value);
    }

    /// Changes it; nothing happens when its owner is gone.
    pub fn update_value(self, change: impl FnOnce(&mut T)) {
        self.try_update_value(change);
    }

    /// Changes it; none when its owner is gone.
    pub fn try_update_value<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        there(self.0.place).map(|held| held.change(change))
    }
}

/// Something to be called.
pub struct Callback<In, Out = ()> {
    called: Place,
    of: PhantomData<fn(In) -> Out>,
}

impl<In, Out> Clone for Callback<In, Out> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<In, Out> Copy for Callback<In, Out> {}

/// What a callback holds: shared, so that it may call itself or end its own owner.
type Called<In, Out> = Rc<dyn Fn(In) -> Out>;

impl<In: 'static, Out: 'static> Callback<In, Out> {
    /// One that belongs to the present owner.
    pub fn new(called: impl Fn(In) -> Out + 'static) -> Self {
        let called: Called<In, Out> = Rc::new(called);
        Self { called: hold(Some(called)), of: PhantomData }
    }

    /// Calls it.
    ///
    /// # Panics
    /// When its owner is gone.
    pub fn run(self, with: In) -> Out {
        let called = held(self.called).look(Called::<In, Out>::clone);
        called(with)
    }

    /// Calls it; none when its owner is gone.
    pub fn try_run(self, with: In) -> Option<Out> {
        let called = there(self.called)?.look(Called::<In, Out>::clone);
        Some(called(with))
    }
}

/// Runs soon, and again whenever what it read has changed, until the present owner goes.
pub fn effect(run: impl FnMut() + 'static) {
    boxed(Box::new(run));
}

fn boxed(run: Box<dyn FnMut()>) {
    graph::Effect::new(run);
}
