//! Switching on and off: the dialogs, and who may open them.

pub mod guard;
pub mod switch_on;

use leptos::prelude::*;
use protocol::ids::IntegrationId;
use protocol::import::ImportState;
use protocol::store::{Connection, Integration};

use crate::components::dialog::Dialog;
use crate::components::switch::Switch;
use crate::live::{Live, use_live};
use crate::text::{self, connect, store};

/// Opens the dialogs, from any page.
#[derive(Clone, Copy)]
pub struct Asking {
    target: RwSignal<Option<IntegrationId>>,
    on: RwSignal<bool>,
    off: RwSignal<bool>,
    guard: RwSignal<bool>,
}

impl Asking {
    /// Hands it to everything below.
    pub fn provide() {
        provide_context(Self {
            target: RwSignal::new(None),
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
        self.target.set(Some(integration));
        self.on.set(true);
    }

    /// Asks before switching off.
    pub fn disconnect(self, integration: IntegrationId) {
        self.target.set(Some(integration));
        self.off.set(true);
    }

    /// Asks which company stays.
    pub fn company(self, integration: IntegrationId) {
        self.target.set(Some(integration));
        self.guard.set(true);
    }

    /// The integration that is asked about.
    fn integration(self, live: Live) -> Memo<Option<Integration>> {
        Memo::new(move |_| self.target.get().and_then(|id| live.integration(id).get()))
    }

    /// Its connection.
    fn connection(self, live: Live) -> Memo<Option<Connection>> {
        Memo::new(move |_| self.target.get().and_then(|id| live.connection(id).get()))
    }
}

/// The switch of an integration.
#[component]
pub fn ConnectionSwitch(integration: IntegrationId, name: String) -> impl IntoView {
    let live = use_live();
    let asking = Asking::here();
    let connection = live.connection(integration.clone());
    let on = Memo::new(move |_| connection.with(|c| c.as_ref().is_some_and(|c| c.state.is_on())));
    let disabled = Memo::new(move |_| !live.session().get().is_some_and(|s| s.permissions.connect));
    let pressed = Callback::new(move |()| {
        if on.get_untracked() {
            asking.disconnect(integration.clone());
        } else {
            asking.connect(integration.clone());
        }
    });
    view! { <Switch label=name on disabled reason=store::MAY_NOT_CONNECT pressed /> }
}

/// Every dialog, each drawn only while it is open.
#[component]
pub fn Dialogs() -> impl IntoView {
    let asking = Asking::here();
    view! {
        <switch_on::ConnectDialog asking />
        <SwitchOff asking />
        <guard::CompanyGuard asking />
    }
}

/// What stops and what is kept, before switching off.
#[component]
fn SwitchOff(asking: Asking) -> impl IntoView {
    let live = use_live();
    let entry = asking.integration(live);
    let name = Memo::new(move |_| entry.get().map(|i| i.name).unwrap_or_default());
    let title = Signal::derive(move || connect::off_title(&name.get()));
    let open = asking.off;
    let stops = move || {
        let portal = live.session().get().map(|s| s.portal_name).unwrap_or_default();
        let running = asking.target.get().and_then(|id| live.import(id).get());
        let running = running.is_some_and(|run| run.state == ImportState::Running);
        connect::stops(&name.get(), &portal, running)
    };
    let switch_off = move |_| {
        open.set(false);
        if let Some(id) = asking.target.get_untracked() {
            live.act(live.disconnect(id));
        }
    };
    let lines = |lines: Vec<String>| lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    view! {
        <Dialog open title id="switch-off-title">
            <h3>{connect::STOPS}</h3>
            <ul>{move || lines(stops())}</ul>
            <h3>{connect::KEEPS}</h3>
            <ul>{lines(connect::KEPT.map(str::to_owned).to_vec())}</ul>
            <p class="muted">{connect::AND_BACK}</p>
            <div class="actions">
                <button type="button" class="button" autofocus on:click=move |_| open.set(false)>
                    {text::CANCEL}
                </button>
                <button type="button" class="button danger" on:click=switch_off>
                    {connect::SWITCH_OFF}
                </button>
            </div>
        </Dialog>
    }
}
