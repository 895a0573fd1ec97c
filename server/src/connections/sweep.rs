//! Ends what nobody waits for any more: attempts and questions past their time.

use std::collections::HashSet;
use std::time::Duration;

use protocol::ids::Moment;
use protocol::store::ConnectFailure;

use super::PATIENCE;
use super::intents::drop_decision;
use super::progress::attempts_over;
use crate::state::{App, Shared};
use crate::store::ids::{ConnectionId, TenantId};
use crate::store::{Db, StoreError};

/// Sweeps every few seconds until the proxy stops.
pub async fn sweep(app: Shared) {
    loop {
        if let Err(error) = sweep_once(&app).await {
            tracing::error!(%error, "expired attempts could not be swept");
        }
        tokio::select! {
            () = app.stopping.wait() => return,
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
    }
}

/// Ends what is past its time at this moment, and tells the sockets.
pub async fn sweep_once(app: &Shared) -> Result<(), StoreError> {
    let swept = std::sync::Arc::clone(app);
    let touched =
        app.store.write(move |mut db| Box::pin(async move { expire(&mut db, &swept).await })).await?;
    for tenant in touched {
        app.hub.touch(tenant);
    }
    Ok(())
}

async fn expire(db: &mut Db<'_>, app: &App) -> Result<HashSet<TenantId>, StoreError> {
    let now = app.clock.now();
    let mut touched = HashSet::new();
    let taken_before = Moment(now.0.saturating_sub(PATIENCE));
    let connections: HashSet<ConnectionId> =
        db.expire_attempts(now, taken_before).await?.into_iter().collect();
    for connection in connections {
        if !db.has_attempt(connection).await? {
            db.set_connect_failure(connection, Some(ConnectFailure::Expired)).await?;
            attempts_over(db, connection).await?;
        }
        touched.extend(db.connection(connection).await?.map(|row| row.tenant));
    }
    for connection in db.overdue_decisions(now).await? {
        if let Some(row) = db.connection(connection).await? {
            drop_decision(db, app, &row).await?;
            touched.insert(row.tenant);
        }
    }
    Ok(touched)
}
