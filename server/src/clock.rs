//! The only "now" and the only randomness of the proxy: both are arguments everywhere else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::ids::Moment;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;

/// Where time and chance come from. Cheap to clone; clones share one time.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<watch::Sender<u64>>),
}

impl Clock {
    /// The operating system's time.
    pub fn system() -> Self {
        Self { source: Source::System }
    }

    /// A time that moves only when told to, for tests.
    pub fn manual(start: Moment) -> Self {
        Self { source: Source::Manual(Arc::new(watch::Sender::new(start.0))) }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    pub fn now(&self) -> Moment {
        match &self.source {
            Source::Manual(now) => Moment(*now.borrow()),
            Source::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let millis = since.map(|elapsed| elapsed.as_millis()).unwrap_or_default();
                Moment(u64::try_from(millis).unwrap_or(u64::MAX))
            }
        }
    }

    /// Moves a manual clock; the system's time stays as it is.
    pub fn advance(&self, milliseconds: u64) {
        if let Source::Manual(now) = &self.source {
            now.send_modify(|now| *now += milliseconds);
        }
    }

    /// Returns when it is this moment, or earlier when the system's time was set: look again. Safe in
    /// a `select!`.
    pub async fn reached(&self, moment: Moment) {
        match &self.source {
            Source::Manual(now) => drop(now.subscribe().wait_for(|now| *now >= moment.0).await),
            Source::System => {
                let left = moment.0.saturating_sub(self.now().0);
                tokio::time::sleep(Duration::from_millis(left)).await;
            }
        }
    }

    /// Bytes nobody can guess.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing safe can be done then.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks for randomness")]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).expect("the operating system gives randomness");
        bytes
    }

    /// A number below `limit`, for spreading things out in time.
    pub fn jitter(&self, limit: u64) -> u64 {
        u64::from_le_bytes(self.random()) % limit.max(1)
    }
}

/// A moment some milliseconds after another.
pub fn after(moment: Moment, milliseconds: u64) -> Moment {
    Moment(moment.0.saturating_add(milliseconds))
}

/// A time in seconds, as `Retry-After` has it: rather too long than too short.
pub fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// A moment as RFC 3339 writes it, in UTC, to the second when it falls on one.
pub fn rfc3339(moment: Moment) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.0) * 1_000_000);
    moment.ok().and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The moment that a person writes: RFC 3339, or a day alone, which begins in UTC. An error is a sentence.
pub fn moment(text: &str) -> Result<Moment, &'static str> {
    let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let read = OffsetDateTime::parse(&text, &Rfc3339).ok();
    let milliseconds = read.and_then(|read| u64::try_from(read.unix_timestamp_nanos() / 1_000_000).ok());
    milliseconds.map(Moment).ok_or("it is no moment: write it as in 2026-01-31T08:00:00Z")
}

/// Measures how long something takes, whatever happens to the calendar meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins to measure.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The patience we have with a slow peer: eight seconds, spent by waiting, earned back by every
/// 4 KiB that move (a second each), never more than eight.
#[derive(Debug, Clone, Copy)]
pub struct Allowance(Duration);

const PATIENCE: Duration = Duration::from_secs(8);
const BYTES_PER_SECOND: u64 = 4096;

impl Default for Allowance {
    fn default() -> Self {
        Self(PATIENCE)
    }
}

impl Allowance {
    /// What is left of it.
    pub fn left(&self) -> Duration {
        self.0
    }

    /// The peer kept us waiting.
    pub fn spend(&mut self, waited: Duration) {
        self.0 = self.0.saturating_sub(waited);
    }

    /// The peer moved so many bytes.
    pub fn earn(&mut self, bytes: usize) {
        let earned = Duration::from_millis(bytes as u64 * 1000 / BYTES_PER_SECOND);
        self.0 = self.0.saturating_add(earned).min(PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(Moment(5));
        let twin = clock.clone();
        clock.advance(10);
        assert_eq!(twin.now(), Moment(15));
    }

    #[test]
    fn a_moment_is_written_as_rfc_3339_says() {
        assert_eq!(rfc3339(Moment(1_764_000_000_000)), "2025-11-24T16:00:00Z");
        assert_eq!(moment("2025-11-24T17:00:00+01:00"), Ok(Moment(1_764_000_000_000)));
        assert_eq!(moment("2025-11-24"), Ok(Moment(1_763_942_400_000)), "a day begins in UTC");
        for text in ["", "2025-11", "2025-11-24T16:00:00", "1969-12-31T23:59:59Z", "yesterday"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_moment_is_reached_when_it_is_there_and_not_before() {
        let clock = Clock::manual(Moment(5));
        let twin = clock.clone();
        let reached = tokio::spawn(async move { twin.reached(Moment(15)).await });
        clock.advance(9);
        tokio::task::yield_now().await;
        assert!(!reached.is_finished());
        clock.advance(1);
        reached.await.unwrap();
        Clock::system().reached(Moment(15)).await;
    }

    #[test]
    fn patience_is_spent_by_waiting_and_earned_by_moving() {
        let mut allowance = Allowance::default();
        for _ in 0..11 {
            allowance.spend(Duration::from_secs(1));
            allowance.earn(1);
        }
        assert!(allowance.left().is_zero());
        allowance.earn(1 << 30);
        assert_eq!(allowance.left(), PATIENCE);
    }

    #[test]
    fn oa_05_random_secrets_never_repeat() {
        let clock = Clock::system();
        let secrets: std::collections::HashSet<[u8; 32]> = (0..1_000_000).map(|_| clock.random()).collect();
        assert_eq!(secrets.len(), 1_000_000);
    }
}
