//! Forgets, once a minute, what time has made useless.

use std::time::Duration;

use crate::state::Shared;
use crate::store::StoreError;

const EVERY: Duration = Duration::from_mins(1);

/// Sweeps until the proxy stops.
pub(crate) async fn run(app: Shared) {
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "what expired could not be swept up");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.stopping.wait() => return,
        }
    }
}

async fn sweep(app: &Shared) -> Result<(), StoreError> {
    let now = app.clock.now();
    let swept = app.store.write(move |mut db| {
        Box::pin(async move {
            db.sweep_links(now).await?;
            db.sweep_session_tokens(now).await?;
            db.sweep_audit(now).await?;
            db.sweep_events(now).await?;
            db.sweep_webhook_secrets(now).await?;
            db.sweep_intents(now).await?;
            db.sweep_sessions(now).await
        })
    });
    swept.await
}
