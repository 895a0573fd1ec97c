//! Once a night every connection that works is refreshed by itself, each at a moment of its own within
//! the hours that the configuration names. Whether it was is read from the store, so that a restart
//! neither forgets nor repeats it.

use std::time::Duration;

use protocol::ids::Moment;
use protocol::import::Trigger;

use super::{Start, plan};
use crate::clock::after;
use crate::config::Hours;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::ConnectionId;

/// How often it is looked whose moment has come.
const LOOK: Duration = Duration::from_mins(1);
/// Runs of the night at once; the others wait for the next look.
const AT_ONCE: usize = 20;
/// Who was read so lately is not read again.
const RECENT: u64 = 6 * 3_600_000;

/// Looks until the proxy stops.
pub async fn run(app: Shared) {
    let Some(hours) = app.config.imports.nightly else { return };
    let pause = u64::try_from(LOOK.as_millis()).unwrap_or(u64::MAX);
    loop {
        if let Err(error) = look(&app, hours).await {
            tracing::error!(%error, "the refreshes of the night could not be planned");
        }
        tokio::select! {
            () = app.clock.reached(after(app.clock.now(), pause)) => {}
            () = app.stopping.wait() => return,
        }
    }
}

/// Plans the refreshes whose moment has come.
async fn look(app: &Shared, hours: Hours) -> Result<(), StoreError> {
    let now = app.clock.now();
    let Some(night) = hours.around(now) else { return Ok(()) };
    let recent = Moment(now.0.saturating_sub(RECENT));
    let (waiting, running) = app
        .store
        .read::<_, StoreError, _>(|mut db| {
            Box::pin(async move { Ok((db.unrefreshed(night.0, recent).await?, db.nightly_running().await?)) })
        })
        .await?;
    let room = AT_ONCE.saturating_sub(usize::try_from(running).unwrap_or(usize::MAX));
    let due = waiting.into_iter().filter(|connection| moment_of(*connection, night) <= now);
    for connection in due.take(room) {
        begin(app, connection).await?;
    }
    Ok(())
}

async fn begin(app: &Shared, connection: ConnectionId) -> Result<(), StoreError> {
    let shared = Shared::clone(app);
    let start = Start { trigger: Trigger::Nightly, by: None };
    app.store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let known = db.books_of(connection).await?.and_then(|books| {
                    shared.catalogue.integration(books.integration()).map(|entry| !entry.lists.is_empty())
                });
                if known == Some(true) {
                    plan(&mut db, &shared, connection, start, &[]).await?;
                }
                Ok(())
            })
        })
        .await
}

/// The moment of a connection in a night: another one each night, spread evenly over its hours, and
/// the same however often it is asked for.
fn moment_of(connection: ConnectionId, (from, until): (Moment, Moment)) -> Moment {
    let long = until.0.saturating_sub(from.0).max(1);
    after(from, mixed(connection.0.cast_unsigned() ^ from.0) % long)
}

/// As splitmix64 ends: neighbours end up far apart.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;
    const NIGHT: (Moment, Moment) = (Moment(1_764_032_400_000), Moment(1_764_032_400_000 + 4 * HOUR));

    #[test]
    fn connections_are_spread_over_the_night() {
        let mut quarters = [0; 4];
        for connection in 1..=1000 {
            let moment = moment_of(ConnectionId(connection), NIGHT);
            assert!(moment >= NIGHT.0 && moment < NIGHT.1);
            quarters[usize::try_from((moment.0 - NIGHT.0.0) / HOUR).unwrap()] += 1;
        }
        assert!(quarters.iter().all(|many| (200..300).contains(many)), "{quarters:?}");
    }

    #[test]
    fn a_connection_has_one_moment_in_a_night_and_another_in_the_next() {
        let next = (Moment(NIGHT.0.0 + 24 * HOUR), Moment(NIGHT.1.0 + 24 * HOUR));
        let (one, again) = (moment_of(ConnectionId(7), NIGHT), moment_of(ConnectionId(7), NIGHT));
        assert_eq!(one, again);
        assert_ne!(one.0 + 24 * HOUR, moment_of(ConnectionId(7), next).0);
    }
}
