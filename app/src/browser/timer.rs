//! Something done later, unless it is called off, and work that goes on by itself.

use std::pin::Pin;
use std::time::Duration;

use any_spawner::Executor;
use futures_channel::oneshot;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

use super::window;

/// What was put off.
#[derive(Debug, Clone, Copy)]
pub struct Timer(i32);

/// Puts something off; none when the browser refuses.
pub fn after(wait: Duration, run: impl FnOnce() + 'static) -> Option<Timer> {
    put_off(wait, Box::new(run))
}

fn put_off(wait: Duration, run: Box<dyn FnOnce()>) -> Option<Timer> {
    let run = Closure::once_into_js(run);
    let wait = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
    let run = run.unchecked_ref();
    window()?.set_timeout_with_callback_and_timeout_and_arguments_0(run, wait).ok().map(Timer)
}

impl Timer {
    /// Calls it off.
    pub fn stop(&self) {
        if let Some(window) = window() {
            window.clear_timeout_with_handle(self.0);
        }
    }
}

/// Lets the signals and futures of this program run on the browser's own loop.
pub fn start() {
    // An error says that it was started before.
    let _ = Executor::init_wasm_bindgen();
}

/// Begins work that goes on by itself.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    Executor::spawn_local(work);
}

/// Waits.
pub async fn sleep(wait: Duration) {
    let (done, over) = oneshot::channel();
    // What cannot be put off is over at once.
    let put_off = after(wait, move || drop(done.send(())));
    if put_off.is_some() {
        drop(over.await);
    }
}

/// Waits until what is due in this task has been done.
pub async fn tick() {
    Executor::tick().await;
}

/// Does something before the page is painted next.
pub fn before_paint(run: impl FnOnce() + 'static) -> Option<()> {
    let run = Closure::once_into_js(Box::new(run) as Box<dyn FnOnce()>);
    window()?.request_animation_frame(run.unchecked_ref()).ok().map(drop)
}
