//! What happened at one integration, newest first, read in windows.

use leptos::prelude::*;
use protocol::ids::{EventSeq, IntegrationId};
use protocol::notification::Notification;

use crate::components::notification_row::NotificationRow;
use crate::live::use_live;
use crate::text::{self, faults, overview, tray};

/// Rows that are read at once.
const WINDOW: u16 = 50;

/// The activity tab.
#[component]
pub fn ActivityPage(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let older = RwSignal::new(Vec::<Notification>::new());
    let more = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<&'static str>);
    let name = live.integration(integration.clone()).get_untracked().map(|i| i.name).unwrap_or_default();
    let id = integration.clone();
    let entries = Memo::new(move |_| {
        let ours = |entry: &&Notification| entry.integration == id;
        let mut all = older.get();
        live.tray().with(|tray| all.extend(tray.latest.iter().filter(ours).cloned()));
        all.sort_by_key(|entry| std::cmp::Reverse(entry.seq));
        all.dedup_by_key(|entry| entry.seq);
        all
    });
    let read = move |before: Option<EventSeq>| {
        let integration = integration.clone();
        busy.set(true);
        leptos::task::spawn_local(async move {
            let answer = live.read_activity(integration, before, WINDOW).await;
            // The page may have been left meanwhile, and its signals gone with it.
            busy.try_set(false);
            match answer {
                Ok(rows) => {
                    more.try_set(rows.len() >= usize::from(WINDOW));
                    older.try_update(|older| older.extend(rows));
                }
                Err(fault) => drop(problem.try_set(Some(faults::kind(fault.kind)))),
            }
        });
    };
    read(None);
    let read_on = move |_| read(older.with_untracked(|older| older.iter().map(|entry| entry.seq).min()));
    let end = move || match (busy.get(), problem.get(), entries.with(Vec::is_empty)) {
        (true, ..) => Some(text::LOADING),
        (_, Some(problem), _) => Some(problem),
        (_, _, true) => Some(tray::EMPTY),
        _ => (!more.get()).then_some(tray::NO_OLDER),
    };
    view! {
        <section class="card" aria-label=overview::tab(crate::routes::Tab::Activity)>
            <ul class="entries">
                <For each=move || entries.get() key=|entry| entry.seq let:entry>
                    <NotificationRow entry name=name.clone() now=live.now() read=None />
                </For>
            </ul>
            <p class="muted small" role="status">
                {end}
            </p>
            <Show when=move || more.get() && !entries.with(Vec::is_empty)>
                <button type="button" class="button small" disabled=busy on:click=read_on.clone()>
                    {tray::OLDER}
                </button>
            </Show>
        </section>
    }
}
