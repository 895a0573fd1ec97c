//! How many of something each one holds at this moment, and no more than the limit. What is held is
//! a value: dropping it, however that comes about, gives it back.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

type Counts<K> = Arc<Mutex<HashMap<K, u32>>>;

/// Counts what each one holds. Those who hold nothing take no memory.
pub(super) struct Tally<K: Eq + Hash> {
    most: u32,
    counts: Counts<K>,
}

impl<K: Eq + Hash + Clone> Tally<K> {
    pub(super) fn new(most: u32) -> Self {
        Self { most, counts: Counts::default() }
    }

    /// One more; none when this one holds the most already.
    pub(super) fn take(&self, whose: K) -> Option<Held<K>> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&whose).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        counts.insert(whose.clone(), count + 1);
        Some(Held { whose, counts: Arc::clone(&self.counts) })
    }

    /// How many this one holds.
    pub(super) fn held(&self, whose: &K) -> u32 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(whose).copied().unwrap_or_default()
    }
}

/// One of those that are counted.
pub(super) struct Held<K: Eq + Hash> {
    whose: K,
    counts: Counts<K>,
}

impl<K: Eq + Hash> Drop for Held<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.whose) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.whose)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_limit_are_held_and_dropping_frees() {
        let tally = Tally::new(2);
        let (one, two) = (tally.take("a"), tally.take("a"));
        assert!(one.is_some() && two.is_some() && tally.take("a").is_none());
        assert!(tally.take("b").is_some(), "others are counted apart");
        drop(one);
        assert_eq!(tally.held(&"a"), 1);
        assert!(tally.take("a").is_some());
    }

    #[test]
    fn a_panic_gives_back_what_was_held() {
        let tally = Tally::new(1);
        let held = tally.take("a");
        let thread = std::thread::spawn(move || {
            let _held = held;
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        assert!(thread.join().is_err());
        assert!(tally.take("a").is_some());
        assert!(tally.counts.lock().expect("unpoisoned").is_empty(), "those who hold nothing take no memory");
    }
}
