//! The tasks' only "now": how long a step took, waiting with a bound, and today's date.

use std::time::{Duration, Instant};

/// Measures one step.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        now().duration_since(self.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is the tasks' clock")]
fn now() -> Instant {
    Instant::now()
}

/// A duration as a person reads it: `0.4 s`, `12.3 s`, `3 min 05 s`.
pub(crate) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", duration.as_secs_f32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_steps_are_told_in_minutes() {
        assert_eq!(words(Duration::from_millis(400)), "0.4 s");
        assert_eq!(words(Duration::from_secs(185)), "3 min 05 s");
    }
}
