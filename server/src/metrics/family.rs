//! Counters, gauges and histograms out of atomics, and families of them by label.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Only grows.
#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many of something there are at this moment.
#[derive(Default)]
pub(super) struct Gauge(Arc<AtomicI64>);

impl Gauge {
    pub(super) fn hold(&self) -> Held {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(Arc::clone(&self.0))
    }

    pub(super) fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One of those that a gauge counts; dropping it, however that comes about, takes it out.
pub struct Held(Arc<AtomicI64>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Upper bounds in milliseconds, from a read in memory to a provider that does not answer.
pub(super) const BOUNDS: [u64; 11] = [1, 5, 10, 25, 50, 100, 250, 1_000, 2_500, 10_000, 30_000];

/// How long something took, by how often it took at most so long.
#[derive(Default)]
pub struct Histogram {
    /// Of each bound, what took longer than the one before; the last one is beyond all bounds.
    counts: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

impl Histogram {
    /// It took so long.
    pub fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = BOUNDS.iter().position(|bound| micros <= bound * 1000).unwrap_or(BOUNDS.len());
        self.counts[at].fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(micros, Ordering::Relaxed);
    }

    /// For each bound how often it took at most that long; how often in all; the sum in microseconds.
    pub(super) fn read(&self) -> ([u64; BOUNDS.len()], u64, u64) {
        let mut upto = 0;
        let mut within = [0; BOUNDS.len()];
        for (sum, count) in within.iter_mut().zip(&self.counts) {
            upto += count.load(Ordering::Relaxed);
            *sum = upto;
        }
        let all = upto + self.counts[BOUNDS.len()].load(Ordering::Relaxed);
        (within, all, self.microseconds.load(Ordering::Relaxed))
    }
}

/// The same figure for each set of labels. There are as many as the labels have values, which must be
/// few: templates, classes, integrations.
pub(super) struct Family<M> {
    pub(super) labels: &'static [&'static str],
    members: Mutex<BTreeMap<Vec<String>, Arc<M>>>,
}

impl<M: Default> Family<M> {
    pub(super) fn new(labels: &'static [&'static str]) -> Self {
        Self { labels, members: Mutex::default() }
    }

    /// The figure of these values, in the order of the labels.
    pub(super) fn of(&self, values: &[&str]) -> Arc<M> {
        let key: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(members.entry(key).or_default())
    }

    pub(super) fn all(&self) -> Vec<(Vec<String>, Arc<M>)> {
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.iter().map(|(values, member)| (values.clone(), Arc::clone(member))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_upwards() {
        let histogram = Histogram::default();
        for millis in [0, 1, 3, 700, 60_000] {
            histogram.observe(Duration::from_millis(millis));
        }
        let (within, all, sum) = histogram.read();
        assert_eq!((within, all, sum), ([2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4], 5, 60_704_000));
    }

    #[test]
    fn what_is_held_is_counted_until_it_is_dropped() {
        let gauge = Gauge::default();
        let (one, two) = (gauge.hold(), gauge.hold());
        assert_eq!(gauge.get(), 2);
        drop((one, two));
        assert_eq!(gauge.get(), 0);
    }
}
