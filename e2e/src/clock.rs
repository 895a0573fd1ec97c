//! The only "now" of the flows, and the only waiting: for a condition, within a bound.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long a flow waits for what should come, before it fails.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Asks until the answer is there. The bound is [`PATIENCE`].
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    within(PATIENCE, what, ask).await
}

/// Asks until the answer is there, for at most so long.
pub async fn within<T>(
    patience: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let begun = now();
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = None;
    while begun.elapsed() < patience {
        tick.tick().await;
        match ask().await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => last = None,
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(error.context(format!("waited {patience:?} for {what}"))),
        None => bail!("waited {patience:?} for {what}, in vain"),
    }
}

/// The monotonic time.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
pub fn now() -> Instant {
    Instant::now()
}
