//! One thing that happened.

use protocol::notification::{Event, Notification};

use super::icon::{Icon, icon};
use super::moment::age;
use crate::browser::dom::{Tag, button, tag};
use crate::text::tray;

fn look(event: &Event) -> (&'static str, Icon) {
    match event {
        Event::Connected { .. } | Event::CompanyReplaced { .. } | Event::Upgraded { .. } => {
            ("mark good", Icon::Link)
        }
        Event::Disconnected | Event::Revoked | Event::Uninstalled => ("mark", Icon::Off),
        Event::ImportStarted { .. } => ("mark info", Icon::Refresh),
        Event::ImportDone { .. } | Event::Resumed => ("mark good", Icon::Check),
        Event::Paused => ("mark", Icon::Clock),
        Event::ImportFailed { .. }
        | Event::Expiring { .. }
        | Event::UpgradeRequired { .. }
        | Event::NeedsAttention { .. } => ("mark warn", Icon::Warning),
        Event::ImportCancelled { .. } => ("mark", Icon::Close),
        Event::ConfigurationSaved { .. } => ("mark good", Icon::Settings),
        Event::ReconnectRequired { .. } => ("mark bad", Icon::Warning),
    }
}

/// A notification: what, in words, who and when. `read` marks it as read, where it has a mark.
pub fn notification_row(
    entry: &Notification,
    words: impl Fn() -> String + 'static,
    now: impl Fn() -> u64 + 'static,
    read: Option<Box<dyn Fn()>>,
) -> Tag {
    let (class, mark) = look(&entry.event);
    let unread = read.filter(|_| !entry.read);
    let by = entry.by.as_deref().map(|by| [by, ", "].concat()).unwrap_or_default();
    let row = tag("li", if unread.is_some() { "entry unread" } else { "entry" });
    let dot = unread.map(|read| {
        button("icon-button", "")
            .attr("aria-label", tray::MARK_ONE)
            .attr("title", tray::MARK_ONE)
            .put(tag("span", "dot"))
            .press(read)
    });
    row.put(tag("span", class).put(icon(mark)))
        .put(
            tag("div", "")
                .put(tag("p", "").says(words))
                .put(tag("p", "muted small").words(&by).put(age(entry.at, now))),
        )
        .maybe(dot)
}
