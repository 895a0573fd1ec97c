//! Who may refresh, and what becomes of the answer. Pure: the database and a simulation of many nodes
//! are driven by the same decisions, each of them made in one serial transaction that also does what was
//! decided. A lease outlasts the call that it was taken for: whoever is paused in a call cannot be
//! overtaken while the provider may still be at it.

use std::time::Duration;

use crate::oauth::exchange::DEADLINE;
use crate::store::journal::RefreshOutcome;
use crate::store::leases::{Hold, Lease, Owner};

/// How long a lease is taken for, and extended to.
pub(super) const LEASE: Duration = Duration::from_secs(45);
/// How often it is extended meanwhile.
pub(super) const RENEWAL: Duration = Duration::from_secs(10);

/// A connection's tokens as a transaction finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// They are kept for use.
    pub(super) live: bool,
    /// Grows with every change of them.
    pub(super) generation: u64,
    /// Who may refresh them.
    pub(super) lease: Option<Lease>,
}

/// What somebody who wants newer tokens does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    /// There are none.
    Off,
    /// Newer ones are there.
    Arrived,
    /// Somebody is at it; looks again after so many milliseconds at the latest.
    Wait(u64),
    /// Takes the lease and writes the journal. Entries that are open are of holders that are gone.
    Go,
}

/// Decides for one who found the tokens of a generation wanting. `fresh`: what is there now would do.
pub(super) fn depart(standing: &Standing, (wanting, fresh): (u64, bool), me: Owner) -> Departure {
    let held = standing.lease.filter(|lease| lease.left > 0 && lease.hold.owner != me);
    match held {
        _ if !standing.live => Departure::Off,
        _ if standing.generation != wanting && fresh => Departure::Arrived,
        Some(lease) => Departure::Wait(lease.left),
        None => Departure::Go,
    }
}

/// Whether enough is left of a lease, so long after it was asked for, to outlast a call. By the
/// process's own steady clock, at the last moment before sending.
pub(super) fn may_send(since: Duration) -> bool {
    since + DEADLINE < LEASE
}

/// What a holder sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    /// Whose token.
    pub(super) generation: u64,
    /// Under which lease.
    pub(super) hold: Hold,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// A pair.
    Pair,
    /// The token is not accepted.
    Refused,
    /// Nothing that says whether the token was used.
    Unknown,
    /// The token was not used.
    Unused,
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The pair takes the place of the one that was sent.
    Swap,
    /// The pair came too late and must not live on.
    Spare,
    /// The connection must be made again. `interrupted`: because an answer was lost before.
    Lose {
        /// The provider may have used the token for an answer that nobody got.
        interrupted: bool,
    },
    /// Nothing.
    Stay,
}

/// Decides what becomes of an answer, and what the journal says of it. `lost`: an answer to this
/// token was lost before.
pub(super) fn land(standing: &Standing, sent: &Sent, answer: Answer, lost: bool) -> (RefreshOutcome, Fate) {
    let ours = standing.live
        && standing.generation == sent.generation
        && standing.lease.is_some_and(|lease| lease.hold == sent.hold);
    match answer {
        Answer::Pair if ours => (RefreshOutcome::Kept, Fate::Swap),
        // Whoever is at it now must know that the token was used.
        Answer::Pair => (RefreshOutcome::Lost, Fate::Spare),
        Answer::Refused if ours => (RefreshOutcome::Unused, Fate::Lose { interrupted: lost }),
        Answer::Refused | Answer::Unused => (RefreshOutcome::Unused, Fate::Stay),
        Answer::Unknown => (RefreshOutcome::Lost, Fate::Stay),
    }
}
