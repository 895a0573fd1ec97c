//! The store's state and how each message changes it. Pure: no browser, no clock, no chance.

pub mod banner;
pub mod connecting;
pub mod draft;
pub mod filters;
pub mod help;
pub mod link;
pub mod listing;
pub mod mapping;
pub mod notices;
pub mod outward;
pub mod pending;
pub mod sorted;
pub mod tray;
pub mod window;

#[cfg(test)]
mod tests;

use protocol::Envelope;
use protocol::ids::{ImportId, RequestId};
use protocol::import::ImportSnapshot;
use protocol::message::{Answer, Fault, FaultKind, ServerMessage, Welcome};
use protocol::notification::Tray;
use protocol::store::{Connection, ConnectionState, Integration, Session};

use notices::Notices;
use outward::Outward;

/// The id of a renewal: it is not repeated, so one does for all.
pub const RENEWAL: &str = "renewal";

/// All that is known, whole.
#[derive(Debug, Default)]
pub struct Model {
    /// Who is looking; none before the first welcome.
    pub session: Option<Session>,
    /// The catalogue.
    pub integrations: Vec<Integration>,
    /// One for each integration.
    pub connections: Vec<Connection>,
    /// Running imports, and the last ended one of each connection.
    pub imports: Vec<ImportSnapshot>,
    /// Notifications.
    pub tray: Tray,
    /// Messages that stay until somebody closes them.
    pub notices: Notices,
    /// What happened and was not told to the page around the store yet.
    pub outward: Vec<Outward>,
}

/// A part of the state; only what reads a changed part is drawn again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// [`Model::session`].
    Session,
    /// [`Model::integrations`].
    Integrations,
    /// [`Model::connections`].
    Connections,
    /// [`Model::imports`].
    Imports,
    /// [`Model::tray`].
    Tray,
    /// [`Model::notices`].
    Notices,
}

/// What a message asks of the one who applied it.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// These readers must look again.
    Changed(Part),
    /// The hello was answered; the secret is for the hello of the next socket.
    Welcomed {
        /// Only sessions without a cookie have one.
        resume: Option<String>,
    },
    /// An intent was answered.
    Answered(RequestId, Result<Answer, Fault>),
    /// The proxy is of another build.
    OtherBuild(String),
    /// The session is over.
    SessionOver,
}

impl Model {
    /// Takes in one message. Never lets a part go back to an older revision.
    pub fn apply(&mut self, envelope: Envelope<ServerMessage>) -> Vec<Effect> {
        match (envelope.message, envelope.id) {
            (ServerMessage::Welcome(welcome), _) => self.welcome(*welcome),
            (ServerMessage::OtherBuild { build }, _) => vec![Effect::OtherBuild(build)],
            (ServerMessage::Done(answer), Some(id)) => vec![Effect::Answered(id, Ok(answer))],
            (ServerMessage::Failed(fault), Some(id)) => {
                // No page of ours waits for a renewal; the page around us gave the token.
                self.outward.extend((id.as_str() == RENEWAL).then(|| outward::fault(fault.kind)));
                let over = fault.kind == FaultKind::SessionInvalid;
                let mut effects = vec![Effect::Answered(id, Err(fault))];
                effects.extend(over.then_some(Effect::SessionOver));
                effects
            }
            (ServerMessage::Failed(fault), None) if fault.kind == FaultKind::SessionInvalid => {
                vec![Effect::SessionOver]
            }
            (ServerMessage::Done(_) | ServerMessage::Failed(_), None) => Vec::new(),
            (ServerMessage::Connection(connection), _) => self.connection(*connection),
            (ServerMessage::Import(import), _) => self.import(import),
            (ServerMessage::Notification(notification), _) => {
                let told = outward::of_entry(&notification);
                let new = tray::take(&mut self.tray, notification);
                self.outward.extend(told.filter(|_| new));
                changed(new, Part::Tray)
            }
            (ServerMessage::Unread { count, upto, also }, _) => {
                tray::mark(&mut self.tray, count, upto, &also);
                vec![Effect::Changed(Part::Tray)]
            }
            (ServerMessage::SessionEnded, _) => vec![Effect::SessionOver],
            (ServerMessage::Session(session), _) => {
                self.session = Some(*session);
                vec![Effect::Changed(Part::Session)]
            }
        }
    }

    fn welcome(&mut self, welcome: Welcome) -> Vec<Effect> {
        let snapshot = welcome.snapshot;
        let mut effects = vec![Effect::Welcomed { resume: welcome.resume }];
        effects.push(Effect::Changed(Part::Session));
        let first = self.session.replace(snapshot.session).is_none();
        if self.integrations != snapshot.integrations {
            self.integrations = snapshot.integrations;
            effects.push(Effect::Changed(Part::Integrations));
        }
        let known = &self.integrations;
        self.connections.retain(|c| known.iter().any(|i| i.id == c.integration));
        for connection in snapshot.connections {
            self.connection(connection);
        }
        // An import that the proxy no longer tells of was of a connection that is gone.
        self.imports.retain(|old| snapshot.imports.iter().any(|new| new.import == old.import));
        for import in snapshot.imports {
            self.import(import);
        }
        self.outward.extend(welcome.events.iter().filter_map(outward::of_entry));
        if first {
            // What was so before is no news.
            self.outward.clear();
        }
        tray::replace(&mut self.tray, snapshot.tray, welcome.events);
        self.notices.recall(self.unread_ends());
        let parts = [Part::Connections, Part::Imports, Part::Tray, Part::Notices];
        effects.extend(parts.map(Effect::Changed));
        effects
    }

    /// Runs of working connections whose end this visitor has not read.
    fn unread_ends(&self) -> Vec<ImportId> {
        let on = |run: &&ImportSnapshot| {
            self.connections.iter().any(|c| c.integration == run.integration && c.state.is_on())
        };
        let unread =
            |run: &&ImportSnapshot| tray::end_of(&self.tray, run.import).is_some_and(|entry| !entry.read);
        self.imports.iter().filter(on).filter(unread).map(|run| run.import).collect()
    }

    fn connection(&mut self, new: Connection) -> Vec<Effect> {
        let same = |old: &&mut Connection| old.integration == new.integration;
        let Some(old) = self.connections.iter_mut().find(same) else {
            self.connections.push(new);
            return vec![Effect::Changed(Part::Connections)];
        };
        if old.revision >= new.revision {
            return Vec::new();
        }
        let noted = self.notices.on_change(old, &new);
        if noted && new.state == ConnectionState::Disconnected {
            // What was imported is no news any more beside that.
            let of_same = self.imports.iter().filter(|run| run.integration == new.integration);
            of_same.for_each(|run| self.notices.close_import(run.import));
        }
        let erased = new.state == ConnectionState::Available && !self.imports.is_empty();
        if erased {
            // Its runs are gone with it, and nobody tells of what is gone.
            self.imports.retain(|run| run.integration != new.integration);
        }
        let named = self.integrations.iter().find(|i| i.id == new.integration);
        self.outward.extend(outward::of_connection(old, &new, named.map_or("", |i| &i.name)));
        *old = new;
        let mut effects = vec![Effect::Changed(Part::Connections)];
        effects.extend(erased.then_some(Effect::Changed(Part::Imports)));
        effects.extend(noted.then_some(Effect::Changed(Part::Notices)));
        effects
    }

    fn import(&mut self, new: ImportSnapshot) -> Vec<Effect> {
        let same = |old: &&mut ImportSnapshot| old.import == new.import;
        if let Some(old) = self.imports.iter_mut().find(same) {
            if old.revision >= new.revision {
                return Vec::new();
            }
            self.outward.push(outward::of_import(&new));
            self.notices.saw(&new);
            *old = new;
        } else {
            // Only the last run of a connection is of interest, and ids of runs grow.
            let of_same = |old: &ImportSnapshot| old.integration == new.integration;
            if self.imports.iter().any(|old| of_same(old) && old.import > new.import) {
                return Vec::new();
            }
            self.imports.retain(|old| !of_same(old));
            self.outward.push(outward::of_import(&new));
            self.notices.saw(&new);
            self.imports.push(new);
        }
        vec![Effect::Changed(Part::Imports), Effect::Changed(Part::Notices)]
    }
}

fn changed(yes: bool, part: Part) -> Vec<Effect> {
    Vec::from_iter(yes.then_some(Effect::Changed(part)))
}

/// What to do when the proxy is of another build: a rolling deployment must not make us loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherBuild {
    /// Load the page again, once for this build.
    Reload,
    /// That was done before and did not help: say so.
    Say,
}

/// `reloaded_for` is the build for which this tab reloaded last; `kept` says whether the tab can
/// remember such a thing at all.
pub fn other_build(build: &str, reloaded_for: Option<&str>, kept: bool) -> OtherBuild {
    if kept && reloaded_for != Some(build) { OtherBuild::Reload } else { OtherBuild::Say }
}
