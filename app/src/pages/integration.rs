//! The page of one integration: what it is, its switch, and its tabs.

use leptos::prelude::*;
use protocol::ids::IntegrationId;

use super::activity::ActivityPage;
use super::configuration::ConfigurationPage;
use super::connect::ConnectionSwitch;
use super::data::DataPage;
use super::overview::OverviewPage;
use crate::components::chip::StateChip;
use crate::components::icon::{Drawn, Icon};
use crate::components::state_page::StatePage;
use crate::live::use_live;
use crate::routes::{Route, Tab};
use crate::text::{gate, overview, states};

/// Heading, tabs, and the page of the chosen one.
#[component]
pub fn IntegrationPage(integration: IntegrationId, tab: Tab) -> impl IntoView {
    let live = use_live();
    let Some(entry) = live.integration(integration.clone()).get_untracked() else {
        return view! {
            <StatePage title=gate::UNKNOWN_TITLE body=gate::UNKNOWN_BODY>
                <a class="button primary" href=Route::Store.path()>
                    {gate::TO_STORE}
                </a>
            </StatePage>
        }
        .into_any();
    };
    let connection = live.connection(integration.clone());
    let state = Memo::new(move |_| connection.with(|c| c.as_ref().map(|c| c.state)));
    let company = move || {
        connection.with(|c| {
            let c = c.as_ref()?;
            c.company.as_ref().map(|company| states::company(c.state, &company.name))
        })
    };
    let id = integration.clone();
    let shown = match tab {
        Tab::Overview => view! { <OverviewPage integration=id /> }.into_any(),
        Tab::Configuration => view! { <ConfigurationPage integration=id /> }.into_any(),
        Tab::Data => view! { <DataPage integration=id /> }.into_any(),
        Tab::Activity => view! { <ActivityPage integration=id /> }.into_any(),
    };
    view! {
        <a class="up" href=Route::Store.path()>
            <Drawn icon=Icon::Back />
            {overview::ALL}
        </a>
        <div class="integration-head">
            <img class="artwork" src=["/logos/", &entry.logo].concat() alt="" width="56" height="56" />
            <div>
                <h1 tabindex="-1">{entry.name.clone()}</h1>
                <p class="facts">
                    {move || state.get().map(|state| view! { <StateChip state /> })}
                    <span class="muted">{company}</span>
                </p>
            </div>
            <ConnectionSwitch integration=integration.clone() name=entry.name.clone() />
        </div>
        <Tabs integration current=tab name=entry.name />
        {shown}
    }
    .into_any()
}

/// Tabs are places of their own, so they are links.
#[component]
fn Tabs(integration: IntegrationId, current: Tab, name: String) -> impl IntoView {
    let link = |tab: Tab| {
        let href = Route::Integration(integration.clone(), tab).path();
        view! {
            <li>
                <a href=href aria-current=(tab == current).then_some("page")>
                    {overview::tab(tab)}
                </a>
            </li>
        }
    };
    view! {
        <nav class="tabs" aria-label=overview::tabs(&name)>
            <ul class="row">{Tab::ALL.map(link).collect_view()}</ul>
        </nav>
    }
}
