//! The tasks' only "now": how long a step took, waiting with a bound, and today's date.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Measures one step.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        now().duration_since(self.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is the tasks' clock")]
fn now() -> Instant {
    Instant::now()
}

/// Asks every 50 ms until the answer is there, `limit` at the longest.
pub(crate) fn wait_for<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let watch = Stopwatch::start();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if watch.elapsed() >= limit {
            return None;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The time since 1970 in UTC, for comparing with what other programs of this machine say.
#[expect(clippy::disallowed_methods, reason = "this module is the tasks' clock")]
pub(crate) fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// Today in UTC as `2026-01-31`.
pub(crate) fn today() -> String {
    date(since_1970().as_secs() / 86_400)
}

/// The proleptic Gregorian date of a day counted from 1970-01-01, by the civil-from-days
/// arithmetic that counts in years beginning on 1 March.
fn date(days: u64) -> String {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A duration as a person reads it: `0.4 s`, `12.3 s`, `3 min 05 s`.
pub(crate) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", duration.as_secs_f32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_steps_are_told_in_minutes() {
        assert_eq!(words(Duration::from_millis(400)), "0.4 s");
        assert_eq!(words(Duration::from_secs(185)), "3 min 05 s");
    }

    #[test]
    fn leap_days_and_new_year_are_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(19_782), "2024-02-29");
        assert_eq!(date(20_454), "2026-01-01");
    }

    #[test]
    fn waiting_gives_up_at_its_bound() {
        assert_eq!(wait_for(Duration::ZERO, || None::<()>), None);
        assert_eq!(wait_for(Duration::ZERO, || Some(7)), Some(7));
    }
}
