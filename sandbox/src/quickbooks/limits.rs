//! Intuit's limits (facts 3.5), for each company and app. Intuit does not say how it counts. Here a window
//! slides: what was let in counts for exactly its second or minute, so who keeps to these limits keeps to them
//! in windows of any other kind. What was refused does not count, so who waits is let in again.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

const SECOND: Duration = Duration::seconds(1);
const MINUTE: Duration = Duration::minutes(1);

/// How much is let in. The default numbers are Intuit's, but nothing is counted unless it is on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Whether anything is refused at all.
    pub on: bool,
    /// Calls of an app for a company in a second, batches too.
    pub per_second: usize,
    /// Calls of an app for a company in a minute, without batches.
    pub per_minute: usize,
    /// Batches of an app for a company in a minute.
    pub batches_per_minute: usize,
    /// Batches of all apps for a company in a minute.
    pub batches_of_all_apps_per_minute: usize,
    /// Calls and batches of an app for a company together in a minute.
    pub combined_per_minute: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            on: false,
            per_second: 10,
            per_minute: 500,
            batches_per_minute: 40,
            batches_of_all_apps_per_minute: 120,
            combined_per_minute: 800,
        }
    }
}

impl Limits {
    /// As at Intuit.
    pub fn intuit() -> Self {
        Self { on: true, ..Self::default() }
    }
}

/// An app that asks for a company, with a token that opens it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Caller {
    pub(crate) realm: String,
    pub(crate) app: String,
}

/// What was let in during the last minute.
#[derive(Default)]
pub(crate) struct Counts {
    let_in: HashMap<Caller, VecDeque<Call>>,
}

#[derive(Clone, Copy)]
struct Call {
    at: OffsetDateTime,
    batch: bool,
}

impl Counts {
    /// Lets a call in and counts it, or refuses it.
    pub(crate) fn admit(
        &mut self,
        limits: &Limits,
        caller: &Caller,
        batch: bool,
        now: OffsetDateTime,
    ) -> bool {
        if !limits.on {
            return true;
        }
        self.forget(now);
        let admitted = self.has_room(limits, caller, batch, now);
        if admitted {
            self.let_in.entry(caller.clone()).or_default().push_back(Call { at: now, batch });
        }
        admitted
    }

    /// A clock that was set back leaves calls in the future; they are forgotten like old ones.
    fn forget(&mut self, now: OffsetDateTime) {
        self.let_in.retain(|_, calls| {
            calls.retain(|call| call.at <= now && now - call.at < MINUTE);
            !calls.is_empty()
        });
    }

    fn has_room(&self, limits: &Limits, caller: &Caller, batch: bool, now: OffsetDateTime) -> bool {
        let own = || self.let_in.get(caller).into_iter().flatten();
        let of_kind = own().filter(|call| call.batch == batch).count();
        let kind = if batch { limits.batches_per_minute } else { limits.per_minute };
        own().filter(|call| now - call.at < SECOND).count() < limits.per_second
            && of_kind < kind
            && own().count() < limits.combined_per_minute
            && !(batch && self.batches(&caller.realm) >= limits.batches_of_all_apps_per_minute)
    }

    fn batches(&self, realm: &str) -> usize {
        let of_realm = self.let_in.iter().filter(|(caller, _)| caller.realm == realm);
        of_realm.flat_map(|(_, calls)| calls).filter(|call| call.batch).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

    fn caller(realm: &str, app: &str) -> Caller {
        Caller { realm: realm.to_owned(), app: app.to_owned() }
    }

    /// How many calls are let in of so many, from a millisecond after noon on, one every so many milliseconds.
    fn let_in(counts: &mut Counts, who: &Caller, batch: bool, calls: (i64, i64, i64)) -> usize {
        let (count, from, every) = calls;
        let moments = (0..count).map(|call| NOON + Duration::milliseconds(from + call * every));
        moments.filter(|now| counts.admit(&Limits::intuit(), who, batch, *now)).count()
    }

    #[test]
    fn ten_calls_fit_into_a_second() {
        let mut counts = Counts::default();
        let who = caller("1", "a");
        assert_eq!(let_in(&mut counts, &who, false, (50, 0, 10)), 10);
        assert!(!counts.admit(&Limits::intuit(), &who, false, NOON + Duration::milliseconds(999)));
        assert!(counts.admit(&Limits::intuit(), &who, false, NOON + SECOND));
        assert!(!counts.admit(&Limits::intuit(), &who, false, NOON + SECOND));
    }

    #[test]
    fn five_hundred_calls_fit_into_a_minute() {
        let mut counts = Counts::default();
        let who = caller("1", "a");
        assert_eq!(let_in(&mut counts, &who, false, (550, 0, 105)), 500);
        assert!(counts.admit(&Limits::intuit(), &who, false, NOON + MINUTE));
    }

    #[test]
    fn forty_batches_of_an_app_and_120_of_all_fit_into_a_minute() {
        let mut counts = Counts::default();
        for (app, from) in [("a", 0), ("b", 15_000), ("c", 30_000)] {
            assert_eq!(let_in(&mut counts, &caller("1", app), true, (50, from, 300)), 40, "{app}");
        }
        assert_eq!(let_in(&mut counts, &caller("1", "d"), true, (1, 45_000, 0)), 0);
        assert_eq!(let_in(&mut counts, &caller("1", "a"), false, (1, 45_000, 0)), 1);
        assert_eq!(let_in(&mut counts, &caller("2", "d"), true, (40, 45_000, 300)), 40);
    }

    #[test]
    fn calls_and_batches_share_a_limit() {
        let limits = Limits { combined_per_minute: 3, ..Limits::intuit() };
        let mut counts = Counts::default();
        let who = caller("1", "a");
        let admitted = [true, false, true, false].map(|batch| counts.admit(&limits, &who, batch, NOON));
        assert_eq!(admitted, [true, true, true, false]);
    }

    #[test]
    fn companies_and_apps_are_counted_apart() {
        let mut counts = Counts::default();
        for (realm, app) in [("1", "a"), ("1", "b"), ("2", "a")] {
            assert_eq!(let_in(&mut counts, &caller(realm, app), false, (20, 0, 0)), 10, "{realm} {app}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_shuts_nobody_out() {
        let mut counts = Counts::default();
        let who = caller("1", "a");
        assert_eq!(let_in(&mut counts, &who, false, (20, 0, 0)), 10);
        assert!(counts.admit(&Limits::intuit(), &who, false, NOON - Duration::hours(1)));
    }
}
