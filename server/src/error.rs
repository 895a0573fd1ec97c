//! Why a wish came to nothing, inside the proxy; the edges turn it into a status or a fault.

use protocol::message::FaultKind;

use crate::clock::Clock;
use crate::store::StoreError;

/// A wish that was refused, or could not be served. Undoes the transaction it happens in.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Told to the visitor by kind.
    #[error("refused: {0:?}")]
    Fault(FaultKind),
    /// The store failed: our own fault.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<FaultKind> for Refusal {
    fn from(kind: FaultKind) -> Self {
        Self::Fault(kind)
    }
}

impl Refusal {
    /// What the visitor is told.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Fault(kind) => *kind,
            Self::Store(_) => FaultKind::Internal,
        }
    }
}

/// A fresh id under which the log knows a request or an intent, fit to be shown to a person.
pub fn reference(clock: &Clock) -> String {
    format!("req-{:016x}", u64::from_be_bytes(clock.random()))
}
