//! When a token endpoint may be asked for the next refresh. After a failure a connection waits, longer
//! each time; after a refusal of our client, or of our haste, everybody of that registration does.
//! When a wait is over one asks alone, and the others follow when that went well.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use protocol::ids::Moment;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::TokenFault;
use crate::clock::{Clock, after};
use crate::store::ids::ConnectionId;

/// Requests under way to one token endpoint.
const AT_ONCE: usize = 16;
/// The longest queue for one of these places.
const QUEUE: Duration = Duration::from_secs(30);
/// The shortest pause after a failure, in milliseconds.
const LEAST: u64 = 1000;
/// The longest pause after the first failure of a connection, and after any number of them. An import
/// has patience for some five minutes: it must meet a provider that is back.
const FAILED: (u64, u64) = (2000, 60_000);
/// The same after our client was refused, which only the operator or the provider can mend.
const REFUSED: (u64, u64) = (60_000, 300_000);
/// As long as the one who asks alone may take.
const ALONE: u64 = 40_000;

/// What the operator is told, once for all who were refused at a time.
const ALARM: &str = "the provider refuses our client id or secret: nothing is refreshed until it takes them";

/// Why nothing may be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It failed of late, or too many ask.
    Later,
    /// The provider refuses our client.
    KeysRefused,
}

/// Whom a wait is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whose {
    Registration(String),
    Connection(ConnectionId),
}

/// A wait between two moments; outside of them, also when the clock was set, it is over.
#[derive(Debug, Clone, Copy)]
struct Wait {
    held: Held,
    failures: u32,
    since: Moment,
    until: Moment,
    /// It was over, and somebody asks alone.
    alone: bool,
}

/// All waits, and the places at each token endpoint.
#[derive(Default)]
pub(super) struct Patience {
    waits: Mutex<HashMap<Whose, Wait>>,
    places: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A place at the token endpoint, kept until it is dropped.
pub(super) struct Place<'a> {
    patience: &'a Patience,
    /// Whose waits this one asks alone for.
    alone: Vec<Whose>,
    _permit: OwnedSemaphorePermit,
}

impl Place<'_> {
    /// The endpoint is about to be asked: what comes of it says how long the others wait.
    pub(super) fn asks(&mut self) {
        self.alone.clear();
    }
}

/// Who leaves without having asked gives the next one the turn.
impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waits = self.patience.lock();
        for whose in &self.alone {
            if let Some(wait) = waits.get_mut(whose).filter(|wait| wait.alone) {
                wait.until = wait.since;
            }
        }
    }
}

impl Patience {
    /// A place at the token endpoint. None while somebody has to wait.
    pub(super) async fn place(
        &self,
        registration: &str,
        connection: ConnectionId,
        clock: &Clock,
    ) -> Result<Place<'_>, Held> {
        let permit = tokio::time::timeout(QUEUE, self.places(registration).acquire_owned()).await;
        let permit = permit.ok().and_then(Result::ok).ok_or(Held::Later)?;
        let now = clock.now();
        let whose = [Whose::Registration(registration.to_owned()), Whose::Connection(connection)];
        let mut waits = self.lock();
        if let Some(wait) = whose.iter().filter_map(|whose| waits.get(whose)).find(|wait| wait.lasts(now)) {
            return Err(wait.held);
        }
        let mut alone = Vec::new();
        for whose in whose {
            if let Some(wait) = waits.get_mut(&whose) {
                *wait = Wait { since: now, until: after(now, ALONE), alone: true, ..*wait };
                alone.push(whose);
            }
        }
        Ok(Place { patience: self, alone, _permit: permit })
    }

    /// What came of asking for a refresh.
    pub(super) fn refreshed(
        &self,
        registration: &str,
        connection: ConnectionId,
        fault: Option<TokenFault>,
        clock: &Clock,
    ) {
        self.answered(registration, fault, clock);
        match fault {
            Some(TokenFault::NotSent | TokenFault::NoAnswer | TokenFault::Refused) => {
                self.fail(Whose::Connection(connection), Held::Later, FAILED, clock);
            }
            Some(TokenFault::InvalidClient | TokenFault::Limited { .. }) => {}
            Some(TokenFault::InvalidGrant) | None => self.forget(connection),
        }
    }

    /// What came of asking the token endpoint for anything.
    pub(super) fn answered(&self, registration: &str, fault: Option<TokenFault>, clock: &Clock) {
        let whose = Whose::Registration(registration.to_owned());
        match fault {
            Some(TokenFault::InvalidClient) => {
                if self.fail(whose, Held::KeysRefused, REFUSED, clock) {
                    tracing::error!(registration, "{ALARM}");
                }
            }
            Some(TokenFault::Limited { seconds }) => self.pause(whose, seconds, clock),
            // Nobody there: whether our client is refused is as open as it was.
            Some(TokenFault::NotSent | TokenFault::NoAnswer) => {}
            Some(TokenFault::InvalidGrant | TokenFault::Refused) | None => {
                let waited = self.lock().remove(&whose);
                if waited.is_some_and(|wait| wait.held == Held::KeysRefused) {
                    tracing::info!(registration, "the provider takes our client id and secret again");
                }
            }
        }
    }

    /// How long it is known that the endpoint will not be asked for this connection. Not while somebody
    /// asks alone: what comes of that is open.
    pub(super) fn left(&self, registration: &str, connection: ConnectionId, now: Moment) -> Option<Duration> {
        let whose = [Whose::Registration(registration.to_owned()), Whose::Connection(connection)];
        let waits = self.lock();
        let held = whose.iter().filter_map(|whose| waits.get(whose));
        let longest =
            held.filter(|wait| wait.lasts(now) && !wait.alone).map(|wait| wait.until.0 - now.0).max();
        longest.map(Duration::from_millis)
    }

    /// The connection's tokens are fresh, or gone.
    pub(super) fn forget(&self, connection: ConnectionId) {
        self.lock().remove(&Whose::Connection(connection));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Whose, Wait>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self, registration: &str) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let places = places.entry(registration.to_owned());
        Arc::clone(places.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
    }

    /// One more failure: waits between a second and an end that doubles up to the longest. False when
    /// it only repeats what another one has met already.
    fn fail(&self, whose: Whose, held: Held, (first, most): (u64, u64), clock: &Clock) -> bool {
        let since = clock.now();
        let mut waits = self.lock();
        let before = waits.get(&whose);
        if before.is_some_and(|wait| wait.held == held && wait.lasts(since) && !wait.alone) {
            return false;
        }
        let failures = before.map_or(0, |wait| wait.failures).saturating_add(1);
        let spread = clock.jitter(longest(failures, first, most) - LEAST + 1);
        let until = after(since, LEAST + spread);
        waits.insert(whose, Wait { held, failures, since, until, alone: false });
        true
    }

    /// As long as the provider asks for. A longer wait stays.
    fn pause(&self, whose: Whose, seconds: u32, clock: &Clock) {
        let since = clock.now();
        let until = after(since, u64::from(seconds) * 1000);
        let new = Wait { held: Held::Later, failures: 0, since, until, alone: false };
        let mut waits = self.lock();
        let wait = waits.entry(whose).or_insert(new);
        if wait.alone || wait.until < until {
            *wait = Wait { failures: wait.failures, held: wait.held, ..new };
        }
    }
}

impl Wait {
    fn lasts(&self, now: Moment) -> bool {
        (self.since..self.until).contains(&now)
    }
}

/// The longest pause after so many failures: doubled with each.
fn longest(failures: u32, first: u64, most: u64) -> u64 {
    first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(most)
}

#[cfg(test)]
mod tests;
