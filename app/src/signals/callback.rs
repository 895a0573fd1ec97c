//! Functions as copied handles.

use std::marker::PhantomData;
use std::rc::Rc;

use super::{Place, held, hold, there};

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
        let called = held::<Called<In, Out>>(self.called).look(Rc::clone);
        called(with)
    }

    /// Calls it; none when its owner is gone.
    pub fn try_run(self, with: In) -> Option<Out> {
        let called = there::<Called<In, Out>>(self.called)?.look(Rc::clone);
        Some(called(with))
    }
}
