//! Three nodes with twenty callers each over one connection, told by a seed (RF-02): nodes crash, pause
//! and disagree about the time, answers are slow or lost, the store is away for a while. The rules are
//! the real ones; what is checked after every step is what nobody may ever see.

mod dice;
mod nodes;
mod provider;
mod store;
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub(super) use dice::Dice;
use nodes::Node;
use provider::{Mode, Pair, Provider};
use store::Row;

use super::rules::{Answer, Sent};

const SECOND: u64 = 1000;
const HOUR: u64 = 3600 * SECOND;
const NODES: usize = 3;
const CALLERS: u64 = 20;
const ROUNDS: u64 = 3;

/// What nobody may ever see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Violation {
    /// A refresh token was sent while it was on its way already.
    SentTwice,
    /// A newer pair was overwritten, or one came back to a connection that was lost.
    Overwritten,
    /// It is to be made again, and the reason that is told is not the reason.
    WrongReason,
    /// It ended neither fresh nor in `reconnect_required`.
    Unsettled,
}

/// What is left out of the rules, to show that it would be missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// Everybody goes at once.
    NoLease,
    /// A lease of ten seconds that is never extended, as others have it.
    ShortLease,
    /// A lease is taken once, and nobody looks whether it outlasts the call.
    NoRenewal,
    /// Whoever comes back with a pair keeps it.
    NoFence,
    /// Nobody remembers what was sent.
    NoJournal,
}

/// How much goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Calm,
    Storm,
}

/// A refresh that was begun.
#[derive(Debug, Clone, Copy)]
struct Journey {
    sent: Sent,
    pair: Pair,
    entry: usize,
    taken: u64,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// A caller wants an access token.
    Ask,
    /// The node looks whether to go; it began to at that time.
    Board {
        wanting: u64,
        since: u64,
    },
    Send(Journey),
    /// The token reaches the provider, wherever the node is by then.
    Work {
        call: usize,
    },
    Land {
        journey: Journey,
        call: usize,
    },
    Renew(Journey),
    Pause,
    Crash,
    Restart,
    /// Somebody disconnects the app at the provider.
    Revoke,
}

/// A request on its way.
struct Call {
    token: u64,
    answer: Answer,
    came: Option<Pair>,
    lost: bool,
}

struct Simulation {
    now: u64,
    number: u64,
    events: BinaryHeap<Reverse<(u64, u64, usize)>>,
    /// What happens, where, and in which life of the node.
    agenda: Vec<(usize, u64, Event)>,
    dice: Dice,
    flaw: Flaw,
    weather: Weather,
    provider: Provider,
    row: Row,
    nodes: Vec<Node>,
    calls: Vec<Call>,
    violation: Option<Violation>,
}

impl Simulation {
    fn new(seed: u64, mode: Mode, weather: Weather, flaw: Flaw) -> Self {
        let provider = Provider::new(mode);
        let mut dice = Dice::new(seed);
        let row = Row::new(provider.first());
        let nodes = (0..NODES).map(|number| Node::new(number, &mut dice, weather)).collect();
        Self {
            now: 0,
            number: 0,
            events: BinaryHeap::new(),
            agenda: Vec::new(),
            dice,
            flaw,
            weather,
            provider,
            row,
            nodes,
            calls: Vec::new(),
            violation: None,
        }
    }

    fn at(&mut self, time: u64, node: usize, event: Event) {
        let life = self.nodes[node].life;
        self.events.push(Reverse((time, self.number, self.agenda.len())));
        self.agenda.push((node, life, event));
        self.number += 1;
    }

    fn broken(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    /// Everything that is planned happens, until something happens that may not.
    fn run(&mut self) {
        while self.violation.is_none()
            && let Some(Reverse((time, _, index))) = self.events.pop()
        {
            self.now = time;
            let (node, life, event) = self.agenda[index];
            self.happen(node, life, event);
        }
    }

    /// A whole history: the token ends again and again, everybody asks, and things go wrong.
    fn history(mut self) -> (Option<Violation>, Provider) {
        let mut begin = HOUR;
        for _ in 0..ROUNDS {
            for node in 0..NODES {
                for _ in 0..CALLERS {
                    let late = self.dice.below(20 * SECOND);
                    self.at(begin + late, node, Event::Ask);
                }
            }
            if self.weather == Weather::Storm {
                self.storm(begin);
            }
            self.run();
            begin = self.now.max(begin) + self.dice.one_of(&[2 * HOUR, 26 * HOUR]);
        }
        self.settle(begin);
        (self.violation, self.provider)
    }

    /// Pauses, crashes and a change of mind at the provider.
    fn storm(&mut self, begin: u64) {
        for node in 0..NODES {
            for event in [Event::Pause, Event::Pause, Event::Crash] {
                if self.dice.one_in(2) {
                    let when = begin + self.dice.below(100 * SECOND);
                    self.at(when, node, event);
                }
            }
            // Others ask while the first are still at it.
            for _ in 0..5 {
                let when = begin + self.dice.below(200 * SECOND);
                self.at(when, node, Event::Ask);
            }
        }
        if self.dice.one_in(20) {
            let when = begin + self.dice.below(100 * SECOND);
            self.at(when, 0, Event::Revoke);
        }
    }

    /// The storm is over: whoever asks for long enough is told that it works, or that it must be made
    /// again, and why.
    fn settle(&mut self, begin: u64) {
        self.weather = Weather::Calm;
        for minute in 0..5 {
            self.at(begin + minute * 70 * SECOND, 0, Event::Ask);
        }
        self.run();
        if self.row.live && !self.provider.takes(self.row.pair) {
            self.broken(Violation::Unsettled);
        }
        // Who was disconnected while an answer was open may be told either.
        let explained = self.row.interrupted && self.calls.iter().any(|call| call.lost);
        if !self.row.live && !self.provider.revoked && !explained {
            self.broken(Violation::WrongReason);
        }
    }
}
