//! A state in a word or two, with a mark and a colour.

use protocol::store::ConnectionState;

use super::icon::{Icon, icon};
use crate::browser::dom::{Tag, tag};
use crate::text::states;

fn look(state: ConnectionState) -> (&'static str, Icon) {
    use ConnectionState as S;
    match state {
        S::Available | S::Disconnected => ("chip", Icon::Off),
        S::Paused => ("chip", Icon::Clock),
        S::Authorizing { .. } | S::Importing => ("chip info", Icon::Clock),
        S::Active => ("chip good", Icon::Check),
        S::Legacy { .. } | S::NeedsConfiguration | S::Attention { .. } | S::Expiring { .. } => {
            ("chip warn", Icon::Warning)
        }
        S::ReconnectRequired { .. } => ("chip bad", Icon::Warning),
    }
}

/// The state of a connection.
pub fn state_chip(state: ConnectionState) -> Tag {
    let (class, mark) = look(state);
    tag("span", class).put(icon(mark)).words(states::chip(state))
}
