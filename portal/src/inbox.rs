//! The last things that Patchbay told us, for the page; what comes a second time is there once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;

use crate::clock;
use crate::webhook::{Message, NotOurs, Verifier};

/// How many are kept.
const KEPT: usize = 20;

pub(crate) struct Inbox {
    /// None when nobody gave us a secret: then nothing counts.
    verifier: Option<Verifier>,
    last: Mutex<VecDeque<Message>>,
}

impl Inbox {
    pub(crate) fn new(verifier: Option<Verifier>) -> Self {
        Self { verifier, last: Mutex::default() }
    }

    /// Takes a message as it arrived.
    pub(crate) fn take(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), NotOurs> {
        let verifier = self.verifier.as_ref().ok_or(NotOurs::Signature)?;
        let message = verifier.verify(headers, body, clock::seconds())?;
        let mut last = self.held();
        if !last.iter().any(|known| known.id == message.id) {
            last.push_front(message);
            last.truncate(KEPT);
        }
        Ok(())
    }

    /// The newest first.
    pub(crate) fn last(&self) -> Vec<Message> {
        self.held().iter().cloned().collect()
    }

    fn held(&self) -> MutexGuard<'_, VecDeque<Message>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
