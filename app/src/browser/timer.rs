//! Something done later, unless it is called off.

use std::time::Duration;

use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};

/// What was put off.
#[derive(Debug, Clone, Copy)]
pub struct Timer(TimeoutHandle);

/// Puts something off; none when the browser refuses.
pub fn after(wait: Duration, run: impl FnOnce() + 'static) -> Option<Timer> {
    put_off(wait, Box::new(run))
}

fn put_off(wait: Duration, run: Box<dyn FnOnce()>) -> Option<Timer> {
    set_timeout_with_handle(run, wait).ok().map(Timer)
}

impl Timer {
    /// Calls it off.
    pub fn stop(&self) {
        self.0.clear();
    }
}
