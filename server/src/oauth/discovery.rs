//! Reads the metadata of the providers that have some, until each was read once. A proxy starts while
//! a provider is down: that one waits, is tried again, and says why; the others work.

use std::time::Duration;

use super::{Registration, Registrations, metadata};
use crate::state::Shared;

/// The first pause after a failure; it doubles up to the longest.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MOST: Duration = Duration::from_mins(1);

/// Reads until nothing is left to be read, or the proxy stops.
pub async fn run(app: Shared) {
    let mut pause = PAUSE;
    loop {
        let left = tokio::select! {
            () = app.stopping.wait() => return,
            left = app.registrations.discover() => left,
        };
        if left == 0 {
            return;
        }
        tokio::select! {
            () = app.stopping.wait() => return,
            () = app.wake.discovery.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(PAUSE_MOST);
    }
}

impl Registrations {
    /// Reads the metadata that was not read yet, side by side; says of how many it still was not.
    pub async fn discover(&self) -> usize {
        let missing = self.all().filter(|one| one.authority.endpoints().is_none());
        let read = futures_util::future::join_all(missing.map(|one| read(self, one))).await;
        read.into_iter().filter(|done| !done).count()
    }
}

async fn read(registrations: &Registrations, one: &Registration) -> bool {
    let Some(issuer) = &one.authority.issuer else { return true };
    let read = metadata::read(&registrations.client, issuer).await.map_err(|unfit| unfit.to_string());
    let problem = read.as_ref().err().cloned();
    let news = one.authority.learn(read);
    let (registration, issuer) = (one.id.as_str(), issuer.name.as_str());
    match problem {
        None => tracing::info!(registration, issuer, "the provider has described itself"),
        Some(problem) if news => {
            tracing::error!(registration, issuer, problem, "the provider cannot be used");
        }
        Some(_) => {}
    }
    one.authority.endpoints().is_some()
}
