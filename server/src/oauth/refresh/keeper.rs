//! Keeps sign-ins alive that nobody uses: each is refreshed well before it would end for want of use.
//! Few at once and at a measured pace, whatever has piled up while the proxy was off.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};

use super::{TokenError, current, refreshed};
use crate::connections::expiry;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::ConnectionId;

/// How often to look.
const EVERY: Duration = Duration::from_mins(1);
/// So many at once, and each takes at least so long: ten a second at most.
const AT_ONCE: usize = 4;
const LEAST: Duration = Duration::from_millis(400);

/// Keeps alive what is due until the proxy stops.
pub async fn run(app: Shared) {
    loop {
        // A refresh that is under way goes on without us.
        let worked = tokio::select! {
            () = app.stopping.wait() => return,
            worked = keep_once(&app) => worked,
        };
        let worked = worked.unwrap_or_else(|error| {
            tracing::error!(%error, "sign-ins could not be kept alive");
            0
        });
        // What has piled up is worked on without a pause.
        let pause = if worked > AT_ONCE { Duration::ZERO } else { EVERY };
        tokio::select! {
            () = app.stopping.wait() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Keeps alive what is due now, or the most urgent of it, and says what there is to be said of ends.
/// Returns how many it looked at.
pub async fn keep_once(app: &Shared) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let due = app.store.read(move |mut db| Box::pin(async move { db.due_keep_alives(now).await }));
    let due = due.await?;
    let (count, many) = (due.len(), due.len() > AT_ONCE);
    let keeping = stream::iter(due).for_each_concurrent(AT_ONCE, |connection| async move {
        let pace = tokio::time::sleep(if many { LEAST } else { Duration::ZERO });
        let ((), kept) = tokio::join!(pace, keep(app, connection));
        if let Err(error) = kept {
            tracing::warn!(connection = connection.0, %error, "a sign-in could not be kept alive");
        }
    });
    keeping.await;
    Ok(count + look(app).await?)
}

async fn keep(app: &Shared, connection: ConnectionId) -> Result<(), TokenError> {
    if app.stopping.begun() {
        return Ok(());
    }
    let row = match current(app, connection).await {
        Ok(row) => row,
        Err(TokenError::Store(error)) => return Err(TokenError::Store(error)),
        Err(_) => return forget(app, connection).await,
    };
    let (before, end) = (row.generation, row.tokens.as_ref().and_then(|tokens| tokens.refresh_expires));
    let door = refreshed(app, row).await;
    if door.as_ref().is_ok_and(|door| door.generation > before) {
        return Ok(());
    }
    let until = expiry::again(app.clock.now(), end, |limit| app.clock.jitter(limit));
    let postponed = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { db.postpone_keep_alive(connection, until).await })
    });
    postponed.await?;
    door.map(drop)
}

/// Nothing is there to be kept alive any more.
async fn forget(app: &Shared, connection: ConnectionId) -> Result<(), TokenError> {
    let dropped = app
        .store
        .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.drop_care(connection).await }));
    Ok(dropped.await?)
}

/// Says what there is to be said of the end of sign-ins.
async fn look(app: &Shared) -> Result<usize, StoreError> {
    let (shared, now) = (Arc::clone(app), app.clock.now());
    let looked = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let mut tenants = Vec::new();
            for connection in db.due_looks(now).await? {
                expiry::look(&mut db, &shared, connection).await?;
                tenants.extend(db.connection(connection).await?.map(|row| row.tenant));
            }
            Ok(tenants)
        })
    });
    let tenants = looked.await?;
    for tenant in &tenants {
        app.hub.touch(*tenant);
    }
    Ok(tenants.len())
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use protocol::ids::Moment;

    use super::super::simulation::Dice;
    use super::*;
    use crate::connections::expiry::{Ends, again};

    const MINUTE: u64 = 60_000;
    const DAY: u64 = 24 * 60 * MINUTE;
    const MANY: u32 = 1_000_000;

    /// Keeps a million alive whose tokens all end at once, and of which one try in twenty fails. Tells
    /// how many were kept, the most in a second, and how long before the end the last one was.
    fn a_million(from: Moment, ends: Ends, seed: u64) -> (u32, u16, u64) {
        let mut dice = Dice::new(seed);
        let end = ends.idle.unwrap();
        let mut waiting: BinaryHeap<Reverse<(u64, u32)>> = (0..MANY)
            .map(|one| Reverse((ends.keep_alive(|limit| dice.below(limit)).unwrap().max(from).0, one)))
            .collect();
        let mut lanes = [0; AT_ONCE];
        let seconds = usize::try_from((end.0 - from.0) / 1000).unwrap();
        let mut pace = vec![0_u16; seconds];
        let (mut kept, mut last) = (0, 0);
        while let Some(Reverse((due, one))) = waiting.pop() {
            let lane = lanes.iter_mut().min().unwrap();
            // Seen at the next look; when there are many, at once.
            let begun = due.max(*lane);
            let took = 50 + dice.below(2000);
            *lane = begun + took.max(u64::try_from(LEAST.as_millis()).unwrap());
            pace[usize::try_from((begun - from.0) / 1000).unwrap()] += 1;
            if dice.one_in(20) {
                let next = again(Moment(begun + took), Some(end), |limit| dice.below(limit));
                waiting.push(Reverse((next.0, one)));
            } else {
                (kept, last) = (kept + 1, last.max(begun + took));
            }
        }
        (kept, pace.into_iter().max().unwrap(), end.0 - last)
    }

    #[test]
    fn rf_22_a_million_that_expire_together_are_kept_alive_at_a_measured_pace() {
        let start = Moment(400 * DAY);
        let ends = Ends { refreshed: start, idle: Some(Moment(start.0 + 101 * DAY)), hard: None };
        let (kept, most, left) = a_million(start, ends, 1);
        assert!(kept == MANY && most <= 10 && left > 30 * DAY, "{kept}, {most} a second, {left} ms left");
    }

    #[test]
    fn rf_22_a_million_that_are_all_overdue_are_kept_alive_before_they_end() {
        let start = Moment(400 * DAY);
        let ends = Ends { refreshed: start, idle: Some(Moment(start.0 + 101 * DAY)), hard: None };
        // The proxy was off for three months.
        let (kept, most, left) = a_million(Moment(start.0 + 91 * DAY), ends, 2);
        assert!(kept == MANY && most <= 10 && left > DAY, "{kept}, {most} a second, {left} ms left");
    }
}
