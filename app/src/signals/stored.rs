//! Values that nobody follows.

use super::{RwSignal, held, there};

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
        held::<T>(self.0.place).look(look)
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
        there::<T>(self.0.place).map(|held| held.change(change))
    }
}
