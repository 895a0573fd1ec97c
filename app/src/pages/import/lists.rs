//! The lists of a run. Where there is little room, and once it is over, only those that run or failed are
//! shown, until somebody asks for all of them.

use std::rc::Rc;

use protocol::ids::{ImportId, IntegrationId};
use protocol::import::{ImportSnapshot, List, ListProgress, ListState};

use super::Run;
use super::results::changed;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::intl;
use crate::components::import_lists::import_row;
use crate::live::Live;
use crate::signals::RwSignal;
use crate::text::import;

/// So many lists are shown in any case.
const FEW: usize = 4;

/// The lists of the run of an integration, and whether all of them are shown.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    live: Live,
    run: Run,
    all: RwSignal<bool>,
}

impl Lists {
    pub(super) fn of(live: Live, run: Run) -> Self {
        Self { live, run, all: RwSignal::new(false) }
    }

    fn count(self) -> usize {
        self.run.with(|run| run.as_ref().map_or(0, |run| run.lists.len()))
    }

    /// They are a wall, and can be folded.
    pub(super) fn many(self) -> bool {
        self.count() > FEW
    }

    /// Unfolds and folds them.
    pub(super) fn toggle(self, place: &str) -> Tag {
        let Self { all, .. } = self;
        let words = move || import::all_lists(&intl::count(self.count() as u64));
        button("button plain small show-lists", "")
            .attr("aria-controls", &rows_id(place))
            .says_whether("aria-expanded", move || all.get())
            .says(words)
            .press(move || all.set(!all.get_untracked()))
    }

    /// All of them. Which ones are folded is a matter of looks, so that a row that has the focus stays.
    pub(super) fn rows(self, integration: &IntegrationId, name: String, place: &str) -> Tag {
        let Self { live, run, all } = self;
        let keys = move || run.with(|run| run.as_ref().map(keys).unwrap_or_default());
        let integration = integration.clone();
        let row = move |place: u64| {
            let list = usize::try_from(place).map_or(List::Company, |place| List::ALL[place]);
            let find = move |run: &ImportSnapshot| run.lists.iter().find(|row| row.list == list).cloned();
            let progress = move || run.with(|run| run.as_ref().and_then(find));
            let more = tag("span", "became").put(changed(integration.clone(), list, run)).put(retry_one(
                live,
                integration.clone(),
                list,
                run,
            ));
            import_row(list, name.clone(), Rc::new(progress), more)
        };
        tag("ul", "import-lists").attr("id", &rows_id(place)).class("all", move || all.get()).each(keys, row)
    }
}

fn rows_id(place: &str) -> String {
    ["lists-", place].concat()
}

/// The lists of a run by their places among all.
fn keys(run: &ImportSnapshot) -> Vec<u64> {
    let place = |row: &ListProgress| (0..).zip(List::ALL).find(|(_, list)| *list == row.list);
    run.lists.iter().filter_map(place).map(|(place, _)| place).collect()
}

pub(super) fn row_of(run: Option<&ImportSnapshot>, list: List) -> Option<(ImportId, &ListProgress)> {
    let run = run?;
    Some((run.import, run.lists.iter().find(|row| row.list == list)?))
}

/// Reads one failed list again, in the same run where that is not over.
fn retry_one(live: Live, integration: IntegrationId, list: List, run: Run) -> Tag {
    let failed = move || {
        let is = |row: &ListProgress| matches!(row.state, ListState::Failed(_));
        live.may().import && run.with(|run| row_of(run.as_ref(), list).is_some_and(|(_, row)| is(row)))
    };
    let draw = move || {
        let integration = integration.clone();
        button("button small", import::RETRY)
            .attr("aria-label", &import::retry_one(import::list(list)))
            .press(move || {
                let integration = integration.clone();
                live.act(async move { live.start_import(integration, vec![list]).await.map(drop) });
            })
    };
    tag("span", "").when(failed, draw)
}
