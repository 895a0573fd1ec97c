//! Imported data of one connection: its lists with size and age, and the records of one of them.

mod cells;
mod changes;
mod records;

use protocol::ids::IntegrationId;
use protocol::import::{ImportState, List, ListState, SkipReason};
use protocol::record::ChangedIn;
use protocol::store::{Connection, ListAge};

use crate::browser::dom::{Tag, button, tag};
use crate::browser::{intl, place};
use crate::components::icon::{Icon, icon};
use crate::components::look::{Look, look};
use crate::live::{Live, use_live};
use crate::model::connecting::works;
use crate::model::listing::{self, segment};
use crate::routes::{self, Route, Tab};
use crate::signals::{StoredValue, memo};
use crate::text::{configuration as text, import, overview};
use records::records;

/// Lists that have records to look at.
fn shown(list: List) -> bool {
    list != List::Company
}

/// A list of the picker.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    list: List,
    count: u32,
    /// Last read to its end.
    age: Option<ListAge>,
    running: bool,
    skipped: Option<SkipReason>,
}

fn entries(live: Live, integration: IntegrationId) -> Look<Vec<Entry>> {
    let connection = live.connection(integration.clone());
    let import = live.import(integration);
    let ages = move || {
        let lists = |c: &Connection| c.lists.clone();
        connection.with(|c| c.as_ref().map(lists).unwrap_or_default())
    };
    look(move || {
        let ages = ages();
        let progress = import.with(|i| i.as_ref().map(|i| i.lists.clone()).unwrap_or_default());
        let entry = |list: List| {
            let age = ages.iter().find(|age| age.list == list).copied();
            let now = progress.iter().find(|progress| progress.list == list);
            let running = now.is_some_and(|now| now.state == ListState::Running);
            let waiting = now.is_some_and(|now| now.state == ListState::Waiting);
            let skipped = now.and_then(|now| match now.state {
                ListState::Skipped(reason) => Some(reason),
                _ => None,
            });
            let count = age.map_or(0, |age| age.count);
            let count = now.map_or(count, |now| count.max(if running { now.done } else { 0 }));
            let known = age.is_some() || running || waiting || skipped.is_some();
            known.then_some(Entry { list, count, age, running, skipped })
        };
        let lists = List::ALL.into_iter().filter(|list| shown(*list));
        lists.filter_map(entry).collect()
    })
}

/// The address of the records of a list that a run changed.
pub(super) fn address(integration: &IntegrationId, list: List, changed: ChangedIn) -> String {
    let path = Route::Integration(integration.clone(), Tab::Data).path();
    place::address(&path, listing::query(list, changed).pairs())
}

/// The imported lists of one integration.
pub fn data_page(integration: IntegrationId) -> Tag {
    let live = use_live();
    let entries = entries(live, integration.clone());
    let none = move || entries.run(()).is_empty();
    let chosen = look(move || {
        let named = live.query().with(listing::list_of);
        let there = |entry: &&Entry| entry.skipped.is_none();
        let first = entries.run(()).iter().find(there).map(|entry| entry.list);
        named.or(first).unwrap_or(List::Accounts)
    });
    let entry = live.integration(integration.clone());
    let provider = move || entry.get().map(|e| e.name).unwrap_or_default();
    let nothing = move || {
        tag("div", "card empty-state")
            .put(tag("h2", "").words(text::NO_DATA))
            .put(tag("p", "muted").says(move || text::not_connected(&provider())))
    };
    let integration = StoredValue::new(integration);
    let table = move |list: &List| {
        let list = *list;
        let running = move || entries.run(()).iter().any(|e| e.list == list && e.running);
        integration.with_value(|integration| {
            let head = head(live, integration, list, entries);
            Some(records(integration, list, look(running), head))
        })
    };
    let all =
        move || tag("div", "data").put(list_nav(live, entries, chosen)).draws(move || chosen.run(()), table);
    tag("div", "").when(none, nothing).when(move || !none(), all)
}

fn list_nav(live: Live, entries: Look<Vec<Entry>>, chosen: Look<List>) -> Tag {
    let pick = move |list: List| {
        live.set_query(routes::SEARCH, "");
        live.set_query(routes::LIST, segment(list));
    };
    let pick_one = move |place: u64| {
        let place = usize::try_from(place / 2).unwrap_or_default();
        let list = List::ALL.get(place).copied().unwrap_or(List::Accounts);
        let entry = move || entries.run(()).into_iter().find(|entry| entry.list == list);
        if let Some(reason) = entry().and_then(|entry| entry.skipped) {
            return tag("li", "list-pick skipped")
                .put(tag("span", "cell-name").words(text::list(list)))
                .put(tag("span", "cell-note").words(import::skipped(reason)));
        }
        let count = move || text::list_size(entry().map_or(0, |entry| entry.count));
        let button = button("list-pick", "")
            .live("aria-current", move || (chosen.run(()) == list).then(|| "true".to_owned()))
            .press(move || pick(list))
            .put(tag("span", "cell-name").words(text::list(list)))
            .put(tag("span", "numbers").says(count))
            .put(tag("span", "cell-note").says(move || age(live, entry().as_ref())));
        tag("li", "").put(button)
    };
    let places = move || {
        let entries = entries.run(());
        // A list that is skipped is drawn otherwise, so that is part of its key.
        let key = |(place, list): (u64, List)| {
            let entry = entries.iter().find(|entry| entry.list == list)?;
            Some(place * 2 + u64::from(entry.skipped.is_some()))
        };
        (0..).zip(List::ALL).filter_map(key).collect()
    };
    tag("nav", "lists").attr("aria-label", text::LISTS).put(tag("ul", "list-picks").each(places, pick_one))
}

/// When a list was read.
fn age(live: Live, entry: Option<&Entry>) -> String {
    match entry {
        Some(Entry { running: true, .. }) => text::BEING_READ.to_owned(),
        Some(Entry { age: Some(ListAge { at: Some(at), .. }), .. }) => intl::relative(*at, live.now().get()),
        _ => text::NEVER_READ.to_owned(),
    }
}

/// Age of the shown list, and the button that reads it again.
fn head(live: Live, integration: &IntegrationId, list: List, entries: Look<Vec<Entry>>) -> Tag {
    let connection = live.connection(integration.clone());
    let run = live.import(integration.clone());
    let running = move || run.with(|run| run.as_ref().is_some_and(|run| run.state == ImportState::Running));
    let on = move || connection.with(|c| c.as_ref().is_some_and(|c| works(c.state)));
    let blocked = memo(move || running() || !on() || !live.may().import);
    let integration = integration.clone();
    let refresh = move || {
        let integration = integration.clone();
        live.act(async move { live.start_import(integration, vec![list]).await.map(drop) });
    };
    let entry = move || entries.run(()).into_iter().find(|entry| entry.list == list);
    let button = button("button small", "")
        .flag("disabled", move || blocked.get())
        .attr("aria-label", &overview::refresh(text::list(list)))
        .put(icon(Icon::Refresh))
        .words(overview::REFRESH)
        .press(refresh);
    let words = move || text::read_at(&age(live, entry().as_ref()));
    tag("div", "list-head").put(tag("span", "muted small").says(words)).put(button)
}
