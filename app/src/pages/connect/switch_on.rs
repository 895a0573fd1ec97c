//! The dialog that begins connecting and waits for it.

use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use protocol::ids::{IntegrationId, Revision};
use protocol::store::{Connection, Integration};

use super::Asking;
use crate::components::dialog::Dialog;
use crate::live::use_live;
use crate::model::connecting::{Stage, TICKET_EVERY, UNSEEN_AFTER, stage};
use crate::routes::{connect_action, connect_window};
use crate::text::{self, connect, faults};

/// Asks, sends the visitor on the way, and waits.
#[component]
pub fn ConnectDialog(asking: Asking) -> impl IntoView {
    let live = use_live();
    let entry = asking.integration(live);
    let title = Signal::derive(move || entry.get().map(|i| connect::title(&i.name)).unwrap_or_default());
    view! {
        <Dialog open=asking.on title id="connect-title">
            {move || {
                let entry = entry.get();
                entry.map(|entry| view! { <ConnectForm asking entry /> })
            }}
        </Dialog>
    }
}

/// What one opening of the dialog knows.
#[derive(Clone, Copy)]
struct Attempt {
    ticket: RwSignal<Option<String>>,
    problem: RwSignal<Option<&'static str>>,
    sent: RwSignal<Option<Revision>>,
    late: RwSignal<bool>,
    connection: Memo<Option<Connection>>,
}

impl Attempt {
    fn stage(self) -> Stage {
        let (sent, late) = (self.sent.get(), self.late.get());
        self.connection.with(|c| c.as_ref().map_or(Stage::Ask, |c| stage(sent, late, c)))
    }

    /// A ticket is good once and for a minute only, so there is always a fresh one at hand.
    fn fetch(self, integration: IntegrationId) {
        let live = use_live();
        leptos::task::spawn_local(async move {
            let answer = live.prepare_connect(integration).await;
            // The dialog may be closed by now, and its signals gone with it.
            match answer {
                Ok(ticket) => drop(self.ticket.try_set(Some(ticket))),
                Err(fault) => drop(self.problem.try_set(Some(faults::kind(fault.kind)))),
            }
        });
    }

    /// The form is on its way; what it carries must stay as it is until this task is over.
    fn submitted(self, again: impl Fn() + 'static) {
        let revision = self.connection.with_untracked(|c| c.as_ref().map(|c| c.revision));
        Timeout::new(0, move || {
            self.ticket.try_set(None);
            self.late.try_set(false);
            self.sent.try_set(revision);
            again();
        })
        .forget();
        Timeout::new(UNSEEN_AFTER, move || {
            self.late.try_set(true);
        })
        .forget();
    }
}

#[component]
fn ConnectForm(asking: Asking, entry: Integration) -> impl IntoView {
    let live = use_live();
    let id = entry.id.clone();
    let attempt = Attempt {
        ticket: RwSignal::new(None),
        problem: RwSignal::new(None),
        sent: RwSignal::new(None),
        late: RwSignal::new(false),
        connection: asking.connection(live),
    };
    let stage = Memo::new(move |_| attempt.stage());
    Effect::new(move || {
        if stage.get() == Stage::Over {
            asking.on.set(false);
        }
    });
    let owner = Owner::current();
    let fetch = move || {
        let id = id.clone();
        if let Some(owner) = &owner {
            owner.with(|| attempt.fetch(id));
        }
    };
    fetch();
    let renew = fetch.clone();
    // Stops when the dialog is closed, with everything else of it.
    let _renewal = StoredValue::new_local(Interval::new(TICKET_EVERY, renew));
    let submit = move |event: leptos::ev::SubmitEvent| {
        if attempt.ticket.with_untracked(Option::is_none) {
            event.prevent_default();
            return;
        }
        attempt.submitted(fetch.clone());
    };
    let action = connect_action(&entry.id);
    let window = connect_window(&entry.id);
    view! {
        <form class="connect" method="post" action=action target=window on:submit=submit>
            <input type="hidden" name="ticket" prop:value=move || attempt.ticket.get().unwrap_or_default() />
            <Words attempt entry=entry.clone() stage />
            <p class="problem" role="alert">
                {move || attempt.problem.get()}
            </p>
            <Buttons asking attempt entry stage />
        </form>
    }
}

/// What will happen, or what is happening.
#[component]
fn Words(attempt: Attempt, entry: Integration, stage: Memo<Stage>) -> impl IntoView {
    let live = use_live();
    let kept = move || {
        let connection = attempt.connection.get()?;
        let company = connection.company.filter(|_| connection.settings_kept)?;
        Some(view! { <p class="note">{connect::kept(&company.name)}</p> })
    };
    let waiting = connect::waiting(&entry.name);
    let ask = StoredValue::new(entry);
    move || match stage.get() {
        Stage::Ask => {
            let entry = ask.get_value();
            let session = live.session().get();
            let (portal, organisation) = session.map(|s| (s.portal_name, s.organisation)).unwrap_or_default();
            let lines = entry.access.iter().map(|line| view! { <li>{line.clone()}</li> });
            view! {
                <p>{connect::whom(&organisation, &portal)}</p>
                <p>{connect::access(&portal)}</p>
                <ul>{lines.collect_view()}</ul>
                {kept}
                <p class="muted">{connect::opens(&entry.name)}</p>
            }
            .into_any()
        }
        Stage::Wait | Stage::Unseen | Stage::Over => {
            let unseen = stage.get() == Stage::Unseen;
            view! {
                <p class="waiting" role="status">
                    <span class="spinner" aria-hidden="true"></span>
                    <strong>{waiting.clone()}</strong>
                </p>
                <p>{connect::WAITING_BODY}</p>
                {unseen.then(|| view! { <p class="note">{connect::UNSEEN}</p> })}
            }
            .into_any()
        }
    }
}

#[component]
fn Buttons(asking: Asking, attempt: Attempt, entry: Integration, stage: Memo<Stage>) -> impl IntoView {
    let live = use_live();
    let id = entry.id;
    let asks = move || stage.get() == Stage::Ask;
    let go = connect::go(&entry.name);
    let words = move || if asks() { go.clone() } else { connect::AGAIN.to_owned() };
    let preparing = move || attempt.ticket.with(Option::is_none);
    let leave = move |_| {
        asking.on.set(false);
        if stage.get_untracked() != Stage::Ask {
            live.act(live.cancel_connect(id.clone()));
        }
    };
    view! {
        <div class="actions">
            <button type="button" class="button" on:click=leave>
                {move || if asks() { text::CANCEL } else { connect::GIVE_UP }}
            </button>
            <Show when=move || stage.get() == Stage::Unseen>
                <button type="submit" class="button" formtarget="_top">
                    {connect::THIS_TAB}
                </button>
            </Show>
            <button
                type="submit"
                class="button"
                class:primary=asks
                autofocus
                aria-busy=move || if preparing() { "true" } else { "false" }
            >
                {words}
            </button>
        </div>
    }
}
