//! Drives one mapping table: reads its rows as they come into sight, carries out what is wanted.

use std::ops::Range;
use std::time::Duration;

use protocol::mapping::MappingTable;

use super::Around;
use super::calm::calmly;
use super::desk::Desk;
use super::lookup::Lookup;
use crate::browser::timer::{self, Timer, after};
use crate::components::mapping_table::{Sheet, TableAct};
use crate::model::draft::names::target_list;
use crate::model::mapping::{Filter, TableView};
use crate::model::window::Ask;
use crate::signals::{Callback, RwSignal, StoredValue};

/// How long typing may pause before it is a search.
const TYPING: Duration = Duration::from_millis(200);

#[derive(Clone, Copy)]
struct Driver {
    desk: Desk,
    table: MappingTable,
    view: RwSignal<TableView>,
    sight: StoredValue<Range<u32>>,
    timer: StoredValue<Option<Timer>>,
    lookup: Lookup,
}

/// Everything that a table needs, alive for as long as the caller's part of the page.
pub(super) fn sheet(desk: Desk, table: MappingTable, around: Around) -> Sheet {
    let driver = Driver {
        desk,
        table,
        view: RwSignal::new(TableView::new(table)),
        sight: StoredValue::new(0..0),
        timer: StoredValue::new(None),
        lookup: Lookup::new(desk, target_list(table), Vec::new()),
    };
    calmly(around.moved, move || {
        driver.again();
        driver.lookup.again();
    });
    Sheet {
        table,
        view: driver.view,
        standing: desk.standing,
        changes: desk.changes,
        names: desk.names,
        found: driver.lookup.found,
        locked: around.locked,
        provider: around.provider,
        act: Callback::new(move |act| driver.act(act)),
    }
}

impl Driver {
    fn act(self, act: TableAct) {
        match act {
            TableAct::Look(filter) => self.look(filter),
            TableAct::Want(range) => {
                self.sight.set_value(range);
                self.read();
            }
            TableAct::Retry => self.again(),
            TableAct::Decide(rows) => {
                self.desk.names.update(|names| {
                    for (row, _) in &rows {
                        names.row(self.table, row);
                    }
                });
                self.desk.change(|changes, _| {
                    for (row, choice) in rows {
                        changes.choose(self.table, &row, choice);
                    }
                });
            }
            TableAct::Accept(score) => {
                self.desk.change(|changes, _| changes.accept(self.table, score));
            }
            TableAct::Undo(key) => self.desk.undo(&key),
            TableAct::Select(row, on) => self.view.update(|view| view.select(&row, on)),
            TableAct::SelectAll(true) => self.view.update(TableView::select_all),
            TableAct::SelectAll(false) => self.view.update(TableView::select_none),
            TableAct::SelectOnly(rows) => self.view.update(|view| view.select_only(&rows)),
            TableAct::Search(words) => self.lookup.search(words),
        }
    }

    /// A filter is applied at once, a search after a pause.
    fn look(self, filter: Filter) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.stop();
        }
        // The proxy looks for states in the draft that it keeps.
        self.desk.keep_now();
        let typed = self.view.with_untracked(|view| view.filter().search != filter.search);
        let apply = move || {
            self.view.try_update(|view| view.look_for(filter));
            self.read();
        };
        if typed {
            self.timer.set_value(after(TYPING, apply));
        } else {
            apply();
        }
    }

    /// Reads what is in sight again.
    fn again(self) {
        self.view.update(|view| view.windows.outdate());
        self.read();
    }

    /// Asks for what is in sight and not here.
    fn read(self) {
        let Some(range) = self.sight.try_get_value() else {
            return;
        };
        let asks = self.view.try_update_untracked(|view| view.windows.want(&range));
        for ask in asks.unwrap_or_default() {
            timer::spawn(self.fetch(ask));
        }
    }

    async fn fetch(self, ask: Ask) {
        let desk = self.desk;
        let Some(query) = self.view.try_with_untracked(|view| view.query(ask)) else {
            return;
        };
        let answer = desk.live().read_mappings(desk.integration(), query).await;
        if let Ok(window) = &answer {
            desk.names.maybe_update(|names| names.renew(self.table, &window.rows));
        }
        self.view.update(|view| match answer {
            Ok(window) => view.fill(ask, window),
            Err(_) => view.windows.fail(ask),
        });
        // What is in sight may have moved.
        self.read();
    }
}
