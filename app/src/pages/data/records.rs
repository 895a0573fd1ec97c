//! The records of one list, read as they come into sight, in the order and by the filters of the address.

use std::ops::Range;
use std::time::Duration;

use protocol::ids::IntegrationId;
use protocol::import::List;
use protocol::record::{Record, RecordColumn, RecordQuery};

use super::cells::Cells;
use super::changes::changes;
use crate::browser::dom::{Event, Tag, button, tag, whenever};
use crate::browser::page;
use crate::browser::timer::{self, Timer, after};
use crate::components::data_table::{Filling, Grid, rows};
use crate::components::look::{Look, look};
use crate::live::{Live, use_live};
use crate::model::listing::{View, order_name, turned};
use crate::model::window::{Ask, PIECE, Windows};
use crate::pages::configuration::calm::calmly;
use crate::pages::configuration::revisions;
use crate::routes;
use crate::signals::{Callback, RwSignal, Signal, StoredValue, memo, untrack};
use crate::text::configuration as text;

/// How long typing may pause before it is a search.
const TYPING: Duration = Duration::from_millis(200);

#[derive(Clone, Copy)]
struct Reader {
    live: Live,
    integration: StoredValue<IntegrationId>,
    list: List,
    windows: RwSignal<Windows<Record>>,
    view: Signal<View>,
    sight: StoredValue<Range<u32>>,
    timer: StoredValue<Option<Timer>>,
    hands: Hands,
}

/// What a reader is about to touch must not move: while the pointer or the focus is in the table, or it
/// is scrolled, newer rows wait until they are asked for or the hands are gone.
#[derive(Clone, Copy)]
struct Hands {
    pointer: StoredValue<bool>,
    focus: StoredValue<bool>,
    /// Newer rows wait.
    arrived: RwSignal<bool>,
}

impl Reader {
    fn new(integration: &IntegrationId, list: List) -> Self {
        let live = use_live();
        Self {
            live,
            integration: StoredValue::new(integration.clone()),
            list,
            windows: RwSignal::new(Windows::default()),
            view: memo(move || live.query().with(View::of)),
            sight: StoredValue::new(0..0),
            timer: StoredValue::new(None),
            hands: Hands {
                pointer: StoredValue::new(false),
                focus: StoredValue::new(false),
                arrived: RwSignal::new(false),
            },
        }
    }

    fn want(self, range: Range<u32>) {
        self.sight.set_value(range);
        self.read();
        self.let_go();
    }

    /// The rows changed at the proxy.
    fn moved_on(self) {
        if self.is_held() {
            self.hands.arrived.set(true);
        } else {
            self.again();
        }
    }

    fn is_held(self) -> bool {
        let empty = self.windows.with_untracked(|windows| windows.total().unwrap_or(0) == 0);
        let scrolled = self.sight.get_value().start > 0;
        !empty && (scrolled || self.hands.pointer.get_value() || self.hands.focus.get_value())
    }

    /// Shows what waited, once nobody is at the rows.
    fn let_go(self) {
        if untrack(|| self.hands.arrived.get()) && !self.is_held() {
            self.again();
        }
    }

    fn again(self) {
        self.hands.arrived.set(false);
        self.windows.update(Windows::outdate);
        self.read();
    }

    fn look_for(self, words: String) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.stop();
        }
        self.timer.set_value(after(TYPING, move || self.live.set_query(routes::SEARCH, &words)));
    }

    /// Follows the address: another search or filter shows other rows, another order the same ones.
    fn follow(self) {
        let mut before = self.view.get_untracked();
        whenever(move || {
            let now = self.view.get();
            let old = std::mem::replace(&mut before, now.clone());
            if (&old.search, old.changed) != (&now.search, now.changed) {
                untrack(|| self.windows.update(Windows::refilter));
                untrack(|| self.read());
            } else if old.order != now.order {
                untrack(|| self.again());
            }
        });
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
        let view = self.view.get_untracked();
        let query = RecordQuery {
            list: self.list,
            search: view.search,
            kinds: Vec::new(),
            all: true,
            changed_in: view.changed,
            order: view.order,
            offset: ask.offset,
            limit: u16::try_from(PIECE).unwrap_or(protocol::WINDOW_LIMIT),
        };
        let answer = self.live.read_records(integration, query).await;
        self.windows.update(|windows| match answer {
            Ok(window) => drop(windows.fill(ask, window.total, window.rows)),
            Err(_) => windows.fail(ask),
        });
    }

    fn total(self) -> Option<u32> {
        self.windows.with(Windows::total)
    }
}

/// Search, filters and table of one list, which is perhaps being read just now. `head` stands beside
/// the search.
pub(super) fn records(integration: &IntegrationId, list: List, running: Look<bool>, head: Tag) -> Tag {
    let reader = Reader::new(integration, list);
    reader.follow();
    calmly(revisions(reader.live, integration, || 0), move || reader.moved_on());
    let (view, windows) = (reader.view, reader.windows);
    let narrowed = move || view.with(|view| !view.search.is_empty() || view.changed.is_some());
    let empty = move || match (running.run(()), narrowed()) {
        (_, true) => text::NO_ROWS,
        (true, false) => text::LIST_COMING,
        (false, false) => text::EMPTY_LIST,
    };
    let failed = move || {
        let retry = button("button small", text::RETRY).press(move || reader.again());
        tag("p", "empty trouble blocks").attr("role", "alert").words(text::ROWS_FAILED).put(retry)
    };
    let none = move || reader.total() == Some(0);
    tag("section", "records")
        .attr("aria-label", text::list(list))
        .put(tools(reader, running).put(head))
        .put(changes(integration, list, view))
        .put(table(reader))
        .when(none, move || tag("p", "empty muted").says(move || empty().to_owned()))
        .when(move || windows.with(Windows::failed), failed)
}

/// The search, how much it finds, and what has arrived since.
fn tools(reader: Reader, running: Look<bool>) -> Tag {
    let view = reader.view;
    let field = tag("input", "input search")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("aria-label", text::SEARCH)
        .attr("placeholder", text::SEARCH)
        .holds(move || view.with(|view| view.search.clone()))
        .typed(move |words| reader.look_for(words));
    // While rows arrive the count moves every second, which nobody wants to hear.
    let count = tag("p", "muted numbers")
        .live("role", move || (!running.run(())).then(|| "status".to_owned()))
        .attr("id", "records-count")
        .says(move || reader.total().map(text::found).unwrap_or_default());
    let arrived = move || button("button small", text::ARRIVED).press(move || reader.again());
    tag("div", "tools").put(field).put(count).when(move || reader.hands.arrived.get(), arrived)
}

/// The table, which knows whose hands are at it.
fn table(reader: Reader) -> Tag {
    let cells = Cells { windows: reader.windows, view: reader.view, integration: reader.integration };
    let filling = Filling {
        total: look(move || reader.total().unwrap_or(0)),
        cursor: RwSignal::new(0),
        want: Callback::new(move |range| reader.want(range)),
        cells: Callback::new(move |(index, tag)| cells.fill(index, tag)),
        key: Callback::new(|(index, key): (u32, String)| {
            if key == "Enter" {
                page::click(&["#records-", &index.to_string(), " a"].concat());
            }
        }),
    };
    let columns = [
        (text::NAME, RecordColumn::Name),
        (text::NUMBER, RecordColumn::Number),
        (text::DETAIL, RecordColumn::Detail),
        (text::STATE, RecordColumn::State),
    ];
    let grid = Grid {
        id: "records",
        class: "records-grid",
        label: text::list(reader.list),
        described: "records-count",
        columns: columns.map(|(words, by)| heading(reader, words, by)).into(),
    };
    let hands = reader.hands;
    let put = move |place: StoredValue<bool>, there: bool| {
        move |_: Event| {
            place.set_value(there);
            reader.let_go();
        }
    };
    tag("div", "")
        .on("pointerenter", put(hands.pointer, true))
        .on("pointerleave", put(hands.pointer, false))
        .on("focusin", put(hands.focus, true))
        .on("focusout", put(hands.focus, false))
        .put(rows(&grid, filling))
}

/// The heading of a column, which sorts by it.
fn heading(reader: Reader, words: &str, by: RecordColumn) -> Tag {
    let order = move || reader.view.with(|view| view.order);
    let sorted = move || match order() {
        order if order.by != by => "none",
        order if order.descending => "descending",
        _ => "ascending",
    };
    let press = move || {
        let order = turned(untrack(order), by);
        reader.live.set_query(routes::SORT, &order_name(order));
    };
    tag("div", "")
        .attr("role", "columnheader")
        .live("aria-sort", move || Some(sorted().to_owned()))
        .put(button("sort", words).press(press))
}
