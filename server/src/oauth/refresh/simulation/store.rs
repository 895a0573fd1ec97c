//! The row of one connection, its lease and its journal: serial transactions over memory.

use super::super::rules::Standing;
use super::provider::Pair;
use crate::store::journal::RefreshOutcome;
use crate::store::leases::{Hold, Lease, Owner};

pub(super) struct Entry {
    pub(super) generation: u64,
    pub(super) outcome: Option<RefreshOutcome>,
}

pub(super) struct Row {
    pub(super) live: bool,
    pub(super) generation: u64,
    pub(super) pair: Pair,
    /// When the access token ends, by the clock of whoever stored it.
    pub(super) access_until: u64,
    held: Option<(Hold, u64)>,
    fence: u64,
    pub(super) journal: Vec<Entry>,
    /// Why it is live no longer: because an answer was lost, or because it was refused.
    pub(super) interrupted: bool,
}

impl Row {
    pub(super) fn new(pair: Pair) -> Self {
        Self {
            live: true,
            generation: 1,
            pair,
            access_until: 0,
            held: None,
            fence: 0,
            journal: Vec::new(),
            interrupted: false,
        }
    }

    pub(super) fn standing(&self, now: u64) -> Standing {
        let lease = self.held.map(|(hold, until)| Lease { hold, left: until.saturating_sub(now) });
        Standing { live: self.live, generation: self.generation, lease }
    }

    /// Takes the lease and writes the journal; gives the hold and the entry.
    pub(super) fn go(&mut self, owner: Owner, until: u64) -> (Hold, usize) {
        for entry in self.journal.iter_mut().filter(|entry| entry.outcome.is_none()) {
            entry.outcome = Some(RefreshOutcome::Lost);
        }
        self.fence += 1;
        let hold = Hold { owner, fence: self.fence };
        self.held = Some((hold, until));
        self.journal.push(Entry { generation: self.generation, outcome: None });
        (hold, self.journal.len() - 1)
    }

    pub(super) fn extend(&mut self, hold: Hold, end: u64) -> bool {
        match &mut self.held {
            Some((present, until)) if *present == hold => {
                *until = end;
                true
            }
            _ => false,
        }
    }

    pub(super) fn release(&mut self, hold: Hold) {
        self.held = self.held.filter(|(held, _)| *held != hold);
    }

    pub(super) fn was_lost(&self, generation: u64) -> bool {
        let lost =
            |entry: &Entry| entry.generation == generation && entry.outcome == Some(RefreshOutcome::Lost);
        self.journal.iter().any(lost)
    }

    pub(super) fn has_open_entry(&self) -> bool {
        self.journal.iter().any(|entry| entry.outcome.is_none())
    }
}
