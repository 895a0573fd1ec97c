//! What the proxy's log tells: which change was committed when, and by which revision it can be known.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Something that changed in an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// When it was committed, in microseconds since 1970.
    pub(super) at: u64,
    pub(super) import: u64,
    /// The first revision that was looked at afterwards: whoever has it knows the change.
    pub(super) revision: u64,
}

/// Looks of one room at its import: after so many hints, at which revision.
#[derive(Default)]
struct Room {
    import: u64,
    looks: BTreeMap<u64, u64>,
    hints: Vec<(u64, u64)>,
}

/// Every change of every import, from the log's lines as JSON.
pub(super) fn changes(log: &str) -> Result<Vec<Change>> {
    let mut rooms: HashMap<u64, Room> = HashMap::new();
    for line in log.lines().filter(|line| line.contains("\"server::live::hub\"")) {
        let line: Value = serde_json::from_str(line)?;
        let number = |name: &str| line[name].as_u64();
        let room = rooms.entry(number("tenant").context("a room is of a tenant")?).or_default();
        let hints = number("hints").context("a room counts its hints")?;
        if let (Some(import), Some(revision)) = (number("import"), number("revision")) {
            room.import = import;
            // Later looks after the same hints can only know more.
            room.looks.entry(hints).or_insert(revision);
        } else {
            room.hints.push((hints, micros(line["timestamp"].as_str().unwrap_or_default())?));
        }
    }
    Ok(rooms.values().flat_map(Room::changes).collect())
}

impl Room {
    fn changes(&self) -> Vec<Change> {
        let mut all = Vec::new();
        for (hint, at) in &self.hints {
            let before = self.looks.range(..hint).next_back().map_or(0, |(_, revision)| *revision);
            let after = self.looks.range(hint..).next().map(|(_, revision)| *revision);
            // A hint that moved no revision was about something else.
            let revision = after.filter(|revision| *revision > before);
            all.extend(revision.map(|revision| Change { at: *at, import: self.import, revision }));
        }
        all
    }
}

/// The microseconds since 1970 of a moment such as `2026-11-28T01:02:03.456789Z`.
fn micros(moment: &str) -> Result<u64> {
    let (date, time) = moment.split_once('T').context("a moment has a date and a time")?;
    let parts = |text: &str, between| text.split(between).map(str::to_owned).collect::<Vec<_>>();
    let date: Vec<u64> = parts(date, '-').iter().map(|part| part.parse()).collect::<Result<_, _>>()?;
    let time = parts(time.trim_end_matches('Z'), ':');
    let [hours, minutes, seconds] = time.as_slice() else { anyhow::bail!("no time: {moment}") };
    let seconds: f64 = seconds.parse()?;
    let [year, month, day] = date.as_slice() else { anyhow::bail!("no date: {moment}") };
    let whole =
        days(*year, *month, *day) * 86_400 + hours.parse::<u64>()? * 3_600 + minutes.parse::<u64>()? * 60;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a minute")]
    let rest = (seconds * 1e6).round() as u64;
    Ok(whole * 1_000_000 + rest)
}

/// Days since 1970-01-01 of a Gregorian date, by the civil arithmetic that counts years from 1 March.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_to_the_microsecond() {
        assert_eq!(micros("1970-01-01T00:00:01.5Z").ok(), Some(1_500_000));
        assert_eq!(micros("2024-02-29T00:00:00.000001Z").ok(), Some(19_782 * 86_400 * 1_000_000 + 1));
        assert!(micros("yesterday").is_err());
    }

    #[test]
    fn a_change_is_known_by_the_first_look_after_it() {
        let line = |second: u32, hints: u32, more: &str| {
            format!(
                r#"{{"timestamp":"1970-01-01T00:00:0{second}Z","target":"server::live::hub","tenant":3,"hints":{hints}{more}}}"#
            )
        };
        let look = |hints, revision| line(0, hints, &format!(r#","import":7,"revision":{revision}"#));
        let log = [look(1, 10), line(1, 2, ""), line(2, 3, ""), look(3, 12), line(4, 4, ""), look(4, 12)];
        let change = |at, revision| Change { at, import: 7, revision };
        // The third hint moved nothing.
        assert_eq!(changes(&log.join("\n")).ok(), Some(vec![change(1_000_000, 12), change(2_000_000, 12)]));
    }
}
