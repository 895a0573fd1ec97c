//! The tray: a bell with an unread count, and under it what runs and what happened.

use protocol::ids::EventSeq;
use protocol::import::{ImportSnapshot, ImportState};
use protocol::notification::{Event, Notification, Tray};

use super::further::Further;
use super::import::{import_details, results};
use super::notices::import_line;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::{intl, page};
use crate::components::icon::{Icon, icon};
use crate::components::notification_row::notification_row;
use crate::live::{Live, use_live};
use crate::model::banner::outcome;
use crate::model::tray::{Shown, in_tray, newest, run_of};
use crate::signals::RwSignal;
use crate::text::{self, brand, import, states, tray};

/// Bell and panel. The browser's own popover closes it by Escape or a click beside it, and gives
/// the focus back.
pub fn tray() -> Tag {
    let live = use_live();
    let open = RwSignal::new(false);
    let unread = move || live.tray().with(|tray| tray.unread);
    let badge = move || match unread() {
        0 => String::new(),
        1..=99 => intl::count(u64::from(unread())),
        _ => "99+".to_owned(),
    };
    let bell = button("icon-button bell", "")
        .attr("popovertarget", "tray")
        .live("aria-label", move || Some(tray::bell(unread(), &intl::count(u64::from(unread())))))
        .put(icon(Icon::Bell))
        .put(tag("span", "badge numbers").attr("aria-hidden", "true").says(badge));
    let panel = tag("div", "tray")
        .attr("id", "tray")
        .attr("popover", "auto")
        .attr("tabindex", "-1")
        .attr("role", "dialog")
        .attr("aria-label", tray::TITLE)
        .on("toggle", move |event| open.set(page::is_popover_open(&event)))
        .when(move || open.get(), Further::tray_panel);
    tag("div", "").put(bell).put(panel)
}

/// What is under the bell, a piece of the second part.
pub(super) fn panel() -> Tag {
    let live = use_live();
    let only_unread = RwSignal::new(false);
    let shown = move || if only_unread.get() { Shown::Unread } else { Shown::All };
    // A row is drawn anew when it is read, so that is part of its key.
    let keys = move || {
        live.tray().with(|tray| {
            let rows = tray.latest.iter().filter(|entry| shown().has(entry));
            rows.map(|entry| entry.seq.0 * 2 + u64::from(entry.read)).collect()
        })
    };
    let none = move || live.tray().with(|tray| !tray.latest.iter().any(|entry| shown().has(entry)));
    let nothing = move || if only_unread.get() { tray::ALL_READ } else { tray::EMPTY }.to_owned();
    tag("div", "")
        .put(head(live, only_unread))
        .put(running(live))
        .put(tag("ul", "entries").each(keys, move |key| row(live, EventSeq(key / 2))))
        .when(none, move || tag("p", "muted nothing").says(nothing))
}

fn head(live: Live, only_unread: RwSignal<bool>) -> Tag {
    let choose = |unread: bool, words: &str| {
        button("segment", words)
            .says_whether("aria-pressed", move || only_unread.get() == unread)
            .press(move || only_unread.set(unread))
    };
    let close = button("icon-button", "")
        .attr("popovertarget", "tray")
        .attr("popovertargetaction", "hide")
        .attr("aria-label", text::CLOSE)
        .put(icon(Icon::Close));
    let mark_all = button("button plain small", tray::MARK_ALL)
        // A button that is disabled loses the focus, and Escape would no longer lead back to the bell.
        .says_whether("aria-disabled", move || live.tray().with(|tray| tray.unread == 0))
        .press(move || {
            let unread = |tray: &Tray| newest(tray).filter(|_| tray.unread > 0);
            if let Some(upto) = live.tray().with_untracked(unread) {
                live.act(live.mark_read(upto));
            }
        });
    tag("div", "tray-head")
        .put(tag("h2", "").words(tray::TITLE))
        .put(close)
        .put(tag("div", "segments").put(choose(false, tray::ALL)).put(choose(true, tray::UNREAD)))
        .put(mark_all)
}

/// What an entry says; of the last import also what became of the records, once that is known.
pub(super) fn told(live: Live, entry: &Notification) -> impl Fn() -> String + 'static {
    told_of(live, entry, true)
}

/// The same; `became` says whether with what became of the records.
fn told_of(live: Live, entry: &Notification, became: bool) -> impl Fn() -> String + 'static {
    let (event, name) = (entry.event.clone(), live.name(&entry.integration));
    // Nobody but a person, or the end of a subscription, pauses anything.
    let ended = entry.event == Event::Paused && entry.by.is_none();
    move || {
        let why = ended.then(|| states::subscription(&name));
        let run = |run: &&ImportSnapshot| match event {
            Event::ImportDone { import, .. } if became => run.import == import,
            _ => false,
        };
        let became = live.imports().with(|all| import::outcome(&outcome(all.iter().find(run)?)));
        let number = tray::moment(&event).map_or_else(|| intl::count(tray::number(&event)), intl::day);
        tray::event(&event, &name, &number, why.or(became).as_deref())
    }
}

fn row(live: Live, seq: EventSeq) -> Tag {
    let find = |tray: &Tray| tray.latest.iter().find(|e| e.seq == seq).cloned();
    let Some(entry) = live.tray().with_untracked(find) else {
        return tag("li", "");
    };
    let read = move || {
        live.act(live.mark_one_read(seq));
        // The button that was pressed goes.
        page::focus("#tray");
    };
    let now = move || live.now().get();
    let of_run = run_of(&entry.event).map(|run| {
        let last = live.import(entry.integration.clone());
        results(entry.integration.clone(), last, Some(run)).attr("class", "of-run")
    });
    notification_row(&entry, told_of(live, &entry, false), now, Some(Box::new(read))).maybe(of_run)
}

/// Imports that run at this moment or ended badly, each with its bar, its lists and what can be done.
fn running(live: Live) -> Tag {
    let keys = move || live.imports().with(|imports| in_tray(imports));
    let row = move |key| {
        let of = |imports: &Vec<ImportSnapshot>| {
            imports.iter().find(|run| run.import.0 == key).map(|run| run.integration.clone())
        };
        let Some(integration) = live.imports().with_untracked(of) else {
            return tag("section", "");
        };
        let name = live.name(&integration);
        let run = live.import(integration.clone());
        let is_running =
            move || run.with(|run| run.as_ref().is_some_and(|run| run.state == ImportState::Running));
        let head = move || if is_running() { tray::RUNNING } else { tray::FAILED }.to_owned();
        tag("section", "running")
            .live("aria-label", move || Some(head()))
            .put(tag("p", "small muted").says(head))
            .put(tag("p", "").words(&import::from(brand(&name))))
            .when(is_running, move || import_line(run))
            .put(import_details(&integration, &["tray-", integration.as_str()].concat()))
    };
    tag("div", "").each(keys, row)
}
