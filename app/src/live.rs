//! The live state: owns the store and the socket loop, and is the only one that writes.
//!
//! Pages read its signals and call one method per intent; nothing else changes state.

mod embedding;
mod found;
mod intents;
mod line;
mod places;

use std::ops::Deref;
use std::sync::OnceLock;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_channel::oneshot;
use protocol::Envelope;
use protocol::import::ImportSnapshot;
use protocol::message::{Answer, ClientMessage, Fault};
use protocol::notification::Tray;
use protocol::store::{Connection, Integration, Session};

use crate::browser::{self, clock, host, timer};
use crate::model::link::{Link, LinkView};
use crate::model::notices::Notices;
use crate::model::pending::Pending;
use crate::model::{Effect, Model, OtherBuild, Part, other_build, outward};
use crate::routes::{Query, Route};
use crate::signals::{RwSignal, Signal, StoredValue};

pub use intents::Saved;

/// The build of this program; "dev" is every build's friend.
pub const BUILD: &str = match option_env!("PATCHBAY_BUILD") {
    Some(build) => build,
    None => "dev",
};

/// Whether the store can be shown at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// The first welcome is awaited.
    Opening,
    /// The state is there.
    Open,
    /// The session is over.
    SessionOver,
    /// There is none in this browser, and perhaps never was.
    NotSignedIn,
    /// The page around the store gave no session.
    NoSession,
    /// There is no page around what is made for one.
    Alone,
    /// The proxy is of another build, and loading the page again did not help.
    OtherBuild,
}

type Waiter = oneshot::Sender<Result<Answer, Fault>>;

/// What the socket loop is told from outside.
enum Command {
    Say(Envelope<ClientMessage>),
    /// The page around us has given a token.
    Session,
    Woke,
    Offline,
    Tick,
}

/// What only the writer sees.
struct Core {
    model: Model,
    link: Link,
    pending: Pending<Waiter>,
    /// For the hello of the next socket, in a frame.
    resume: Option<String>,
    /// For the first hello, in a frame.
    token: Option<String>,
    /// When the page around us was last told that a session is wanted.
    asked: u64,
    commands: UnboundedSender<Command>,
}

/// The live state, of which a page has one. The handle holds nothing, so that it costs the many
/// closures that take it along nothing.
#[derive(Clone, Copy)]
pub struct Live;

static PARTS: OnceLock<Parts> = OnceLock::new();

/// What the live state consists of.
pub struct Parts {
    core: StoredValue<Core>,
    session: RwSignal<Option<Session>>,
    integrations: RwSignal<Vec<Integration>>,
    connections: RwSignal<Vec<Connection>>,
    imports: RwSignal<Vec<ImportSnapshot>>,
    tray: RwSignal<Tray>,
    notices: RwSignal<Notices>,
    link: RwSignal<LinkView>,
    gate: RwSignal<Gate>,
    fault: RwSignal<Option<Fault>>,
    now: RwSignal<u64>,
    route: RwSignal<Route>,
    query: RwSignal<Query>,
    unsaved: RwSignal<bool>,
    leaving: RwSignal<Option<String>>,
}

/// The live state, from anywhere below the root.
pub fn use_live() -> Live {
    Live
}

impl Deref for Live {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        PARTS.get().expect("the live state is made before anything is drawn")
    }
}

impl Live {
    /// Opens the socket and makes the state.
    pub fn provide() -> Self {
        let (commands, heard) = unbounded();
        let now = clock::now();
        let seed = u64::from(clock::chance()) << 32 | u64::from(clock::chance());
        let core = Core {
            model: Model::default(),
            link: Link::new(now),
            pending: Pending::new(seed),
            resume: None,
            token: None,
            asked: now,
            commands,
        };
        PARTS.get_or_init(|| Parts {
            core: StoredValue::new(core),
            session: RwSignal::new(None),
            integrations: RwSignal::new(Vec::new()),
            connections: RwSignal::new(Vec::new()),
            imports: RwSignal::new(Vec::new()),
            tray: RwSignal::new(Tray::default()),
            notices: RwSignal::new(Notices::default()),
            link: RwSignal::new(LinkView::Quiet),
            gate: RwSignal::new(Gate::Opening),
            fault: RwSignal::new(None),
            now: RwSignal::new(now),
            route: RwSignal::new(Route::Store),
            query: RwSignal::new(Query::default()),
            unsaved: RwSignal::new(false),
            leaving: RwSignal::new(None),
        });
        let live = Self;
        live.watch_places();
        live.start(heard);
        live
    }

    fn start(self, heard: UnboundedReceiver<Command>) {
        let wakes = self.core.with_value(|core| core.commands.clone());
        // The loop lives as long as the page, and so does the receiver of these.
        browser::on_wake(move |awake| {
            let command = if awake { Command::Woke } else { Command::Offline };
            let _ = wakes.unbounded_send(command);
        });
        self.watch_host();
        let ticks = self.core.with_value(|core| core.commands.clone());
        gloo_timers::callback::Interval::new(1_000, move || {
            let _ = ticks.unbounded_send(Command::Tick);
        })
        .forget();
        timer::spawn(line::run(self, heard));
    }

    /// Who is looking; none before the first welcome.
    pub fn session(self) -> Signal<Option<Session>> {
        self.session.read_only()
    }

    /// The catalogue.
    pub fn integrations(self) -> Signal<Vec<Integration>> {
        self.integrations.read_only()
    }

    /// Every connection.
    pub fn connections(self) -> Signal<Vec<Connection>> {
        self.connections.read_only()
    }

    /// Running imports, and the last ended one of each connection.
    pub fn imports(self) -> Signal<Vec<ImportSnapshot>> {
        self.imports.read_only()
    }

    /// Notifications.
    pub fn tray(self) -> Signal<Tray> {
        self.tray.read_only()
    }

    /// What stands at the top of the page.
    pub fn notices(self) -> Signal<Notices> {
        self.notices.read_only()
    }

    /// Closes something at the top of the page.
    pub fn change_notices(self, change: impl FnOnce(&mut Notices)) {
        self.core.update_value(|core| change(&mut core.model.notices));
        self.show(Part::Notices);
    }

    /// What to say about the link.
    pub fn link(self) -> Signal<LinkView> {
        self.link.read_only()
    }

    /// Whether the store can be shown.
    pub fn gate(self) -> Signal<Gate> {
        self.gate.read_only()
    }

    /// The time in milliseconds, moved on every half minute, for ages on screen.
    pub fn now(self) -> Signal<u64> {
        self.now.read_only()
    }

    /// The last wish that came to nothing, until it is closed.
    pub fn fault(self) -> Signal<Option<Fault>> {
        self.fault.read_only()
    }

    /// Says that a wish came to nothing.
    pub fn tell(self, fault: Fault) {
        host::tell(&outward::fault(fault.kind));
        self.fault.set(Some(fault));
    }

    /// Closes that message.
    pub fn close_fault(self) {
        self.fault.set(None);
    }

    /// Carries out the effects of one message. False when the socket loop must end.
    fn carry_out(self, effects: Vec<Effect>) -> bool {
        self.tell_host();
        let mut going = true;
        for effect in effects {
            match effect {
                Effect::Changed(part) => self.show(part),
                Effect::Welcomed { resume } => {
                    self.core.update_value(|core| core.resume = resume);
                    if self.gate.get_untracked() != Gate::Open {
                        self.gate.set(Gate::Open);
                        host::opened();
                    }
                    self.welcomed();
                }
                Effect::Answered(id, answer) => {
                    let waiter = self.core.try_update_value(|core| core.pending.take(&id));
                    if let Some(Some(waiter)) = waiter {
                        // A page that was left no longer waits for its answer.
                        let _ = waiter.send(answer);
                    }
                }
                Effect::OtherBuild(build) => {
                    self.meet_other_build(&build);
                    going = false;
                }
                Effect::SessionOver => {
                    self.core.update_value(|core| drop(core.pending.clear()));
                    self.gate.set(self.without_session());
                    going = false;
                }
            }
        }
        going
    }

    fn show(self, part: Part) {
        self.core.with_value(|core| match part {
            // Who is looking seldom changes; nothing is drawn anew after a lost link.
            Part::Session if self.session.with_untracked(|known| *known == core.model.session) => {}
            Part::Session => self.session.set(core.model.session.clone()),
            Part::Integrations => self.integrations.set(core.model.integrations.clone()),
            Part::Connections => self.connections.set(core.model.connections.clone()),
            Part::Imports => self.imports.set(core.model.imports.clone()),
            Part::Tray => self.tray.set(core.model.tray.clone()),
            Part::Notices => self.notices.set(core.model.notices.clone()),
        });
    }

    fn meet_other_build(self, build: &str) {
        let before = browser::reloaded_for();
        let kept = browser::remember_reload(build).is_some();
        match other_build(build, before.as_deref(), kept) {
            OtherBuild::Reload => drop(browser::reload()),
            OtherBuild::Say => self.gate.set(Gate::OtherBuild),
        }
    }
}
