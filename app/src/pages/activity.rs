//! What happened at one integration, newest first, read in windows.

mod audit;

use protocol::ids::{EventSeq, IntegrationId};
use protocol::notification::{Notification, Tray};

use super::tray::told;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::timer;
use crate::components::notification_row::notification_row;
use crate::components::resting::resting;
use crate::live::{Live, use_live};
use crate::signals::{RwSignal, untrack};
use crate::text::{self, faults, overview, tray};

/// Rows that are read at once.
const WINDOW: u16 = 50;

/// What was read so far. A tray is a list of notifications with a count, which is all it takes.
#[derive(Clone, Copy)]
struct Read {
    live: Live,
    rows: RwSignal<Tray>,
    more: RwSignal<bool>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Read {
    /// Reads on, from the oldest row that is here.
    fn on(self, integration: IntegrationId) {
        let before = self.rows.with_untracked(|rows| rows.latest.iter().map(|row| row.seq).min());
        self.busy.set(true);
        timer::spawn(async move {
            let answer = self.live.read_activity(integration, before, WINDOW).await;
            // The page may have been left meanwhile, and its signals gone with it.
            self.busy.try_set(false);
            match answer {
                Ok(rows) => {
                    self.more.try_set(rows.len() >= usize::from(WINDOW));
                    self.rows.try_update(|read| read.latest.extend(rows));
                }
                Err(fault) => drop(self.problem.try_set(Some(faults::kind(fault.kind).to_owned()))),
            }
        });
    }

    /// Everything that is known of, newest first: what was read, and what came since.
    fn all(self, integration: &IntegrationId) -> Vec<Notification> {
        let mut all = self.rows.get().latest;
        let ours = |entry: &&Notification| entry.integration == *integration;
        self.live.tray().with(|tray| all.extend(tray.latest.iter().filter(ours).cloned()));
        all.sort_by_key(|entry| std::cmp::Reverse(entry.seq));
        all.dedup_by_key(|entry| entry.seq);
        all
    }
}

/// The activity tab.
pub fn activity_page(integration: IntegrationId) -> Tag {
    let live = use_live();
    let read = Read {
        live,
        rows: RwSignal::new(Tray::default()),
        more: RwSignal::new(true),
        busy: RwSignal::new(false),
        problem: RwSignal::new(None),
    };
    read.on(integration.clone());
    let (id, of, next) = (integration.clone(), integration.clone(), integration);
    let keys = move || read.all(&id).iter().map(|entry| entry.seq.0).collect();
    let row = move |key| {
        let found = untrack(|| read.all(&of)).into_iter().find(|entry| entry.seq == EventSeq(key));
        let draw = |entry: Notification| {
            notification_row(&entry, told(live, &entry), move || live.now().get(), None)
        };
        found.map_or_else(|| tag("li", ""), draw)
    };
    let empty = move || read.rows.with(|rows| rows.latest.is_empty());
    let end = move || match (read.busy.get(), read.problem.get()) {
        (true, _) => text::LOADING.to_owned(),
        (_, Some(problem)) => problem,
        _ if empty() => tray::EMPTY.to_owned(),
        _ if read.more.get() => String::new(),
        _ => tray::NO_OLDER.to_owned(),
    };
    let older = move || {
        let next = next.clone();
        let on = move || read.on(next.clone());
        resting(button("button small", tray::OLDER), move || read.busy.get(), on)
    };
    let happened = tag("section", "card")
        .attr("aria-labelledby", "happened-title")
        .put(tag("h2", "").attr("id", "happened-title").words(overview::HAPPENED))
        .put(tag("ul", "entries").each(keys, row))
        .put(tag("p", "muted small").attr("role", "status").says(end))
        .when(move || read.more.get() && !empty(), older);
    tag("div", "activity").put(happened).put(audit::audit_log(live))
}
