//! The store in a portal's page: sessions come from there as tokens, and what happens is told there.
//! At top level nobody gives tokens, and nobody listens.

use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use protocol::Envelope;
use protocol::ids::{PortalId, RequestId};
use protocol::message::{Auth, ClientMessage, Hello};

use super::{Command, Core, Gate, Live};
use crate::browser::{clock, host};
use crate::model::link::LinkStep;
use crate::model::{Part, RENEWAL, outward};

/// How long the page around us may take to give a session, in milliseconds.
const PATIENCE: u64 = 10_000;

/// The portal in whose page this is; none at top level.
pub(super) fn portal() -> Option<PortalId> {
    PortalId::new(host::portal()?).ok()
}

impl Core {
    /// Takes a token that has come. Whether there is one, be it from before.
    fn admit(&mut self, token: Option<String>, now: u64) -> bool {
        if token.is_some() {
            self.token = token;
            self.link.admit(now);
        }
        self.token.is_some()
    }
}

impl Live {
    pub(super) fn watch_host(self) {
        let come = self.core.with_value(|core| core.commands.clone());
        host::on_session(move || {
            // The loop lives as long as the page.
            let _ = come.unbounded_send(Command::Session);
        });
    }

    /// Returns as soon as there is something to say hello with: in a frame a token must come first,
    /// unless the session goes on.
    pub(super) async fn admitted(self, commands: &mut UnboundedReceiver<Command>) {
        if portal().is_none() || self.core.with_value(|core| core.resume.is_some()) {
            return;
        }
        let since = clock::now();
        if host::is_alone() {
            self.gate.set(Gate::Alone);
        }
        loop {
            let (token, now) = (host::token(), clock::now());
            if self.core.try_update_value(|core| core.admit(token, now)) != Some(false) {
                return;
            }
            self.remind(None, now);
            if self.gate.get_untracked() == Gate::Opening && now > since + PATIENCE {
                self.gate.set(Gate::NoSession);
            }
            // There is a tick every second. An intent made meanwhile is kept until the welcome.
            if commands.next().await.is_none() {
                return;
            }
        }
    }

    /// How the next hello proves the session.
    pub(super) fn proof(self) -> Auth {
        let proof = self.core.try_update_value(|core| match core.resume.clone() {
            Some(secret) => Auth::Resume(secret),
            // Should the welcome be lost, another token is wanted at once.
            None => core.token.take().map_or(Auth::Cookie, |token| {
                core.asked = 0;
                Auth::Token(token)
            }),
        });
        proof.unwrap_or(Auth::Cookie)
    }

    /// The socket never opened: a token that nobody has seen is as good as before.
    pub(super) fn take_back(self, hello: Envelope<ClientMessage>) {
        if let ClientMessage::Hello(Hello { auth: Auth::Token(token), .. }) = hello.message {
            self.core.update_value(|core| core.token = Some(token));
        }
    }

    /// Tells the page around us that the session ends, or that there is none, when it is time to.
    pub(super) fn remind(self, ends: Option<u64>, now: u64) {
        let due = self.core.try_update_value(|core| {
            let due = outward::is_due(ends.unwrap_or(now), core.asked, now);
            if due {
                core.asked = now;
            }
            due
        });
        if due == Some(true) {
            host::tell(&ends.map_or_else(outward::needed, outward::expiring));
        }
    }

    /// Uses the token that has come to make the session last longer.
    pub(super) fn renew(self) {
        self.core.with_value(|core| {
            if core.link.stands()
                && let (Some(token), Ok(id)) = (host::token(), RequestId::new(RENEWAL))
            {
                let renewal = Envelope::new(id, ClientMessage::Renew { token });
                // The receiver is the loop that calls this.
                let _ = core.commands.unbounded_send(Command::Say(renewal));
            }
        });
    }

    /// What is shown without a session. At top level nobody who is unknown from the start has lost one.
    pub(super) fn without_session(self) -> Gate {
        let unknown = self.session.with_untracked(Option::is_none);
        if unknown && portal().is_none() { Gate::NotSignedIn } else { Gate::SessionOver }
    }

    /// The session is over. In a frame the next one may be somebody else's: nothing of this one stays.
    /// None at top level, where no other comes.
    pub(super) fn begin_anew(self) -> Option<LinkStep> {
        portal()?;
        let (now, chance) = (clock::now(), clock::chance());
        let step = self.core.try_update_value(|core| {
            let before = std::mem::take(&mut core.model);
            core.resume = None;
            core.asked = outward::asked_at_end(before.session.is_some(), now);
            core.link.begin_again(now, chance)
        });
        self.show(Part::Session);
        step
    }

    /// Tells the page around us what happened.
    pub(super) fn tell_host(self) {
        let news = self.core.try_update_value(|core| std::mem::take(&mut core.model.outward));
        for event in news.unwrap_or_default() {
            host::tell(&event);
        }
    }
}
