//! The configuration of one connection, drawn from the sections that the proxy sends.

pub(crate) mod calm;
mod desk;
mod lines;
mod lookup;
mod sections;
mod sheet;

use protocol::ids::{IntegrationId, Revision};
use protocol::schema::{Configuration, Section};
use protocol::store::{Connection, ConnectionState, Stamp};

use crate::browser::dom::{Tag, button, tag, whenever};
use crate::browser::intl;
use crate::components::conflict::{Deciding, conflict};
use crate::components::look::{Look, look};
use crate::components::modal::modal;
use crate::components::save_bar::{Saving, save_bar};
use crate::live::{Live, use_live};
use crate::signals::{Callback, RwSignal, Signal, untrack};
use crate::text::configuration as text;
use calm::calmly;
use desk::{Desk, Notice};
use sections::{problem_list, section_nav, section_view};

/// What a part of the truth is read again for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revisions {
    connection: Option<Revision>,
    import: Option<Revision>,
    version: u32,
}

/// What surrounds the configuration.
#[derive(Clone, Copy)]
struct Around {
    /// The provider's name.
    provider: Look<String>,
    /// Rows and records changed at the proxy.
    moved: Look<Revisions>,
    /// It may only be looked at.
    locked: Look<bool>,
}

/// When connection and import of an integration moved on.
pub(crate) fn revisions(
    live: Live,
    integration: &IntegrationId,
    version: impl Fn() -> u32 + Send + Sync + 'static,
) -> Look<Revisions> {
    let connection = live.connection(integration.clone());
    let import = live.import(integration.clone());
    look(move || Revisions {
        connection: connection.with(|c| c.as_ref().map(|c| c.revision)),
        import: import.with(|i| i.as_ref().map(|i| i.revision)),
        version: version(),
    })
}

/// Sections, fields and mapping tables of one integration.
pub fn configuration_page(integration: IntegrationId) -> Tag {
    let live = use_live();
    let connection = live.connection(integration.clone());
    let entry = live.integration(integration.clone());
    let provider = look(move || entry.get().map(|e| e.name).unwrap_or_default());
    let empty = move || {
        let never = |c: &Connection| !c.state.is_on() && !c.settings_kept;
        connection.with(|c| c.as_ref().is_some_and(never))
    };
    let nothing = move || {
        tag("div", "card empty-state")
            .put(tag("h2", "").words(text::NOT_CONNECTED))
            .put(tag("p", "muted").says(move || text::not_connected(&provider.run(()))))
    };
    let opened = move || untrack(|| opened(live, &integration, connection, provider));
    tag("div", "").when(empty, nothing).when(move || !empty(), opened)
}

fn opened(
    live: Live,
    integration: &IntegrationId,
    connection: Signal<Option<Connection>>,
    provider: Look<String>,
) -> Tag {
    let desk = Desk::new(live, integration.clone());
    let version = move || desk.configuration.with(|c| c.as_ref().map_or(0, |c| c.version));
    let may = move || live.session().with(|s| s.as_ref().is_some_and(|s| s.permissions.configure));
    let is = move |wanted: fn(ConnectionState) -> bool| {
        connection.with(|c| c.as_ref().is_some_and(|c| wanted(c.state)))
    };
    let on = move || is(ConnectionState::is_on);
    let importing = move || is(|state| state == ConnectionState::Importing);
    let around = Around {
        provider,
        moved: revisions(live, integration, version),
        locked: look(move || !may() || !on()),
    };
    calmly(revisions(live, integration, || 0), move || desk.open());
    let read = move || desk.configuration.with(Option::is_some);
    let note = |words: &'static str| move || tag("p", "note").words(words);
    tag("div", "configuration")
        .put(tag("h2", "visually-hidden").words(text::TITLE))
        .when(move || !may(), note(text::READ_ONLY))
        .when(move || may() && !on(), note(text::SWITCHED_OFF))
        .when(importing, note(text::IMPORTING))
        .put(notices(desk))
        .when(move || !read(), move || unread(desk))
        .when(read, move || body(desk, around))
        .put(conflict_dialog(desk))
}

/// Problems, sections and the save bar; drawn anew only when the schema itself changes.
fn body(desk: Desk, around: Around) -> Tag {
    let sections = move || {
        let sections = |c: &Configuration| c.sections.clone();
        desk.configuration.with(|c| c.as_ref().map(sections).unwrap_or_default())
    };
    let draw = move |sections: &Vec<Section>| {
        let views = sections.iter().map(|section| section_view(desk, around, section));
        let column = tag("div", "configuration-sections").all(views.collect()).all(end(desk, around.locked));
        Some(tag("div", "configuration-body").put(section_nav(desk, sections)).put(column))
    };
    tag("div", "configuration").put(problem_list(desk, around)).draws(sections, draw)
}

/// Before the configuration is here: what it will look like, or why it does not come.
fn unread(desk: Desk) -> Tag {
    let retry = move || {
        desk.unread.set(None);
        desk.open();
    };
    let draw = move || match desk.unread.get() {
        Some(fault) => {
            let words = [text::LOAD_FAILED, " ", &text::fault(&fault)].concat();
            let actions = tag("div", "actions").put(button("button", text::RETRY).press(retry));
            tag("div", "card").attr("role", "alert").put(tag("p", "").words(&words)).put(actions)
        }
        None => tag("div", "card skeleton")
            .attr("role", "status")
            .put(tag("span", "visually-hidden").words(text::LOADING))
            .all((0..3).map(|_| tag("div", "bone")).collect()),
    };
    tag("div", "").shows(move || Some(draw()))
}

/// The one message after something happened; it stays until dismissed or the next change.
fn notices(desk: Desk) -> Tag {
    let draw = move |notice: &Notice| {
        let (class, role, words) = match notice {
            Notice::Restored => ("note", "status", text::restored(desk.count())),
            Notice::Saved(count) => ("note good", "status", text::saved(*count)),
            Notice::Failed(fault) => ("note bad", "alert", text::fault(fault)),
            Notice::NotKept => ("note warn", "status", text::NOT_KEPT.to_owned()),
        };
        let dismiss = button("button plain small", text::DISMISS).press(move || desk.notice.set(None));
        tag("div", class).put(tag("p", "").attr("role", role).words(&words)).put(dismiss)
    };
    tag("div", "notes").shows(move || desk.notice.with(|notice| notice.as_ref().map(draw)))
}

fn stamp_words(live: Live, stamp: &Stamp, words: fn(&str, &str) -> String) -> String {
    let now = live.now().get();
    // "now" alone, which is what `Intl` says of the first minute, reads ill at the end of a sentence.
    let when =
        if now < stamp.at.0 + 60_000 { text::JUST_NOW.to_owned() } else { intl::relative(stamp.at, now) };
    words(&stamp.by, &when)
}

/// The save bar at the end of the page.
fn end(desk: Desk, locked: Look<bool>) -> Vec<Tag> {
    let live = desk.live();
    let last = move || {
        let saved = desk.configuration.with(|c| c.as_ref().and_then(|c| c.saved.clone()));
        saved
            .map_or_else(|| text::NEVER_SAVED.to_owned(), |stamp| stamp_words(live, &stamp, text::last_saved))
    };
    let first = move || desk.configuration.with(|c| c.as_ref().is_some_and(|c| c.version == 0));
    save_bar(Saving {
        last: look(last),
        count: look(move || desk.count()),
        lines: look(move || desk.lines()),
        first: look(first),
        busy: look(move || desk.saving.get()),
        locked,
        save: Callback::new(move |()| desk.save()),
        discard: Callback::new(move |()| desk.discard()),
        undo: Callback::new(move |key| desk.undo(&key)),
        review: Callback::new(move |()| desk.look_up()),
    })
}

fn conflict_dialog(desk: Desk) -> Tag {
    let open = RwSignal::new(false);
    // Escape closes the dialog: that is going on with editing, with the decisions made so far.
    whenever(move || open.set(desk.merge.with(Option::is_some)));
    whenever(move || {
        if !open.get() && desk.merge.with_untracked(Option::is_some) {
            desk.resolve();
        }
    });
    let live = desk.live();
    let saved = move || desk.merge.with(|merge| merge.as_ref().map(|m| m.saved.clone()));
    // A stamp knows people by name alone, and so does the visitor who reads it.
    let is_own = move |saved: &Stamp| {
        live.session().with(|session| session.as_ref().is_some_and(|s| s.visitor == saved.by))
    };
    let title = move || {
        let own = saved().is_some_and(|stamp| is_own(&stamp));
        if own { text::CONFLICT_OWN } else { text::CONFLICT_TITLE }.to_owned()
    };
    let words = move || match saved() {
        Some(stamp) if is_own(&stamp) => stamp_words(live, &stamp, |_, when| text::conflict_own(when)),
        Some(stamp) => stamp_words(live, &stamp, text::conflict),
        None => String::new(),
    };
    let take = move |(key, theirs)| {
        desk.merge.update(|merge| {
            if let Some(merge) = merge {
                merge.take(&key, theirs);
            }
        });
    };
    let save = move || {
        desk.resolve();
        desk.save();
    };
    let deciding = Deciding {
        words: look(words),
        clashes: look(move || desk.clash_lines()),
        theirs: look(move || desk.their_lines()),
        take: Callback::new(take),
        save: Callback::new(move |()| save()),
        close: Callback::new(move |()| desk.resolve()),
    };
    modal(open, title, "conflict-title", move || conflict(deciding))
}
