//! One thing that happened.

use leptos::prelude::*;
use protocol::notification::{Event, Notification};

use super::icon::{Drawn, Icon};
use crate::browser::intl;
use crate::text::tray;

fn look(event: &Event) -> (&'static str, Icon) {
    match event {
        Event::Connected { .. } | Event::CompanyReplaced { .. } => ("mark good", Icon::Link),
        Event::Disconnected | Event::Revoked => ("mark", Icon::Off),
        Event::ImportStarted { .. } => ("mark info", Icon::Refresh),
        Event::ImportDone { .. } => ("mark good", Icon::Check),
        Event::ImportFailed { .. } => ("mark warn", Icon::Warning),
        Event::ImportCancelled { .. } => ("mark", Icon::Close),
        Event::ConfigurationSaved { .. } => ("mark good", Icon::Settings),
        Event::ReconnectRequired { .. } => ("mark bad", Icon::Warning),
    }
}

/// A notification: what, who and when.
#[component]
pub fn NotificationRow(
    /// What happened.
    entry: Notification,
    /// Name of its integration.
    #[prop(into)]
    name: Signal<String>,
    /// The present time, for its age.
    #[prop(into)]
    now: Signal<u64>,
    /// Marks it as read; without this it has no read mark.
    #[prop(optional_no_strip)]
    read: Option<Callback<()>>,
) -> impl IntoView {
    let (class, icon) = look(&entry.event);
    let number = intl::count(tray::number(&entry.event));
    let event = entry.event;
    let sentence = move || tray::event(&event, &name.get(), &number);
    let unread = read.is_some() && !entry.read;
    let at = entry.at;
    let age = move || intl::relative(at, now.get());
    view! {
        <li class="entry" class:unread=unread>
            <span class=class>
                <Drawn icon />
            </span>
            <div>
                <p>{sentence}</p>
                <p class="muted small">
                    {entry.by.map(|by| [by.as_str(), ", "].concat())}
                    <time datetime=intl::machine(at) title=intl::moment(at)>
                        {age}
                    </time>
                </p>
            </div>
            {read
                .filter(|_| unread)
                .map(|read| {
                    view! {
                        <button
                            type="button"
                            class="icon-button"
                            aria-label=tray::MARK_ONE
                            title=tray::MARK_ONE
                            on:click=move |_| read.run(())
                        >
                            <span class="dot"></span>
                        </button>
                    }
                })}
        </li>
    }
}
