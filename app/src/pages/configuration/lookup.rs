//! Searches of pickers and choosers: the newest question wins.

use std::time::Duration;

use protocol::import::List;
use protocol::record::{Record, RecordOrder, RecordQuery};

use super::desk::Desk;
use crate::browser::timer::{self, Timer, after};
use crate::components::combobox::{Choice, Found};
use crate::signals::{RwSignal, StoredValue};
use crate::text::configuration as text;

/// How long typing may pause before it is a question.
const TYPING: Duration = Duration::from_millis(150);
/// Records that a list shows at once.
const SHOWN: u16 = 50;

/// Searches one list.
#[derive(Clone, Copy)]
pub(super) struct Lookup {
    desk: Desk,
    list: List,
    kinds: StoredValue<Vec<String>>,
    /// What the last question brought.
    pub(super) found: RwSignal<Found>,
    asked: StoredValue<u32>,
    words: StoredValue<Option<String>>,
    timer: StoredValue<Option<Timer>>,
}

fn choice(record: &Record) -> Choice {
    Choice { id: record.id.clone(), title: record.name.clone(), note: text::record_note(record), mark: None }
}

impl Lookup {
    pub(super) fn new(desk: Desk, list: List, kinds: Vec<String>) -> Self {
        Self {
            desk,
            list,
            kinds: StoredValue::new(kinds),
            found: RwSignal::new(Found::Loading),
            asked: StoredValue::new(0),
            words: StoredValue::new(None),
            timer: StoredValue::new(None),
        }
    }

    /// Looks for a text: at once when the list opens, after a pause while somebody types.
    pub(super) fn search(self, words: String) {
        let typing = !words.is_empty();
        self.words.set_value(Some(words));
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.stop();
        }
        if typing {
            let timer = after(TYPING, move || self.ask());
            self.timer.set_value(timer);
        } else {
            self.ask();
        }
    }

    /// Asks the last question again, if there was one: the list has grown.
    pub(super) fn again(self) {
        if self.words.with_value(Option::is_some) {
            self.ask();
        }
    }

    fn ask(self) {
        let Some(search) = self.words.try_get_value().flatten() else {
            return;
        };
        let asked = self.asked.get_value() + 1;
        self.asked.set_value(asked);
        let query = RecordQuery {
            list: self.list,
            search,
            kinds: self.kinds.get_value(),
            all: false,
            changed_in: None,
            order: RecordOrder::default(),
            offset: 0,
            limit: SHOWN,
        };
        timer::spawn(async move {
            let desk = self.desk;
            let answer = desk.live().read_records(desk.integration(), query).await;
            if self.asked.try_get_value() != Some(asked) {
                return;
            }
            let found = match answer {
                Ok(window) => {
                    let choices: Vec<_> = window.rows.iter().map(choice).collect();
                    let here = u32::try_from(choices.len()).unwrap_or(u32::MAX);
                    desk.names.update(|names| {
                        for record in window.rows {
                            names.record(self.list, record);
                        }
                    });
                    Found::Ready(choices, window.total.saturating_sub(here))
                }
                Err(_) => Found::Failed,
            };
            self.found.set(found);
        });
    }
}
