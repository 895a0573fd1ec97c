//! What an operator's command changes in the database beside us (a portal removed, a session ended)
//! is told to the sockets as if it had happened here: within a second.

use std::time::Duration;

use crate::state::Shared;

/// How often it is looked for.
const EVERY: Duration = Duration::from_millis(250);

/// Looks until the proxy stops.
pub(crate) async fn watch(app: Shared) {
    let mut known = None;
    loop {
        match app.store.foreign_commits().await {
            Ok(now) => {
                if known.replace(now).is_some_and(|before| before != now) {
                    app.hub.touch_all();
                }
            }
            Err(error) => tracing::warn!(%error, "changes from outside could not be looked for"),
        }
        tokio::select! {
            () = app.stopping.wait() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
