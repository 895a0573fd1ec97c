//! How many lines of the log told of something wrong, for the figures. One log serves the process,
//! so there is one count.

use std::sync::atomic::{AtomicU64, Ordering};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

static ERRORS: AtomicU64 = AtomicU64::new(0);
static WARNINGS: AtomicU64 = AtomicU64::new(0);

/// Lines since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lines {
    /// At the level error.
    pub errors: u64,
    /// At the level warn.
    pub warnings: u64,
}

/// Lines since the start.
pub fn lines() -> Lines {
    Lines { errors: ERRORS.load(Ordering::Relaxed), warnings: WARNINGS.load(Ordering::Relaxed) }
}

/// Counts what passes.
pub(super) struct Counting;

impl<S: Subscriber> Layer<S> for Counting {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let counter = match *event.metadata().level() {
            Level::ERROR => &ERRORS,
            Level::WARN => &WARNINGS,
            _ => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
