//! One socket's conversation, over any sink and stream: hello, welcome, then news and intents until
//! somebody ends it.

use std::time::Duration;

use protocol::PING_SECONDS;
use protocol::ids::{EventSeq, Moment, RequestId};
use protocol::message::{ClientMessage, Fault, FaultKind, ServerMessage};
use protocol::notification::Notification;
use protocol::store::Session;
use tokio::time::{MissedTickBehavior, interval};

use super::embedded;
use super::greeting::{NOTED, greet, shown};
use super::hub::Views;
use super::intents::{self, Reply};
pub(crate) use super::line::Line;
pub use super::line::{Broken, Encoding, Frame, Socket};
use super::line::{Heard, Stuck};
use super::news::Told;
use crate::error::reference;
use crate::limits::{Flood, Seat, Verdict};
use crate::state::{Caller, Shared};
use crate::store::StoreError;
use crate::store::ids::{SessionId, TenantId};
use crate::store::portals::Names;
use crate::store::sessions::Standing;

/// As many entries of the log as are told in one go.
const WINDOW: u16 = 200;
/// Whatever it was, it stands in our log.
const FAILED: End = End::Close(1011, "something failed on our side");

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
/// `seat` is given back when the conversation ends, however it does.
pub async fn converse<S: Socket>(
    socket: S,
    app: Shared,
    cookie: Option<[u8; 32]>,
    encoding: Encoding,
    mut seat: Seat,
) {
    // A shutdown waits until this socket was told.
    let _hold = app.stopping.hold();
    let _counted = app.meters.socket();
    let mut line = Line::new(socket, encoding);
    // Boxed, so that its memory is given back before the socket begins to idle.
    let end = match Box::pin(greet(&mut line, &app, cookie, &mut seat)).await {
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
    pub(super) caller: Caller,
    pub(super) tenant: TenantId,
    pub(super) standing: Standing,
    /// The session as the other end was told of it.
    pub(super) shown: Session,
    /// When the session was last used, to within a minute, as far as is known.
    pub(super) seen: Moment,
    /// When the session is over, as far as is known.
    pub(super) over: Moment,
    /// The hash of a resume secret that is not known to have arrived.
    pub(super) unconfirmed: Option<[u8; 32]>,
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
    let mut flood = Flood::default();
    // Between hello and welcome the session may have ended, or gone on in another socket.
    if let Err(end) = tell(line, app, &mut guest).await {
        return end;
    }
    loop {
        let step = tokio::select! {
            heard = line.hear() => {
                unanswered = 0;
                if line.answered() {
                    confirm(app, &mut guest).await;
                }
                match flood.judge(app.limits.message(guest.session, app.clock.now())) {
                    Verdict::Serve => listen(line, app, &mut guest, heard).await,
                    Verdict::Refuse => refuse(line, app, &mut guest, heard).await,
                    Verdict::Close => Err(End::Close(1008, "too many messages")),
                }
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
            () = app.clock.reached(guest.over) => look_again(line, app, &mut guest).await,
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
    match view.sessions.get(&guest.session) {
        None => return Err(ended(line).await),
        // The next welcome shows what is allowed now, and brings another resume secret: one that was
        // known before the rights changed is spent (SE-02).
        Some(now) if now.permissions != guest.standing.permissions => {
            return Err(End::Close(1012, "the rights changed"));
        }
        Some(now) if now.turns != guest.standing.turns => {
            return Err(End::Close(1008, "the session goes on in another socket"));
        }
        Some(now) if *now != guest.standing || !are_shown(&view.names, &guest.shown) => {
            look_again(line, app, guest).await?;
        }
        Some(_) => {}
    }
    if guest.told.knows(&view) {
        return Ok(());
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

fn are_shown(names: &Names, shown: &Session) -> bool {
    let Names { portal, return_url, organisation } = names;
    (portal, return_url, organisation) == (&shown.portal_name, &shown.return_url, &shown.organisation)
}

/// The session is over, lasts longer than was known, or has another name around it.
async fn look_again<S: Socket>(line: &mut Line<S>, app: &Shared, guest: &mut Guest) -> Result<(), End> {
    let (id, now) = (guest.session, app.clock.now());
    let found = app.store.read(move |mut db| Box::pin(async move { db.session(id, now).await }));
    let Some(session) = found.await.map_err(failed)? else {
        return Err(ended(line).await);
    };
    guest.seen = session.seen;
    guest.over = session.over();
    guest.standing.ends = session.standing.ends;
    let shown = shown(&session).ok_or(FAILED)?;
    if guest.shown != shown {
        guest.shown = shown.clone();
        line.say(None, ServerMessage::Session(Box::new(shown))).await?;
    }
    Ok(())
}

async fn ended<S: Socket>(line: &mut Line<S>) -> End {
    match line.say(None, ServerMessage::SessionEnded).await {
        Ok(()) => End::Close(1000, "the session ended"),
        Err(stuck) => stuck.into(),
    }
}

/// The other end has answered since the welcome, so the secret in that has arrived.
async fn confirm(app: &Shared, guest: &mut Guest) {
    let Some(hash) = guest.unconfirmed else {
        return;
    };
    match Box::pin(embedded::confirm(app, guest.session, hash)).await {
        Ok(()) => guest.unconfirmed = None,
        Err(error) => tracing::error!(%error, "a resume secret could not be confirmed"),
    }
}

/// Entries that no longer are in the view's window.
async fn later(app: &Shared, tenant: TenantId, upto: EventSeq) -> Result<Vec<Notification>, End> {
    let read =
        app.store.read(move |mut db| Box::pin(async move { db.events_after(tenant, upto, WINDOW).await }));
    read.await.map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn failed(error: StoreError) -> End {
    tracing::error!(%error, "the store could not be read for a socket");
    FAILED
}

async fn listen<S: Socket>(
    line: &mut Line<S>,
    app: &Shared,
    guest: &mut Guest,
    heard: Heard,
) -> Result<(), End> {
    let envelope = match heard {
        Heard::Message(envelope) => envelope,
        Heard::Unreadable(id) => return fail(line, app, id, FaultKind::Unreadable).await,
        Heard::Life => return Ok(()),
        Heard::OtherEncoding => return Err(End::Close(1003, "not in this encoding")),
        Heard::TooLong => return Err(End::Close(1009, "too long")),
        Heard::NotText => return Err(End::Close(1007, "not text")),
        Heard::Gone => return Err(End::Gone),
    };
    let reply = match (&envelope.id, envelope.message) {
        (_, ClientMessage::Hello(_)) => return Err(End::Close(1008, "one hello is enough")),
        (None, _) => return fail(line, app, None, FaultKind::Invalid).await,
        (Some(id), ClientMessage::Intent(intent)) => {
            Box::pin(intents::serve(app, guest.caller, id, intent)).await
        }
        (Some(id), ClientMessage::Renew { token }) => {
            Box::pin(intents::renew(app, guest.caller, id, &token)).await
        }
    };
    if !matches!(reply, Reply::Ended) {
        Box::pin(note_use(app, guest)).await;
    }
    match reply {
        Reply::Done(answer) => Ok(line.say(envelope.id, ServerMessage::Done(answer)).await?),
        Reply::Failed(fault) => Ok(line.say(envelope.id, ServerMessage::Failed(fault)).await?),
        Reply::Ended => Err(ended(line).await),
    }
}

/// Somebody works with the store. That the other end merely lives, as a pong says, is no use.
async fn note_use(app: &Shared, guest: &mut Guest) {
    let (id, now) = (guest.session, app.clock.now());
    if now.0 < guest.seen.0 + NOTED {
        return;
    }
    match app.store.write(move |mut db| Box::pin(async move { db.touch_session(id, now).await })).await {
        Ok(()) => {
            guest.seen = now;
            guest.over = guest.standing.over(now);
        }
        Err::<(), StoreError>(error) => tracing::error!(%error, "a session's use could not be noted"),
    }
}

/// One message too many: what asks for an answer gets one.
async fn refuse<S: Socket>(
    line: &mut Line<S>,
    app: &Shared,
    guest: &mut Guest,
    heard: Heard,
) -> Result<(), End> {
    match heard {
        Heard::Message(envelope) => fail(line, app, envelope.id, FaultKind::TooMany).await,
        Heard::Unreadable(id) => fail(line, app, id, FaultKind::TooMany).await,
        Heard::Life | Heard::OtherEncoding | Heard::TooLong | Heard::NotText | Heard::Gone => {
            Box::pin(listen(line, app, guest, heard)).await
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
