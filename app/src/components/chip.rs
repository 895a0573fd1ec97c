//! A state in a word or two, with a mark and a colour.

use leptos::prelude::*;
use protocol::store::ConnectionState;

use super::icon::{Drawn, Icon};
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
#[component]
pub fn StateChip(
    /// Where it stands.
    state: ConnectionState,
) -> impl IntoView {
    let (class, icon) = look(state);
    view! { <span class=class><Drawn icon />{states::chip(state)}</span> }
}
