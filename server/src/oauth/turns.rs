//! One at a time per company: proving and keeping a company on one side, revoking its tokens on
//! the other. Without turns a revocation on its way could kill what was connected behind it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

type Queues = HashMap<(String, String), Weak<Turn<()>>>;

/// Turns by client registration and company.
#[derive(Default)]
pub(super) struct Turns {
    queues: Mutex<Queues>,
}

impl Turns {
    /// Waits for one's turn; it lasts until the guard is dropped.
    pub(super) async fn take(&self, registration: &str, company: &str) -> OwnedMutexGuard<()> {
        self.queue(registration, company).lock_owned().await
    }

    fn queue(&self, registration: &str, company: &str) -> Arc<Turn<()>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.strong_count() > 0);
        let key = (registration.to_owned(), company.to_owned());
        if let Some(queue) = queues.get(&key).and_then(Weak::upgrade) {
            return queue;
        }
        let queue = Arc::new(Turn::new(()));
        queues.insert(key, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_company_waits() {
        let turns = Turns::default();
        let held = turns.take("qbo", "1").await;
        drop(turns.take("qbo", "2").await);
        drop(turns.take("other", "1").await);
        assert!(turns.queue("qbo", "1").try_lock().is_err());
        drop(held);
        assert!(turns.queue("qbo", "1").try_lock().is_ok());
    }
}
