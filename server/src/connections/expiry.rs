//! The end of a sign-in. It ends at a fixed moment however often it is refreshed (hard), and earlier
//! when it is not refreshed for too long (idle). Here is when to refresh it although nobody asks, when
//! its end is near, and what is said of that.

use protocol::ids::Moment;
use protocol::notification::Event as Logged;

use super::machine::{Event, State};
use super::{ConnectionRow, step};
use crate::clock::after;
use crate::configuration;
use crate::state::App;
use crate::store::care::Care;
use crate::store::ids::ConnectionId;
use crate::store::notifications::NewEvent;
use crate::store::{Db, StoreError};

const HOUR: u64 = 60 * 60 * 1000;
const DAY: u64 = 24 * HOUR;
/// The days before the end at which it is told: the first is when it is near.
const TOLD: [u64; 4] = [30, 14, 7, 1];

/// What is known of the ends of a sign-in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    /// When the provider last gave tokens.
    pub(crate) refreshed: Moment,
    /// When it ends unless it is refreshed before.
    pub(crate) idle: Option<Moment>,
    /// When it ends in any case.
    pub(crate) hard: Option<Moment>,
}

impl Ends {
    /// When to refresh it although nobody asks: when about a third of its idle life is left, spread by
    /// chance, which gets a limit and stays below it. Not when that would win nothing, because the hard
    /// end comes first.
    pub(crate) fn keep_alive(&self, chance: impl FnOnce(u64) -> u64) -> Option<Moment> {
        let idle = self.idle.filter(|idle| self.hard.is_none_or(|hard| idle.0 + DAY < hard.0))?;
        let life = idle.0.saturating_sub(self.refreshed.0);
        Some(after(self.refreshed, life / 3 * 2 - chance(life / 10)))
    }

    /// Each end, after the moment from which on it is near. The idle one is near when a sixth of its
    /// life is left: keeping it alive has failed for long by then.
    fn spans(&self) -> impl Iterator<Item = (Moment, Moment)> {
        let hard = self.hard.map(|end| (before(end, TOLD[0] * DAY), end));
        let life = |end: Moment| end.0.saturating_sub(self.refreshed.0);
        let idle = self.idle.map(|end| (before(end, life(end) / 6), end));
        hard.into_iter().chain(idle)
    }

    /// When it ends, if that is near.
    pub(crate) fn near(&self, now: Moment) -> Option<Moment> {
        self.spans().filter(|(from, _)| *from <= now).map(|(_, end)| end).min()
    }

    /// When something is to be said next: at each of the days, and every hour while the end is near,
    /// because what else happens to the connection may have hidden it.
    fn look(&self, now: Moment) -> Option<Moment> {
        let days = |(from, end): (Moment, Moment)| {
            let told = TOLD.into_iter().map(move |days| before(end, days * DAY));
            told.filter(move |at| *at > from).chain([from])
        };
        let next = self.spans().flat_map(days).filter(|at| *at > now);
        next.chain(self.near(now).map(|_| after(now, HOUR))).min()
    }
}

fn before(moment: Moment, milliseconds: u64) -> Moment {
    Moment(moment.0.saturating_sub(milliseconds))
}

/// The days of [`TOLD`] that have begun before this end.
fn days(end: Moment, now: Moment) -> u64 {
    let left = end.0.saturating_sub(now.0);
    TOLD.into_iter().rev().find(|days| left <= days * DAY).unwrap_or(TOLD[0])
}

/// A pause before trying again to keep it alive: an hour or two, less when its end is near.
pub(crate) fn again(now: Moment, end: Option<Moment>, chance: impl FnOnce(u64) -> u64) -> Moment {
    let left = end.map_or(u64::MAX, |end| end.0.saturating_sub(now.0));
    let pause = (left / 8).clamp(60_000, HOUR);
    after(now, pause + chance(pause))
}

/// New tokens were stored: plans their care. An end that was near may be far again.
pub(crate) async fn renewed(db: &mut Db<'_>, app: &App, connection: ConnectionId) -> Result<(), StoreError> {
    let Some(tokens) = db.connection(connection).await?.and_then(|row| row.tokens) else { return Ok(()) };
    let told = db.care(connection).await?.and_then(|care| care.told);
    let refreshed = app.clock.now();
    let ends = Ends { refreshed, idle: tokens.refresh_expires, hard: tokens.hard_expires };
    let keep_alive = ends.keep_alive(|limit| app.clock.jitter(limit));
    db.put_care(connection, &Care { refreshed, keep_alive, look: None, told }).await?;
    look(db, app, connection).await
}

/// Says what there is to be said of the end of a connection's sign-in at this moment.
pub(crate) async fn look(db: &mut Db<'_>, app: &App, connection: ConnectionId) -> Result<(), StoreError> {
    let (row, care) = (db.connection(connection).await?, db.care(connection).await?);
    let (Some(row), Some(care)) = (row, care) else { return Ok(()) };
    let Some(tokens) = &row.tokens else { return db.drop_care(connection).await };
    let ends = Ends { refreshed: care.refreshed, idle: tokens.refresh_expires, hard: tokens.hard_expires };
    let now = app.clock.now();
    let told = match ends.near(now) {
        Some(at) => Some(near(db, &row, (at, now), care.told).await?),
        None => far(db, app, &row).await.map(|()| None)?,
    };
    db.put_care(connection, &Care { look: ends.look(now), told, ..care }).await
}

/// Shows it, and tells it once for each of the days. Returns which was told last.
async fn near(
    db: &mut Db<'_>,
    row: &ConnectionRow,
    (at, now): (Moment, Moment),
    told: Option<u64>,
) -> Result<u64, StoreError> {
    step(db, row.id, Event::ExpiryNear { at }).await?;
    let days = days(at, now);
    if told.is_none_or(|told| days < told) {
        let (integration, event) = (&row.integration, &Logged::Expiring { at });
        db.notify(NewEvent { tenant: row.tenant, integration, event, by: None, now }).await?;
    }
    Ok(told.map_or(days, |told| told.min(days)))
}

/// What was shown is so no longer.
async fn far(db: &mut Db<'_>, app: &App, row: &ConnectionRow) -> Result<(), StoreError> {
    if !matches!(row.state, State::Expiring { .. }) {
        return Ok(());
    }
    let Some(books) = db.books_of(row.id).await? else { return Ok(()) };
    let Some(standing) = configuration::standing(db, app, &books).await? else { return Ok(()) };
    let configuration::Standing { complete, problems } = standing;
    step(db, row.id, Event::ExpiryFar { complete, problems }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: u64 = 365 * DAY;

    fn ends(idle_days: u64, hard_days: Option<u64>) -> Ends {
        let at = |days: u64| Moment(YEAR + days * DAY);
        Ends { refreshed: at(0), idle: Some(at(idle_days)), hard: hard_days.map(at) }
    }

    fn on(day: u64) -> Moment {
        Moment(YEAR + day * DAY)
    }

    #[test]
    fn rf_18_what_nobody_uses_is_refreshed_when_a_third_of_its_life_is_left() {
        let unused = ends(90, Some(1800));
        assert_eq!(unused.keep_alive(|_| 0), Some(on(60)));
        assert_eq!(unused.keep_alive(|limit| limit), Some(on(51)), "spread over nine days");
        assert_eq!(ends(90, Some(90)).keep_alive(|_| 0), None, "it would win nothing");
        assert!(ends(90, None).keep_alive(|_| 0).is_some());
    }

    #[test]
    fn rf_18_a_hard_end_is_near_for_thirty_days_and_looked_at_every_hour() {
        let hard = Ends { idle: None, ..ends(1000, Some(1000)) };
        assert_eq!((hard.near(on(969)), hard.look(on(0))), (None, Some(on(970))));
        assert_eq!(
            (hard.near(on(970)), hard.look(on(970))),
            (Some(on(1000)), Some(Moment(on(970).0 + HOUR)))
        );
        assert_eq!([970, 985, 986, 993, 999].map(|day| days(on(1000), on(day))), [30, 30, 14, 7, 1]);
    }

    #[test]
    fn rf_18_an_idle_end_is_near_when_keeping_alive_has_failed_for_long() {
        let failing = ends(96, Some(1800));
        assert_eq!((failing.near(on(79)), failing.look(on(70))), (None, Some(on(80))));
        assert_eq!(failing.near(on(80)), Some(on(96)));
        let last = again(on(80), Some(on(96)), |limit| limit);
        assert_eq!(last, Moment(on(80).0 + 2 * HOUR));
        assert_eq!(again(Moment(on(96).0 - HOUR), Some(on(96)), |_| 0).0, on(96).0 - HOUR + HOUR / 8);
    }
}
