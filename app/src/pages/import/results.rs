//! What a run did to records, each with a link to exactly those.

use protocol::ids::{ImportId, IntegrationId};
use protocol::import::{ImportSnapshot, ImportState, List, Outcome};
use protocol::record::{ChangeKind, ChangedIn};

use super::Run;
use super::lists::row_of;
use crate::browser::dom::{Tag, tag};
use crate::model::banner::{changes, first_changed, news, news_of, outcome};
use crate::pages::data::address;
use crate::text::import;

/// What a run that is over changed, each with a link to exactly those records. Of `only` that run, if
/// one is named, with all that it added; else without the lists that were never read before, of which
/// everything was added.
pub(in crate::pages) fn results(integration: IntegrationId, run: Run, only: Option<ImportId>) -> Tag {
    let of = move |run: &ImportSnapshot| {
        let over = run.state != ImportState::Running && only.is_none_or(|only| only == run.import);
        let outcome = if only.is_some() { outcome(run) } else { news(run) };
        let firsts = changes(&outcome).map(|(kind, _)| first_changed(run, kind, only.is_none()));
        over.then_some((run.import, outcome, firsts))
    };
    let known = move || run.with(|run| run.as_ref().and_then(of));
    let draw = move |known: &Option<(ImportId, Outcome, [Option<List>; 4])>| {
        let (import, outcome, firsts) = known.as_ref()?;
        let links = changes(outcome).into_iter().zip(firsts);
        let links = links.filter_map(|((kind, count), list)| {
            Some(link(&integration, (*list)?, ChangedIn { import: *import, kind: Some(kind) }, count))
        });
        results_of(links.collect(), outcome)
    };
    tag("div", "").draws(known, draw)
}

fn results_of(links: Vec<Tag>, outcome: &Outcome) -> Option<Tag> {
    let rest = import::unshown(outcome).join(", ");
    let any = !links.is_empty() || !rest.is_empty();
    any.then(|| {
        tag("p", "results small numbers")
            .attr("role", "group")
            .attr("aria-label", import::RESULTS)
            .all(links)
            .put(tag("span", "muted").words(&rest))
    })
}

fn link(integration: &IntegrationId, list: List, changed: ChangedIn, count: u32) -> Tag {
    let words = import::change(changed.kind.unwrap_or(ChangeKind::Changed), count);
    tag("a", "").attr("href", &address(integration, list, changed)).words(&words)
}

/// What became of one list's records, unless it was never read before.
pub(super) fn changed(integration: IntegrationId, list: List, run: Run) -> Tag {
    let known = move || run.with(|run| row_of(run.as_ref(), list).map(|(id, row)| (id, news_of(row))));
    let draw = move |known: &Option<(ImportId, Outcome)>| {
        let (import, outcome) = known.as_ref()?;
        let some = changes(outcome).into_iter().filter(|(_, count)| *count > 0);
        let links = some.map(|(kind, count)| {
            link(&integration, list, ChangedIn { import: *import, kind: Some(kind) }, count)
        });
        Some(tag("span", "").all(links.collect()))
    };
    tag("span", "").draws(known, draw)
}
