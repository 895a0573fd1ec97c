//! Where a connection stands, in words, and what comes next.

use protocol::store::{ConnectionState, ReconnectReason};

use super::{brand, plural};

/// A state chip.
pub fn chip(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Available => "Not connected",
        ConnectionState::Legacy { .. } => "Upgrade required",
        ConnectionState::Authorizing { .. } => "Waiting for sign-in",
        ConnectionState::Importing => "Importing",
        ConnectionState::NeedsConfiguration => "Needs configuration",
        ConnectionState::Active => "Connected",
        ConnectionState::Paused => "Paused",
        ConnectionState::Attention { .. } => "Needs attention",
        ConnectionState::Expiring { .. } => "Expires soon",
        ConnectionState::ReconnectRequired { .. } => "Reconnect required",
        ConnectionState::Disconnected => "Disconnected",
    }
}

/// The words of a switch.
pub fn switch(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

/// The next action at a connection.
pub fn next(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Available => "Connect",
        ConnectionState::Legacy { .. } => "Upgrade",
        ConnectionState::Authorizing { .. } => "Open again",
        ConnectionState::Importing => "Show the import",
        ConnectionState::NeedsConfiguration => "Finish the configuration",
        ConnectionState::Active | ConnectionState::Paused => "Open the configuration",
        ConnectionState::Attention { .. } => "Review the problems",
        ConnectionState::Expiring { .. } | ConnectionState::ReconnectRequired { .. } => "Reconnect",
        ConnectionState::Disconnected => "Connect again",
    }
}

/// "Connected to Acme Ltd", or what the company was before.
pub fn company(state: ConnectionState, company: &str) -> String {
    match state {
        ConnectionState::Disconnected => ["Last connected to ", company].concat(),
        ConnectionState::Legacy { .. } => ["Connected to ", company, " under OAuth 1.0"].concat(),
        ConnectionState::ReconnectRequired { .. } => ["Connection to ", company, " is broken"].concat(),
        _ => ["Connected to ", company].concat(),
    }
}

/// Settings of a switched-off connection are still there.
pub const SETTINGS_KEPT: &str = "Your settings are kept";

/// Lets a paused connection go on.
pub const RESUME: &str = "Resume";

/// Why a connection is paused that nobody has paused; goes on after other words.
pub fn subscription(name: &str) -> String {
    ["the subscription at ", brand(name), " has ended"].concat()
}

/// The sign-in ends after so long, for example "in 12 days".
pub fn ends(distance: &str) -> String {
    ["Ends ", distance].concat()
}

/// How many problems there are.
pub fn problems(count: u32, shown: &str) -> String {
    [shown, " ", plural(u64::from(count), "problem", "problems")].concat()
}

/// Why a connection must be made again.
pub fn reconnect(reason: ReconnectReason, name: &str) -> String {
    let name = brand(name);
    match reason {
        ReconnectReason::Refused => [
            name,
            " no longer accepts our sign-in: it was revoked, it expired, or the person who connected lost admin rights.",
        ]
        .concat(),
        ReconnectReason::Interrupted => {
            ["Renewing the sign-in at ", name, " was cut off, and the old one is no longer valid."].concat()
        }
        ReconnectReason::Expired => {
            ["The sign-in at ", name, " has reached the end of its time."].concat()
        }
        ReconnectReason::Unreadable => "The stored sign-in could not be opened.".to_owned(),
        ReconnectReason::Forbidden => [name, " says that this app may not use the company."].concat(),
    }
}

/// After a reason to reconnect.
pub const RECONNECT_KEEPS: &str = "Reconnect to go on. Every setting and mapping is kept.";

/// An upgrade is required.
pub fn legacy(name: &str, deadline: Option<&str>) -> String {
    let (by, day) = deadline.map_or(("", ""), |day| (" by ", day));
    [name, " must be connected again under OAuth 2.0", by, day, "."].concat()
}

/// What an upgrade means, below it.
pub const UPGRADE_KEEPS: &str = "The old connection will stop working. Sign in once and choose the same company: every setting and mapping is kept.";

/// When the old connection stops.
pub fn until(day: &str) -> String {
    ["until ", day].concat()
}

/// The sign-in ends at a known time.
pub fn expiring(name: &str, day: &str) -> String {
    ["The connection to ", brand(name), " ends on ", day, ". Reconnect before then; your settings are kept."]
        .concat()
}
