//! The tray: a bell with an unread count, and under it what runs and what happened.

use std::rc::Rc;

use protocol::ids::EventSeq;
use protocol::import::{ImportSnapshot, ImportState};
use protocol::notification::{Event, Notification, Tray};

use super::further::Further;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::{intl, page};
use crate::components::icon::{Icon, icon};
use crate::components::notification_row::notification_row;
use crate::components::progress::{Share, bar};
use crate::live::{Live, use_live};
use crate::model::banner::{Progress, outcome};
use crate::model::tray::{Shown, newest};
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
    let (event, name) = (entry.event.clone(), live.name(&entry.integration));
    // Nobody but a person, or the end of a subscription, pauses anything.
    let ended = entry.event == Event::Paused && entry.by.is_none();
    move || {
        let why = ended.then(|| states::subscription(&name));
        let run = |run: &&ImportSnapshot| match event {
            Event::ImportDone { import, .. } => run.import == import,
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
    notification_row(&entry, told(live, &entry), now, Some(Box::new(read)))
}

/// Imports that run at this moment, each with its bar and a way to stop it.
fn running(live: Live) -> Tag {
    let keys = move || {
        live.imports().with(|imports| {
            let running = imports.iter().filter(|run| run.state == ImportState::Running);
            running.map(|run| run.import.0).collect()
        })
    };
    let row = move |key| {
        let of = |imports: &Vec<ImportSnapshot>| {
            imports.iter().find(|run| run.import.0 == key).map(|run| (run.import, run.integration.clone()))
        };
        let Some((id, integration)) = live.imports().with_untracked(of) else {
            return tag("section", "");
        };
        let name = live.name(&integration);
        let run = live.import(integration);
        let progress = move || run.with(|run| run.as_ref().map(Progress::of));
        let percent = move || progress().and_then(|p| p.percent());
        let words = move || match (percent(), progress()) {
            (Some(percent), _) => import::percent(&intl::count(u64::from(percent))),
            (None, progress) => import::so_far(&intl::count(progress.map_or(0, |p| p.done))),
        };
        let share = Share { percent: Rc::new(percent), words: Rc::new(words) };
        let stop = button("button small", import::STOP).press(move || live.act(live.cancel_import(id)));
        let overall = tag("div", "import-line")
            .put(bar(import::PROGRESS, &share))
            .put(tag("span", "numbers").says(words))
            .put(stop);
        tag("section", "running")
            .attr("aria-label", tray::RUNNING)
            .put(tag("p", "small muted").words(tray::RUNNING))
            .put(tag("p", "").words(&import::from(brand(&name))))
            .put(overall)
    };
    tag("div", "").each(keys, row)
}
