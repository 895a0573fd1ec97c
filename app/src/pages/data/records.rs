//! The records of one list, read as they come into sight.

use std::ops::Range;
use std::time::Duration;

use protocol::ids::IntegrationId;
use protocol::import::List;
use protocol::record::{Record, RecordOrder, RecordQuery};

use crate::browser::dom::{Tag, button, tag};
use crate::browser::timer::{self, Timer, after};
use crate::components::data_table::{Filling, Grid, rows};
use crate::components::look::{Look, look};
use crate::live::{Live, use_live};
use crate::model::window::{Ask, PIECE, Windows};
use crate::pages::configuration::calm::calmly;
use crate::pages::configuration::revisions;
use crate::routes;
use crate::signals::{Callback, RwSignal, StoredValue};
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
    timer: StoredValue<Option<Timer>>,
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
            timer.stop();
        }
        let apply = move || {
            self.live.set_query(routes::SEARCH, &words);
            self.search.set_value(words);
            self.windows.update(Windows::refilter);
            self.read();
        };
        self.timer.set_value(after(TYPING, apply));
    }

    fn read(self) {
        let Some(range) = self.sight.try_get_value() else {
            return;
        };
        let asks = self.windows.try_update_untracked(|windows| windows.want(&range));
        for ask in asks.unwrap_or_default() {
            timer::spawn(self.fetch(ask));
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
            changed_in: None,
            order: RecordOrder::default(),
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
pub(super) fn records(integration: &IntegrationId, list: List, running: Look<bool>) -> Tag {
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
    let windows = reader.windows;
    let total = move || windows.with(Windows::total);
    let filling = Filling {
        total: look(move || total().unwrap_or(0)),
        cursor: RwSignal::new(0),
        want: Callback::new(move |range| reader.want(range)),
        cells: Callback::new(move |(index, tag)| cells(windows, index, tag)),
        key: Callback::new(|_| ()),
    };
    let columns = [text::NAME, text::NUMBER, text::DETAIL, text::STATE].map(ToOwned::to_owned);
    let grid = Grid {
        id: "records",
        class: "records-grid",
        label: text::list(list),
        described: "records-count",
        columns: columns.into(),
    };
    let searching = StoredValue::new(!search.is_empty());
    let empty = move || match (running.run(()), searching.get_value()) {
        (_, true) => text::NO_ROWS,
        (true, false) => text::LIST_COMING,
        (false, false) => text::EMPTY_LIST,
    };
    let typed = move |words: String| {
        searching.set_value(!words.is_empty());
        reader.look_for(words);
    };
    let field = tag("input", "input search")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("aria-label", text::SEARCH)
        .attr("placeholder", text::SEARCH)
        .attr("value", &search)
        .typed(typed);
    let count = tag("p", "muted numbers")
        .attr("role", "status")
        .attr("id", "records-count")
        .says(move || total().map(text::found).unwrap_or_default());
    let failed = move || {
        let retry = button("button small", text::RETRY).press(move || reader.again());
        tag("p", "empty trouble blocks").attr("role", "alert").words(text::ROWS_FAILED).put(retry)
    };
    tag("section", "records")
        .attr("aria-label", text::list(list))
        .put(tag("div", "tools").put(field).put(count))
        .put(rows(&grid, filling))
        .when(move || total() == Some(0), move || tag("p", "empty muted").says(move || empty().to_owned()))
        .when(move || windows.with(Windows::failed), failed)
}

fn cells(windows: RwSignal<Windows<Record>>, index: u32, row: Tag) -> Tag {
    let record = move || windows.with(|windows| windows.row(index).cloned());
    let cell = |class: &str, words: &str| tag("div", class).attr("role", "gridcell").words(words);
    let draw = move |record: &Record| {
        let (class, state) = match (record.vanished, record.active) {
            (true, _) => ("state bad", text::GONE),
            (false, false) => ("state warn", text::INACTIVE),
            (false, true) => ("state good", text::IN_USE),
        };
        let name = tag("span", "cell-name").attr("title", &record.name).words(&record.name);
        tag("div", "cells")
            .put(cell(if record.vanished { "cell-source gone" } else { "cell-source" }, "").put(name))
            .put(cell("numbers cell-number", record.number.as_deref().unwrap_or_default()))
            .put(cell("cell-detail", record.detail.as_deref().unwrap_or_default()))
            .put(cell("cell-state", "").put(tag("span", class).words(state)))
    };
    let waiting = move || tag("div", "cells").put(cell("muted", text::ROW_LOADING));
    row.draws(record, move |record| Some(record.as_ref().map_or_else(waiting, draw)))
}
