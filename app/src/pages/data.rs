//! Imported data of one connection: its lists with size and age, and the records of one of them.

mod records;

use leptos::prelude::*;
use protocol::ids::IntegrationId;
use protocol::import::{List, ListState};
use protocol::store::{Connection, ListAge};

use crate::browser::intl;
use crate::live::{Live, use_live};
use crate::routes;
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

fn entries(live: Live, integration: IntegrationId) -> Memo<Vec<Entry>> {
    let connection = live.connection(integration.clone());
    let import = live.import(integration);
    let ages = Memo::new(move |_| {
        let lists = |c: &Connection| c.lists.clone();
        connection.with(|c| c.as_ref().map(lists).unwrap_or_default())
    });
    Memo::new(move |_| {
        let progress = import.with(|i| i.as_ref().map(|i| i.lists.clone()).unwrap_or_default());
        let entry = |list: List| {
            let age = ages.with(|ages| ages.iter().find(|age| age.list == list).copied());
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
        List::Terms => "terms",
        List::Customers => "customers",
        List::Suppliers => "suppliers",
    }
}

/// The imported lists of one integration.
#[component]
pub fn DataPage(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let entries = entries(live, integration.clone());
    let none = Memo::new(move |_| entries.with(Vec::is_empty));
    let chosen = Memo::new(move |_| {
        let wanted = live.query().with(|query| query.get(routes::LIST).to_owned());
        let named = List::ALL.into_iter().find(|list| segment(*list) == wanted);
        let first = entries.with(|entries| entries.first().map(|entry| entry.list));
        named.or(first).unwrap_or(List::Accounts)
    });
    let entry = live.integration(integration.clone());
    let provider = Signal::derive(move || entry.get().map(|e| e.name).unwrap_or_default());
    let integration = StoredValue::new(integration);
    view! {
        <Show
            when=move || !none.get()
            fallback=move || {
                view! {
                    <div class="card empty-state">
                        <h2>{text::NO_DATA}</h2>
                        <p class="muted">{text::not_connected(&provider.get())}</p>
                    </div>
                }
            }
        >
            <div class="data">
                <Lists live entries chosen />
                {move || {
                    let list = chosen.get();
                    let entry = Signal::derive(move || {
                        entries.with(|all| all.iter().find(|e| e.list == list).cloned())
                    });
                    let running = Signal::derive(move || entry.get().is_some_and(|e| e.running));
                    integration.with_value(|integration| records(integration, list, running))
                }}
            </div>
        </Show>
    }
}

#[component]
fn Lists(live: Live, entries: Memo<Vec<Entry>>, chosen: Memo<List>) -> impl IntoView {
    let pick = move |list: List| {
        live.set_query(routes::SEARCH, "");
        live.set_query(routes::LIST, segment(list));
    };
    let button = move |list: List| {
        let entry =
            Memo::new(move |_| entries.with(|all| all.iter().find(|entry| entry.list == list).cloned()));
        let count = move || entry.get().map_or(0, |entry| entry.count);
        let age = move || match entry.get() {
            Some(Entry { running: true, .. }) => text::BEING_READ.to_owned(),
            Some(Entry { age: Some(age), .. }) => {
                age.at.map_or_else(|| text::NEVER_READ.to_owned(), |at| intl::relative(at, live.now().get()))
            }
            _ => text::NEVER_READ.to_owned(),
        };
        view! {
            <li>
                <button
                    type="button"
                    class="list-pick"
                    aria-current=move || (chosen.get() == list).then_some("true")
                    on:click=move |_| pick(list)
                >
                    <span class="cell-name">{text::list(list)}</span>
                    <span class="numbers">{move || text::list_size(count())}</span>
                    <span class="cell-note">{age}</span>
                </button>
            </li>
        }
    };
    let lists =
        Memo::new(move |_| entries.with(|all| all.iter().map(|entry| entry.list).collect::<Vec<_>>()));
    view! {
        <nav class="lists" aria-label=text::LISTS>
            <ul class="list-picks">
                <For each=move || lists.get() key=|list| *list children=button />
            </ul>
        </nav>
    }
}
