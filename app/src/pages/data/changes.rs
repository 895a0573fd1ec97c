//! The filter by what a run did to the records of a list.

use protocol::ids::{ImportId, IntegrationId};
use protocol::import::{ImportSnapshot, List};
use protocol::record::{ChangeKind, ChangedIn, RecordChange};

use crate::browser::dom::{Tag, button, tag};
use crate::live::{Live, use_live};
use crate::model::banner;
use crate::model::listing::{Part, View};
use crate::routes;
use crate::signals::{Signal, memo};
use crate::text::{configuration as text, import};

/// The run that is filtered by: the one that the address names, else the last one.
fn run_of(live: Live, integration: &IntegrationId, view: Signal<View>) -> Signal<Option<ImportId>> {
    let last = live.import(integration.clone());
    memo(move || {
        let named = view.with(|view| view.changed.map(|changed| changed.import));
        named.or_else(|| last.with(|run| run.as_ref().map(|run| run.import)))
    })
}

/// What that run did to the records of this list, as far as it is known.
fn counts(run: Option<&ImportSnapshot>, of: Option<ImportId>, list: List) -> [(ChangeKind, u32); 4] {
    let row = run.filter(|run| Some(run.import) == of);
    let row = row.and_then(|run| run.lists.iter().find(|row| row.list == list));
    banner::changes(&row.map(|row| row.outcome).unwrap_or_default())
}

/// The filter; nothing where the last run changed nothing and nobody filters.
pub(super) fn changes(integration: &IntegrationId, list: List, view: Signal<View>) -> Tag {
    let live = use_live();
    let known = live.import(integration.clone());
    let run = run_of(live, integration, view);
    let counts = memo(move || known.with(|known| counts(known.as_ref(), run.get(), list)));
    let pressed = memo(move || view.with(View::part));
    let choose = move |part: Part| {
        let number = run.get_untracked().map(|run| run.0.to_string()).unwrap_or_default();
        live.set_query(routes::RUN, if part == Part::All { "" } else { &number });
        live.set_query(routes::CHANGE, part.name());
    };
    let segment = move |part: Part| {
        button("segment", "")
            .says_whether("aria-pressed", move || pressed.get() == part)
            .says(move || words(part, &counts.get()))
            .press(move || choose(part))
    };
    // Every record; then each kind that there is, or that is filtered by.
    let keys = move || {
        let there = |part: &Part| *part == pressed.get() || is_there(*part, &counts.get());
        let parts = (0..).zip(Part::EVERY).filter(|(_, part)| there(part));
        parts.map(|(place, _)| place).collect()
    };
    let draw = move |place: u64| {
        let part = usize::try_from(place).ok().and_then(|place| Part::EVERY.get(place).copied());
        segment(part.unwrap_or(Part::All))
    };
    let any = move || pressed.get() != Part::All || counts.get().iter().any(|(_, count)| *count > 0);
    tag("div", "").when(any, move || {
        tag("div", "segments changes-of")
            .attr("role", "group")
            .attr("aria-label", text::CHANGES_OF)
            .each(keys, draw)
    })
}

fn is_there(part: Part, counts: &[(ChangeKind, u32); 4]) -> bool {
    match part {
        Part::All => true,
        Part::Changed(kind) => {
            counts.iter().any(|(of, count)| kind.is_none_or(|kind| kind == *of) && *count > 0)
        }
    }
}

fn words(part: Part, counts: &[(ChangeKind, u32); 4]) -> String {
    match part {
        Part::All => text::ALL_RECORDS.to_owned(),
        Part::Changed(None) => text::ALL_CHANGES.to_owned(),
        Part::Changed(Some(kind)) => {
            let count = counts.iter().find(|(of, _)| *of == kind).map_or(0, |(_, count)| *count);
            if count > 0 { import::change(kind, count) } else { text::change(kind).to_owned() }
        }
    }
}

/// Whether a record was changed by the run that is filtered by, and how.
pub(super) fn is_of(changed: Option<ChangedIn>, change: Option<&RecordChange>) -> Option<ChangeKind> {
    let changed = changed?;
    change.filter(|change| change.import == changed.import).map(|change| change.kind)
}
