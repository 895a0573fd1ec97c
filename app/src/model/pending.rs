//! Intents on their way: kept until answered, sent again after a reconnect under the same id.

use protocol::ids::RequestId;
use protocol::message::Intent;

/// Intents without an answer, oldest first. `T` is whatever waits for the answer.
#[derive(Debug)]
pub struct Pending<T> {
    prefix: String,
    count: u32,
    waiting: Vec<Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    id: RequestId,
    intent: Intent,
    since: u64,
    waiter: T,
}

impl<T> Pending<T> {
    /// None yet. `chance` tells the ids of this page from those of another of the same session.
    pub fn new(chance: u64) -> Self {
        let digit = |n: u32| char::from_digit(((chance >> (n * 4)) & 15) as u32, 16);
        Self { prefix: (0..16).filter_map(digit).collect(), count: 0, waiting: Vec::new() }
    }

    /// Keeps an intent and gives it its id.
    ///
    /// # Panics
    /// Never: sixteen hexadecimal digits and a number are a legal id.
    pub fn add(&mut self, intent: Intent, now: u64, waiter: T) -> RequestId {
        self.count += 1;
        let mut id = self.prefix.clone();
        id.push('-');
        id.push_str(&self.count.to_string());
        let id = RequestId::new(id).expect("hexadecimal digits, a dash and a number are legal");
        self.waiting.push(Waiting { id: id.clone(), intent, since: now, waiter });
        id
    }

    /// Takes out the one that waits for this id; none when it was answered before.
    pub fn take(&mut self, id: &RequestId) -> Option<T> {
        let place = self.waiting.iter().position(|waiting| waiting.id == *id)?;
        Some(self.waiting.remove(place).waiter)
    }

    /// All that must be sent on a new socket, oldest first; their patience starts anew.
    pub fn resend(&mut self, now: u64) -> Vec<(RequestId, Intent)> {
        for waiting in &mut self.waiting {
            waiting.since = now;
        }
        let again = |waiting: &Waiting<T>| (waiting.id.clone(), waiting.intent.clone());
        self.waiting.iter().map(again).collect()
    }

    /// When the oldest was sent.
    pub fn oldest(&self) -> Option<u64> {
        self.waiting.iter().map(|waiting| waiting.since).min()
    }

    /// Gives all of them up, because nothing will answer any more.
    pub fn clear(&mut self) -> Vec<T> {
        self.waiting.drain(..).map(|waiting| waiting.waiter).collect()
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::{EventSeq, ImportId};

    use super::*;

    fn mark(n: u64) -> Intent {
        Intent::MarkRead { upto: EventSeq(n) }
    }

    #[test]
    fn an_unanswered_intent_keeps_its_id() {
        let mut pending = Pending::new(7);
        let first = pending.add(mark(1), 10, "first");
        let second = pending.add(mark(2), 20, "second");
        assert_eq!(pending.take(&first), Some("first"));
        assert_eq!(pending.resend(90), [(second, mark(2))]);
        assert_eq!(pending.oldest(), Some(90));
    }

    #[test]
    fn an_answer_reaches_its_waiter_once() {
        let mut pending = Pending::new(0);
        let id = pending.add(Intent::CancelImport { import: ImportId(3) }, 0, ());
        assert!(pending.take(&id).is_some());
        assert!(pending.take(&id).is_none());
    }

    #[test]
    fn two_pages_of_a_session_never_share_an_id() {
        let one = Pending::new(1).add(mark(1), 0, ());
        let other = Pending::new(2).add(mark(1), 0, ());
        assert_ne!(one, other);
    }

    #[test]
    fn giving_up_leaves_nothing_to_send() {
        let mut pending = Pending::new(0);
        pending.add(mark(1), 0, "waiter");
        assert_eq!(pending.clear(), ["waiter"]);
        assert!(pending.resend(1).is_empty());
        assert_eq!(pending.oldest(), None);
    }
}
