//! Something done later, unless it is called off, and work that goes on by itself.

use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::{TimeoutHandle, request_animation_frame, set_timeout_with_handle};
use leptos::task;

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

/// Begins work that goes on by itself.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    task::spawn_local(work);
}

/// Waits until what is due in this task has been done.
pub async fn tick() {
    task::tick().await;
}

/// Does something before the page is painted next.
pub fn before_paint(run: impl FnOnce() + 'static) {
    let run: Box<dyn FnOnce()> = Box::new(run);
    request_animation_frame(run);
}
