//! `requestid` (facts 3.1): a write that is sent again gets the first answer and happens once.
//! Open points: a refused write changed nothing, so it may be tried again; the id counts for a company and an app.

use std::collections::{HashMap, VecDeque};

use super::refusals::business;
use crate::quickbooks::faults::Service;

/// So many answers are remembered.
const REMEMBERED: usize = 10_000;
/// As many bytes may they have in all; the latest is remembered whatever its size.
const REMEMBERED_BYTES: usize = 16 * 1024 * 1024;
/// Intuit's own limit for an id.
const LONGEST: usize = 50;

/// An app and what it calls its request.
type Key = (String, String);

/// The answers to the latest writes that named a `requestid`.
#[derive(Default)]
pub(crate) struct Replays {
    answers: HashMap<Key, String>,
    order: VecDeque<Key>,
    /// The size of all answers.
    bytes: usize,
}

impl Replays {
    /// The first answer to the request that an app calls so. An id that is too long is refused.
    pub(crate) fn first(&self, app: &str, id: &str) -> Result<Option<String>, Service> {
        let length = id.chars().count();
        if length > LONGEST {
            let start: String = id.chars().take(10).collect();
            return Err(business(&format!(
                "You cannot enter more than {LONGEST} characters in the request_id field. \
                 You tried entering {start}..., which is {length} characters."
            )));
        }
        Ok(self.answers.get(&key(app, id)).cloned())
    }

    /// Keeps an answer; the oldest ones make room for it.
    pub(crate) fn remember(&mut self, app: &str, id: &str, answer: &str) {
        let key = key(app, id);
        self.bytes += answer.len();
        match self.answers.insert(key.clone(), answer.to_owned()) {
            Some(before) => self.bytes -= before.len(),
            None => self.order.push_back(key),
        }
        while self.order.len() > REMEMBERED || (self.bytes > REMEMBERED_BYTES && self.order.len() > 1) {
            let oldest = self.order.pop_front().and_then(|oldest| self.answers.remove(&oldest));
            self.bytes -= oldest.map_or(0, |oldest| oldest.len());
        }
    }
}

fn key(app: &str, id: &str) -> Key {
    (app.to_owned(), id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(replays: &Replays, id: &str) -> Option<String> {
        replays.first("app", id).ok().unwrap()
    }

    #[test]
    fn only_the_latest_answers_are_remembered() {
        let mut replays = Replays::default();
        for number in 0..=REMEMBERED {
            replays.remember("app", &number.to_string(), &number.to_string());
        }
        assert_eq!((first(&replays, "0"), first(&replays, "1").as_deref()), (None, Some("1")));
    }

    #[test]
    fn large_answers_make_older_ones_forgotten() {
        let mut replays = Replays::default();
        let large = "x".repeat(REMEMBERED_BYTES / 2);
        for id in ["1", "2", "3"] {
            replays.remember("app", id, &large);
        }
        assert_eq!((first(&replays, "1"), first(&replays, "2").is_some()), (None, true));
        replays.remember("app", "4", &"x".repeat(REMEMBERED_BYTES + 1));
        assert_eq!((first(&replays, "3"), first(&replays, "4").is_some()), (None, true));
    }
}
