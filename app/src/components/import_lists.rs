//! The lists of a run, each with its counts, its rate and a bar.

use std::rc::Rc;

use protocol::import::{List, ListProgress, ListState, Reading};

use super::copy_button::copy_button;
use super::progress::{Share, bar};
use crate::browser::dom::{Tag, tag};
use crate::browser::intl;
use crate::text::{faults, import};

/// The progress of a list, at any time.
pub type Progress = Rc<dyn Fn() -> Option<ListProgress>>;

/// One list. Its row stays while its counts move. `more` stands under it. Its bar says the name and
/// the counts aloud, so that these are not said twice.
pub fn import_row(list: List, name: String, progress: Progress, more: Tag) -> Tag {
    let of = |read: fn(&ListProgress) -> String| {
        let progress = progress.clone();
        move || progress().map(|row| read(&row)).unwrap_or_default()
    };
    let class = of(|row| class(&row.state).to_owned());
    let wide = progress.clone();
    let share =
        Share { percent: Rc::new(move || wide().and_then(|row| width(&row))), words: Rc::new(of(counts)) };
    tag("li", "")
        .live("class", move || Some(class()))
        .put(tag("span", "list").attr("aria-hidden", "true").words(import::list(list)))
        .put(tag("span", "count numbers").attr("aria-hidden", "true").says(of(counts)))
        .put(bar(import::list(list), &share))
        .put(tag("span", "why").shows(move || failed(&progress()?, &name)))
        .put(more)
}

fn class(state: &ListState) -> &'static str {
    match state {
        ListState::Waiting => "waiting",
        ListState::Running => "running",
        ListState::Done => "done",
        ListState::Failed(_) => "failed",
        ListState::Skipped(_) => "skipped",
    }
}

/// Counts and rate, or why there are none.
fn counts(row: &ListProgress) -> String {
    let done = intl::count(u64::from(row.done));
    let counts = match (&row.state, row.total) {
        (ListState::Skipped(reason), _) => return import::skipped(*reason).to_owned(),
        (ListState::Waiting, None) => import::WAITS.to_owned(),
        (ListState::Done, _) if row.reading == Reading::Changes => import::list_changes(row.done, &done),
        (ListState::Done, _) | (_, None) => done,
        (_, Some(total)) => import::of(&done, &intl::count(u64::from(total))),
    };
    let running = row.state == ListState::Running;
    let rate = row.per_second.filter(|_| running).map(|rate| import::rate(&intl::count(u64::from(rate))));
    let changes = (running && row.reading == Reading::Changes).then(|| import::CHANGES_ONLY.to_owned());
    [Some(counts), rate, changes].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The share that is read; none while a list that runs is not counted.
fn width(row: &ListProgress) -> Option<u8> {
    match (&row.state, row.total) {
        (ListState::Done, _) => Some(100),
        (_, Some(total)) if total > 0 => {
            u8::try_from((u64::from(row.done) * 100 / u64::from(total)).min(100)).ok()
        }
        (ListState::Running, None) => None,
        _ => Some(0),
    }
}

fn failed(row: &ListProgress, name: &str) -> Option<Tag> {
    let ListState::Failed(fault) = &row.state else {
        return None;
    };
    let known = fault.code.is_some() || fault.trace.is_some();
    let (code, trace) = (fault.code.as_deref(), fault.trace.as_deref());
    let details = faults::provider_details(code.unwrap_or_default(), trace.unwrap_or_default());
    let copy = known.then(|| copy_button(details));
    Some(tag("span", "").words(&import::cause(fault.cause, name)).words(" ").maybe(copy))
}
