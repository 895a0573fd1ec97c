//! The socket loop: hello, messages in, intents out, and back again after a loss.

use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use protocol::Envelope;
use protocol::message::{ClientMessage, Hello};

use super::{BUILD, Command, Gate, Live, embedding};
use crate::browser::{clock, place};
use crate::model::link::{LinkEvent, LinkStep, PATIENCE};
use crate::routes;
use crate::socket;

/// How long a socket may take to open, in milliseconds.
const OPENING: u32 = 10_000;
/// How often ages on screen are drawn again, in milliseconds.
const AGES: u64 = 30_000;

/// Keeps the link up until the session ends.
pub(super) async fn run(live: Live, mut commands: UnboundedReceiver<Command>) {
    loop {
        live.admitted(&mut commands).await;
        let event = converse(live, &mut commands).await;
        let mut step = live.link_step(event);
        loop {
            step = match step {
                LinkStep::Open | LinkStep::Stay => break,
                LinkStep::Stop => match live.again() {
                    Some(step) => step,
                    None => return,
                },
                LinkStep::Wait(wait) => rest(live, &mut commands, wait).await,
            };
        }
    }
}

/// Waits, but not when something wakes us.
async fn rest(live: Live, commands: &mut UnboundedReceiver<Command>, wait: u64) -> LinkStep {
    let mut timer = TimeoutFuture::new(u32::try_from(wait).unwrap_or(u32::MAX));
    loop {
        match select(&mut timer, commands.next()).await {
            Either::Left(_) => return live.link_step(LinkEvent::Waited),
            Either::Right((Some(Command::Woke), _)) => return live.link_step(LinkEvent::Woke),
            Either::Right((Some(Command::Tick), _)) => live.tick(),
            // An intent made meanwhile is kept and sent after the next welcome.
            Either::Right((Some(Command::Say(_) | Command::Offline | Command::Session), _)) => {}
            Either::Right((None, _)) => return LinkStep::Stop,
        }
    }
}

/// One socket, from opening to its end.
async fn converse(live: Live, commands: &mut UnboundedReceiver<Command>) -> LinkEvent {
    let address = place::socket_address(routes::SOCKET);
    let Some((mut mouth, mut ear)) = address.and_then(|address| socket::open(&address)) else {
        return LinkEvent::Lost;
    };
    let hello = live.hello();
    let opening = Box::pin(mouth.say(&hello));
    let opened = matches!(select(opening, TimeoutFuture::new(OPENING)).await, Either::Left((true, _)));
    if !opened {
        live.take_back(hello);
        return LinkEvent::Lost;
    }
    loop {
        let heard = select(Box::pin(ear.hear()), commands.next()).await;
        match heard {
            Either::Left((None, _)) | Either::Right((Some(Command::Offline), _)) => {
                return LinkEvent::Lost;
            }
            Either::Left((Some(envelope), _)) => {
                let effects = live.core.try_update_value(|core| core.model.apply(envelope));
                if !live.carry_out(effects.unwrap_or_default()) {
                    return LinkEvent::Ended;
                }
            }
            Either::Right((Some(Command::Say(envelope)), _)) => {
                // A socket that is closed by now is about to be heard of.
                let _ = mouth.say(&envelope).await;
            }
            Either::Right((Some(Command::Tick), _)) => {
                live.tick();
                if live.unanswered() {
                    return LinkEvent::Lost;
                }
            }
            Either::Right((Some(Command::Session), _)) => live.renew(),
            Either::Right((Some(Command::Woke), _)) => {}
            Either::Right((None, _)) => return LinkEvent::Ended,
        }
    }
}

impl Live {
    fn hello(self) -> Envelope<ClientMessage> {
        let (build, auth, portal) = (BUILD.to_owned(), self.proof(), embedding::portal());
        let hello = self.core.with_value(|core| {
            let cursor = core.model.session.as_ref().map(|_| core.model.tray.cursor);
            Hello { build, auth, cursor, portal }
        });
        Envelope::unasked(ClientMessage::Hello(hello))
    }

    fn link_step(self, event: LinkEvent) -> LinkStep {
        let (now, chance) = (clock::now(), clock::chance());
        let step = self.core.try_update_value(|core| core.link.on(event, now, chance));
        self.show_link(now);
        step.unwrap_or(LinkStep::Stop)
    }

    /// The link stands: whatever has no answer yet is said again under the same id.
    pub(super) fn welcomed(self) {
        self.link_step(LinkEvent::Welcomed);
        let now = clock::now();
        self.core.update_value(|core| {
            for (id, intent) in core.pending.resend(now) {
                // The receiver is the loop that calls this.
                let _ = core.commands.unbounded_send(Command::intent(id, intent));
            }
            // So is a token that came meanwhile.
            let _ = core.commands.unbounded_send(Command::Session);
        });
    }

    /// How it goes on after the end of a session, if it does.
    fn again(self) -> Option<LinkStep> {
        let over = self.gate.get_untracked() == Gate::SessionOver;
        if over { self.begin_anew() } else { None }
    }

    fn unanswered(self) -> bool {
        let now = clock::now();
        let oldest = self.core.with_value(|core| core.pending.oldest());
        oldest.is_some_and(|since| now.saturating_sub(since) > PATIENCE)
    }

    fn tick(self) {
        let now = clock::now();
        self.show_link(now);
        let ends = self.core.with_value(|core| core.model.session.as_ref().map(|s| s.ends.0));
        if ends.is_some() {
            self.remind(ends, now);
        }
        if now.saturating_sub(self.now.get_untracked()) >= AGES {
            self.now.set(now);
        }
    }

    fn show_link(self, now: u64) {
        let view = self.core.with_value(|core| core.link.view(now));
        if view != self.link.get_untracked() {
            self.link.set(view);
        }
    }
}
