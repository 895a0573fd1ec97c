//! The messages at the top of every page: faults, imports, what was switched off, what waits.

use std::rc::Rc;

use protocol::ids::{EventSeq, IntegrationId};
use protocol::import::{ImportSnapshot, ImportState};
use protocol::store::{CompanyDecision, ConnectFailure, ConnectionState};

use super::connect::Asking;
use super::further::Further;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::intl;
use crate::components::banner::{Head, Tone, banner};
use crate::components::copy_button::copy_button;
use crate::components::progress::{Share, bar};
use crate::live::{Live, use_live};
use crate::model::banner::Progress;
use crate::model::tray::{end_of, upgrade_of};
use crate::signals::{Signal, memo, untrack};
use crate::text::{connect, faults, import, states};

/// Every message, the most urgent first.
pub fn notices() -> Tag {
    let live = use_live();
    let fault = move || {
        let fault = live.fault().get()?;
        let head = Head::still(Tone::Bad, faults::kind(fault.kind).to_owned());
        let copy = (!fault.reference.is_empty()).then(|| copy_button(faults::details(&fault.reference)));
        Some(banner(head, Some(Box::new(move || live.close_fault())), Vec::from_iter(copy)))
    };
    let everyone = move || live.integrations().with(|all| (0..all.len() as u64).collect());
    let running = move || {
        let notices = live.notices().get();
        let told = |id: &IntegrationId| {
            live.imports().with(|all| all.iter().any(|run| run.integration == *id && notices.shows(run)))
        };
        live.integrations().with(|all| {
            let told = (0..).zip(all).filter(|(_, i)| told(&i.id));
            told.map(|(place, _)| place).collect()
        })
    };
    let id = move |place| live.id_at(place);
    tag("div", "notices")
        .shows(fault)
        .each(everyone, move |place| {
            tag("div", "of-connection").all(id(place).map(of_connection).unwrap_or_default())
        })
        .each(running, move |place| id(place).map_or_else(|| tag("div", ""), import_banner))
}

/// What there is to say about one connection. Each stays as it is, focus included, while only
/// other parts of the connection move on.
fn of_connection(id: IntegrationId) -> Vec<Tag> {
    let live = use_live();
    let asking = Asking::here();
    let name = live.name(&id);
    let (off_id, off_name) = (id.clone(), name.clone());
    let is_off = {
        let id = id.clone();
        move || live.notices().with(|notices| notices.switched_off().contains(&id))
    };
    let off = move || {
        let id = off_id.clone();
        let head = Head::still(Tone::Good, connect::is_off(&off_name));
        banner(head, Some(Box::new(move || live.change_notices(|n| n.close_switched_off(&id)))), Vec::new())
    };
    let connection = live.connection(id.clone());
    let state = live.state(id.clone());
    let (tried, failed_name) = (id.clone(), name.clone());
    let failed = memo(move || {
        let shown = live.notices().get();
        connection.with(|c| c.as_ref().filter(|c| shown.shows_failure(c)).map(|c| c.revision.0))
    });
    let failure = move || {
        failed.get()?;
        let failure = connection.with_untracked(|c| c.as_ref().and_then(|c| c.last_failure))?;
        Some(untrack(|| failure_banner(live, asking, &tried, &failed_name, failure)))
    };
    let guarded = id.clone();
    let of_upgrade = id.clone();
    let told = memo(move || live.tray().with(|tray| upgrade_of(tray, &of_upgrade).map(|e| (e.seq, e.read))));
    let undecided =
        memo(move || connection.with(|c| c.as_ref().and_then(|c| c.decision.as_ref()).map(|d| d.expires.0)));
    let decision = move || {
        undecided.get()?;
        let decision = connection.with_untracked(|c| c.as_ref().and_then(|c| c.decision.clone()))?;
        Some(decision_banner(asking, guarded.clone(), &decision))
    };
    vec![
        tag("div", "").when(is_off, off),
        tag("div", "").shows(decision),
        tag("div", "").shows(failure),
        tag("div", "").shows(move || standing(live, asking, (&id, &name), (state.get(), told.get()))),
    ]
}

/// The company guard waits.
fn decision_banner(asking: Asking, id: IntegrationId, decision: &CompanyDecision) -> Tag {
    let title = if decision.mine {
        connect::guard_mine(&decision.before, &decision.chosen)
    } else {
        connect::guard_theirs(&decision.before, &decision.chosen)
    };
    let open = decision
        .mine
        .then(|| button("button small", connect::GUARD_OPEN).press(move || asking.company(id.clone())));
    banner(Head::still(Tone::Warn, title), None, Vec::from_iter(open))
}

/// The last attempt came to nothing.
fn failure_banner(
    live: Live,
    asking: Asking,
    id: &IntegrationId,
    name: &str,
    failure: ConnectFailure,
) -> Tag {
    let connection = live.connection(id.clone());
    let close = move || {
        if let Some(connection) = connection.get_untracked() {
            live.change_notices(|notices| notices.close_failure(&connection));
        }
    };
    let id = id.clone();
    let again = connect::way_out(failure)
        .map(|words| button("button small", words).press(move || asking.connect(id.clone())));
    let head = Head::still(Tone::Warn, connect::failure(failure, name));
    banner(head, Some(Box::new(close)), Vec::from_iter(again))
}

/// What the state itself asks for.
fn standing(
    live: Live,
    asking: Asking,
    (id, name): (&IntegrationId, &str),
    (state, told): (ConnectionState, Option<(EventSeq, bool)>),
) -> Option<Tag> {
    let (mut inside, mut close) = (Vec::new(), None);
    let (tone, title) = match state {
        ConnectionState::Legacy { .. } if told.is_some_and(|(_, read)| read) => return None,
        ConnectionState::ReconnectRequired { reason } => {
            inside.push(tag("p", "").words(states::RECONNECT_KEEPS));
            (Tone::Bad, states::reconnect(reason, name))
        }
        ConnectionState::Expiring { at } => (Tone::Warn, states::expiring(name, &intl::day(at))),
        ConnectionState::Legacy { deadline } => {
            inside.push(tag("p", "").words(states::UPGRADE_KEEPS));
            // Closing it reads its entry of the tray, which is how the proxy remembers it.
            close = told
                .map(|(entry, _)| -> Box<dyn Fn()> { Box::new(move || live.act(live.mark_one_read(entry))) });
            (Tone::Warn, states::legacy(name, deadline.map(intl::day).as_deref()))
        }
        _ => return None,
    };
    let id = id.clone();
    inside.push(button("button small", states::next(state)).press(move || asking.connect(id.clone())));
    Some(banner(Head::still(tone, title), close, inside))
}

/// The running or just ended import of one integration. What stands under its bar is of the second part.
fn import_banner(integration: IntegrationId) -> Tag {
    let live = use_live();
    let run = live.import(integration.clone());
    let state = move || run.with(|run| run.as_ref().map_or(ImportState::Done, |run| run.state));
    let progress = move || run.with(|run| run.as_ref().map(Progress::of));
    let tone = move || match state() {
        ImportState::Running => Tone::Info,
        ImportState::Done => Tone::Good,
        ImportState::Failed | ImportState::Cancelled => Tone::Warn,
    };
    let title = move || {
        let failed = progress().map_or(0, |p| p.failed);
        import::title(state(), failed, &intl::count(failed as u64))
    };
    let close = move || {
        if let Some(import) = run.with_untracked(|run| run.as_ref().map(|run| run.import)) {
            live.change_notices(|notices| notices.close_import(import));
            // Read is how the proxy remembers it, for the next page and for other devices.
            let end = live.tray().with_untracked(|tray| end_of(tray, import).cloned());
            if let Some(entry) = end.filter(|entry| !entry.read) {
                live.act(live.mark_one_read(entry.seq));
            }
        }
    };
    let inside = vec![
        tag("div", "").when(move || state() == ImportState::Running, move || import_line(run)),
        Further::import_details(integration),
    ];
    banner(Head { tone: Rc::new(tone), title: Rc::new(title) }, Some(Box::new(close)), inside)
}

/// The bar of a run over all its lists, with its numbers in words.
pub(super) fn import_line(run: Signal<Option<ImportSnapshot>>) -> Tag {
    let progress = move || run.with(|run| run.as_ref().map(Progress::of));
    let share = Share {
        percent: Rc::new(move || progress().and_then(|p| p.percent())),
        words: Rc::new(move || progress().map(share).unwrap_or_default()),
    };
    let words = share.words.clone();
    let pace = move || run.with(|run| run.as_ref().map(pace).unwrap_or_default());
    tag("div", "import-line")
        .put(bar(import::PROGRESS, &share))
        .put(tag("span", "numbers").says(move || words()))
        .put(tag("span", "muted numbers").says(pace))
}

fn share(progress: Progress) -> String {
    let done = intl::count(progress.done);
    match progress.total {
        Some(total) => import::share(&done, &intl::count(total)),
        None => import::so_far(progress.done, &done),
    }
}

/// How fast it is and how long it takes, as far as that is known.
fn pace(run: &ImportSnapshot) -> String {
    let count = |number: u32| intl::count(u64::from(number));
    let rate = Progress::of(run).per_second.map(|rate| import::rate(&count(rate)));
    let left = run.seconds_left.map(|left| import::left(left, &count(left / 60)));
    [rate, left].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
