//! The tray: a bell with an unread count, and under it what runs and what happened.

use leptos::prelude::*;
use protocol::import::ImportState;
use protocol::notification::Notification;

use crate::browser::intl;
use crate::components::icon::{Drawn, Icon};
use crate::components::notification_row::NotificationRow;
use crate::components::progress::Progress as Bar;
use crate::live::{Live, use_live};
use crate::model::banner::Progress;
use crate::model::tray::{Shown, newest};
use crate::text::{brand, import, tray};

/// Bell and panel. The browser's own popover closes it by Escape or a click beside it, and gives
/// the focus back.
#[component]
pub fn Tray() -> impl IntoView {
    let live = use_live();
    let open = RwSignal::new(false);
    let unread = Memo::new(move |_| live.tray().with(|tray| tray.unread));
    let label = move || tray::bell(unread.get(), &intl::count(u64::from(unread.get())));
    let badge = move || match unread.get() {
        0 => None,
        1..=99 => Some(intl::count(u64::from(unread.get()))),
        _ => Some("99+".to_owned()),
    };
    view! {
        <button type="button" class="icon-button bell" popovertarget="tray" aria-label=label>
            <Drawn icon=Icon::Bell />
            {move || badge().map(|count| view! { <span class="badge numbers" aria-hidden="true">{count}</span> })}
        </button>
        <div
            id="tray"
            class="tray"
            popover="auto"
            role="dialog"
            aria-label=tray::TITLE
            on:toggle=move |event| open.set(crate::browser::page::is_popover_open(&event))
        >
            <Show when=move || open.get()>
                <Panel />
            </Show>
        </div>
    }
}

#[component]
fn Panel() -> impl IntoView {
    let live = use_live();
    let shown = RwSignal::new(Shown::All);
    let entries = Memo::new(move |_| {
        live.tray().with(|tray| {
            let entries = tray.latest.iter().filter(|entry| shown.get().has(entry));
            entries.cloned().collect::<Vec<_>>()
        })
    });
    let unread = Memo::new(move |_| live.tray().with(|tray| tray.unread));
    let mark_all = move |_| {
        if let Some(upto) = live.tray().with_untracked(newest) {
            live.act(live.mark_read(upto));
        }
    };
    let choose = move |choice: Shown, words: &'static str| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || if shown.get() == choice { "true" } else { "false" }
                on:click=move |_| shown.set(choice)
            >
                {words}
            </button>
        }
    };
    let nothing = move || if shown.get() == Shown::All { tray::EMPTY } else { tray::ALL_READ };
    view! {
        <div class="tray-head">
            <h2>{tray::TITLE}</h2>
            <button
                type="button"
                class="icon-button"
                popovertarget="tray"
                popovertargetaction="hide"
                aria-label=crate::text::CLOSE
            >
                <Drawn icon=Icon::Close />
            </button>
            <div class="segments">{choose(Shown::All, tray::ALL)} {choose(Shown::Unread, tray::UNREAD)}</div>
            <button type="button" class="button plain small" disabled=move || unread.get() == 0 on:click=mark_all>
                {tray::MARK_ALL}
            </button>
        </div>
        <Running />
        <ul class="entries">
            <For each=move || entries.get() key=|entry| (entry.seq, entry.read) let:entry>
                {row(live, entry)}
            </For>
        </ul>
        <Show when=move || entries.with(Vec::is_empty)>
            <p class="muted nothing">{nothing}</p>
        </Show>
    }
}

fn row(live: Live, entry: Notification) -> impl IntoView {
    let name = live.integration(entry.integration.clone()).get_untracked().map(|i| i.name);
    let seq = entry.seq;
    let read = Callback::new(move |()| live.act(live.mark_one_read(seq)));
    view! { <NotificationRow entry name=name.unwrap_or_default() now=live.now() read=Some(read) /> }
}

/// Imports that run at this moment, each with its bar and a way to stop it.
#[component]
fn Running() -> impl IntoView {
    let live = use_live();
    let running = Memo::new(move |_| {
        live.imports().with(|imports| {
            let running = imports.iter().filter(|run| run.state == ImportState::Running);
            running.map(|run| (run.import, run.integration.clone())).collect::<Vec<_>>()
        })
    });
    view! {
        <For each=move || running.get() key=|(import, _)| *import let:key>
            {
                let (id, integration) = key;
                let run = live.import(integration.clone());
                let name = live.integration(integration).get_untracked().map(|i| i.name);
                let progress = Memo::new(move |_| run.with(|run| run.as_ref().map(Progress::of)));
                let percent = Signal::derive(move || progress.get().and_then(|p| p.percent()));
                let words = Signal::derive(move || match (percent.get(), progress.get()) {
                    (Some(percent), _) => import::percent(&intl::count(u64::from(percent))),
                    (None, Some(progress)) => import::so_far(&intl::count(progress.done)),
                    (None, None) => String::new(),
                });
                let stop = move |_| live.act(live.cancel_import(id));
                view! {
                    <section class="running" aria-label=tray::RUNNING>
                        <p class="small muted">{tray::RUNNING}</p>
                        <p>{import::from(brand(&name.unwrap_or_default()))}</p>
                        <div class="import-line">
                            <Bar label=import::PROGRESS percent words />
                            <span class="numbers">{words}</span>
                            <button type="button" class="button small" on:click=stop>
                                {import::STOP}
                            </button>
                        </div>
                    </section>
                }
            }
        </For>
    }
}
