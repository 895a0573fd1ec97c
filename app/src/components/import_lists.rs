//! The lists of a run, each with its counts and a bar.

use std::rc::Rc;

use protocol::import::{List, ListProgress, ListState};

use super::copy_button::copy_button;
use crate::browser::dom::{Tag, tag};
use crate::browser::intl;
use crate::text::{faults, import};

/// The progress of a list, at any time.
pub type Progress = Rc<dyn Fn() -> Option<ListProgress>>;

/// One list. Its row stays while its counts move.
pub fn import_row(list: List, name: String, progress: Progress) -> Tag {
    let of = |read: fn(&ListProgress) -> String| {
        let progress = progress.clone();
        move || progress().map(|row| read(&row)).unwrap_or_default()
    };
    let class = of(|row| class(&row.state).to_owned());
    let wide = progress.clone();
    tag("li", "")
        .live("class", move || Some(class()))
        .put(tag("span", "list").words(import::list(list)))
        .put(tag("span", "count numbers").says(of(counts)))
        .put(
            tag("span", "bar")
                .attr("aria-hidden", "true")
                .put(tag("span", "").percent_wide(move || wide().map_or(0, |row| width(&row)))),
        )
        .put(tag("span", "why").shows(move || failed(&progress()?, &name)))
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

fn counts(row: &ListProgress) -> String {
    let done = intl::count(u64::from(row.done));
    match (&row.state, row.total) {
        (ListState::Skipped(reason), _) => import::skipped(*reason).to_owned(),
        (ListState::Waiting, None) => import::WAITS.to_owned(),
        (ListState::Done, _) | (_, None) => done,
        (_, Some(total)) => import::of(&done, &intl::count(u64::from(total))),
    }
}

fn width(row: &ListProgress) -> u64 {
    match (&row.state, row.total) {
        (ListState::Done, _) => 100,
        (_, Some(total)) if total > 0 => (u64::from(row.done) * 100 / u64::from(total)).min(100),
        _ => 0,
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
