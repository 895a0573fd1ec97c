//! When each API key was last used: noted in memory, written once a minute and at the end, never on
//! the path of a request.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::ids::Moment;

use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::KeyId;

const EVERY: Duration = Duration::from_mins(1);

/// Uses that are not written yet.
#[derive(Default)]
pub struct KeyUses {
    pending: Mutex<HashMap<KeyId, Moment>>,
}

impl KeyUses {
    /// A key was used.
    pub fn note(&self, key: KeyId, now: Moment) {
        let mut pending = self.pending();
        let last = pending.entry(key).or_insert(now);
        *last = now.max(*last);
    }

    fn take(&self) -> Vec<(KeyId, Moment)> {
        self.pending().drain().collect()
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<KeyId, Moment>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until the proxy stops, and then what is left.
pub(crate) async fn run(app: Shared) {
    loop {
        let stopping = tokio::select! {
            () = tokio::time::sleep(EVERY) => false,
            () = app.stopping.wait() => true,
        };
        if let Err(error) = flush(&app).await {
            tracing::warn!(%error, "when keys were last used could not be written");
        }
        if stopping {
            return;
        }
    }
}

/// Writes what is pending, in one transaction. What cannot be written waits for the next time.
pub async fn flush(app: &Shared) -> Result<(), StoreError> {
    let uses = app.key_uses.take();
    if uses.is_empty() {
        return Ok(());
    }
    let again = uses.clone();
    let written = app.store.write(move |mut db| Box::pin(async move { db.note_key_uses(&uses).await })).await;
    if written.is_err() {
        for (key, at) in again {
            app.key_uses.note(key, at);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_uses_of_a_key_are_one_write() {
        let uses = KeyUses::default();
        for at in [5, 9, 7] {
            uses.note(KeyId(1), Moment(at));
        }
        assert_eq!(uses.take(), [(KeyId(1), Moment(9))]);
        assert_eq!(uses.take(), []);
    }
}
