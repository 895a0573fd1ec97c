//! Webhooks: what happened is sent to the endpoints of its portal, signed as Standard Webhooks has it,
//! until it arrived or was tried for three days. What must be sent is in the store, written with the
//! event itself; here it is found and sent, and a crash loses nothing.

pub mod client;
mod delivery;
pub mod endpoints;
pub mod reach;
mod schedule;
mod secrets;
pub mod signature;
pub mod target;

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};

use crate::state::Shared;
use crate::store::StoreError;
use crate::store::deliveries::Delivery;
use crate::store::ids::{TenantId, WebhookId};

/// Deliveries that are under way at once, over all endpoints, and to one of them.
const AT_ONCE: usize = 64;
const PER_ENDPOINT: usize = 4;
/// How many of an endpoint's deliveries are looked at, so that a busy tenant does not hide the others.
const LOOKED_AT: u32 = 64;
/// How often we look for what is due. Events are written by many, also by other processes.
const LOOK: Duration = Duration::from_millis(250);
/// How long a delivery that is under way may go on at the end.
const GRACE: Duration = Duration::from_secs(2);
/// A delivery whose store failed is left for so long.
const AFTER_FAULT: Duration = Duration::from_secs(5);

/// Sends until the proxy stops. What is under way then is sent again after the next start, unless it
/// is over within two seconds.
pub(crate) async fn run(app: Shared) {
    let mut crew = Crew::default();
    loop {
        if let Err(error) = crew.staff(&app).await {
            tracing::error!(%error, "webhooks that are due could not be looked up");
        }
        tokio::select! {
            () = app.stopping.wait() => break,
            Some(_) = crew.workers.join_next() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    let ended = async { while crew.workers.join_next().await.is_some() {} };
    drop(tokio::time::timeout(GRACE, ended).await);
    crew.workers.shutdown().await;
}

/// An endpoint and a tenant: what happened to one tenant is sent in its order, one after the other.
type Lane = (WebhookId, TenantId);

#[derive(Default)]
struct Crew {
    workers: JoinSet<()>,
    lanes: HashMap<Lane, AbortHandle>,
}

impl Crew {
    /// Puts a worker on what is due, as far as its lane, its endpoint and all of them have room.
    async fn staff(&mut self, app: &Shared) -> Result<(), StoreError> {
        self.lanes.retain(|_, worker| !worker.is_finished());
        let now = app.clock.now();
        let due = app.store.read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.due_deliveries(now, LOOKED_AT).await })
        });
        for delivery in due.await? {
            if self.has_room(delivery) {
                let worker = self.workers.spawn(attend(Shared::clone(app), delivery));
                self.lanes.insert((delivery.webhook, delivery.tenant), worker);
            }
        }
        Ok(())
    }

    fn has_room(&self, delivery: Delivery) -> bool {
        let there = self.lanes.keys().filter(|(webhook, _)| *webhook == delivery.webhook).count();
        self.lanes.len() < AT_ONCE
            && there < PER_ENDPOINT
            && !self.lanes.contains_key(&(delivery.webhook, delivery.tenant))
    }
}

async fn attend(app: Shared, delivery: Delivery) {
    if let Err(error) = Box::pin(delivery::deliver(&app, delivery)).await {
        tracing::error!(webhook = delivery.webhook.0, %error, "a webhook could not be worked on");
        tokio::time::sleep(AFTER_FAULT).await;
    }
}
