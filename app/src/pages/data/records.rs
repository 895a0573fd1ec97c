//! The records of one list, read as they come into sight.

use std::ops::Range;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use protocol::ids::IntegrationId;
use protocol::import::List;
use protocol::record::{Record, RecordQuery};

use crate::components::data_table::{Filling, Grid, Rows};
use crate::live::{Live, use_live};
use crate::model::window::{Ask, PIECE, Windows};
use crate::pages::configuration::calm::calmly;
use crate::pages::configuration::revisions;
use crate::routes;
use crate::text::configuration as text;

/// How long typing may pause before it is a search.
const TYPING: Duration = Duration::from_millis(200);

#[derive(Clone, Copy)]
struct Reader {
    live: Live,
    integration: StoredValue<IntegrationId>,
    list: List,
    windows: RwSignal<Windows<Record>>,
    search: StoredValue<String>,
    sight: StoredValue<Range<u32>>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Reader {
    fn want(self, range: Range<u32>) {
        self.sight.set_value(range);
        self.read();
    }

    fn again(self) {
        self.windows.update(Windows::outdate);
        self.read();
    }

    fn look_for(self, words: String) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let apply = move || {
            self.live.set_query(routes::SEARCH, &words);
            self.search.set_value(words);
            self.windows.update(Windows::refilter);
            self.read();
        };
        self.timer.set_value(set_timeout_with_handle(apply, TYPING).ok());
    }

    fn read(self) {
        let Some(range) = self.sight.try_get_value() else {
            return;
        };
        let asks = self.windows.try_maybe_update(|windows| (false, windows.want(&range)));
        for ask in asks.unwrap_or_default() {
            leptos::task::spawn_local(self.fetch(ask));
        }
    }

    async fn fetch(self, ask: Ask) {
        let Some(integration) = self.integration.try_get_value() else {
            return;
        };
        let query = RecordQuery {
            list: self.list,
            search: self.search.get_value(),
            kinds: Vec::new(),
            all: true,
            offset: ask.offset,
            limit: u16::try_from(PIECE).unwrap_or(protocol::WINDOW_LIMIT),
        };
        let answer = self.live.read_records(integration, query).await;
        self.windows.update(|windows| match answer {
            Ok(window) => drop(windows.fill(ask, window.total, window.rows)),
            Err(_) => windows.fail(ask),
        });
    }
}

/// Search and table of one list, which is perhaps being read just now.
pub(super) fn records(
    integration: &IntegrationId,
    list: List,
    running: Signal<bool>,
) -> impl IntoView + use<> {
    let live = use_live();
    let search = live.query().with_untracked(|query| query.get(routes::SEARCH).to_owned());
    let reader = Reader {
        live,
        integration: StoredValue::new(integration.clone()),
        list,
        windows: RwSignal::new(Windows::default()),
        search: StoredValue::new(search.clone()),
        sight: StoredValue::new(0..0),
        timer: StoredValue::new(None),
    };
    calmly(revisions(live, integration, || 0), move || reader.again());
    let total = Memo::new(move |_| reader.windows.with(Windows::total));
    let failed = Memo::new(move |_| reader.windows.with(Windows::failed));
    let filling = Filling {
        total: Signal::derive(move || total.get().unwrap_or(0)),
        cursor: RwSignal::new(0),
        want: Callback::new(move |range| reader.want(range)),
        cells: Callback::new(move |index| record_cells(reader.windows, index)),
        key: Callback::new(|_| ()),
    };
    let grid = Grid {
        id: "records",
        class: "records-grid",
        label: text::list(list).to_owned(),
        described: "records-count",
        columns: [text::NAME, text::NUMBER, text::DETAIL, text::STATE].map(ToOwned::to_owned).into(),
    };
    let searching = StoredValue::new(!search.is_empty());
    let empty = move || match (running.get(), searching.get_value()) {
        (_, true) => text::NO_ROWS,
        (true, false) => text::LIST_COMING,
        (false, false) => text::EMPTY_LIST,
    };
    let typed = move |words: String| {
        searching.set_value(!words.is_empty());
        reader.look_for(words);
    };
    view! {
        <section class="records" aria-label=text::list(list)>
            <div class="tools">
                <input
                    type="search"
                    class="input search"
                    autocomplete="off"
                    aria-label=text::SEARCH
                    placeholder=text::SEARCH
                    prop:value=search
                    on:input:target=move |event| typed(event.target().value())
                />
                <p class="muted numbers" role="status" id="records-count">
                    {move || total.get().map(text::found)}
                </p>
            </div>
            <Rows grid filling />
            <Show when=move || total.get() == Some(0)>
                <p class="empty muted">{empty}</p>
            </Show>
            <Show when=move || failed.get()>
                <p class="empty trouble blocks" role="alert">
                    {text::ROWS_FAILED}
                    <button
                        type="button"
                        class="button small"
                        on:click=move |_| reader.again()
                    >
                        {text::RETRY}
                    </button>
                </p>
            </Show>
        </section>
    }
}

fn record_cells(windows: RwSignal<Windows<Record>>, index: u32) -> AnyView {
    let record = Memo::new(move |_| windows.with(|windows| windows.row(index).cloned()));
    let cells = |record: Record| {
        let (class, state) = match (record.vanished, record.active) {
            (true, _) => ("state bad", text::GONE),
            (false, false) => ("state warn", text::INACTIVE),
            (false, true) => ("state good", text::IN_USE),
        };
        view! {
            <div role="gridcell" class="cell-source" class:gone=record.vanished>
                <span class="cell-name">{record.name}</span>
            </div>
            <div role="gridcell" class="numbers cell-number">
                {record.number}
            </div>
            <div role="gridcell" class="cell-detail">
                {record.detail}
            </div>
            <div role="gridcell" class="cell-state">
                <span class=class>{state}</span>
            </div>
        }
    };
    let draw = move || match record.get() {
        Some(record) => cells(record).into_any(),
        None => view! { <div role="gridcell" class="muted">{text::ROW_LOADING}</div> }.into_any(),
    };
    draw.into_any()
}
