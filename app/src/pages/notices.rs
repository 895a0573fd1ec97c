//! The messages at the top of every page: faults, imports, what was switched off, what waits.

use leptos::prelude::*;
use protocol::ids::IntegrationId;
use protocol::import::{ImportSnapshot, ImportState, Waiting};
use protocol::store::{CompanyDecision, ConnectFailure, Connection, ConnectionState};

use super::connect::Asking;
use crate::browser::intl;
use crate::components::banner::{Banner, Tone};
use crate::components::copy_button::CopyButton;
use crate::components::import_lists::ImportLists;
use crate::components::progress::Progress as Bar;
use crate::live::{Live, use_live};
use crate::model::banner::Progress;
use crate::routes::{Route, Tab};
use crate::text::{connect, faults, import, states};

/// Every message, the most urgent first.
#[component]
pub fn Notices() -> impl IntoView {
    let live = use_live();
    let shown = Memo::new(move |_| {
        let notices = live.notices().get();
        live.imports().with(|imports| {
            let shown = imports.iter().filter(|run| notices.shows(run));
            shown.map(|run| run.integration.clone()).collect::<Vec<_>>()
        })
    });
    let everyone = Memo::new(move |_| {
        live.connections().with(|all| all.iter().map(|c| c.integration.clone()).collect::<Vec<_>>())
    });
    view! {
        <div class="notices">
            <FaultBanner />
            <For each=move || everyone.get() key=IntegrationId::clone let:id>
                <ConnectionBanners integration=id />
            </For>
            <For each=move || shown.get() key=IntegrationId::clone let:id>
                <ImportBanner integration=id />
            </For>
        </div>
    }
}

#[component]
fn FaultBanner() -> impl IntoView {
    let live = use_live();
    move || {
        let fault = live.fault().get()?;
        let close = Callback::new(move |()| live.close_fault());
        let known = !fault.reference.is_empty();
        let details = faults::details(&fault.reference);
        Some(view! {
            <Banner tone=Tone::Bad title=faults::kind(fault.kind) close=Some(close)>
                {known.then(|| view! { <CopyButton details /> })}
            </Banner>
        })
    }
}

/// What there is to say about one connection.
#[component]
fn ConnectionBanners(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let asking = Asking::here();
    let connection = live.connection(integration.clone());
    let entry = live.integration(integration.clone());
    let name = Memo::new(move |_| entry.get().map(|i| i.name).unwrap_or_default());
    let off_id = integration.clone();
    let off = Memo::new(move |_| live.notices().with(|n| n.switched_off().contains(&off_id)));
    let id = integration.clone();
    let switched_off = move || {
        off.get().then(|| {
            let id = integration.clone();
            let close = Callback::new(move |()| live.change_notices(|n| n.close_switched_off(&id)));
            view! { <Banner tone=Tone::Good title=connect::is_off(&name.get()) close=Some(close) /> }
        })
    };
    // Each stays as it is, focus included, while only other parts of the connection move on.
    let undecided = Memo::new(move |_| connection.with(|c| c.as_ref().and_then(|c| c.decision.clone())));
    let failed = Memo::new(move |_| {
        let shown = |c: &Connection| live.notices().with(|notices| notices.shows_failure(c));
        connection.with(|c| c.as_ref().filter(|c| shown(c)).and_then(|c| c.last_failure))
    });
    let state = Memo::new(move |_| connection.with(|c| c.as_ref().map(|c| c.state)));
    let (guarded, tried, told) = (id.clone(), id.clone(), id);
    view! {
        {switched_off}
        {move || undecided.get().map(|d| decision(asking, guarded.clone(), &d))}
        {move || failed.get().map(|f| failure(live, asking, &tried, f))}
        {move || state.get().map(|s| standing(asking, told.clone(), s, &name.get()))}
    }
}

/// The company guard waits.
fn decision(asking: Asking, id: IntegrationId, decision: &CompanyDecision) -> impl IntoView + use<> {
    let title = if decision.mine {
        connect::guard_mine(&decision.before, &decision.chosen)
    } else {
        connect::guard_theirs(&decision.before, &decision.chosen)
    };
    let open = decision.mine.then(|| {
        view! {
            <button type="button" class="button small" on:click=move |_| asking.company(id.clone())>
                {connect::GUARD_OPEN}
            </button>
        }
    });
    view! {
        <Banner tone=Tone::Warn title>
            {open}
        </Banner>
    }
}

/// The last attempt came to nothing.
fn failure(live: Live, asking: Asking, id: &IntegrationId, failure: ConnectFailure) -> impl IntoView + use<> {
    let connection = live.connection(id.clone());
    let name = live.integration(id.clone()).get().map(|i| i.name).unwrap_or_default();
    let close = Callback::new(move |()| {
        if let Some(connection) = connection.get_untracked() {
            live.change_notices(|notices| notices.close_failure(&connection));
        }
    });
    let again_id = id.clone();
    let again = connect::way_out(failure).map(|words| {
        view! {
            <button type="button" class="button small" on:click=move |_| asking.connect(again_id.clone())>
                {words}
            </button>
        }
    });
    view! {
        <Banner tone=Tone::Warn title=connect::failure(failure, &name) close=Some(close)>
            {again}
        </Banner>
    }
}

/// What the state itself asks for.
fn standing(
    asking: Asking,
    id: IntegrationId,
    state: ConnectionState,
    name: &str,
) -> Option<impl IntoView + use<>> {
    let (tone, title) = match state {
        ConnectionState::ReconnectRequired { reason } => {
            let reason = states::reconnect(reason, name);
            (Tone::Bad, [&reason, " ", states::RECONNECT_KEEPS].concat())
        }
        ConnectionState::Expiring { at } => (Tone::Warn, states::expiring(name, &intl::day(at))),
        ConnectionState::Legacy { deadline } => {
            (Tone::Warn, states::legacy(name, deadline.map(intl::day).as_deref()))
        }
        _ => return None,
    };
    Some(view! {
        <Banner tone title>
            <button type="button" class="button small" on:click=move |_| asking.connect(id.clone())>
                {states::next(state)}
            </button>
        </Banner>
    })
}

/// The running or just ended import of one integration.
#[component]
fn ImportBanner(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let run = live.import(integration.clone());
    let entry = live.integration(integration.clone());
    let name = Memo::new(move |_| entry.get().map(|i| i.name).unwrap_or_default());
    let progress = Memo::new(move |_| run.with(|run| run.as_ref().map(Progress::of)));
    let state = Memo::new(move |_| run.with(|run| run.as_ref().map_or(ImportState::Done, |run| run.state)));
    let tone = Signal::derive(move || match state.get() {
        ImportState::Running => Tone::Info,
        ImportState::Done => Tone::Good,
        ImportState::Failed | ImportState::Cancelled => Tone::Warn,
    });
    let title = Signal::derive(move || {
        let failed = progress.get().map_or(0, |p| p.failed);
        import::title(state.get(), failed, &intl::count(failed as u64))
    });
    let close = Callback::new(move |()| {
        if let Some(run) = run.get_untracked() {
            live.change_notices(|notices| notices.close_import(run.import));
        }
    });
    let lists =
        Signal::derive(move || run.with(|run| run.as_ref().map(|r| r.lists.clone())).unwrap_or_default());
    let percent = Signal::derive(move || progress.get().and_then(|p| p.percent()));
    let words = Signal::derive(move || progress.get().map(share).unwrap_or_default());
    let waits = move || run.with(|run| run.as_ref().and_then(|run| waiting(run, &name.get())));
    view! {
        <Banner tone title close=Some(close)>
            <Show when=move || state.get() == ImportState::Running>
                <div class="import-line">
                    <Bar label=import::PROGRESS percent words />
                    <span class="numbers">{words}</span>
                    <span class="muted">{waits}</span>
                </div>
            </Show>
            <ImportLists name lists />
            <div class="actions">
                <ImportActions integration run />
            </div>
        </Banner>
    }
}

#[component]
fn ImportActions(integration: IntegrationId, run: Memo<Option<ImportSnapshot>>) -> impl IntoView {
    let live = use_live();
    let known = Memo::new(move |_| run.with(|run| run.as_ref().map(|run| (run.import, run.state))));
    let configuration = Route::Integration(integration, Tab::Configuration).path();
    move || {
        let (id, state) = known.get()?;
        let retry = move |_| live.act(live.retry_import(id));
        Some(match state {
            ImportState::Running => view! { <span class="muted small">{import::NO_RELOAD}</span> }.into_any(),
            ImportState::Failed => view! {
                <button type="button" class="button small" on:click=retry>
                    {import::RETRY}
                </button>
            }
            .into_any(),
            ImportState::Done | ImportState::Cancelled => view! {
                <a class="button small" href=configuration.clone()>
                    {import::GO_ON}
                </a>
            }
            .into_any(),
        })
    }
}

fn share(progress: Progress) -> String {
    let done = intl::count(progress.done);
    match progress.total {
        Some(total) => import::share(&done, &intl::count(total)),
        None => import::so_far(&done),
    }
}

/// Why it waits, or else how long it takes.
fn waiting(run: &ImportSnapshot, name: &str) -> Option<String> {
    match run.waiting {
        Some(Waiting::Limit { .. }) => Some(import::limited(name)),
        Some(Waiting::Retry { .. }) => Some(import::busy(name)),
        None => run.seconds_left.map(|left| import::left(left, &intl::count(u64::from(left / 60)))),
    }
}
