//! The only "now" and the only randomness of the sandbox. The clock can be moved forward.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration as StdDuration,
};

use time::{
    Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, UtcOffset, Weekday,
    format_description::BorrowedFormatItem,
    macros::{datetime, format_description, offset},
};

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const STAMP: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3][offset_hour sign:mandatory]:[offset_minute]"
);

const SECOND: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory]:[offset_minute]"
);

/// The clock stays before this, so that whatever is added to it, such as a grant's five years, is still a moment.
const END: OffsetDateTime = datetime!(9000-01-01 0:00 UTC);

/// The sandbox's clock: the machine's, plus what it was moved ahead.
#[derive(Default)]
pub(crate) struct Clock {
    ahead_seconds: AtomicI64,
}

impl Clock {
    pub(crate) fn now(&self) -> OffsetDateTime {
        machine().saturating_add(Duration::seconds(self.ahead_seconds()))
    }

    /// Moves it forward. False, and it stays as it is, when it cannot go that far.
    pub(crate) fn advance(&self, by: StdDuration) -> bool {
        let moved = |ahead| further(ahead, by);
        self.ahead_seconds.fetch_update(Ordering::Relaxed, Ordering::Relaxed, moved).is_ok()
    }

    /// Whether it can be moved that far.
    pub(crate) fn reaches(&self, by: StdDuration) -> bool {
        further(self.ahead_seconds(), by).is_some()
    }

    /// How far it was moved ahead of the machine's.
    pub(crate) fn ahead_seconds(&self) -> i64 {
        self.ahead_seconds.load(Ordering::Relaxed)
    }

    /// `time` of an answer: milliseconds and Intuit's own offset.
    pub(crate) fn stamp(&self) -> String {
        pacific(self.now()).format(STAMP).unwrap_or_default()
    }

    /// The date on California's calendars.
    pub(crate) fn today(&self) -> Date {
        pacific(self.now()).date()
    }

    /// `time` of a gateway fault: milliseconds since 1970.
    pub(crate) fn epoch_millis(&self) -> i128 {
        self.now().unix_timestamp_nanos() / 1_000_000
    }

    /// A fresh transaction id as in the header `intuit_tid`.
    pub(crate) fn tid(&self) -> String {
        format!("1-{:08x}-{}", self.now().unix_timestamp(), hex(12))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
fn machine() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// So many seconds ahead and then further, unless that is beyond the end.
fn further(ahead: i64, by: StdDuration) -> Option<i64> {
    let ahead = ahead.checked_add(i64::try_from(by.as_secs()).ok()?)?;
    let then = machine().checked_add(Duration::seconds(ahead))?;
    (then < END).then_some(ahead)
}

/// That many random letters and digits.
pub(crate) fn letters(count: usize) -> String {
    random(count).into_iter().map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).collect()
}

/// That many random bytes in hexadecimal.
pub(crate) fn hex(count: usize) -> String {
    hexadecimal(&random(count))
}

/// Bytes as two lower-case digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Random bytes of the operating system.
#[expect(clippy::disallowed_methods, reason = "this is the one place that takes randomness")]
pub(crate) fn random(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).expect("the operating system has random bytes");
    bytes
}

/// A moment as `MetaData` has it: whole seconds and California's offset.
pub(crate) fn pacific_second(at: OffsetDateTime) -> String {
    pacific(at).format(SECOND).unwrap_or_default()
}

/// The moment on California's clocks.
fn pacific(at: OffsetDateTime) -> OffsetDateTime {
    let hours = if daylight_saving(at) { -7 } else { -8 };
    UtcOffset::from_hms(hours, 0, 0).map_or(at, |offset| at.to_offset(offset))
}

/// The moment at which California's clocks show this.
pub(crate) fn in_california(shown: PrimitiveDateTime) -> OffsetDateTime {
    let standard = shown.assume_offset(offset!(-8));
    if daylight_saving(standard) { shown.assume_offset(offset!(-7)) } else { standard }
}

/// From 2 o'clock of the second Sunday of March to 2 o'clock of the first Sunday of November.
fn daylight_saving(at: OffsetDateTime) -> bool {
    let sunday = |month, first_possible, hour| {
        let start = Date::from_calendar_date(at.year(), month, first_possible).ok()?;
        let day =
            if start.weekday() == Weekday::Sunday { start } else { start.next_occurrence(Weekday::Sunday) };
        Some(day.with_hms(hour, 0, 0).ok()?.assume_utc())
    };
    match (sunday(Month::March, 8, 10), sunday(Month::November, 1, 9)) {
        (Some(begin), Some(end)) => (begin..end).contains(&at),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn california_keeps_its_summer_time() {
        let shown = |at: OffsetDateTime| pacific(at).format(STAMP).unwrap();
        assert_eq!(shown(datetime!(2026-03-08 09:59:59.5 UTC)), "2026-03-08T01:59:59.500-08:00");
        assert_eq!(shown(datetime!(2026-03-08 10:00 UTC)), "2026-03-08T03:00:00.000-07:00");
        assert_eq!(shown(datetime!(2026-11-01 08:59 UTC)), "2026-11-01T01:59:00.000-07:00");
        assert_eq!(shown(datetime!(2026-11-01 09:00 UTC)), "2026-11-01T01:00:00.000-08:00");
    }

    #[test]
    fn a_records_times_have_whole_seconds() {
        assert_eq!(pacific_second(datetime!(2026-07-01 07:00:09.9 UTC)), "2026-07-01T00:00:09-07:00");
    }

    #[test]
    fn a_moved_clock_stays_moved() {
        let clock = Clock::default();
        let before = clock.now();
        assert!(clock.advance(StdDuration::from_hours(24)));
        assert!(clock.now() - before >= Duration::hours(24));
    }

    #[test]
    fn a_clock_ends_with_the_year_8999() {
        let clock = Clock::default();
        for seconds in [300_000_000_000, u64::MAX / 2, u64::MAX] {
            let by = StdDuration::from_secs(seconds);
            assert!(!clock.reaches(by) && !clock.advance(by));
        }
        assert_eq!(clock.ahead_seconds(), 0);
        let left = u64::try_from((END - clock.now()).whole_seconds()).unwrap();
        assert!(clock.advance(StdDuration::from_secs(left - 60)));
        assert!(!clock.advance(StdDuration::from_secs(61)));
        assert_eq!(clock.now().year(), 8999);
    }

    #[test]
    fn a_transaction_id_looks_like_intuits() {
        let tid = Clock::default().tid();
        assert_eq!(tid.split('-').map(str::len).collect::<Vec<_>>(), [1, 8, 24]);
    }
}
