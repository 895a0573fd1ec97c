//! The dialog that begins connecting and waits for it.

use gloo_timers::callback::{Interval, Timeout};
use protocol::ids::{IntegrationId, Revision};
use protocol::store::{Connection, ConnectionState, Integration};

use super::Asking;
use crate::browser::dom::{Event, Tag, button, tag};
use crate::browser::timer;
use crate::components::modal::modal;
use crate::live::Live;
use crate::model::connecting::{Stage, TICKET_EVERY, UNSEEN_AFTER, stage};
use crate::routes::{connect_action, connect_window};
use crate::signals::{RwSignal, Signal, StoredValue, effect, memo};
use crate::text::{self, connect, faults};

/// Asks, sends the visitor on the way, and waits.
pub fn connect_dialog(live: Live, asking: Asking) -> Tag {
    let open = asking.on;
    let title = move || {
        let name = asking.name(live, open);
        let state = asking.target.get_value().map(|id| live.state(id).get_untracked());
        match state {
            Some(ConnectionState::Legacy { .. }) => connect::upgrade(&name),
            _ => connect::title(&name),
        }
    };
    let inside = move || {
        let entry = asking.target.get_value().and_then(|id| live.integration(id).get_untracked());
        Vec::from_iter(entry.map(|entry| form(live, asking, &entry)))
    };
    modal(open, title, "connect-title", inside)
}

/// What one opening of the dialog knows.
#[derive(Clone, Copy)]
struct Attempt {
    live: Live,
    ticket: RwSignal<Option<String>>,
    /// The button was pressed before there was a ticket.
    pressed: StoredValue<bool>,
    problem: RwSignal<Option<String>>,
    /// The revision at which the form was sent.
    sent: RwSignal<Option<u64>>,
    late: RwSignal<bool>,
    connection: Signal<Option<Connection>>,
}

impl Attempt {
    fn stage(self) -> Stage {
        let (sent, late) = (self.sent.get().map(Revision), self.late.get());
        self.connection.with(|c| c.as_ref().map_or(Stage::Ask, |c| stage(sent, late, c)))
    }

    /// A ticket is good once and for a minute only, so there is always a fresh one at hand.
    fn fetch(self, integration: IntegrationId) {
        timer::spawn(async move {
            let answer = self.live.prepare_connect(integration).await;
            // The dialog may be closed by now, and its signals gone with it.
            match answer {
                Ok(ticket) => drop(self.ticket.try_set(Some(ticket))),
                Err(fault) => drop(self.problem.try_set(Some(faults::kind(fault.kind).to_owned()))),
            }
        });
    }

    /// A press that came before the ticket counts as soon as that is here. The ticket is written into
    /// the form by then: what writes it was there first.
    fn catch_up(self, form: Tag) {
        let form = StoredValue::new(form);
        effect(move || {
            let ready = self.ticket.with(Option::is_some);
            if ready && self.pressed.try_update_value(std::mem::take).unwrap_or_default() {
                form.with_value(Tag::submit);
            }
        });
    }

    /// The form is on its way; what it carries must stay as it is until this task is over.
    fn submitted(self, integration: IntegrationId) {
        let revision = self.connection.with_untracked(|c| c.as_ref().map(|c| c.revision.0));
        Timeout::new(0, move || {
            self.ticket.try_set(None);
            self.late.try_set(false);
            self.sent.try_set(revision);
            self.fetch(integration);
        })
        .forget();
        Timeout::new(UNSEEN_AFTER, move || {
            self.late.try_set(true);
        })
        .forget();
    }
}

fn form(live: Live, asking: Asking, entry: &Integration) -> Tag {
    let id = entry.id.clone();
    let attempt = Attempt {
        live,
        ticket: RwSignal::new(None),
        pressed: StoredValue::new(false),
        problem: RwSignal::new(None),
        sent: RwSignal::new(None),
        late: RwSignal::new(false),
        connection: live.connection(id.clone()),
    };
    let stage = memo(move || attempt.stage());
    effect(move || {
        if stage.get() == Stage::Over {
            asking.on.set(false);
        }
    });
    attempt.fetch(id.clone());
    let again = id.clone();
    // Stops when the dialog is closed, with everything else of it.
    StoredValue::new(Interval::new(TICKET_EVERY, move || attempt.fetch(again.clone())));
    let sent = id.clone();
    let submit = move |event: Event| {
        if attempt.ticket.with_untracked(Option::is_none) {
            event.prevent_default();
            attempt.pressed.set_value(true);
        } else {
            attempt.submitted(sent.clone());
        }
    };
    let ticket = tag("input", "")
        .attr("type", "hidden")
        .attr("name", "ticket")
        .holds(move || attempt.ticket.get().unwrap_or_default());
    let problem =
        tag("p", "problem").attr("role", "alert").says(move || attempt.problem.get().unwrap_or_default());
    let form = tag("form", "connect")
        .attr("method", "post")
        .attr("action", &connect_action(&id))
        .attr("target", &connect_window(&id))
        .on("submit", submit)
        .put(ticket)
        .put(words(attempt, entry, stage))
        .put(problem)
        .put(buttons(asking, attempt, entry, stage));
    attempt.catch_up(form.clone());
    form
}

/// What will happen, or what is happening.
fn words(attempt: Attempt, entry: &Integration, stage: Signal<Stage>) -> Tag {
    let waiting = connect::waiting(&entry.name);
    let asks = move || stage.get() == Stage::Ask;
    let entry = entry.clone();
    let wait = move || {
        let line = tag("p", "waiting")
            .attr("role", "status")
            .put(tag("span", "spinner").attr("aria-hidden", "true"))
            .put(tag("strong", "").words(&waiting));
        tag("div", "told")
            .put(line)
            .put(tag("p", "").words(connect::WAITING_BODY))
            .when(move || stage.get() == Stage::Unseen, || tag("p", "note").words(connect::UNSEEN))
    };
    tag("div", "").when(asks, move || ask(attempt, &entry)).when(move || !asks(), wait)
}

fn ask(attempt: Attempt, entry: &Integration) -> Tag {
    let (session, connection) = (attempt.live.session().get_untracked(), attempt.connection.get_untracked());
    let (portal, organisation) = session.map(|s| (s.portal_name, s.organisation)).unwrap_or_default();
    let kept = connection.filter(|c| c.settings_kept).and_then(|c| c.company);
    tag("div", "told")
        .put(tag("p", "").words(&connect::whom(&organisation, &portal)))
        .put(tag("p", "").words(&connect::access(&portal)))
        .put(tag("ul", "").all(entry.access.iter().map(|line| tag("li", "").words(line)).collect()))
        .maybe(kept.map(|company| tag("p", "note").words(&connect::kept(&company.name))))
        .put(tag("p", "muted").words(&connect::opens(&entry.name)))
}

fn buttons(asking: Asking, attempt: Attempt, entry: &Integration, stage: Signal<Stage>) -> Tag {
    let live = attempt.live;
    let (id, go) = (entry.id.clone(), connect::go(&entry.name));
    let asks = move || stage.get() == Stage::Ask;
    let leave = move || {
        asking.on.set(false);
        if stage.get_untracked() != Stage::Ask {
            live.act(live.cancel_connect(id.clone()));
        }
    };
    let this_tab = || tag("button", "button").attr("formtarget", "_top").words(connect::THIS_TAB);
    let open = tag("button", "button")
        .class("primary", asks)
        .attr("data-first", "")
        .says_whether("aria-busy", move || attempt.ticket.with(Option::is_none))
        .says(move || if asks() { go.clone() } else { connect::AGAIN.to_owned() });
    tag("div", "actions")
        .put(
            button("button", "")
                .says(move || if asks() { text::CANCEL } else { connect::GIVE_UP }.to_owned())
                .press(leave),
        )
        .when(move || stage.get() == Stage::Unseen, this_tab)
        .put(open)
}
