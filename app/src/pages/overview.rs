//! The overview of an integration: what it is, how the connection stands, how old each list is.

use leptos::prelude::*;
use protocol::ids::IntegrationId;
use protocol::import::{ImportState, List};
use protocol::store::{Connection, Integration, ListAge, Stamp};

use super::store::NextAction;
use crate::browser::intl;
use crate::components::icon::{Drawn, Icon};
use crate::live::use_live;
use crate::routes::Route;
use crate::text::overview::{self, fact};
use crate::text::{import, states};

/// Description, access, connection and lists.
#[component]
pub fn OverviewPage(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let connection = live.connection(integration.clone());
    let entry = live.integration(integration.clone()).get_untracked();
    let facts = move || connection.with(|c| c.as_ref().map(facts));
    view! {
        <div class="overview">
            <section class="card" aria-labelledby="connection-title">
                <h2 id="connection-title">{overview::CONNECTION}</h2>
                <dl class="fact-list">{facts}</dl>
                <div class="actions">
                    <NextAction integration=integration.clone() />
                </div>
            </section>
            {entry.map(about)}
            <Lists integration />
        </div>
    }
}

fn about(entry: Integration) -> impl IntoView {
    let guide = entry.article.map(|slug| Route::Help(slug).path());
    view! {
        <section class="card about" aria-labelledby="about-title">
            <h2 id="about-title">{overview::ABOUT}</h2>
            {entry.description.into_iter().map(|text| view! { <p>{text}</p> }).collect_view()}
            <h3>{overview::ACCESS}</h3>
            <ul>{entry.access.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            {guide
                .map(|href| {
                    view! {
                        <p>
                            <a href=href>{overview::GUIDE}</a>
                        </p>
                    }
                })}
        </section>
    }
}

fn facts(connection: &Connection) -> impl IntoView + use<> {
    let company = connection.company.clone();
    let of = |get: fn(&protocol::store::Company) -> Option<String>| company.as_ref().and_then(get);
    let stamp = |stamp: &Option<Stamp>| stamp.as_ref().map(|s| overview::stamp(&s.by, &intl::moment(s.at)));
    let environment = overview::environment(&connection.environment).to_owned();
    let rows = [
        (fact::STATE, Some(states::chip(connection.state).to_owned())),
        (fact::COMPANY, of(|company| Some(company.name.clone()))),
        (fact::LEGAL, of(|company| company.legal_name.clone())),
        (fact::COUNTRY, of(|company| company.country.clone())),
        (fact::CURRENCY, of(|company| company.home_currency.clone())),
        (fact::EDITION, of(|company| company.edition.clone())),
        (fact::ID, of(|company| Some(overview::id_tail(&company.id_tail)))),
        (fact::ENVIRONMENT, Some(environment)),
        (fact::CONNECTED, stamp(&connection.connected)),
        (fact::SAVED, stamp(&connection.saved)),
    ];
    let row = |(label, value): (&'static str, Option<String>)| {
        let line = |value| {
            view! {
                <div>
                    <dt>{label}</dt>
                    <dd>{value}</dd>
                </div>
            }
        };
        value.map(line)
    };
    rows.map(row).collect_view()
}

/// Age and size of each list, and buttons that read them again.
#[component]
fn Lists(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let connection = live.connection(integration.clone());
    let ages =
        Memo::new(move |_| connection.with(|c| c.as_ref().map(|c| c.lists.clone()).unwrap_or_default()));
    let run = live.import(integration.clone());
    let running = move || run.with(|run| run.as_ref().is_some_and(|run| run.state == ImportState::Running));
    let on = move || connection.with(|c| c.as_ref().is_some_and(|c| c.state.is_on()));
    let may = move || live.session().get().is_some_and(|session| session.permissions.import);
    let blocked = Memo::new(move |_| running() || !on() || !may());
    let refresh = Callback::new(move |lists: Vec<List>| {
        let integration = integration.clone();
        live.act(async move { live.start_import(integration, lists).await.map(drop) });
    });
    view! {
        <section class="card lists" aria-labelledby="lists-title">
            <div class="section-head">
                <div>
                    <h2 id="lists-title">{overview::LISTS}</h2>
                    <p class="muted small">{overview::LISTS_HELP}</p>
                </div>
                <button
                    type="button"
                    class="button small"
                    disabled=blocked
                    on:click=move |_| refresh.run(Vec::new())
                >
                    <Drawn icon=Icon::Refresh />
                    {overview::REFRESH_ALL}
                </button>
            </div>
            <Show when=move || ages.with(|ages| !ages.is_empty()) fallback=|| view! { <p class="muted">{overview::NO_LISTS}</p> }>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{overview::COLUMN_LIST}</th>
                            <th scope="col" class="numbers">
                                {overview::COLUMN_RECORDS}
                            </th>
                            <th scope="col">{overview::COLUMN_AGE}</th>
                            <td></td>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || ages.with(|ages| ages.iter().map(|age| age.list).collect::<Vec<_>>()) key=|list| *list let:list>
                            <AgeRow list ages blocked refresh />
                        </For>
                    </tbody>
                </table>
            </Show>
        </section>
    }
}

/// One list. Its row stays when its age moves on, so that focus stays on its button.
#[component]
fn AgeRow(
    list: List,
    ages: Memo<Vec<ListAge>>,
    blocked: Memo<bool>,
    refresh: Callback<Vec<List>>,
) -> impl IntoView {
    let now = use_live().now();
    let age = Memo::new(move |_| ages.with(|ages| ages.iter().find(|age| age.list == list).copied()));
    let name = import::list(list);
    let count = move || age.get().map(|age| intl::count(u64::from(age.count)));
    let read = move || match age.get().and_then(|age| age.at) {
        None => overview::NEVER.into_any(),
        Some(at) => view! {
            <time datetime=intl::machine(at) title=intl::moment(at)>
                {move || intl::relative(at, now.get())}
            </time>
        }
        .into_any(),
    };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td class="numbers">{count}</td>
            <td class="muted">{read}</td>
            <td class="end">
                <button
                    type="button"
                    class="icon-button"
                    disabled=blocked
                    aria-label=overview::refresh(name)
                    title=overview::REFRESH
                    on:click=move |_| refresh.run(vec![list])
                >
                    <Drawn icon=Icon::Refresh />
                </button>
            </td>
        </tr>
    }
}
