//! Work that takes the processor for milliseconds, on tasks of its own, and never on all threads at once: whoever
//! serves, and whoever writes, would otherwise wait behind it. Threads of its own would each keep memory of their own.

use std::num::NonZero;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// Half of the processors, and so of the runtime's threads; the others are left to everybody else.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, NonZero::get).div_ceil(2)));

/// Does it in its turn. When nobody waits any more, what has begun comes to its end all the same.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    // Nobody closes them.
    let place = PLACES.acquire().await.ok();
    let done = async move {
        let _place = place;
        work()
    };
    match tokio::spawn(done).await.map_err(JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime is shutting down, and whoever waits with it.
        Err(Err(_)) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_gets_what_comes_of_it() {
        assert_eq!(aside(|| "done").await, "done");
        let panic = tokio::spawn(aside(|| panic!("broken"))).await;
        assert!(panic.is_err_and(|error| error.is_panic()));
    }
}
