//! An authorization server that rotates refresh tokens as the sandbox does: one grant, three ways.

use std::collections::HashMap;

const DAY: u64 = 24 * 3_600_000;
const GRACE: u64 = 60_000;

/// What becomes of a refresh token that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The same value for a day; an older one is refused.
    Intuit,
    /// A new value each time; the one before it is good for a while.
    Grace,
    /// A new value each time; an older one ends the grant.
    Strict,
}

/// A pair as it was given, by the number of the answer and of the refresh token in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) answer: u64,
    pub(super) token: u64,
}

pub(super) struct Provider {
    mode: Mode,
    alive: bool,
    token: u64,
    since: u64,
    replaced: HashMap<u64, u64>,
    answers: u64,
    /// Tokens on their way, and until when.
    under_way: Vec<(u64, u64)>,
    pub(super) sent: usize,
    /// Somebody disconnected the app there.
    pub(super) revoked: bool,
}

impl Provider {
    pub(super) fn new(mode: Mode) -> Self {
        Self {
            mode,
            alive: true,
            token: 1,
            since: 0,
            replaced: HashMap::new(),
            answers: 1,
            under_way: Vec::new(),
            sent: 0,
            revoked: false,
        }
    }

    pub(super) fn first(&self) -> Pair {
        Pair { answer: self.answers, token: self.token }
    }

    /// A token is on its way, and its answer on the way back, until then. False when it was already.
    pub(super) fn send(&mut self, token: u64, (now, until): (u64, u64)) -> bool {
        self.under_way.retain(|(_, until)| *until > now);
        let alone = self.under_way.iter().all(|(other, _)| *other != token);
        self.under_way.push((token, until));
        self.sent += 1;
        alone
    }

    /// Does what it is asked for; none is `invalid_grant`.
    pub(super) fn work(&mut self, token: u64, now: u64) -> Option<Pair> {
        if !self.alive {
            return None;
        }
        match self.replaced.get(&token) {
            None if self.mode == Mode::Intuit && now - self.since < DAY => {}
            None => self.rotate(now),
            Some(at) if self.mode == Mode::Grace && now - at < GRACE => {}
            Some(_) => {
                self.alive &= self.mode != Mode::Strict;
                return None;
            }
        }
        self.answers += 1;
        Some(self.first())
    }

    fn rotate(&mut self, now: u64) {
        self.replaced.insert(self.token, now);
        self.token += 1;
        self.since = now;
    }

    pub(super) fn revoke(&mut self) {
        self.alive = false;
        self.revoked = true;
    }

    /// Whether this pair's refresh token would be taken.
    pub(super) fn takes(&self, pair: Pair) -> bool {
        self.alive && pair.token == self.token
    }
}
