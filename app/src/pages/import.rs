//! One run in full, in the banner and in the tray: what began it, why it waits, its lists, what it
//! changed, and what can be done. It is of the second part; the bar above it does not wait for that.

use std::rc::Rc;

use protocol::REQUESTS_A_MINUTE;
use protocol::ids::{ImportId, IntegrationId};
use protocol::import::{ImportSnapshot, ImportState, List, ListProgress, ListState, Outcome, Waiting};
use protocol::record::{ChangeKind, ChangedIn};

use super::data::address;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::intl;
use crate::components::import_lists::import_row;
use crate::components::progress::seconds;
use crate::live::{Live, use_live};
use crate::model::banner::{Progress, changes, first_changed, outcome, reading};
use crate::routes::{Route, Tab};
use crate::signals::{RwSignal, Signal, memo};
use crate::text::import;

type Run = Signal<Option<ImportSnapshot>>;

/// What there is to say about the running or last run of an integration, under its bar.
pub(super) fn import_details(integration: &IntegrationId) -> Tag {
    let live = use_live();
    let (run, name) = (live.import(integration.clone()), live.name(integration));
    let about = {
        let name = name.clone();
        move || run.with(|run| run.as_ref().map(|run| about(run, &name)).unwrap_or_default())
    };
    let waiting = move || run.with(|run| run.as_ref().and_then(|run| run.waiting));
    let waits = {
        let name = name.clone();
        move |waiting: &Option<Waiting>| waiting.map(|waiting| wait(waiting, name.clone()))
    };
    tag("div", "import-more")
        .put(tag("div", "").draws(waiting, waits))
        .put(tag("p", "muted small numbers").says(about))
        .put(results(integration.clone(), run, None))
        .put(lists(live, integration, run, name))
        .put(actions(live, integration, run))
}

/// What began it, how it reads, and how many lists are done.
fn about(run: &ImportSnapshot, name: &str) -> String {
    let progress = Progress::of(run);
    let mut words = vec![import::began(run.trigger, name)];
    words.extend(reading(run).map(|how| import::reading(how).to_owned()));
    if run.state == ImportState::Running {
        let count = |lists: usize| intl::count(lists as u64);
        words.push(import::lists_done(&count(progress.lists_done), &count(progress.lists)));
    }
    words.join(" · ")
}

/// Why it waits, with the seconds running down.
fn wait(waiting: Waiting, name: String) -> Tag {
    let (Waiting::Limit { until } | Waiting::Retry { until }) = waiting;
    let now = seconds();
    let words = move || {
        let left = until.0.saturating_sub(now.get()).div_ceil(1_000);
        let left = (left > 0).then(|| intl::count(left));
        let most = intl::count(u64::from(REQUESTS_A_MINUTE));
        import::waits_for(waiting, &name, &most, left.as_deref())
    };
    tag("p", "waits small numbers").says(words)
}

/// What a run that is over changed, each with a link to exactly those records. Of `only` that run, if
/// one is named.
pub(super) fn results(integration: IntegrationId, run: Run, only: Option<ImportId>) -> Tag {
    let of = move |run: &ImportSnapshot| {
        let over = run.state != ImportState::Running && only.is_none_or(|only| only == run.import);
        let firsts = changes(&outcome(run)).map(|(kind, _)| first_changed(run, kind));
        over.then(|| (run.import, outcome(run), firsts))
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

/// Every list. Where there is little room only those that run or failed, until somebody asks.
fn lists(live: Live, integration: &IntegrationId, run: Run, name: String) -> Tag {
    let all = RwSignal::new(false);
    let keys = move || run.with(|run| run.as_ref().map(listed).unwrap_or_default());
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
    let many = move || run.with(|run| run.as_ref().is_some_and(|run| listed(run).len() > FEW));
    let toggle = move || {
        let count = move || run.with(|run| run.as_ref().map_or(0, |run| run.lists.len()));
        let more = move || import::show_all(&intl::count(count() as u64));
        let words = move || if all.get() { import::SHOW_FEWER.to_owned() } else { more() };
        button("button plain small show-lists", "")
            .says_whether("aria-expanded", move || all.get())
            .says(words)
            .press(move || all.set(!all.get_untracked()))
    };
    tag("div", "import-all")
        .put(tag("ul", "import-lists").class("all", move || all.get()).each(keys, row))
        .when(many, toggle)
}

/// So many lists are shown even where there is little room.
const FEW: usize = 4;

/// All lists; of a run that failed, only those that did.
fn listed(run: &ImportSnapshot) -> Vec<u64> {
    let all = run.state != ImportState::Failed;
    let shown = run.lists.iter().filter(|row| all || matches!(row.state, ListState::Failed(_)));
    shown
        .filter_map(|row| (0..).zip(List::ALL).find(|(_, list)| *list == row.list))
        .map(|(place, _)| place)
        .collect()
}

fn row_of(run: Option<&ImportSnapshot>, list: List) -> Option<(ImportId, &ListProgress)> {
    let run = run?;
    Some((run.import, run.lists.iter().find(|row| row.list == list)?))
}

/// What became of one list's records.
fn changed(integration: IntegrationId, list: List, run: Run) -> Tag {
    let known = move || run.with(|run| row_of(run.as_ref(), list).map(|(id, row)| (id, row.outcome)));
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

/// Reads one failed list again, once the run is over.
fn retry_one(live: Live, integration: IntegrationId, list: List, run: Run) -> Tag {
    let failed = move || {
        let over = run.with(|run| run.as_ref().is_some_and(|run| run.state != ImportState::Running));
        let is = |row: &ListProgress| matches!(row.state, ListState::Failed(_));
        over && live.may().import
            && run.with(|run| row_of(run.as_ref(), list).is_some_and(|(_, row)| is(row)))
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

fn actions(live: Live, integration: &IntegrationId, run: Run) -> Tag {
    let state = memo(move || run.with(|run| run.as_ref().map(|run| run.state)));
    let may = move || live.may().import;
    let id = move || run.with_untracked(|run| run.as_ref().map(|run| run.import));
    let retry = move || {
        if let Some(import) = id() {
            live.act(live.retry_import(import));
        }
    };
    let stop = move || {
        if let Some(import) = id() {
            live.act(live.cancel_import(import));
        }
    };
    let configuration = Route::Integration(integration.clone(), Tab::Configuration).path();
    let running = move || state.get() == Some(ImportState::Running);
    let failed = move || state.get() == Some(ImportState::Failed) && may();
    let stopped = move || state.get() == Some(ImportState::Cancelled) && may();
    let over = move || matches!(state.get(), Some(ImportState::Done | ImportState::Cancelled));
    tag("div", "actions")
        .when(move || running() && may(), move || button("button small", import::STOP).press(stop))
        .when(running, || tag("span", "muted small").words(import::NO_RELOAD))
        .when(failed, move || button("button small", import::RETRY).press(retry))
        .when(stopped, move || button("button small", import::REST).press(retry))
        .when(over, move || tag("a", "button small").attr("href", &configuration).words(import::GO_ON))
}
