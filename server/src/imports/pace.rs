//! How fast a company may be asked: ten requests a second, 500 a minute, ten at once (Intuit's
//! limits, kept with a little room because requests bunch up on their way), and not at all while
//! it is paused. Every import of a company asks here, and every call that a portal's backend makes through
//! us; companies do not wait for each other. A provider with other limits says so in its catalogue entry.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::seats::{Hall, Seats};
use crate::clock::Stopwatch;
use crate::providers::catalogue::Requests;

const IN_FLIGHT: usize = 10;
/// As long as a second and a minute are taken to be. On a busy machine requests arrive up to 200 ms later than they
/// were let go; a longer second costs nothing, because ten in 1.2 s are 500 in a minute.
const SECOND: Duration = Duration::from_millis(1200);
const MINUTE: Duration = Duration::from_millis(60_500);

/// When one company was asked, on a time that starts with the process.
#[derive(Debug, Default)]
pub struct Pace {
    most: Requests,
    asked: VecDeque<Duration>,
    paused_until: Duration,
}

impl Pace {
    fn new(most: Requests) -> Self {
        Self { most, ..Self::default() }
    }

    /// So many requests within so long.
    fn windows(&self) -> [(usize, Duration); 2] {
        let most = |requests: u32| usize::try_from(requests).unwrap_or(usize::MAX).max(1);
        [(most(self.most.per_second), SECOND), (most(self.most.per_minute), MINUTE)]
    }

    /// Takes a turn now, or says how long to wait before asking again.
    pub fn turn(&mut self, now: Duration) -> Result<(), Duration> {
        if now < self.paused_until {
            return Err(self.paused_until.saturating_sub(now));
        }
        let [_, (most, longest)] = self.windows();
        while self.asked.len() > most || self.asked.front().is_some_and(|first| *first + longest <= now) {
            self.asked.pop_front();
        }
        for (limit, window) in self.windows() {
            let before = self.asked.len().checked_sub(limit).and_then(|place| self.asked.get(place));
            if let Some(free) = before.map(|first| *first + window).filter(|free| *free > now) {
                return Err(free.saturating_sub(now));
            }
        }
        self.asked.push_back(now);
        Ok(())
    }

    /// Nobody asks for so long. A longer pause stays.
    pub fn pause(&mut self, now: Duration, time: Duration) {
        self.paused_until = self.paused_until.max(now + time);
    }

    fn idle(&self, now: Duration) -> bool {
        now >= self.paused_until && self.asked.back().is_none_or(|last| *last + MINUTE <= now)
    }
}

/// The paces of all companies.
pub struct Gates {
    watch: Stopwatch,
    most: HashMap<String, Requests>,
    hall: Arc<Hall>,
    companies: Mutex<HashMap<String, Arc<Gate>>>,
}

impl Gates {
    /// With what each provider allows, by its origin; where nothing is said, what Intuit does.
    pub fn new(most: impl IntoIterator<Item = (String, Requests)>) -> Self {
        let most = most.into_iter().collect();
        Self { watch: Stopwatch::start(), most, hall: Arc::default(), companies: Mutex::default() }
    }

    /// The gate of a company at the provider that has this origin.
    pub fn at(&self, api: &str, company: &str) -> Arc<Gate> {
        self.of(&format!("{api} {company}"), self.allowed(api))
    }

    /// What one more run may have under way.
    pub(super) fn seats(&self) -> Seats {
        Seats::new(Arc::clone(&self.hall))
    }

    /// How many requests a company is asked for at the provider that has this origin.
    pub fn allowed(&self, api: &str) -> Requests {
        self.most.get(api).copied().unwrap_or_default()
    }

    fn of(&self, key: &str, most: Requests) -> Arc<Gate> {
        let mut companies = self.companies.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.watch.elapsed();
        companies.retain(|_, gate| Arc::strong_count(gate) > 1 || !gate.lock().idle(now));
        let gate = companies.entry(key.to_owned()).or_insert_with(|| Arc::new(Gate::new(self.watch, most)));
        Arc::clone(gate)
    }
}

/// The way to one company.
pub struct Gate {
    watch: Stopwatch,
    pace: Mutex<Pace>,
    flying: Arc<Semaphore>,
}

impl Gate {
    fn new(watch: Stopwatch, most: Requests) -> Self {
        Self { watch, pace: Mutex::new(Pace::new(most)), flying: Arc::new(Semaphore::new(IN_FLIGHT)) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a turn, or says how long to wait before asking again. The request is under way until
    /// the permit is dropped.
    pub async fn enter(&self) -> Result<Option<OwnedSemaphorePermit>, Duration> {
        // A closed semaphore would let everybody through; nobody closes it.
        let permit = Arc::clone(&self.flying).acquire_owned().await.ok();
        self.lock().turn(self.watch.elapsed())?;
        Ok(permit)
    }

    /// Counts requests that went out without a turn: a person waits for them, or they are the later ones of a call
    /// that makes several. They count from now on, so whoever comes next waits long enough.
    pub fn note(&self, requests: u32) {
        let now = self.watch.elapsed();
        let mut pace = self.lock();
        for _ in 0..requests {
            pace.asked.push_back(now);
        }
    }

    /// Nobody asks this company for so long.
    pub fn pause(&self, time: Duration) {
        self.lock().pause(self.watch.elapsed(), time);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Asks as fast as it may; answers when each turn was taken, in milliseconds.
    fn taken(turns: usize, steps: &[u64]) -> Vec<u64> {
        let (mut pace, mut now, mut taken) = (Pace::default(), Duration::ZERO, Vec::new());
        for turn in 0..turns {
            now += Duration::from_millis(steps.get(turn % steps.len().max(1)).copied().unwrap_or_default());
            while let Err(wait) = pace.turn(now) {
                now += wait;
            }
            taken.push(u64::try_from(now.as_millis()).unwrap());
        }
        taken
    }

    fn most_within(taken: &[u64], window: u64) -> usize {
        taken
            .iter()
            .map(|start| taken.iter().filter(|at| (*start..start + window).contains(at)).count())
            .max()
            .unwrap_or_default()
    }

    #[test]
    fn ld_06_a_minute_takes_nearly_all_that_is_allowed() {
        let taken = taken(1000, &[]);
        assert_eq!(most_within(&taken, 60_000), 500);
        assert!(taken[999] < 121_000, "{}", taken[999]);
    }

    #[test]
    fn a_provider_may_allow_more_or_less() {
        let gates = Gates::new([("slow".to_owned(), Requests { per_second: 1, per_minute: 500 })]);
        let slow = gates.at("slow", "1");
        let mut pace = slow.lock();
        assert_eq!(pace.turn(Duration::ZERO), Ok(()));
        assert_eq!(pace.turn(Duration::ZERO), Err(SECOND));
        assert_eq!(gates.allowed("other"), Requests::default());
    }

    #[test]
    fn ld_06_what_went_out_without_a_turn_is_counted() {
        let gates = Gates::new([]);
        let gate = gates.at("qbo", "1");
        gate.note(2);
        let mut pace = gate.lock();
        let now = gate.watch.elapsed();
        assert_eq!((0..20).filter(|_| pace.turn(now).is_ok()).count(), 8);
    }

    #[test]
    fn a_pause_holds_everybody() {
        let mut pace = Pace::default();
        pace.pause(Duration::ZERO, Duration::from_mins(1));
        pace.pause(Duration::ZERO, Duration::from_secs(1));
        assert_eq!(pace.turn(Duration::from_secs(59)), Err(Duration::from_secs(1)));
        assert_eq!(pace.turn(Duration::from_mins(1)), Ok(()));
    }

    #[tokio::test]
    async fn companies_do_not_wait_for_each_other() {
        let gates = Gates::new([]);
        let (one, other) = (gates.at("qbo", "1"), gates.at("qbo", "2"));
        one.pause(Duration::from_mins(1));
        assert!(one.enter().await.is_err());
        assert!(other.enter().await.is_ok());
        assert!(gates.at("qbo", "1").enter().await.is_err(), "the same gate again");
    }

    proptest! {
        #[test]
        fn no_second_and_no_minute_is_overrun(steps in proptest::collection::vec(0u64..400, 0..20)) {
            let taken = taken(600, &steps);
            prop_assert!(most_within(&taken, 1000) <= 10);
            prop_assert!(most_within(&taken, 60_000) <= 500);
        }
    }
}
