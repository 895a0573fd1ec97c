//! How fast the lists of a run are read, over what was read of late, and how long is left of it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use protocol::import::List;

use crate::providers::catalogue::Requests;

/// A list's rate is that of so long: long enough for the second's limit not to show in it.
const LATELY: Duration = Duration::from_secs(15);
/// The whole run's rate is that of so long: with the waits that the minute's limit brings.
const AROUND: Duration = Duration::from_mins(1);
/// Nothing is told of what is shorter.
const ENOUGH: Duration = Duration::from_secs(1);
/// So many pages are remembered at most; with fewer in their time, all of them.
const PAGES: usize = 1024;

/// What people are told after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    /// Records of its list a second.
    pub(super) per_second: Option<u32>,
    /// Seconds left of the run.
    pub(super) seconds_left: Option<u32>,
}

/// The gauge of one run, on a time that starts with it.
#[derive(Debug)]
pub(super) struct Gauge {
    page_size: u32,
    most: Requests,
    lists: HashMap<List, Rate>,
    run: Rate,
    left: HashMap<List, u64>,
}

impl Gauge {
    /// For pages of this size and a provider that allows so many requests.
    pub(super) fn new(page_size: u32, most: Requests) -> Self {
        let run = Rate::since(Duration::ZERO, AROUND);
        Self { page_size, most, lists: HashMap::new(), run, left: HashMap::new() }
    }

    /// So many records of a list are to come, as far as they were counted.
    pub(super) fn counted(&mut self, list: List, records: u32) {
        self.left.insert(list, u64::from(records));
    }

    /// A list is read from now on.
    pub(super) fn begun(&mut self, list: List, now: Duration) {
        self.lists.insert(list, Rate::since(now, LATELY));
    }

    /// A page of a list was read.
    pub(super) fn read(&mut self, list: List, records: u32, now: Duration) -> Told {
        if let Some(left) = self.left.get_mut(&list) {
            *left = left.saturating_sub(u64::from(records));
        }
        self.run.add(records, now);
        let rate = self.lists.entry(list).or_insert_with(|| Rate::since(now, LATELY));
        rate.add(records, now);
        Told { per_second: rate.per_second(now), seconds_left: self.seconds_left(now) }
    }

    /// Nothing more is to come of a list.
    pub(super) fn ended(&mut self, list: List) {
        self.left.remove(&list);
        self.lists.remove(&list);
    }

    /// None until there is something to reckon with. Never less than what is left takes at the provider's limit.
    fn seconds_left(&self, now: Duration) -> Option<u32> {
        let left: u64 = self.left.values().sum();
        if left == 0 {
            return Some(0);
        }
        let rate = u64::from(self.run.per_second(now)?);
        let by_rate = left.div_ceil(rate.max(1));
        u32::try_from(by_rate.max(self.at_the_limit())).ok()
    }

    fn at_the_limit(&self) -> u64 {
        let pages: u64 = self.left.values().map(|left| left.div_ceil(u64::from(self.page_size.max(1)))).sum();
        let (second, minute) = (u64::from(self.most.per_second), u64::from(self.most.per_minute));
        // Up to a minute's worth goes at the second's pace.
        if pages <= minute { pages / second.max(1) } else { pages * 60 / minute.max(1) }
    }
}

/// Records a second over a while that moves on.
#[derive(Debug)]
struct Rate {
    over: Duration,
    from: Duration,
    pages: VecDeque<(Duration, u32)>,
}

impl Rate {
    fn since(from: Duration, over: Duration) -> Self {
        Self { over, from, pages: VecDeque::new() }
    }

    fn add(&mut self, records: u32, now: Duration) {
        self.pages.push_back((now, records));
        while self.pages.len() > PAGES || self.pages.front().is_some_and(|(at, _)| *at + self.over < now) {
            let Some((at, _)) = self.pages.pop_front() else { break };
            self.from = at;
        }
    }

    fn per_second(&self, now: Duration) -> Option<u32> {
        let time = now.saturating_sub(self.from);
        if time < ENOUGH {
            return None;
        }
        let records: u64 = self.pages.iter().map(|(_, records)| u64::from(*records)).sum();
        u32::try_from(u128::from(records) * 1000 / time.as_millis().max(1)).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn gauge(records: u32) -> Gauge {
        let mut gauge = Gauge::new(1000, Requests::default());
        gauge.counted(List::Customers, records);
        gauge.begun(List::Customers, Duration::ZERO);
        gauge
    }

    #[test]
    fn nothing_is_told_before_a_second_has_passed() {
        let mut gauge = gauge(10_000);
        let told = gauge.read(List::Customers, 1000, millis(300));
        assert_eq!(told, Told { per_second: None, seconds_left: None });
        let told = gauge.read(List::Customers, 1000, millis(1000));
        assert_eq!(told, Told { per_second: Some(2000), seconds_left: Some(4) });
    }

    #[test]
    fn the_last_page_leaves_nothing() {
        let mut gauge = gauge(1000);
        gauge.counted(List::Terms, 5);
        gauge.ended(List::Terms);
        assert_eq!(gauge.read(List::Customers, 1000, millis(20)).seconds_left, Some(0));
    }

    #[test]
    fn what_was_long_ago_does_not_count() {
        let mut gauge = gauge(2_000_000);
        for second in 1..=60 {
            gauge.read(List::Customers, 5000, millis(second * 1000));
        }
        let mut last = 0;
        for second in 61..=90 {
            last = gauge.read(List::Customers, 1000, millis(second * 1000)).per_second.unwrap();
        }
        assert_eq!(last, 1000);
    }

    #[test]
    fn the_minutes_limit_is_reckoned_with_from_the_first_burst_on() {
        let mut gauge = gauge(1_000_000);
        let mut told = None;
        for page in 1..=40 {
            told = gauge.read(List::Customers, 1000, millis(page * 105)).seconds_left;
        }
        assert_eq!(told, Some(960 * 60 / 500));
    }

    proptest! {
        #[test]
        fn time_left_shrinks_with_what_is_left(left in 1u32..1_000_000, time in 1000u64..50_000) {
            let told = |left: u32| gauge(left + 1000).read(List::Customers, 1000, millis(time)).seconds_left;
            prop_assert!(told(left) <= told(left + 1));
        }
    }
}
