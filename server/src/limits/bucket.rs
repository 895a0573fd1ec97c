//! A token bucket as one number: when it will be full again. Time is an argument, so that tests hold
//! it; a bucket that is full is the same as none, so that memory holds only those in use.

use std::collections::HashMap;
use std::hash::Hash;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use protocol::ids::Moment;

use super::TooMany;

/// So many buckets of one kind are kept; beyond that all begin anew.
const MOST: usize = 20_000;

/// How much may come: so many a second in the long run, so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    per_second: u32,
    burst: u32,
}

impl Rate {
    /// At least one of both, at most a million a second.
    pub const fn new(per_second: u32, burst: u32) -> Self {
        let per_second = if per_second == 0 { 1 } else { per_second };
        let per_second = if per_second > 1_000_000 { 1_000_000 } else { per_second };
        Self { per_second, burst: if burst == 0 { 1 } else { burst } }
    }

    /// Microseconds in which so many are earned.
    fn earned_in(self, count: u32) -> u64 {
        u64::from(count) * 1_000_000 / u64::from(self.per_second)
    }
}

/// Written as `50/s burst 100`.
impl FromStr for Rate {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (per_second, burst) = text.split_once("/s").ok_or(())?;
        let burst = burst.trim().strip_prefix("burst").ok_or(())?;
        let number = |text: &str| text.trim().parse().ok().filter(|number| (1..=1_000_000).contains(number));
        Ok(Self::new(number(per_second).ok_or(())?, number(burst).ok_or(())?))
    }
}

/// Microseconds since 1970 at which it is full.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket(u64);

impl Bucket {
    /// Takes so many, or says how long until they are there. No more than a full bucket is asked for.
    fn take(&mut self, rate: Rate, count: u32, now: Moment) -> Result<(), TooMany> {
        let now = micros(now);
        let empty = now + rate.earned_in(rate.burst);
        // A clock that was set back keeps nobody out for longer than an empty bucket does.
        let full_at = self.0.clamp(now, empty);
        let after = full_at + rate.earned_in(count.min(rate.burst));
        let missing = after.saturating_sub(empty);
        self.0 = if missing == 0 { after } else { full_at };
        if missing == 0 { Ok(()) } else { Err(TooMany { seconds: missing.div_ceil(1_000_000) }) }
    }
}

fn micros(moment: Moment) -> u64 {
    moment.0.saturating_mul(1000)
}

/// A bucket for each of those who are counted.
pub(super) struct Buckets<K> {
    rate: Rate,
    used: Mutex<HashMap<K, Bucket>>,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, used: Mutex::default() }
    }

    /// Takes so many of this one's.
    pub(super) fn take(&self, whose: K, count: u32, now: Moment) -> Result<(), TooMany> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MOST && !used.contains_key(&whose) {
            make_room(&mut used, now);
        }
        used.entry(whose).or_default().take(self.rate, count, now)
    }
}

/// Full buckets go. When most are in use we are being flooded from everywhere; then all go, because
/// neither memory without limit nor a door shut to everybody is better.
fn make_room<K: Eq + Hash>(used: &mut HashMap<K, Bucket>, now: Moment) {
    used.retain(|_, bucket| bucket.0 > micros(now));
    if used.len() > MOST / 2 {
        used.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::after;

    const RATE: Rate = Rate::new(10, 30);
    const NOW: Moment = Moment(1_764_000_000_000);

    fn taken(bucket: &mut Bucket, now: Moment) -> usize {
        (0..100).take_while(|_| bucket.take(RATE, 1, now).is_ok()).count()
    }

    #[test]
    fn a_burst_passes_and_the_rate_goes_on() {
        let mut bucket = Bucket::default();
        assert_eq!(taken(&mut bucket, NOW), 30);
        assert_eq!(taken(&mut bucket, after(NOW, 99)), 0);
        assert_eq!(taken(&mut bucket, after(NOW, 1000)), 10);
        assert_eq!(taken(&mut bucket, after(NOW, 3_600_000)), 30);
    }

    #[test]
    fn the_wait_is_told_in_whole_seconds_and_is_long_enough() {
        let mut bucket = Bucket::default();
        bucket.take(RATE, 30, NOW).expect("a burst");
        assert_eq!(bucket.take(RATE, 1, NOW), Err(TooMany { seconds: 1 }));
        assert_eq!(bucket.take(RATE, 25, NOW), Err(TooMany { seconds: 3 }));
        assert_eq!(bucket.take(RATE, 25, after(NOW, 3000)), Ok(()));
    }

    #[test]
    fn what_weighs_more_than_a_bucket_takes_it_whole() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take(RATE, 1000, NOW), Ok(()));
        assert_eq!(taken(&mut bucket, NOW), 0);
    }

    #[test]
    fn a_clock_set_back_shuts_nobody_out_for_long() {
        let mut bucket = Bucket::default();
        assert_eq!(taken(&mut bucket, after(NOW, 86_400_000)), 30);
        assert_eq!(taken(&mut bucket, NOW), 0);
        assert_eq!(taken(&mut bucket, after(NOW, 1000)), 10);
    }

    #[test]
    fn each_has_a_bucket_of_its_own() {
        let buckets = Buckets::new(Rate::new(1, 1));
        assert_eq!(buckets.take("a", 1, NOW), Ok(()));
        assert_eq!(buckets.take("a", 1, NOW), Err(TooMany { seconds: 1 }));
        assert_eq!(buckets.take("b", 1, NOW), Ok(()));
    }

    #[test]
    fn memory_is_bounded_whoever_comes() {
        let buckets = Buckets::new(Rate::new(1, 10));
        for who in 0..3 * MOST {
            buckets.take(who, 1, NOW).expect("a first");
            assert!(buckets.used.lock().expect("unpoisoned").len() <= MOST);
        }
        // One who is in use is kept while there is room for all.
        let later = after(NOW, 5000);
        buckets.take(0, 10, later).expect("full by now");
        for who in 1..MOST {
            buckets.take(who, 1, after(NOW, who as u64)).expect("a first");
        }
        assert!(buckets.take(0, 1, later).is_err());
    }

    #[test]
    fn a_rate_is_read_as_it_is_written() {
        assert_eq!("50/s burst 100".parse(), Ok(Rate::new(50, 100)));
        assert_eq!(" 1/s  burst 1 ".parse(), Ok(Rate::new(1, 1)));
        for bad in
            ["", "50", "50/s", "50 burst 100", "0/s burst 1", "1/s burst 0", "-1/s burst 1", "1/m burst 1"]
        {
            assert_eq!(bad.parse::<Rate>(), Err(()), "{bad}");
        }
    }
}
