//! Wakes the sockets of a tenant. A hint only: the store is the truth, so a lost hint costs time,
//! never an event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::store::ids::TenantId;

/// One counter per tenant that anybody watches.
#[derive(Clone, Default)]
pub struct Hub {
    rooms: Arc<Mutex<HashMap<TenantId, watch::Sender<u64>>>>,
}

impl Hub {
    /// Something of this tenant changed, and is committed.
    pub fn touch(&self, tenant: TenantId) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(&tenant) {
            if room.is_closed() {
                rooms.remove(&tenant);
            } else {
                room.send_modify(|count| *count += 1);
            }
        }
    }

    /// Changes whenever something of this tenant changed.
    pub fn watch(&self, tenant: TenantId) -> watch::Receiver<u64> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.entry(tenant).or_insert_with(|| watch::channel(0).0).subscribe()
    }
}
