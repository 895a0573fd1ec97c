//! The first exchange of a socket: hello, welcome. What proves no session gets no further.

use std::sync::Arc;
use std::time::Duration;

use protocol::HELLO_SECONDS;
use protocol::ids::{EventSeq, PortalId, RequestId};
use protocol::message::{Auth, ClientMessage, FaultKind, Hello, ServerMessage, Welcome};
use protocol::notification::{Notification, Tray};
use protocol::store::{Session, Snapshot};
use tokio::time::timeout;

use super::embedded;
use super::line::{Heard, Line, Socket};
use super::news::{Told, marks};
use super::session::{End, Guest, fail};
use super::view::{View, seen_by};
use crate::denials;
use crate::limits::Seat;
use crate::peer::Peer;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::TenantId;
use crate::store::sessions::LiveSession;
use crate::vault::{Secret, digest};

/// The build that this proxy belongs to. "dev" is like any other.
const BUILD: &str = match option_env!("PATCHBAY_BUILD") {
    Some(build) => build,
    None => DEV,
};
const DEV: &str = "dev";

/// What says anything else first is sent away.
const NO_HELLO: End = End::Close(1008, "the first message must be a hello");
/// As many events as one welcome brings after a cursor; beyond that the snapshot must do.
const WINDOW: u16 = 200;
/// A stranger may ping so often; its session, by which messages are counted, is not known.
const SIGNS: u8 = 8;
/// A session's use is noted at most this often, in milliseconds.
pub(super) const NOTED: u64 = 60_000;

/// Waits for the hello and answers it.
pub(super) async fn greet<S: Socket>(
    line: &mut Line<S>,
    app: &Shared,
    cookie: Option<[u8; 32]>,
    seat: &mut Seat,
) -> Result<Guest, End> {
    let heard = timeout(Duration::from_secs(HELLO_SECONDS), hear_hello(line));
    let (id, hello) = tokio::select! {
        heard = heard => heard.map_err(|_| End::Close(1008, "no hello in time"))??,
        // A hello that was heard is answered; who has said nothing yet does not hold up a shutdown.
        () = app.stopping.wait() => return Err(End::Close(1012, "restarting")),
    };
    if hello.build != BUILD && hello.build != DEV && BUILD != DEV {
        line.say(id, ServerMessage::OtherBuild { build: BUILD.to_owned() }).await?;
        return Err(End::Close(1000, "another build"));
    }
    match welcome(app, &hello, cookie, seat).await {
        Ok((welcome, guest)) => {
            line.say(id, ServerMessage::Welcome(Box::new(welcome))).await?;
            if guest.unconfirmed.is_some() {
                line.ask_back().await?;
            }
            Ok(guest)
        }
        Err(kind) => {
            fail(line, app, id, kind).await?;
            // 1013: try again later (IANA's WebSocket close codes).
            let full = End::Close(1013, "too many sockets of this organisation");
            Err(if kind == FaultKind::TooMany { full } else { End::Close(1008, "not welcome") })
        }
    }
}

async fn hear_hello<S: Socket>(line: &mut Line<S>) -> Result<(Option<RequestId>, Hello), End> {
    let mut signs = 0;
    loop {
        match line.hear().await {
            Heard::Message(envelope) => match envelope.message {
                ClientMessage::Hello(hello) => return Ok((envelope.id, hello)),
                ClientMessage::Intent(_) | ClientMessage::Renew { .. } => return Err(NO_HELLO),
            },
            Heard::Unreadable(id) => {
                // Perhaps a hello of another build, with a field more or less.
                line.say(id, ServerMessage::OtherBuild { build: BUILD.to_owned() }).await?;
                return Err(NO_HELLO);
            }
            Heard::Life if signs < SIGNS => signs += 1,
            Heard::Life => return Err(NO_HELLO),
            Heard::OtherEncoding => return Err(End::Close(1003, "not in this encoding")),
            Heard::TooLong => return Err(End::Close(1009, "too long")),
            Heard::NotText => return Err(End::Close(1007, "not text")),
            Heard::Gone => return Err(End::Gone),
        }
    }
}

async fn welcome(
    app: &Shared,
    hello: &Hello,
    cookie: Option<[u8; 32]>,
    seat: &mut Seat,
) -> Result<(Welcome, Guest), FaultKind> {
    // A frame never goes by a cookie, whoever's browser it is in.
    let cookie = cookie.filter(|_| hello.portal.is_none());
    // What is good once is not used up where there is no room.
    if let Some(tenant) = destination(app, hello, cookie).await.map_err(internal)? {
        seat.known(&app.limits, tenant).map_err(|_| FaultKind::TooMany)?;
    }
    let (mut session, secret) = arrive(app, hello, cookie, seat.peer()).await?;
    session.who.peer = Some(seat.peer());
    let id = session.who.session;
    let welcomed = receive(app, hello, (session, secret)).await;
    if welcomed.is_err() && matches!(hello.auth, Auth::Token(_)) {
        embedded::give_up(app, id).await;
    }
    welcomed
}

/// The tenant that a hello leads to, told without using anything up. None leads nowhere.
async fn destination(
    app: &Shared,
    hello: &Hello,
    cookie: Option<[u8; 32]>,
) -> Result<Option<TenantId>, StoreError> {
    let (auth, now) = (hello.auth.clone(), app.clock.now());
    let portal = hello.portal.as_ref().map_or_else(String::new, |portal| portal.as_str().to_owned());
    let read = app.store.read(move |mut db| {
        Box::pin(async move {
            match (auth, cookie) {
                (Auth::Cookie, None) => Ok(None),
                (Auth::Cookie, Some(hash)) => {
                    Ok(db.session_of(hash, now).await?.map(|session| session.who.tenant))
                }
                (Auth::Token(token), _) => db.token_leads_to(&portal, digest(&token), now).await,
                (Auth::Resume(secret), _) => db.secret_leads_to(&portal, digest(&secret), now).await,
            }
        })
    });
    read.await
}

/// Shows a session its store.
async fn receive(
    app: &Shared,
    hello: &Hello,
    (session, secret): (LiveSession, Option<Secret>),
) -> Result<(Welcome, Guest), FaultKind> {
    if !session.who.permissions.view {
        denials::to_session(app, session.who.caller(), "view").await;
        return Err(FaultKind::NotAllowed);
    }
    let who = &session.who;
    let (views, view) = app.hub.enter(app, who.tenant).await.ok_or(FaultKind::Internal)?;
    let mut events = missed(app, who.tenant, hello.cursor, &view).await.map_err(internal)?;
    let read = marks(&view, who.visitor);
    for event in &mut events {
        event.read = read.has(event.seq);
    }
    let snapshot = snapshot(app, &session, &view)?;
    let again = matches!(hello.auth, Auth::Resume(_));
    let guest = Guest {
        session: who.session,
        caller: who.caller(),
        tenant: who.tenant,
        standing: session.standing,
        shown: snapshot.session.clone(),
        seen: session.seen,
        over: session.over(),
        unconfirmed: secret.as_ref().filter(|_| again).map(Secret::digest),
        views,
        told: Told::new(who.visitor, Arc::clone(&view)),
    };
    let resume = secret.map(|secret| secret.lend(str::to_owned));
    Ok((Welcome { resume, snapshot, events }, guest))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn internal(error: StoreError) -> FaultKind {
    tracing::error!(%error, "a hello could not be answered");
    FaultKind::Internal
}

/// The session of a hello; for a frame, also the secret of its next hello.
async fn arrive(
    app: &Shared,
    hello: &Hello,
    cookie: Option<[u8; 32]>,
    peer: Peer,
) -> Result<(LiveSession, Option<Secret>), FaultKind> {
    let frame = hello.portal.clone();
    let held = match &hello.auth {
        Auth::Cookie => {
            let hash = cookie.ok_or(FaultKind::SessionInvalid)?;
            let session = recognise(app, hash).await.map_err(internal)?;
            return Ok((session.ok_or(FaultKind::SessionInvalid)?, None));
        }
        Auth::Token(token) => embedded::begin(app, token, frame, peer).await,
        Auth::Resume(secret) => embedded::resume(app, secret, frame, peer).await,
    };
    let (session, secret) = held.map_err(internal)?.ok_or(FaultKind::SessionInvalid)?;
    Ok((session, Some(secret)))
}

/// The session of this cookie; notes that it is in use.
async fn recognise(app: &Shared, hash: [u8; 32]) -> Result<Option<LiveSession>, StoreError> {
    let now = app.clock.now();
    let session =
        app.store.read(move |mut db| Box::pin(async move { db.session_of(hash, now).await })).await?;
    if let Some(session) = &session
        && now.0 >= session.seen.0 + NOTED
    {
        let id = session.who.session;
        app.store.write(move |mut db| Box::pin(async move { db.touch_session(id, now).await })).await?;
    }
    Ok(session)
}

/// The events after a cursor of this tenant; none after any other cursor, or when they are too many.
async fn missed(
    app: &Shared,
    tenant: TenantId,
    cursor: Option<EventSeq>,
    view: &View,
) -> Result<Vec<Notification>, StoreError> {
    let Some(cursor) = cursor else {
        return Ok(Vec::new());
    };
    let read = app.store.read(move |mut db| {
        Box::pin(async move {
            if cursor.0 > 0 && !db.knows_event(tenant, cursor).await? {
                return Ok(Vec::new());
            }
            db.events_after(tenant, cursor, WINDOW + 1).await
        })
    });
    let mut events = read.await?;
    // What is newer than the view comes as news.
    events.retain(|event| event.seq <= view.newest());
    if events.len() > usize::from(WINDOW) {
        events.clear();
    }
    Ok(events)
}

/// A session as its person sees it; none when its portal's name is none.
pub(super) fn shown(session: &LiveSession) -> Option<Session> {
    let who = &session.who;
    Some(Session {
        portal: PortalId::new(&who.portal).ok()?,
        portal_name: session.portal_name.clone(),
        return_url: session.return_url.clone(),
        organisation: session.organisation.clone(),
        visitor: who.name.clone(),
        permissions: who.permissions,
        ends: session.standing.ends,
    })
}

fn snapshot(app: &Shared, session: &LiveSession, view: &View) -> Result<Snapshot, FaultKind> {
    let who = &session.who;
    let read = marks(view, who.visitor);
    let mut latest = view.latest.clone();
    for entry in &mut latest {
        entry.read = read.has(entry.seq);
    }
    let unread = view.readers.get(&who.visitor).map(|reader| reader.unread).unwrap_or_default();
    Ok(Snapshot {
        session: shown(session).ok_or(FaultKind::Internal)?,
        integrations: app.catalogue.integrations(),
        connections: view.connections.iter().map(|connection| seen_by(connection, who.visitor)).collect(),
        imports: view.imports.clone(),
        tray: Tray { latest, unread, cursor: view.newest() },
    })
}
