//! One run in full, in the banner and in the tray: what began it, why it waits, what it read and
//! changed, its lists, and what can be done. It is of the second part; the bar above it does not wait for that.

mod lists;
mod results;

use protocol::REQUESTS_A_MINUTE;
use protocol::ids::IntegrationId;
use protocol::import::{ImportSnapshot, ImportState, ListState, Reading, Waiting};

use self::lists::Lists;
pub(super) use self::results::results;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::intl;
use crate::components::progress::seconds;
use crate::live::{Live, use_live};
use crate::model::banner::{Progress, reading};
use crate::routes::{Route, Tab};
use crate::signals::{Signal, memo};
use crate::text::import;

type Run = Signal<Option<ImportSnapshot>>;

/// What there is to say about the running or last run of an integration, under its bar. `place` makes
/// names of elements that no other place has.
pub(super) fn import_details(integration: &IntegrationId, place: &str) -> Tag {
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
    let is_over = move || run.with(|run| run.as_ref().is_some_and(|run| run.state != ImportState::Running));
    let lists = Lists::of(live, run);
    let sum = tag("div", "import-sum")
        .put(tag("p", "muted small numbers").says(about))
        .put(results(integration.clone(), run, None))
        .put(lists.toggle(place));
    tag("div", "import-more")
        .class("over", is_over)
        .class("many", move || lists.many())
        .put(tag("div", "").draws(waiting, waits))
        .put(sum)
        .put(lists.rows(integration, name, place))
        .put(actions(live, integration, run))
}

/// What began it. While it runs how it reads, and how many lists are done; then what came of it.
fn about(run: &ImportSnapshot, name: &str) -> String {
    let progress = Progress::of(run);
    let mut words = vec![import::began(run.trigger, name)];
    let count = |lists: usize| intl::count(lists as u64);
    let lists_done = || import::lists_done(&count(progress.lists_done), &count(progress.lists));
    match run.state {
        ImportState::Running => {
            words.extend(reading(run).map(|how| import::reading(how).to_owned()));
            words.push(lists_done());
        }
        ImportState::Cancelled => words.extend([came_of_it(run, &progress), lists_done()]),
        ImportState::Done | ImportState::Failed => words.push(came_of_it(run, &progress)),
    }
    let skipped = run.lists.iter().filter(|row| matches!(row.state, ListState::Skipped(_))).count();
    words.extend((skipped > 0).then(|| import::lists_skipped(skipped, &count(skipped))));
    // The title of a run that ended so says how many failed.
    let untold = progress.failed > 0 && run.state != ImportState::Failed;
    words.extend(untold.then(|| import::lists_failed(progress.failed, &count(progress.failed))));
    words.join(" · ")
}

/// How many records it read, and how long that took.
fn came_of_it(run: &ImportSnapshot, progress: &Progress) -> String {
    let changes = reading(run) == Some(Reading::Changes);
    let read = import::read(progress.done, &intl::count(progress.done), changes);
    let lasted = run.finished.map(|end| import::lasted(end.0.saturating_sub(run.started.0), intl::count));
    [Some(read), lasted].into_iter().flatten().collect::<Vec<_>>().join(" in ")
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
    // A list that failed alone has its own button.
    let several = move || run.with(|run| run.as_ref().is_some_and(|run| Progress::of(run).failed > 1));
    let failed = move || state.get() == Some(ImportState::Failed) && several() && may();
    let stopped = move || state.get() == Some(ImportState::Cancelled) && may();
    let over = move || matches!(state.get(), Some(ImportState::Done | ImportState::Cancelled));
    tag("div", "actions")
        .when(move || running() && may(), move || button("button small", import::STOP).press(stop))
        .when(running, || tag("span", "muted small").words(import::NO_RELOAD))
        .when(failed, move || button("button small", import::RETRY_ALL).press(retry))
        .when(stopped, move || button("button small", import::REST).press(retry))
        .when(over, move || tag("a", "button small").attr("href", &configuration).words(import::GO_ON))
}
