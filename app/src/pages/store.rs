//! The store page: tiles in a grid, with search and filters that live in the address.

use leptos::prelude::*;
use protocol::ids::IntegrationId;
use protocol::import::{ImportSnapshot, ImportState};
use protocol::store::{Connection, ConnectionState, Integration};

use super::connect::{Asking, ConnectionSwitch};
use crate::browser::{intl, place};
use crate::components::chip::StateChip;
use crate::components::icon::{Drawn, Icon};
use crate::components::state_page::StatePage;
use crate::live::{Live, use_live};
use crate::model::banner::Progress;
use crate::model::filters::{Filters, Group, categories};
use crate::routes::{CATEGORY, Route, SEARCH, STATE, Tab};
use crate::text::{import, states, store};

/// Every integration that passes the filters.
#[component]
pub fn StorePage() -> impl IntoView {
    let live = use_live();
    let filters = Memo::new(move |_| {
        live.query().with(|query| Filters {
            search: query.get(SEARCH).to_owned(),
            category: query.get(CATEGORY).to_owned(),
            group: Group::parse(query.get(STATE)),
        })
    });
    let shown = Memo::new(move |_| {
        let filters = filters.get();
        live.connections().with(|connections| {
            let of = |i: &Integration| connections.iter().find(|c| c.integration == i.id);
            live.integrations().with(|all| {
                let shown = all.iter().filter(|i| filters.pass(i, of(i)));
                shown.map(|i| i.id.clone()).collect::<Vec<_>>()
            })
        })
    });
    let lead = move || live.session().get().map(|s| store::lead(&s.organisation, &s.portal_name));
    let empty = move || live.integrations().with(Vec::is_empty);
    let clear = move |_| {
        for key in [SEARCH, CATEGORY, STATE] {
            live.set_query(key, "");
        }
    };
    view! {
        <div class="page-head">
            <h1 tabindex="-1">{store::TITLE}</h1>
            <p class="muted">{lead}</p>
        </div>
        <Show
            when=move || !empty()
            fallback=|| view! { <StatePage title=store::EMPTY_TITLE body=store::EMPTY_BODY /> }
        >
            <FilterBar />
            <ul class="tiles">
                <For each=move || shown.get() key=IntegrationId::clone let:id>
                    <Tile integration=id />
                </For>
            </ul>
            <div role="status">
                <Show when=move || shown.with(Vec::is_empty)>
                    <div class="state-page">
                        <p>{store::NONE_FOUND}</p>
                        <button type="button" class="button" on:click=clear>
                            {store::CLEAR}
                        </button>
                    </div>
                </Show>
            </div>
        </Show>
    }
}

#[component]
fn FilterBar() -> impl IntoView {
    let live = use_live();
    let value = move |key| live.query().with(|query| query.get(key).to_owned());
    let all = Memo::new(move |_| live.integrations().with(|all| categories(all)));
    let chosen = move |key: &'static str, option: String| move || value(key) == option;
    let category = move |name: String| {
        view! {
            <option value=name.clone() selected=chosen(CATEGORY, name.clone())>
                {name.clone()}
            </option>
        }
    };
    let state = move |group: Group| {
        let key = group.key();
        view! {
            <option value=key selected=chosen(STATE, key.to_owned())>
                {store::group(group)}
            </option>
        }
    };
    view! {
        <form class="filters" role="search" on:submit=|event| event.prevent_default()>
            <label class="search">
                <span class="visually-hidden">{store::SEARCH}</span>
                <Drawn icon=Icon::Search />
                <input
                    class="input"
                    type="search"
                    placeholder=store::SEARCH
                    prop:value=move || value(SEARCH)
                    on:input:target=move |event| live.set_query(SEARCH, &event.target().value())
                />
            </label>
            <label>
                <span class="visually-hidden">{store::CATEGORY}</span>
                <select class="input" on:change:target=move |event| live.set_query(CATEGORY, &event.target().value())>
                    <option value="">{store::ALL_CATEGORIES}</option>
                    {move || all.get().into_iter().map(category).collect_view()}
                </select>
            </label>
            <label>
                <span class="visually-hidden">{store::STATE}</span>
                <select class="input" on:change:target=move |event| live.set_query(STATE, &event.target().value())>
                    <option value="">{store::ALL_STATES}</option>
                    {Group::ALL.map(state).collect_view()}
                </select>
            </label>
        </form>
    }
}

/// One integration: what it is, how it stands, its switch and what comes next.
#[component]
fn Tile(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let entry = live.integration(integration.clone()).get_untracked();
    let connection = live.connection(integration.clone());
    let state =
        Memo::new(move |_| connection.with(|c| c.as_ref().map_or(ConnectionState::Available, |c| c.state)));
    let href = Route::Integration(integration.clone(), Tab::Overview).path();
    let about = move || connection.with(|c| c.as_ref().and_then(about));
    entry.map(|entry| {
        view! {
            <li class="tile">
                <div class="tile-head">
                    <img class="artwork" src=["/logos/", &entry.logo].concat() alt="" width="44" height="44" />
                    <div>
                        <h2>
                            <a href=href>{entry.name.clone()}</a>
                        </h2>
                        <p class="muted small">{entry.category}</p>
                    </div>
                    <ConnectionSwitch integration=integration.clone() name=entry.name />
                </div>
                <p class="summary">{entry.summary}</p>
                <div class="tile-state">
                    {move || view! { <StateChip state=state.get() /> }}
                    <span class="muted small">{about}</span>
                </div>
                <div class="tile-next">
                    <NextAction integration />
                </div>
            </li>
        }
    })
}

/// The company, or what else there is to know about the state.
fn about(connection: &Connection) -> Option<String> {
    let state = connection.state;
    let company = connection.company.as_ref().map(|company| states::company(state, &company.name));
    match state {
        ConnectionState::Disconnected if connection.settings_kept => {
            let kept = states::SETTINGS_KEPT;
            Some(company.map_or(kept.to_owned(), |company| [&company, " · ", kept].concat()))
        }
        ConnectionState::Attention { problems } => {
            let shown = intl::count(u64::from(problems));
            Some(states::problems(problems, &shown))
        }
        ConnectionState::Authorizing { .. } | ConnectionState::Available => None,
        _ => company,
    }
}

/// What a visitor does next at this connection.
#[component]
pub fn NextAction(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let asking = Asking::here();
    let connection = live.connection(integration.clone());
    let state = Memo::new(move |_| connection.with(|c| c.as_ref().map(|c| (c.state, c.decision.is_some()))));
    let may = Memo::new(move |_| live.session().get().is_some_and(|s| s.permissions.connect));
    let run = live.import(integration.clone());
    let share = move || run.with(|run| run.as_ref().and_then(running_share));
    move || {
        let (state, decision) = state.get()?;
        let words = states::next(state);
        let (id, pending) = (integration.clone(), integration.clone());
        let link = |tab| Route::Integration(integration.clone(), tab).path();
        let configuration = || view! { <a class="button small" href=link(Tab::Configuration)>{words}</a> };
        Some(match state {
            ConnectionState::Importing => view! {
                <button type="button" class="button small" on:click=move |_| show_import(live, run)>
                    {words}
                </button>
                <span class="muted small numbers">{share}</span>
            }
            .into_any(),
            ConnectionState::Active
            | ConnectionState::Paused
            | ConnectionState::NeedsConfiguration
            | ConnectionState::Attention { .. } => configuration().into_any(),
            _ if decision || !may.get() => ().into_any(),
            _ => view! {
                <button type="button" class="button small" on:click=move |_| asking.connect(id.clone())>
                    {words}
                </button>
                {matches!(state, ConnectionState::Authorizing { .. })
                    .then(|| view! { <GiveUp integration=pending /> })}
            }
            .into_any(),
        })
    }
}

/// Opens the banner again where it was closed, and goes where it stands.
fn show_import(live: Live, run: Memo<Option<ImportSnapshot>>) {
    if let Some(import) = run.with_untracked(|run| run.as_ref().map(|run| run.import)) {
        live.change_notices(|notices| notices.open_import(import));
        place::scroll_to_top();
    }
}

#[component]
fn GiveUp(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let give_up = move |_| live.act(live.cancel_connect(integration.clone()));
    view! {
        <button type="button" class="button plain small" on:click=give_up>
            {crate::text::connect::GIVE_UP}
        </button>
    }
}

fn running_share(run: &ImportSnapshot) -> Option<String> {
    let percent = Progress::of(run).percent().filter(|_| run.state == ImportState::Running)?;
    Some(import::percent(&intl::count(u64::from(percent))))
}
