//! The configuration of one connection.

use leptos::prelude::*;
use protocol::ids::IntegrationId;

use crate::live::use_live;

/// Sections, fields and mapping tables of one integration.
#[component]
pub fn ConfigurationPage(integration: IntegrationId) -> impl IntoView {
    let connection = use_live().connection(integration);
    view! { <p class="muted">{move || connection.get().map(|c| c.environment)}</p> }
}
