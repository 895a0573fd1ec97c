//! A value that can be looked at again and again; whoever looks follows what it is made of.

use crate::signals::Callback;

/// Looked at by `run(())`. Much smaller compiled than a derived signal of each type.
pub type Look<T> = Callback<(), T>;

/// Makes one of a closure.
pub fn look<T: 'static>(value: impl Fn() -> T + 'static) -> Look<T> {
    Callback::new(move |()| value())
}
