//! The configuration of one connection, drawn from the sections that the proxy sends.

pub(crate) mod calm;
mod desk;
mod lines;
mod lookup;
mod sections;
mod sheet;

use leptos::prelude::*;
use protocol::ids::{IntegrationId, Revision};
use protocol::schema::Section;
use protocol::store::{Connection, ConnectionState, Stamp};

use crate::browser::intl;
use crate::components::conflict::{Conflict, Deciding};
use crate::components::dialog::Dialog;
use crate::components::save_bar::{SaveBar, Saving};
use crate::live::{Live, use_live};
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
    provider: Signal<String>,
    /// Rows and records changed at the proxy.
    moved: Memo<Revisions>,
    /// It may only be looked at.
    locked: Signal<bool>,
    /// Lists are being imported.
    importing: Signal<bool>,
}

/// When connection and import of an integration moved on.
pub(crate) fn revisions(
    live: Live,
    integration: &IntegrationId,
    version: impl Fn() -> u32 + Send + Sync + 'static,
) -> Memo<Revisions> {
    let connection = live.connection(integration.clone());
    let import = live.import(integration.clone());
    Memo::new(move |_| Revisions {
        connection: connection.with(|c| c.as_ref().map(|c| c.revision)),
        import: import.with(|i| i.as_ref().map(|i| i.revision)),
        version: version(),
    })
}

/// Sections, fields and mapping tables of one integration.
#[component]
pub fn ConfigurationPage(integration: IntegrationId) -> impl IntoView {
    let live = use_live();
    let connection = live.connection(integration.clone());
    let entry = live.integration(integration.clone());
    let provider = Signal::derive(move || entry.get().map(|e| e.name).unwrap_or_default());
    let empty = Memo::new(move |_| {
        connection.with(|c| c.as_ref().is_some_and(|c| !c.state.is_on() && !c.settings_kept))
    });
    move || {
        if empty.get() {
            view! {
                <div class="card empty-state">
                    <h2>{text::NOT_CONNECTED}</h2>
                    <p class="muted">{move || text::not_connected(&provider.get())}</p>
                </div>
            }
            .into_any()
        } else {
            let integration = integration.clone();
            view! { <Opened integration connection provider /> }.into_any()
        }
    }
}

#[component]
fn Opened(
    integration: IntegrationId,
    connection: Memo<Option<Connection>>,
    provider: Signal<String>,
) -> impl IntoView {
    let live = use_live();
    let desk = Desk::new(live, integration.clone());
    let version = move || desk.configuration.with(|c| c.as_ref().map_or(0, |c| c.version));
    let may = move || live.session().with(|s| s.as_ref().is_some_and(|s| s.permissions.configure));
    let on = Memo::new(move |_| connection.with(|c| c.as_ref().is_some_and(|c| c.state.is_on())));
    let importing = Memo::new(move |_| {
        let first = |c: &Connection| c.state == ConnectionState::Importing;
        connection.with(|c| c.as_ref().is_some_and(first))
    });
    let around = Around {
        provider,
        moved: revisions(live, &integration, version),
        locked: Signal::derive(move || !may() || !on.get()),
        importing: importing.into(),
    };
    calmly(revisions(live, &integration, || 0), move || desk.open());
    let sections = Memo::new(move |_| {
        let sections = |c: &protocol::schema::Configuration| c.sections.clone();
        desk.configuration.with(|c| c.as_ref().map(sections).unwrap_or_default())
    });
    let read = Memo::new(move |_| desk.configuration.with(Option::is_some));
    view! {
        <div class="configuration">
            <h2 class="visually-hidden">{text::TITLE}</h2>
            <Show when=move || !may()>
                <p class="note">{text::READ_ONLY}</p>
            </Show>
            <Show when=move || may() && !on.get()>
                <p class="note">{text::SWITCHED_OFF}</p>
            </Show>
            <Show when=move || around.importing.get()>
                <p class="note">{text::IMPORTING}</p>
            </Show>
            <Notices desk />
            <Show when=move || read.get() fallback=move || view! { <Unread desk /> }>
                {problem_list(desk, around)}
                <div class="configuration-body">
                    {section_nav(desk, sections)}
                    <div class="configuration-sections">
                        {move || {
                            let view = |section: Section| section_view(desk, around, section);
                            sections.get().into_iter().map(view).collect_view()
                        }}
                        <End desk locked=around.locked />
                    </div>
                </div>
            </Show>
            <ConflictDialog desk />
        </div>
    }
}

/// Before the configuration is here: what it will look like, or why it does not come.
#[component]
fn Unread(desk: Desk) -> impl IntoView {
    let failed = move |fault: protocol::message::Fault| {
        view! {
            <div class="card" role="alert">
                <p>{text::LOAD_FAILED} " " {text::fault(&fault)}</p>
                <div class="actions">
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| {
                            desk.unread.set(None);
                            desk.open();
                        }
                    >
                        {text::RETRY}
                    </button>
                </div>
            </div>
        }
    };
    let waiting = || {
        view! {
            <div class="card skeleton" role="status">
                <span class="visually-hidden">{text::LOADING}</span>
                <div class="bone"></div>
                <div class="bone"></div>
                <div class="bone"></div>
            </div>
        }
    };
    move || match desk.unread.get() {
        Some(fault) => failed(fault).into_any(),
        None => waiting().into_any(),
    }
}

/// The one message after something happened; it stays until dismissed or the next change.
#[component]
fn Notices(desk: Desk) -> impl IntoView {
    let draw = move |notice: Notice| {
        let (class, role, words) = match &notice {
            Notice::Restored(count) => ("note", "status", text::restored(*count)),
            Notice::Saved(count) => ("note good", "status", text::saved(*count)),
            Notice::Failed(fault) => ("note bad", "alert", text::fault(fault)),
            Notice::NotKept => ("note warn", "status", text::NOT_KEPT.to_owned()),
        };
        view! {
            <div class=class>
                <p role=role>{words}</p>
                <button
                    type="button"
                    class="button plain small"
                    on:click=move |_| desk.notice.set(None)
                >
                    {text::DISMISS}
                </button>
            </div>
        }
    };
    view! { <div class="notes">{move || desk.notice.get().map(draw)}</div> }
}

fn stamp_words(live: Live, stamp: &Stamp, words: impl Fn(&str, &str) -> String) -> String {
    words(&stamp.by, &intl::relative(stamp.at, live.now().get()))
}

/// The save bar at the end of the page.
#[component]
fn End(desk: Desk, locked: Signal<bool>) -> impl IntoView {
    let live = desk.live();
    let last = Signal::derive(move || {
        let saved = desk.configuration.with(|c| c.as_ref().and_then(|c| c.saved.clone()));
        saved
            .map_or_else(|| text::NEVER_SAVED.to_owned(), |stamp| stamp_words(live, &stamp, text::last_saved))
    });
    let saving = Saving {
        count: Signal::derive(move || desk.changes.with(crate::model::draft::Changes::len)),
        lines: Signal::derive(move || desk.lines()),
        busy: desk.saving.into(),
        locked,
        save: Callback::new(move |()| desk.save()),
        discard: Callback::new(move |()| desk.discard()),
        undo: Callback::new(move |key| desk.undo(&key)),
        review: Callback::new(move |()| desk.look_up()),
    };
    view! { <SaveBar saving last /> }
}

#[component]
fn ConflictDialog(desk: Desk) -> impl IntoView {
    let open = RwSignal::new(false);
    // Escape closes the dialog: that is going on with editing, with the decisions made so far.
    Effect::new(move || open.set(desk.merge.with(Option::is_some)));
    Effect::new(move || {
        if !open.get() && desk.merge.with_untracked(Option::is_some) {
            desk.resolve();
        }
    });
    let words = Signal::derive(move || {
        let saved = desk.merge.with(|merge| merge.as_ref().map(|m| m.saved.clone()));
        let words = saved.map(|stamp| stamp_words(desk.live(), &stamp, text::conflict));
        words.unwrap_or_default()
    });
    let deciding = Deciding {
        words,
        clashes: Signal::derive(move || desk.clash_lines()),
        theirs: Signal::derive(move || desk.their_lines()),
        take: Callback::new(move |(key, theirs)| {
            desk.merge.update(|merge| {
                if let Some(merge) = merge {
                    merge.take(&key, theirs);
                }
            });
        }),
        save: Callback::new(move |()| {
            desk.resolve();
            desk.save();
        }),
        close: Callback::new(move |()| desk.resolve()),
    };
    view! {
        <Dialog open title=text::CONFLICT_TITLE id="conflict-title">
            <Conflict deciding />
        </Dialog>
    }
}
