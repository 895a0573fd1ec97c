//! `requestid` (facts 3.1): a write that is sent again gets the first answer and happens once.
//! Open points: a refused write changed nothing, so it may be tried again; the id counts for a whole company.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::refusals::business;
use crate::quickbooks::faults::Service;

/// So many answers are remembered.
const REMEMBERED: usize = 10_000;
/// Intuit's own limit for an id.
const LONGEST: usize = 50;

/// The answers to the latest writes that named a `requestid`.
#[derive(Default)]
pub(crate) struct Replays {
    answers: HashMap<String, Value>,
    order: VecDeque<String>,
}

impl Replays {
    /// The first answer to the request with this id. An id that is too long is refused.
    pub(crate) fn first(&self, id: &str) -> Result<Option<Value>, Service> {
        let length = id.chars().count();
        if length > LONGEST {
            let start: String = id.chars().take(10).collect();
            return Err(business(&format!(
                "You cannot enter more than {LONGEST} characters in the request_id field. \
                 You tried entering {start}..., which is {length} characters."
            )));
        }
        Ok(self.answers.get(id).cloned())
    }

    pub(crate) fn remember(&mut self, id: &str, answer: &Value) {
        if self.answers.insert(id.to_owned(), answer.clone()).is_none() {
            self.order.push_back(id.to_owned());
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.answers.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_latest_answers_are_remembered() {
        let mut replays = Replays::default();
        for number in 0..=REMEMBERED {
            replays.remember(&number.to_string(), &json!(number));
        }
        assert!(replays.first("0").ok().unwrap().is_none());
        assert_eq!(replays.first("1").ok().unwrap(), Some(json!(1)));
    }
}
