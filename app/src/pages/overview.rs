//! The overview of an integration: what it is, how the connection stands, how old each list is.

use protocol::health::Revocation;
use protocol::ids::IntegrationId;
use protocol::import::{ImportState, List};
use protocol::store::{Company, CompanySettings, Connection, ConnectionState, Integration, ListAge, Stamp};

use super::manage::manage;
use super::store::next_action;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::intl;
use crate::components::icon::{Icon, icon};
use crate::components::moment::age;
use crate::components::resting::resting;
use crate::live::use_live;
use crate::model::connecting::works;
use crate::routes::Route;
use crate::signals::{Signal, memo, untrack};
use crate::text::overview::{self, fact};
use crate::text::{import, states};

/// Description, access, connection and lists.
pub fn overview_page(integration: &IntegrationId) -> Tag {
    let live = use_live();
    let connection = live.connection(integration.clone());
    let entry = live.integration(integration.clone()).get_untracked();
    let (name, titled) = (live.name(integration), live.name(integration));
    let advice = move || {
        let words = connection.with(|c| c.as_ref().and_then(|c| overview::advice(c, &titled)))?;
        Some(tag("p", "note").words(&words))
    };
    let card = card("connection-title", overview::CONNECTION)
        .shows(advice)
        .put(next_action(integration.clone()))
        .shows(move || connection.with(|c| c.as_ref().map(|c| facts(c, &name))))
        .put(manage(integration.clone()));
    tag("div", "overview").put(card).maybe(entry.map(|entry| about(&entry))).put(lists(integration.clone()))
}

fn card(id: &str, title: &str) -> Tag {
    let heading = tag("h2", "").attr("id", id).words(title);
    tag("section", "card").attr("aria-labelledby", id).put(heading)
}

fn about(entry: &Integration) -> Tag {
    let item = |words: &String| tag("li", "").words(words);
    let guide = entry.article.clone().map(|slug| {
        let link = tag("a", "").attr("href", &Route::Help(slug).path()).words(overview::GUIDE);
        tag("p", "").put(link)
    });
    card("about-title", overview::ABOUT)
        .attr("class", "card about")
        .all(entry.description.iter().map(|text| tag("p", "").words(text)).collect())
        .put(tag("h3", "").words(overview::ACCESS))
        .put(tag("ul", "").all(entry.access.iter().map(item).collect()))
        .maybe(guide)
}

fn facts(connection: &Connection, name: &str) -> Tag {
    let company = connection.company.as_ref();
    let of = |get: fn(&Company) -> Option<String>| company.and_then(get);
    let set = |get: fn(&CompanySettings) -> Option<bool>| {
        company.and_then(|company| get(&company.settings)).map(|on| overview::switch(on).to_owned())
    };
    let stamp = |stamp: &Option<Stamp>| stamp.as_ref().map(|s| overview::stamp(&s.by, &intl::moment(s.at)));
    let until = match connection.state {
        ConnectionState::Legacy { deadline } => deadline.map(intl::day),
        _ => None,
    };
    let environment = overview::environment(&connection.environment).to_owned();
    let rows = [
        (fact::STATE, Some(states::chip(connection.state).to_owned())),
        (fact::UNTIL, until),
        (fact::COMPANY, of(|company| Some(company.name.clone()))),
        (fact::LEGAL, of(|company| company.legal_name.clone())),
        (fact::COUNTRY, of(|company| company.country.clone())),
        (fact::CURRENCY, of(|company| company.home_currency.clone())),
        (fact::EDITION, of(|company| company.edition.clone())),
        (fact::CURRENCIES, set(|settings| settings.multi_currency)),
        (fact::TAX, of(|company| company.settings.tax.map(|mode| overview::tax(mode).to_owned()))),
        (fact::CLASSES, set(|settings| settings.classes)),
        (fact::LOCATIONS, set(|settings| settings.locations)),
        (fact::NUMBERS, set(|settings| settings.custom_numbers)),
        (fact::YEAR, of(|company| company.settings.year_begins.clone())),
        (fact::CLOSED, of(|company| company.settings.closed_until.as_deref().map(intl::calendar_day))),
        (fact::ID, of(|company| Some(overview::id_tail(&company.id_tail)))),
        (fact::ENVIRONMENT, Some(environment)),
        (fact::CONNECTED, stamp(&connection.connected)),
        (fact::SAVED, stamp(&connection.saved)),
        (fact::IDLE, connection.idle_end.map(intl::day)),
        (fact::HARD, connection.hard_end.map(intl::day)),
        (fact::REVOCATION, connection.revocation.map(|what| revocation(what, name))),
    ];
    let mut list = tag("dl", "fact-list");
    for (label, value) in rows {
        let line =
            |value: String| tag("div", "").put(tag("dt", "").words(label)).put(tag("dd", "").words(&value));
        list = list.maybe(value.map(line));
    }
    list
}

fn revocation(what: Revocation, name: &str) -> String {
    let at = match what {
        Revocation::Done { at } | Revocation::Waits { next: at } => intl::moment(at),
        Revocation::Shared | Revocation::Unreadable => String::new(),
    };
    overview::revocation(what, name, &at)
}

/// Age and size of each list, and buttons that read them again.
fn lists(integration: IntegrationId) -> Tag {
    let live = use_live();
    let connection = live.connection(integration.clone());
    let run = live.import(integration.clone());
    let running = move || run.with(|run| run.as_ref().is_some_and(|run| run.state == ImportState::Running));
    let on = move || connection.with(|c| c.as_ref().is_some_and(|c| works(c.state)));
    let may = move || live.may().import;
    let blocked = memo(move || running() || !on() || !may());
    let refresh = move |lists: Vec<List>| {
        let integration = integration.clone();
        live.act(async move { live.start_import(integration, lists).await.map(drop) });
    };
    let all = {
        let refresh = refresh.clone();
        let face = button("button small", "").put(icon(Icon::Refresh)).words(overview::REFRESH_ALL);
        resting(face, move || blocked.get(), move || refresh(Vec::new()))
    };
    let words = tag("div", "")
        .put(tag("h2", "").attr("id", "lists-title").words(overview::LISTS))
        .put(tag("p", "muted small").words(overview::LISTS_HELP));
    let ages = move || connection.with(|c| c.as_ref().map(|c| c.lists.clone()).unwrap_or_default());
    let keys = move || (0..ages().len() as u64).collect();
    let row = move |place: u64| {
        let at = move || ages().get(usize::try_from(place).unwrap_or_default()).copied();
        let Some(list) = untrack(at).map(|age| age.list) else {
            return tag("tr", "");
        };
        let refresh = refresh.clone();
        age_row(list, at, blocked, move || refresh(vec![list]))
    };
    let column = |class: &str, words: &str| tag("th", class).attr("scope", "col").words(words);
    let columns = tag("tr", "")
        .put(column("", overview::COLUMN_LIST))
        .put(column("numbers", overview::COLUMN_RECORDS))
        .put(column("", overview::COLUMN_AGE))
        .put(tag("td", ""));
    let table = tag("table", "table")
        .flag("hidden", move || ages().is_empty())
        .put(tag("thead", "").put(columns))
        .put(tag("tbody", "").each(keys, row));
    // Every connection that has lists has a last import; one that was made without has none.
    let none = move || on() && ages().is_empty() && run.with(Option::is_none);
    tag("section", "card lists")
        .attr("aria-labelledby", "lists-title")
        .flag("hidden", none)
        .put(tag("div", "section-head").put(words).put(all))
        .put(table)
        .when(move || ages().is_empty(), || tag("p", "muted").words(overview::NO_LISTS))
}

/// One list. Its row stays when its age moves on, so that focus stays on its button.
fn age_row(
    list: List,
    entry: impl Fn() -> Option<ListAge> + Copy + 'static,
    blocked: Signal<bool>,
    refresh: impl FnMut() + 'static,
) -> Tag {
    let live = use_live();
    let name = import::list(list);
    let count = move || entry().map(|entry| intl::count(u64::from(entry.count))).unwrap_or_default();
    let read = move || {
        let at = entry().and_then(|entry| entry.at);
        Some(match at {
            Some(at) => age(at, move || live.now().get()),
            None => tag("span", "").words(overview::NEVER),
        })
    };
    let face = button("icon-button", "")
        .attr("aria-label", &overview::refresh(name))
        .attr("title", overview::REFRESH)
        .put(icon(Icon::Refresh));
    let button = resting(face, move || blocked.get(), refresh);
    tag("tr", "")
        .put(tag("th", "").attr("scope", "row").words(name))
        .put(tag("td", "numbers").says(count))
        .put(tag("td", "muted").shows(read))
        .put(tag("td", "end").put(button))
}
