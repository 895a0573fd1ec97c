//! Switching on and off: the dialogs, and who may open them.

pub mod guard;
pub mod switch_on;

use protocol::ids::IntegrationId;
use protocol::import::ImportState;
use reactive_graph::owner::{expect_context, provide_context};

use crate::browser::dom::{Tag, button, tag};
use crate::components::modal::modal;
use crate::components::switch::switch;
use crate::live::{Live, use_live};
use crate::signals::{RwSignal, StoredValue};
use crate::text::{self, connect, store};

/// Opens the dialogs, from any page.
#[derive(Clone, Copy)]
pub struct Asking {
    target: StoredValue<Option<IntegrationId>>,
    on: RwSignal<bool>,
    off: RwSignal<bool>,
    guard: RwSignal<bool>,
}

impl Asking {
    /// Hands it to everything below.
    pub fn provide() {
        provide_context(Self {
            target: StoredValue::new(None),
            on: RwSignal::new(false),
            off: RwSignal::new(false),
            guard: RwSignal::new(false),
        });
    }

    /// The one that was provided.
    pub fn here() -> Self {
        expect_context()
    }

    /// Asks before connecting.
    pub fn connect(self, integration: IntegrationId) {
        self.target.set_value(Some(integration));
        self.on.set(true);
    }

    /// Asks before switching off.
    pub fn disconnect(self, integration: IntegrationId) {
        self.target.set_value(Some(integration));
        self.off.set(true);
    }

    /// Asks which company stays.
    pub fn company(self, integration: IntegrationId) {
        self.target.set_value(Some(integration));
        self.guard.set(true);
    }

    /// The name of the integration that is asked about; read again as a dialog opens.
    fn name(self, live: Live, open: RwSignal<bool>) -> String {
        open.get();
        self.target.get_value().map(|id| live.name(&id)).unwrap_or_default()
    }
}

/// The switch of an integration.
pub fn connection_switch(integration: IntegrationId, name: &str) -> Tag {
    let live = use_live();
    let asking = Asking::here();
    let state = live.state(integration.clone());
    let on = move || state.get().is_on();
    let pressed = move || {
        if state.get_untracked().is_on() {
            asking.disconnect(integration.clone());
        } else {
            asking.connect(integration.clone());
        }
    };
    switch(name, on, move || !live.may().connect, store::MAY_NOT_CONNECT, pressed)
}

/// Every dialog, each drawn only while it is open.
pub fn dialogs() -> Vec<Tag> {
    let (live, asking) = (use_live(), Asking::here());
    vec![
        switch_on::connect_dialog(live, asking),
        off_dialog(live, asking),
        guard::company_guard(live, asking),
    ]
}

/// What stops and what is kept, before switching off.
fn off_dialog(live: Live, asking: Asking) -> Tag {
    let open = asking.off;
    let title = move || connect::off_title(&asking.name(live, open));
    let switch_off = move || {
        open.set(false);
        if let Some(id) = asking.target.get_value() {
            live.act(live.disconnect(id));
        }
    };
    let item = |words: &str| tag("li", "").words(words);
    let stops = move || {
        let id = asking.target.get_value()?;
        let portal = live.session().get().map(|s| s.portal_name).unwrap_or_default();
        let run = live.import(id.clone());
        let running = run.with(|run| run.as_ref().is_some_and(|run| run.state == ImportState::Running));
        let stops = connect::stops(&live.name(&id), &portal, running);
        Some(tag("ul", "").all(stops.iter().map(|words| item(words)).collect()))
    };
    let inside = move || {
        let cancel = button("button", text::CANCEL).attr("data-first", "").press(move || open.set(false));
        let go = button("button danger", connect::SWITCH_OFF).press(switch_off);
        vec![
            tag("h3", "").words(connect::STOPS),
            tag("div", "").shows(stops),
            tag("h3", "").words(connect::KEEPS),
            tag("ul", "").all(connect::KEPT.map(item).to_vec()),
            tag("p", "muted").words(connect::AND_BACK),
            tag("div", "actions").put(cancel).put(go),
        ]
    };
    modal(open, title, "switch-off-title", inside)
}
