//! What another process writes into the database, an operator's command most likely, is noticed
//! here within half a second: every room then reads the store again, and a session, a tenant or a portal
//! that is gone takes its sockets with it. Tokens of what is gone are revoked.

use std::time::Duration;

use crate::state::Shared;

/// How often we look. A look is one step of the writing task and reads nothing but a counter in memory.
const LOOK: Duration = Duration::from_millis(500);

/// Looks until the proxy stops.
pub(crate) async fn run(app: Shared) {
    let mut known = None;
    loop {
        match app.store.foreign_version().await {
            Ok(version) if known.replace(version).is_some_and(|before| before != version) => {
                app.hub.touch_all();
                app.wake.revocations.notify_one();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "whether others have written could not be read"),
        }
        tokio::select! {
            () = app.stopping.wait() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
