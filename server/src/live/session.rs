//! One socket's conversation, over any sink and stream: hello, welcome, then news and intents until
//! somebody ends it.

use std::time::Duration;

use protocol::PING_SECONDS;
use protocol::ids::{EventSeq, RequestId};
use protocol::message::{ClientMessage, Fault, FaultKind, ServerMessage};
use protocol::notification::Notification;
use protocol::store::Permissions;
use tokio::time::{MissedTickBehavior, interval};

use super::greeting::greet;
use super::hub::Views;
use super::intents::{self, Reply};
pub use super::line::{Broken, Encoding, Frame, Socket};
use super::line::{Heard, Line, Stuck};
use super::news::Told;
use crate::error::reference;
use crate::state::Shared;
use crate::store::ids::{SessionId, TenantId};

/// As many entries of the log as are told in one go.
const WINDOW: u16 = 200;
/// How a conversation ends, from our side.
pub(super) enum End {
    /// We say goodbye with this code and word.
    Close(u16, &'static str),
    /// The other end is gone.
    Gone,
}

impl From<Stuck> for End {
    fn from(_: Stuck) -> Self {
        // 1013: try again later (IANA's WebSocket close codes).
        Self::Close(1013, "too slow")
    }
}

/// Holds the conversation. `cookie` is the hash of the session cookie of the upgrade request.
pub async fn converse<S: Socket>(socket: S, app: Shared, cookie: Option<[u8; 32]>, encoding: Encoding) {
    // A shutdown waits until this socket was told.
    let _hold = app.stopping.hold();
    let mut line = Line::new(socket, encoding);
    // Boxed, so that its memory is given back before the socket begins to idle.
    let end = match Box::pin(greet(&mut line, &app, cookie)).await {
        Ok(guest) => talk(&mut line, &app, guest).await,
        Err(end) => end,
    };
    if let End::Close(code, why) = end {
        Box::pin(line.close(code, why)).await;
    }
}

/// Somebody who was welcomed.
pub(super) struct Guest {
    pub(super) session: SessionId,
    pub(super) tenant: TenantId,
    pub(super) permissions: Permissions,
    pub(super) views: Views,
    pub(super) told: Told,
}

/// Tells news and does what is asked, until the end.
async fn talk<S: Socket>(line: &mut Line<S>, app: &Shared, mut guest: Guest) -> End {
    let beat = Duration::from_secs(PING_SECONDS);
    let mut pings = interval(beat);
    pings.tick().await;
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut unanswered = 0_u8;
    loop {
        let step = tokio::select! {
            heard = line.hear() => {
                unanswered = 0;
                listen(line, app, &guest, heard).await
            }
            changed = guest.views.changed() => match changed {
                Ok(()) => tell(line, app, &mut guest).await,
                // The room closes only when the proxy stops.
                Err(_) => Err(End::Close(1012, "restarting")),
            },
            _ = pings.tick() => {
                if unanswered == 2 {
                    return End::Gone;
                }
                unanswered += 1;
                line.ping().await.map_err(End::from)
            }
            () = app.stopping.wait() => Err(End::Close(1012, "restarting")),
        };
        if let Err(end) = step {
            return end;
        }
    }
}

/// Tells what changed since the last time.
async fn tell<S: Socket>(line: &mut Line<S>, app: &Shared, guest: &mut Guest) -> Result<(), End> {
    let Some(view) = guest.views.borrow_and_update().view.clone() else {
        return Ok(());
    };
    if guest.told.knows(&view) {
        return Ok(());
    }
    match view.sessions.get(&guest.session) {
        None => {
            line.say(None, ServerMessage::SessionEnded).await?;
            return Err(End::Close(1000, "the session ended"));
        }
        // The next welcome shows what is allowed now.
        Some(now) if *now != guest.permissions => return Err(End::Close(1012, "the rights changed")),
        Some(_) => {}
    }
    let events = match view.events_after(guest.told.upto) {
        Some(events) => events,
        None => later(app, guest.tenant, guest.told.upto).await?,
    };
    for message in guest.told.news(view, events) {
        line.say(None, message).await?;
    }
    Ok(())
}

/// Entries that no longer are in the view's window.
async fn later(app: &Shared, tenant: TenantId, upto: EventSeq) -> Result<Vec<Notification>, End> {
    let read =
        app.store.read(move |mut db| Box::pin(async move { db.events_after(tenant, upto, WINDOW).await }));
    read.await.map_err(|error| {
        tracing::error!(%error, "the log could not be read");
        End::Close(1011, "something failed on our side")
    })
}

async fn listen<S: Socket>(line: &mut Line<S>, app: &Shared, guest: &Guest, heard: Heard) -> Result<(), End> {
    let envelope = match heard {
        Heard::Message(envelope) => envelope,
        Heard::Unreadable(id) => return fail(line, app, id, FaultKind::Unreadable).await,
        Heard::Life => return Ok(()),
        Heard::OtherEncoding => return Err(End::Close(1003, "not in this encoding")),
        Heard::TooLong => return Err(End::Close(1009, "too long")),
        Heard::NotText => return Err(End::Close(1007, "not text")),
        Heard::Gone => return Err(End::Gone),
    };
    let ClientMessage::Intent(intent) = envelope.message else {
        return Err(End::Close(1008, "one hello is enough"));
    };
    let Some(id) = envelope.id else {
        return fail(line, app, None, FaultKind::Invalid).await;
    };
    match Box::pin(intents::serve(app, guest.session, &id, intent)).await {
        Reply::Done(answer) => Ok(line.say(Some(id), ServerMessage::Done(answer)).await?),
        Reply::Failed(fault) => Ok(line.say(Some(id), ServerMessage::Failed(fault)).await?),
        Reply::Ended => {
            line.say(None, ServerMessage::SessionEnded).await?;
            Err(End::Close(1000, "the session ended"))
        }
    }
}

pub(super) async fn fail<S: Socket>(
    line: &mut Line<S>,
    app: &Shared,
    id: Option<RequestId>,
    kind: FaultKind,
) -> Result<(), End> {
    let fault = Fault { kind, reference: reference(&app.clock) };
    Ok(line.say(id, ServerMessage::Failed(fault)).await?)
}
