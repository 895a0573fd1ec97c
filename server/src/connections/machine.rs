//! The one state machine of a connection. Pure; nothing else decides a state.
//!
//! An attempt shows only where nothing works that it could disturb: from a state that is off it
//! becomes `Authorizing`, which remembers where to go back to. While a connection works, a
//! reconnect leaves its state alone until it has succeeded.

use protocol::ids::Moment;
use protocol::store::{ConnectionState, ReconnectReason};
use serde::{Deserialize, Serialize};

/// A state as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "detail")]
pub enum State {
    /// See [`ConnectionState`]; so for the others.
    Available,
    /// Made under OAuth 1.0a.
    Legacy {
        /// After this it stops working.
        deadline: Option<Moment>,
    },
    /// A visitor is at the provider.
    Authorizing {
        /// When the last pending attempt expires.
        expires: Moment,
        /// Where it goes when nothing comes of it.
        from: Off,
    },
    /// The first import since connecting runs.
    Importing,
    /// Required settings are missing.
    NeedsConfiguration,
    /// Works.
    Active,
    /// Stopped by a person.
    Paused,
    /// Works, with problems.
    Attention {
        /// How many; never none.
        problems: u32,
    },
    /// Ends at this moment unless somebody reconnects.
    Expiring {
        /// When.
        at: Moment,
    },
    /// The provider no longer accepts our sign-in.
    ReconnectRequired {
        /// Why.
        reason: ReconnectReason,
    },
    /// Switched off; settings are kept.
    Disconnected,
}

/// The states in which nothing works, which an attempt may hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// As [`State::Available`]; so for the others.
    Available,
    /// Made under OAuth 1.0a.
    Legacy {
        /// After this it stops working.
        deadline: Option<Moment>,
    },
    /// The provider no longer accepts our sign-in.
    ReconnectRequired {
        /// Why.
        reason: ReconnectReason,
    },
    /// Switched off; settings are kept.
    Disconnected,
}

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A visitor's browser left for the provider.
    AttemptBegan {
        /// When the attempt expires.
        expires: Moment,
    },
    /// The last pending attempt came to nothing.
    AttemptsOver,
    /// Tokens of a proven company were stored, and an import was planned.
    Connected,
    /// An import ended.
    ImportEnded {
        /// Lists that could not be read.
        failed: u32,
    },
    /// The configuration was looked at as a whole.
    Configured {
        /// Nothing required is missing.
        complete: bool,
        /// What needs attention all the same.
        problems: u32,
    },
    /// The provider no longer accepts our sign-in.
    SignInLost {
        /// Why.
        reason: ReconnectReason,
    },
    /// A person switched it off.
    SwitchedOff,
    /// Stopped: by a person, or because the provider's subscription has ended. Tokens are kept.
    Paused,
    /// A person lets it go on; the configuration was looked at as by [`Event::Configured`].
    Resumed {
        /// Nothing required is missing.
        complete: bool,
        /// What needs attention all the same.
        problems: u32,
    },
    /// The provider ends the connection soon.
    ExpiryNear {
        /// When.
        at: Moment,
    },
    /// The end is far again; the configuration was looked at as by [`Event::Configured`].
    ExpiryFar {
        /// Nothing required is missing.
        complete: bool,
        /// What needs attention all the same.
        problems: u32,
    },
    /// The operator loaded it as a connection under OAuth 1.0a.
    LegacyLoaded {
        /// After this it stops working.
        deadline: Option<Moment>,
    },
    /// A person erased it with all that belonged to it.
    Uninstalled,
}

/// The state after an event. An event that means nothing to a state leaves it as it is: events
/// come from different tasks, and the later one may find the connection gone on.
#[must_use]
pub fn next(state: State, event: Event) -> State {
    match event {
        Event::AttemptBegan { expires } => match off(state) {
            Some(from) => State::Authorizing { expires, from },
            None => state,
        },
        Event::AttemptsOver => match state {
            State::Authorizing { from, .. } => from.into(),
            other => other,
        },
        Event::Connected => State::Importing,
        Event::ImportEnded { failed } => match state {
            State::Importing => State::NeedsConfiguration,
            State::Active | State::Attention { .. } if failed > 0 => State::Attention { problems: failed },
            other => other,
        },
        Event::Configured { complete, problems } => match state {
            State::NeedsConfiguration | State::Active | State::Attention { .. } => {
                configured(complete, problems)
            }
            other => other,
        },
        Event::SignInLost { reason } if works(state) => State::ReconnectRequired { reason },
        Event::SwitchedOff => match state {
            State::Available | State::Authorizing { from: Off::Available, .. } => State::Available,
            _ => State::Disconnected,
        },
        Event::Paused if works(state) => State::Paused,
        Event::Resumed { complete, problems } if state == State::Paused => configured(complete, problems),
        Event::ExpiryNear { at } => match state {
            State::NeedsConfiguration | State::Active | State::Attention { .. } | State::Expiring { .. } => {
                State::Expiring { at }
            }
            other => other,
        },
        Event::ExpiryFar { complete, problems } => match state {
            State::Expiring { .. } => configured(complete, problems),
            other => other,
        },
        Event::LegacyLoaded { deadline } => match state {
            State::Available | State::Legacy { .. } => State::Legacy { deadline },
            other => other,
        },
        Event::Uninstalled => State::Available,
        Event::SignInLost { .. } | Event::Paused | Event::Resumed { .. } => state,
    }
}

/// What a connection is of which nothing but its configuration is to be said.
fn configured(complete: bool, problems: u32) -> State {
    match (complete, problems) {
        (false, _) => State::NeedsConfiguration,
        (true, 0) => State::Active,
        (true, problems) => State::Attention { problems },
    }
}

/// Tokens are kept, and would work if nothing were wrong.
#[must_use]
pub fn works(state: State) -> bool {
    off(state).is_none()
}

fn off(state: State) -> Option<Off> {
    match state {
        State::Available => Some(Off::Available),
        State::Legacy { deadline } => Some(Off::Legacy { deadline }),
        State::ReconnectRequired { reason } => Some(Off::ReconnectRequired { reason }),
        State::Disconnected => Some(Off::Disconnected),
        State::Authorizing { from, .. } => Some(from),
        State::Importing
        | State::NeedsConfiguration
        | State::Active
        | State::Paused
        | State::Attention { .. }
        | State::Expiring { .. } => None,
    }
}

impl From<Off> for State {
    fn from(off: Off) -> Self {
        match off {
            Off::Available => Self::Available,
            Off::Legacy { deadline } => Self::Legacy { deadline },
            Off::ReconnectRequired { reason } => Self::ReconnectRequired { reason },
            Off::Disconnected => Self::Disconnected,
        }
    }
}

impl From<State> for ConnectionState {
    fn from(state: State) -> Self {
        match state {
            State::Available => Self::Available,
            State::Legacy { deadline } => Self::Legacy { deadline },
            State::Authorizing { expires, .. } => Self::Authorizing { seen: true, expires },
            State::Importing => Self::Importing,
            State::NeedsConfiguration => Self::NeedsConfiguration,
            State::Active => Self::Active,
            State::Paused => Self::Paused,
            State::Attention { problems } => Self::Attention { problems },
            State::Expiring { at } => Self::Expiring { at },
            State::ReconnectRequired { reason } => Self::ReconnectRequired { reason },
            State::Disconnected => Self::Disconnected,
        }
    }
}

#[cfg(test)]
mod tests;
