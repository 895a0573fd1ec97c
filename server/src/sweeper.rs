//! Forgets what time has made useless: once a minute what expired, once an hour what was kept for days;
//! and at once, bit by bit, what somebody has erased.

use std::time::Duration;

use crate::imports::notices;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::retention::Aged;

const EVERY: Duration = Duration::from_mins(1);
/// What is kept for days is looked through once in so many rounds.
const HOURLY: u64 = 60;

/// Sweeps until the proxy stops.
pub(crate) async fn run(app: Shared) {
    for round in 0_u64.. {
        let swept = match sweep(&app).await {
            Ok(()) if round.is_multiple_of(HOURLY) => forget(&app).await,
            swept => swept,
        };
        if let Err(error) = swept {
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
            db.sweep_events(now).await?;
            db.sweep_webhook_secrets(now).await?;
            db.sweep_intents(now).await?;
            notices::sweep(&mut db, now).await?;
            db.sweep_sessions(now).await
        })
    });
    swept.await
}

/// Erases what was taken away from people until the proxy stops: what an earlier life left, and then
/// whatever comes.
pub(crate) async fn erase(app: Shared) {
    loop {
        if let Err(error) = erase_all(&app).await {
            tracing::warn!(%error, "what was erased is not gone from the disk yet");
        }
        tokio::select! {
            () = app.wake.erasures.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
            () = app.stopping.wait() => return,
        }
    }
}

async fn erase_all(app: &Shared) -> Result<(), StoreError> {
    let now = app.clock.now();
    let bit = || app.store.write(move |mut db| Box::pin(async move { db.erase_a_bit(now).await }));
    while !app.stopping.begun() && bit().await? {}
    Ok(())
}

/// Forgets what is older than `[retention]` keeps it, a batch at a time, so that others' writes come
/// between.
pub async fn forget(app: &Shared) -> Result<(), StoreError> {
    let (kept, now) = (app.config.retention, app.clock.now());
    for aged in Aged::ALL {
        let batch =
            || app.store.write(move |mut db| Box::pin(async move { db.forget(aged, &kept, now).await }));
        while !app.stopping.begun() && batch().await? {}
    }
    Ok(())
}
