//! What happened in the books and was not sent yet. The books write it down, the courier takes it away.

use std::sync::{Arc, Mutex};

use time::OffsetDateTime;
use tokio::sync::Notify;

use crate::state::held;

/// Something that happened to a record.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    pub(crate) realm: String,
    pub(crate) entity: &'static str,
    pub(crate) id: String,
    pub(crate) deed: Deed,
    /// The record that was merged into this one.
    pub(crate) gone: Option<String>,
    pub(crate) at: OffsetDateTime,
}

/// What is done to records of lists. Voiding and sending by e-mail are for transactions, which are not played.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Deed {
    Create,
    Update,
    Delete,
    Merge,
}

/// Clones share what is in it.
#[derive(Clone, Default)]
pub(crate) struct News(Arc<Inside>);

#[derive(Default)]
struct Inside {
    waiting: Mutex<Vec<Happening>>,
    wake: Notify,
}

impl News {
    pub(crate) fn tell(&self, happening: Happening) {
        held(&self.0.waiting).push(happening);
        self.wake();
    }

    /// Everything so far, in its order.
    pub(super) fn take(&self) -> Vec<Happening> {
        std::mem::take(&mut *held(&self.0.waiting))
    }

    pub(super) fn is_empty(&self) -> bool {
        held(&self.0.waiting).is_empty()
    }

    /// There is something to do: news, or a clock that was moved to when something is due.
    pub(crate) fn wake(&self) {
        self.0.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.0.wake.notified().await;
    }
}
