//! The section `[imports]`: when lists are refreshed by themselves.

use std::str::FromStr;

use protocol::ids::Moment;

use super::table::Section;
use crate::clock::after;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

/// When lists are refreshed by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imports {
    /// The hours of the night; none when lists are refreshed only when somebody asks for it.
    pub nightly: Option<Hours>,
}

impl Default for Imports {
    fn default() -> Self {
        Self { nightly: Some(Hours { from: 60, minutes: 4 * 60 }) }
    }
}

/// Some hours of every day, in UTC. They may go past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Minutes after midnight.
    from: u16,
    /// How long.
    minutes: u16,
}

impl Hours {
    /// Beginning and end of those that a moment is in; none outside of them.
    pub fn around(self, now: Moment) -> Option<(Moment, Moment)> {
        let (from, long) = (u64::from(self.from) * MINUTE, u64::from(self.minutes) * MINUTE);
        let begun = now.0.checked_sub(from)? / DAY * DAY + from;
        (now.0 - begun < long).then(|| (Moment(begun), after(Moment(begun), long)))
    }
}

impl FromStr for Hours {
    type Err = ();

    /// As in `01:00-05:00`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (from, until) = text.split_once('-').ok_or(())?;
        let (from, until) = (minute(from).ok_or(())?, minute(until).ok_or(())?);
        let minutes = (until + 1440 - from) % 1440;
        if minutes == 0 { Err(()) } else { Ok(Self { from, minutes }) }
    }
}

/// Minutes after midnight of `HH:MM`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// `nightly` as it is written.
struct Nightly(Option<Hours>);

impl FromStr for Nightly {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "never" { Ok(Self(None)) } else { text.parse().map(|hours| Self(Some(hours))) }
    }
}

/// Reads the section.
pub(super) fn read(mut section: Section<'_>) -> Imports {
    let nightly = section.parse("nightly", "hours of UTC such as \"01:00-05:00\", or \"never\"");
    section.finish();
    nightly.map_or_else(Imports::default, |Nightly(nightly)| Imports { nightly })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-24T16:00:00Z.
    const AFTERNOON: Moment = Moment(1_764_000_000_000);
    const HOUR: u64 = 60 * MINUTE;

    fn hours(text: &str) -> Result<Hours, ()> {
        text.parse()
    }

    #[test]
    fn hours_of_the_day_are_read_and_nothing_else_is() {
        assert_eq!(hours("01:00-05:00"), Ok(Hours { from: 60, minutes: 240 }));
        assert_eq!(hours("22:30 - 04:15"), Ok(Hours { from: 1350, minutes: 345 }));
        for text in ["", "1-5", "01:00", "24:00-01:00", "01:60-02:00", "01:00-01:00", "+1:00-02:00", "a-b"] {
            assert_eq!(hours(text), Err(()), "{text}");
        }
    }

    #[test]
    fn a_moment_is_in_the_hours_of_its_day_or_of_the_one_before() {
        let past_midnight = hours("22:00-04:00").unwrap();
        let night = |after: u64| past_midnight.around(Moment(AFTERNOON.0 + after * HOUR));
        let tonight = (Moment(AFTERNOON.0 + 6 * HOUR), Moment(AFTERNOON.0 + 12 * HOUR));
        assert_eq!((night(0), night(5)), (None, None));
        assert_eq!((night(6), night(8), night(11)), (Some(tonight), Some(tonight), Some(tonight)));
        assert_eq!(night(12), None);
        assert_eq!(past_midnight.around(Moment(0)), None, "there was no day before");
    }
}
