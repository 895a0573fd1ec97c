//! The lists of a run, each with its counts and a bar.

use leptos::prelude::*;
use protocol::import::{ListProgress, ListState};

use super::copy_button::CopyButton;
use crate::browser::intl;
use crate::text::{faults, import};

/// List by list. Rows are kept by list, so that only what moved is drawn again.
#[component]
pub fn ImportLists(
    /// Name of the integration.
    #[prop(into)]
    name: Signal<String>,
    /// The lists, in order.
    #[prop(into)]
    lists: Signal<Vec<ListProgress>>,
) -> impl IntoView {
    let keys = Memo::new(move |_| lists.get().iter().map(|row| row.list).collect::<Vec<_>>());
    view! {
        <ul class="import-lists">
            <For each=move || keys.get() key=|list| *list let:list>
                {
                    let row = Memo::new(move |_| {
                        lists.with(|rows| rows.iter().find(|row| row.list == list).cloned())
                    });
                    view! {
                        <li class=move || row.get().map(|row| class(&row.state))>
                            <span class="list">{import::list(list)}</span>
                            <span class="count numbers">{move || row.get().map(|row| counts(&row))}</span>
                            <span class="bar" aria-hidden="true">
                                <span style:inline-size=move || row.get().map(|row| width(&row))></span>
                            </span>
                            {move || row.get().and_then(|row| failed(&row, &name.get()))}
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

fn class(state: &ListState) -> &'static str {
    match state {
        ListState::Waiting => "waiting",
        ListState::Running => "running",
        ListState::Done => "done",
        ListState::Failed(_) => "failed",
        ListState::Skipped => "skipped",
    }
}

fn counts(row: &ListProgress) -> String {
    let done = intl::count(u64::from(row.done));
    match (&row.state, row.total) {
        (ListState::Skipped, _) => import::SKIPPED.to_owned(),
        (ListState::Waiting, None) => import::WAITS.to_owned(),
        (ListState::Done, _) | (_, None) => done,
        (_, Some(total)) => import::of(&done, &intl::count(u64::from(total))),
    }
}

fn width(row: &ListProgress) -> String {
    let share = match (&row.state, row.total) {
        (ListState::Done, _) => 100,
        (_, Some(total)) if total > 0 => u64::from(row.done) * 100 / u64::from(total),
        _ => 0,
    };
    [share.min(100).to_string().as_str(), "%"].concat()
}

fn failed(row: &ListProgress, name: &str) -> Option<impl IntoView + use<>> {
    let ListState::Failed(fault) = &row.state else {
        return None;
    };
    let known = fault.code.is_some() || fault.trace.is_some();
    let (code, trace) = (fault.code.as_deref(), fault.trace.as_deref());
    let details = faults::provider_details(code.unwrap_or_default(), trace.unwrap_or_default());
    Some(view! {
        <span class="why">
            {import::cause(fault.cause, name)} {known.then(|| view! { <CopyButton details /> })}
        </span>
    })
}
