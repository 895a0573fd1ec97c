//! The rules of the day: how long codes and tokens live, and what becomes of a refresh token (facts 1.4).

use std::time::Duration as StdDuration;

use time::Duration;

use crate::{Pkce, Replay, Rotation};

/// How long the value of a refresh token stays the same at Intuit.
const DAILY: Duration = Duration::hours(24);

/// How tokens are treated at the moment.
#[derive(Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) rotation: Rotation,
    pub(crate) grace: StdDuration,
    pub(crate) access_seconds: u64,
    pub(crate) code_seconds: u64,
    pub(crate) code_replay: Replay,
    pub(crate) refresh_replay: Replay,
    pub(crate) pkce: Pkce,
}

/// What becomes of a refresh token that is presented.
pub(super) enum Turn {
    /// The answer has the value that is valid already.
    Keep,
    /// The answer has a new value, and this one is old from now on.
    Change,
    /// It was replaced before.
    Refuse(Replay),
}

impl Policy {
    /// Decides by the age of the value, and by how long ago it was replaced, if it was.
    pub(super) fn turn(self, age: Duration, replaced: Option<Duration>) -> Turn {
        match (self.rotation, replaced) {
            (Rotation::Intuit, None) if age < DAILY => Turn::Keep,
            (_, None) => Turn::Change,
            (Rotation::Grace, Some(ago)) if ago < self.grace => Turn::Keep,
            (Rotation::Strict, Some(_)) => Turn::Refuse(Replay::EndsGrant),
            (_, Some(_)) => Turn::Refuse(self.refresh_replay),
        }
    }
}
