//! What a node does with an event: as `flight` and `landing` do it, a transaction or a call at a time.

use std::time::Duration;

use super::super::rules::{self, Answer, Departure, Fate, LEASE, RENEWAL, Sent, Standing, depart, may_send};
use super::{Call, Dice, Event, Flaw, HOUR, Journey, SECOND, Simulation, Violation, Weather};
use crate::oauth::exchange::DEADLINE;
use crate::oauth::refresh::AHEAD;
use crate::store::journal::RefreshOutcome;
use crate::store::leases::Owner;

/// A process that refreshes.
pub(super) struct Node {
    pub(super) life: u64,
    owner: Owner,
    paused_until: u64,
    /// How far its clock is ahead of the others', plus five minutes.
    ahead: u64,
    /// A refresh is under way; callers share it.
    flying: bool,
    /// After a failure nothing is asked before this.
    patience_until: u64,
}

impl Node {
    pub(super) fn new(number: usize, dice: &mut Dice, weather: Weather) -> Self {
        let ahead = if weather == Weather::Calm { 300 * SECOND } else { dice.below(600 * SECOND) };
        let owner = owner(number, 0);
        Self { life: 0, owner, paused_until: 0, ahead, flying: false, patience_until: 0 }
    }

    fn dies(&mut self, number: usize) {
        self.life += 1;
        self.owner = owner(number, self.life);
        (self.flying, self.paused_until, self.patience_until) = (false, 0, 0);
    }

    fn wall(&self, now: u64) -> u64 {
        now + self.ahead
    }
}

fn owner(node: usize, life: u64) -> Owner {
    let mut name = [0; 16];
    name[0] = u8::try_from(node).unwrap_or(u8::MAX);
    name[8..].copy_from_slice(&life.to_le_bytes());
    Owner(name)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Simulation {
    pub(super) fn happen(&mut self, node: usize, life: u64, event: Event) {
        match event {
            Event::Work { call } => return self.work(call),
            Event::Revoke => return self.provider.revoke(),
            Event::Restart | Event::Ask => {}
            _ if self.nodes[node].life != life => return,
            _ => {}
        }
        if self.nodes[node].paused_until > self.now {
            // It notices nothing, and goes on where it was.
            let until = self.nodes[node].paused_until;
            return self.at(until, node, event);
        }
        match event {
            Event::Ask => self.ask(node),
            Event::Board { wanting, since } => self.board(node, wanting, since),
            Event::Send(journey) => self.send(node, journey),
            Event::Land { journey, call } => self.land(node, journey, call),
            Event::Renew(journey) => self.renew(node, journey),
            Event::Pause => self.nodes[node].paused_until = self.now + self.dice.below(120 * SECOND),
            Event::Crash => {
                self.nodes[node].dies(node);
                let back = self.now + SECOND + self.dice.below(60 * SECOND);
                self.at(back, node, Event::Restart);
            }
            Event::Restart => {
                if self.row.has_open_entry() {
                    self.begin(node);
                }
            }
            Event::Work { .. } | Event::Revoke => {}
        }
    }

    /// A little later, as everything is.
    fn soon(&mut self) -> u64 {
        self.now + 1 + self.dice.below(20)
    }

    fn fresh(&self, node: usize) -> bool {
        self.row.live && self.row.access_until > self.nodes[node].wall(self.now) + AHEAD
    }

    fn ask(&mut self, node: usize) {
        if self.row.live && !self.fresh(node) {
            self.begin(node);
        }
    }

    fn begin(&mut self, node: usize) {
        let (wanting, since) = (self.row.generation, self.now);
        if !self.nodes[node].flying && self.nodes[node].patience_until <= self.now {
            self.nodes[node].flying = true;
            let when = self.soon();
            self.at(when, node, Event::Board { wanting, since });
        }
    }

    fn standing(&self) -> Standing {
        let standing = self.row.standing(self.now);
        let lease = standing.lease.filter(|_| self.flaw != Flaw::NoLease);
        Standing { lease, ..standing }
    }

    fn lease_until(&self) -> u64 {
        let long = if self.flaw == Flaw::ShortLease { 10 * SECOND } else { milliseconds(LEASE) };
        self.now + long
    }

    fn board(&mut self, node: usize, wanting: u64, since: u64) {
        let me = self.nodes[node].owner;
        match depart(&self.standing(), (wanting, self.fresh(node)), me) {
            Departure::Wait(left) if self.now - since < 60 * SECOND => {
                let when = self.now + left.clamp(1, 250);
                self.at(when, node, Event::Board { wanting, since });
            }
            Departure::Off | Departure::Arrived | Departure::Wait(_) => self.nodes[node].flying = false,
            Departure::Go => {
                let until = self.lease_until();
                let (hold, entry) = self.row.go(me, until);
                let sent = Sent { generation: self.row.generation, hold };
                let journey = Journey { sent, pair: self.row.pair, entry, taken: self.now };
                let when = self.soon();
                self.at(when, node, Event::Send(journey));
            }
        }
    }

    /// Looks at the lease and sends: nothing comes between the two.
    fn send(&mut self, node: usize, mut journey: Journey) {
        let held = Duration::from_millis(self.now - journey.taken);
        let looks = !matches!(self.flaw, Flaw::NoRenewal | Flaw::ShortLease);
        if looks && !may_send(held) {
            if !self.row.extend(journey.sent.hold, self.now + milliseconds(LEASE)) {
                self.row.journal[journey.entry].outcome = Some(RefreshOutcome::Unused);
                self.nodes[node].flying = false;
                return;
            }
            journey.taken = self.now;
        }
        let (answer, took, works) = self.fortune();
        let call = self.calls.len();
        let token = journey.pair.token;
        self.calls.push(Call { token, answer, came: None, lost: works && answer == Answer::Unknown });
        if !self.provider.send(token, (self.now, self.now + took)) {
            self.broken(Violation::SentTwice);
        }
        if works {
            let reached = self.now + self.dice.below(took);
            self.at(reached, node, Event::Work { call });
        }
        self.at(self.now + took, node, Event::Land { journey, call });
        if looks {
            self.at(self.now + milliseconds(RENEWAL), node, Event::Renew(journey));
        }
    }

    /// What comes back, after how long, and whether the provider does what it is asked for.
    fn fortune(&mut self) -> (Answer, u64, bool) {
        let slow = self.dice.one_of(&[200, 3 * SECOND, 12 * SECOND, 29 * SECOND]);
        if self.weather == Weather::Calm {
            return (Answer::Pair, slow, true);
        }
        match self.dice.below(10) {
            0 => (Answer::Unused, slow, false),
            1 => (Answer::Unknown, slow, true),
            2 => (Answer::Unknown, milliseconds(DEADLINE), true),
            3 => (Answer::Unknown, milliseconds(DEADLINE), false),
            _ => (Answer::Pair, slow, true),
        }
    }

    fn work(&mut self, call: usize) {
        let token = self.calls[call].token;
        self.calls[call].came = self.provider.work(token, self.now);
        // An answer that its sender will never hear is lost as well.
        self.calls[call].lost |= self.calls[call].came.is_some();
    }

    fn land(&mut self, node: usize, journey: Journey, call: usize) {
        if self.weather == Weather::Storm && self.dice.one_in(4) {
            // The store takes nothing at the moment: what came waits, and nobody else refreshes here.
            let when = self.now + self.dice.below(20 * SECOND);
            return self.at(when, node, Event::Land { journey, call });
        }
        let answer = match (self.calls[call].answer, self.calls[call].came) {
            (Answer::Pair, None) => Answer::Refused,
            (answer, _) => answer,
        };
        let lost = self.flaw != Flaw::NoJournal && self.row.was_lost(journey.sent.generation);
        let (outcome, fate) = rules::land(&self.seen_by(&journey), &journey.sent, answer, lost);
        self.row.journal[journey.entry].outcome = Some(outcome);
        self.row.release(journey.sent.hold);
        match fate {
            Fate::Swap => self.swap(node, call),
            Fate::Lose { interrupted } => {
                self.row.live = false;
                self.row.generation += 1;
                self.row.interrupted = interrupted;
            }
            Fate::Spare | Fate::Stay => {}
        }
        self.nodes[node].flying = false;
        if matches!(answer, Answer::Unknown | Answer::Unused) {
            self.nodes[node].patience_until = self.now + SECOND + self.dice.below(60 * SECOND);
        }
    }

    /// How the connection stands to one who comes back; without a fence, as if nothing had happened.
    fn seen_by(&self, journey: &Journey) -> Standing {
        let standing = self.standing();
        match self.flaw {
            Flaw::NoFence | Flaw::NoLease | Flaw::ShortLease => {
                let lease = crate::store::leases::Lease { hold: journey.sent.hold, left: 0 };
                Standing { live: true, generation: journey.sent.generation, lease: Some(lease) }
            }
            _ => standing,
        }
    }

    fn swap(&mut self, node: usize, call: usize) {
        let Some(pair) = self.calls[call].came else { return };
        self.calls[call].lost = false;
        if !self.row.live || pair.answer < self.row.pair.answer {
            self.broken(Violation::Overwritten);
        }
        self.row.pair = pair;
        self.row.generation += 1;
        self.row.access_until = self.nodes[node].wall(self.now) + HOUR;
    }

    fn renew(&mut self, node: usize, journey: Journey) {
        if self.row.extend(journey.sent.hold, self.now + milliseconds(LEASE)) {
            self.at(self.now + milliseconds(RENEWAL), node, Event::Renew(journey));
        }
    }
}
