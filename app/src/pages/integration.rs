//! The page of one integration: what it is, its switch, and its tabs.

use protocol::ids::IntegrationId;

use super::activity::activity_page;
use super::configuration::configuration_page;
use super::connect::connection_switch;
use super::data::data_page;
use super::overview::overview_page;
use super::store::artwork;
use crate::browser::dom::{Tag, tag};
use crate::components::chip::state_chip;
use crate::components::icon::{Icon, icon};
use crate::components::state_page::unknown_page;
use crate::live::use_live;
use crate::routes::{Route, Tab};
use crate::text::{gate, overview, states};

/// Heading, tabs, and the page of the chosen one.
pub fn integration_page(integration: &IntegrationId, current: Tab) -> Tag {
    let live = use_live();
    let Some(entry) = live.integration(integration.clone()).get_untracked() else {
        return unknown_page(gate::UNKNOWN_TITLE);
    };
    let connection = live.connection(integration.clone());
    let state = live.state(integration.clone());
    let company = move || {
        let company =
            connection.with(|c| c.as_ref().and_then(|c| c.company.as_ref()).map(|c| c.name.clone()));
        company.map(|company| states::company(state.get(), &company)).unwrap_or_default()
    };
    // What changes without a press of this visitor's is said as well.
    let facts = tag("p", "facts")
        .attr("role", "status")
        .shows(move || Some(state_chip(state.get())))
        .put(tag("span", "muted").says(company));
    let head = tag("div", "integration-head")
        .put(artwork(&entry.logo, "56"))
        .put(tag("div", "").put(tag("h1", "").attr("tabindex", "-1").words(&entry.name)).put(facts))
        .put(connection_switch(integration.clone(), &entry.name));
    let up = tag("a", "up").attr("href", &Route::Store.path()).put(icon(Icon::Back)).words(overview::ALL);
    let shown = match current {
        Tab::Overview => overview_page(integration),
        Tab::Configuration => configuration_page(integration.clone()),
        Tab::Data => data_page(integration.clone()),
        Tab::Activity => activity_page(integration.clone()),
    };
    tag("div", "").put(up).put(head).put(tabs(integration, current, &entry.name)).put(shown)
}

/// Tabs are places of their own, so they are links.
fn tabs(integration: &IntegrationId, current: Tab, name: &str) -> Tag {
    let link = |tab: Tab| {
        let href = Route::Integration(integration.clone(), tab).path();
        let link = tag("a", "").attr("href", &href).words(overview::tab(tab));
        tag("li", "").put(if tab == current { link.attr("aria-current", "page") } else { link })
    };
    tag("nav", "tabs")
        .attr("aria-label", &overview::tabs(name))
        .put(tag("ul", "row").all(Tab::ALL.map(link).to_vec()))
}
