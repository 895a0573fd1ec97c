//! Imported data of one connection: its lists with size and age, and the records of one of them.

mod records;

use protocol::ids::IntegrationId;
use protocol::import::{List, ListState};
use protocol::store::{Connection, ListAge};

use crate::browser::dom::{Tag, button, tag};
use crate::browser::intl;
use crate::components::look::{Look, look};
use crate::live::{Live, use_live};
use crate::routes;
use crate::signals::StoredValue;
use crate::text::configuration as text;
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
            let count = age.map_or(0, |age| age.count);
            let count = now.map_or(count, |now| count.max(if running { now.done } else { 0 }));
            (age.is_some() || running || waiting).then_some(Entry { list, count, age, running })
        };
        let lists = List::ALL.into_iter().filter(|list| shown(*list));
        lists.filter_map(entry).collect()
    })
}

/// The name of a list in an address.
fn segment(list: List) -> &'static str {
    match list {
        List::Company => "company",
        List::Accounts => "accounts",
        List::TaxCodes => "tax-codes",
        List::TaxRates => "tax-rates",
        List::TaxAgencies => "tax-agencies",
        List::Terms => "terms",
        List::PaymentMethods => "payment-methods",
        List::Currencies => "currencies",
        List::Classes => "classes",
        List::Locations => "locations",
        List::Customers => "customers",
        List::Suppliers => "suppliers",
        List::Items => "items",
    }
}

/// The imported lists of one integration.
pub fn data_page(integration: IntegrationId) -> Tag {
    let live = use_live();
    let entries = entries(live, integration.clone());
    let none = move || entries.run(()).is_empty();
    let chosen = look(move || {
        let wanted = live.query().with(|query| query.get(routes::LIST).to_owned());
        let named = List::ALL.into_iter().find(|list| segment(*list) == wanted);
        let first = entries.run(()).first().map(|entry| entry.list);
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
        integration.with_value(|integration| Some(records(integration, list, look(running))))
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
        let place = usize::try_from(place).unwrap_or_default();
        let list = List::ALL.get(place).copied().unwrap_or(List::Accounts);
        let entry = move || entries.run(()).into_iter().find(|entry| entry.list == list);
        let count = move || text::list_size(entry().map_or(0, |entry| entry.count));
        let age = move || match entry() {
            Some(Entry { running: true, .. }) => text::BEING_READ.to_owned(),
            Some(Entry { age: Some(ListAge { at: Some(at), .. }), .. }) => {
                intl::relative(at, live.now().get())
            }
            _ => text::NEVER_READ.to_owned(),
        };
        let button = button("list-pick", "")
            .live("aria-current", move || (chosen.run(()) == list).then(|| "true".to_owned()))
            .press(move || pick(list))
            .put(tag("span", "cell-name").words(text::list(list)))
            .put(tag("span", "numbers").says(count))
            .put(tag("span", "cell-note").says(age));
        tag("li", "").put(button)
    };
    let places = move || {
        let there = |list: &List| entries.run(()).iter().any(|entry| entry.list == *list);
        let places = (0..).zip(List::ALL).filter(|(_, list)| there(list));
        places.map(|(place, _)| place).collect()
    };
    tag("nav", "lists").attr("aria-label", text::LISTS).put(tag("ul", "list-picks").each(places, pick_one))
}
