//! The store page: tiles in a grid, with search and filters that live in the address.

use protocol::ids::IntegrationId;
use protocol::import::{ImportSnapshot, ImportState};
use protocol::store::{Connection, ConnectionState, Integration};

use super::connect::{Asking, connection_switch};
use crate::browser::dom::{Event, Tag, button, tag, value};
use crate::browser::{intl, place};
use crate::components::chip::state_chip;
use crate::components::icon::{Icon, icon};
use crate::components::state_page::state_page;
use crate::live::{Live, use_live};
use crate::model::banner::Progress;
use crate::model::connecting::{Next, next};
use crate::model::filters::{Filters, Group, categories};
use crate::routes::{CATEGORY, Route, SEARCH, STATE, Tab};
use crate::signals::{Signal, memo};
use crate::text::{connect, import, states, store};

/// Every integration that passes the filters.
pub fn store_page() -> Tag {
    let live = use_live();
    let lead = move || {
        let session = live.session().get();
        session.map(|s| store::lead(&s.organisation, &s.portal_name)).unwrap_or_default()
    };
    let head = tag("div", "page-head")
        .put(tag("h1", "").attr("tabindex", "-1").words(store::TITLE))
        .put(tag("p", "muted").says(lead));
    let empty = move || live.integrations().with(Vec::is_empty);
    let tile = move |place| live.id_at(place).map_or_else(|| tag("li", ""), tile);
    let clear = move || {
        for key in [SEARCH, CATEGORY, STATE] {
            live.set_query(key, "");
        }
    };
    let none = move || {
        let clear = button("button", store::CLEAR).press(clear);
        tag("div", "state-page").put(tag("p", "").words(store::NONE_FOUND)).put(clear)
    };
    let found = move || {
        tag("div", "")
            .put(filter_bar(live))
            .put(tag("ul", "tiles").each(move || shown(live), tile))
            .put(tag("div", "").attr("role", "status").when(move || shown(live).is_empty(), none))
    };
    tag("div", "")
        .put(head)
        .when(move || !empty(), found)
        .when(empty, || state_page(store::EMPTY_TITLE, store::EMPTY_BODY, None))
}

/// The places in the catalogue of what passes the filters.
fn shown(live: Live) -> Vec<u64> {
    let filters = live.query().with(|query| Filters {
        search: query.get(SEARCH).to_owned(),
        category: query.get(CATEGORY).to_owned(),
        group: Group::parse(query.get(STATE)),
    });
    live.connections().with(|connections| {
        let of = |i: &Integration| connections.iter().find(|c| c.integration == i.id);
        live.integrations().with(|all| {
            let shown = (0..).zip(all).filter(|(_, i)| filters.pass(i, of(i), intl::lower));
            shown.map(|(place, _)| place).collect()
        })
    })
}

fn filter_bar(live: Live) -> Tag {
    let held = move |key| move || live.query().with(|query| query.get(key).to_owned());
    let set = move |key| move |event: Event| live.set_query(key, &value(&event));
    let hidden = |words: &str| tag("span", "visually-hidden").words(words);
    let option = |value: &str, words: &str| tag("option", "").attr("value", value).words(words);
    let select = |key, label: &str, options: Vec<Tag>| {
        let select = tag("select", "input").all(options).holds(held(key)).on("change", set(key));
        tag("label", "").put(hidden(label)).put(select)
    };
    let all = live.integrations().with_untracked(|all| categories(all));
    let mut of_category = vec![option("", store::ALL_CATEGORIES)];
    of_category.extend(all.iter().map(|name| option(name, name)));
    let mut of_state = vec![option("", store::ALL_STATES)];
    of_state.extend(Group::ALL.map(|group| option(group.key(), store::group(group))));
    let search = tag("input", "input")
        .attr("type", "search")
        .attr("placeholder", store::SEARCH)
        .holds(held(SEARCH))
        .typed(move |text| live.set_query(SEARCH, &text));
    tag("form", "filters")
        .attr("role", "search")
        .on("submit", |event| event.prevent_default())
        .put(tag("label", "search").put(hidden(store::SEARCH)).put(icon(Icon::Search)).put(search))
        .put(select(CATEGORY, store::CATEGORY, of_category))
        .put(select(STATE, store::STATE, of_state))
}

/// The picture of an integration, so many pixels wide and high.
pub fn artwork(logo: &str, pixels: &str) -> Tag {
    tag("img", "artwork")
        .attr("src", &["/logos/", logo].concat())
        .attr("alt", "")
        .attr("width", pixels)
        .attr("height", pixels)
}

/// One integration: what it is, how it stands, its switch and what comes next.
fn tile(integration: IntegrationId) -> Tag {
    let live = use_live();
    let Some(entry) = live.integration(integration.clone()).get_untracked() else {
        return tag("li", "");
    };
    let connection = live.connection(integration.clone());
    let state = live.state(integration.clone());
    let href = Route::Integration(integration.clone(), Tab::Overview).path();
    let name = tag("h2", "").put(tag("a", "").attr("href", &href).words(&entry.name));
    let titled = entry.name.clone();
    let about = move || {
        connection.with(|c| c.as_ref().and_then(|c| about(c, &titled, live.now().get()))).unwrap_or_default()
    };
    let head = tag("div", "tile-head")
        .put(artwork(&entry.logo, "44"))
        .put(tag("div", "").put(name).put(tag("p", "muted small").words(&entry.category)))
        .put(connection_switch(integration.clone(), &entry.name));
    let standing = tag("div", "tile-state")
        .shows(move || Some(state_chip(state.get())))
        .put(tag("span", "muted small").says(about));
    tag("li", "tile")
        .put(head)
        .put(tag("p", "summary").words(&entry.summary))
        .put(standing)
        .put(tag("div", "tile-next").put(next_action(integration)))
}

/// The company, and what else there is to know about the state.
fn about(connection: &Connection, name: &str, now: u64) -> Option<String> {
    let state = connection.state;
    let company = connection.company.as_ref().map(|company| states::company(state, &company.name));
    let more = match state {
        ConnectionState::Authorizing { .. } | ConnectionState::Available => return None,
        ConnectionState::ReconnectRequired { reason } => return Some(states::reconnect(reason, name)),
        ConnectionState::Disconnected if connection.settings_kept => states::SETTINGS_KEPT.to_owned(),
        ConnectionState::Attention { problems } => {
            states::problems(problems, &intl::count(u64::from(problems)))
        }
        ConnectionState::Legacy { deadline: Some(at) } => states::until(&intl::day(at)),
        ConnectionState::Expiring { at } => states::ends(&intl::relative(at, now)),
        ConnectionState::Paused if connection.subscription_ended => states::subscription(name),
        _ => return company,
    };
    Some(company.map_or(more.clone(), |company| [&company, " · ", &more].concat()))
}

/// What a visitor does next at this connection.
pub fn next_action(integration: IntegrationId) -> Tag {
    let live = use_live();
    let asking = Asking::here();
    let connection = live.connection(integration.clone());
    let state = live.state(integration.clone());
    let asked = move || connection.with(|c| c.as_ref().and_then(|c| c.decision.as_ref()).map(|d| d.mine));
    let comes = memo(move || (state.get(), next(state.get(), asked(), live.may().connect)));
    let draw = move || {
        let (state, comes) = comes.get();
        let (id, next) = (integration.clone(), tag("div", "next"));
        let press = |words: &str| button("button small", words);
        Some(match comes {
            Next::Import => {
                let run = live.import(id);
                let share = move || run.with(|run| run.as_ref().and_then(running_share)).unwrap_or_default();
                next.put(press(states::next(state)).press(move || show_import(live, run)))
                    .put(tag("span", "muted small numbers").says(share))
            }
            Next::Configure => {
                let href = Route::Integration(id, Tab::Configuration).path();
                next.put(tag("a", "button small").attr("href", &href).words(states::next(state)))
            }
            Next::Resume => next.put(press(states::RESUME).press(move || live.act(live.resume(id.clone())))),
            Next::Decide => next.put(press(connect::GUARD_OPEN).press(move || asking.company(id.clone()))),
            Next::Undecided => next.put(tag("span", "muted small").words(connect::GUARD_WAITS)),
            Next::Connect { waiting } => {
                let pending = waiting.then(|| id.clone());
                let give_up = |id: IntegrationId| {
                    let press = move || live.act(live.cancel_connect(id.clone()));
                    button("button plain small", connect::GIVE_UP).press(press)
                };
                next.put(press(states::next(state)).press(move || asking.connect(id.clone())))
                    .maybe(pending.map(give_up))
            }
            Next::Nothing => next,
        })
    };
    tag("div", "").shows(draw)
}

/// Opens the banner again where it was closed, and goes where it stands.
fn show_import(live: Live, run: Signal<Option<ImportSnapshot>>) {
    if let Some(import) = run.with_untracked(|run| run.as_ref().map(|run| run.import)) {
        live.change_notices(|notices| notices.open_import(import));
        place::scroll_to_top();
    }
}

fn running_share(run: &ImportSnapshot) -> Option<String> {
    let percent = Progress::of(run).percent().filter(|_| run.state == ImportState::Running)?;
    Some(import::percent(&intl::count(u64::from(percent))))
}
