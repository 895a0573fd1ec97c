//! Imported data of one connection.

use leptos::prelude::*;
use protocol::ids::IntegrationId;

use crate::live::use_live;

/// The imported lists of one integration.
#[component]
pub fn DataPage(integration: IntegrationId) -> impl IntoView {
    let connection = use_live().connection(integration);
    view! { <p class="muted">{move || connection.get().map(|c| c.lists.len())}</p> }
}
