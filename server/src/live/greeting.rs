//! The first exchange of a socket: hello, welcome. What proves no session gets no further.

use std::sync::Arc;
use std::time::Duration;

use protocol::HELLO_SECONDS;
use protocol::ids::{EventSeq, PortalId, RequestId};
use protocol::message::{Auth, ClientMessage, FaultKind, Hello, ServerMessage, Welcome};
use protocol::notification::{Notification, Tray};
use protocol::store::{Session, Snapshot};
use tokio::time::timeout;

use super::line::{Heard, Line, Socket};
use super::news::{Told, marks};
use super::session::{End, Guest, fail};
use super::view::{View, seen_by};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::TenantId;
use crate::store::sessions::LiveSession;

/// The build that this proxy belongs to. "dev" is like any other.
const BUILD: &str = match option_env!("PATCHBAY_BUILD") {
    Some(build) => build,
    None => DEV,
};
const DEV: &str = "dev";

/// As many events as one welcome brings after a cursor; beyond that the snapshot must do.
const WINDOW: u16 = 200;
/// A session's use is noted at most this often, in milliseconds.
const NOTED: u64 = 60_000;

/// Waits for the hello and answers it.
pub(super) async fn greet<S: Socket>(
    line: &mut Line<S>,
    app: &Shared,
    cookie: Option<[u8; 32]>,
) -> Result<Guest, End> {
    let (id, hello) = timeout(Duration::from_secs(HELLO_SECONDS), hear_hello(line))
        .await
        .map_err(|_| End::Close(1008, "no hello in time"))??;
    if hello.build != BUILD && hello.build != DEV && BUILD != DEV {
        line.say(id, ServerMessage::OtherBuild { build: BUILD.to_owned() }).await?;
        return Err(End::Close(1000, "another build"));
    }
    match welcome(app, &hello, cookie).await {
        Ok((welcome, guest)) => {
            line.say(id, ServerMessage::Welcome(Box::new(welcome))).await?;
            Ok(guest)
        }
        Err(kind) => {
            fail(line, app, id, kind).await?;
            Err(End::Close(1008, "not welcome"))
        }
    }
}

async fn hear_hello<S: Socket>(line: &mut Line<S>) -> Result<(Option<RequestId>, Hello), End> {
    loop {
        match line.hear().await {
            Heard::Message(envelope) => match envelope.message {
                ClientMessage::Hello(hello) => return Ok((envelope.id, hello)),
                ClientMessage::Intent(_) => {
                    return Err(End::Close(1008, "the first message must be a hello"));
                }
            },
            Heard::Unreadable(_) => return Err(End::Close(1008, "the first message must be a hello")),
            Heard::Life => {}
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
) -> Result<(Welcome, Guest), FaultKind> {
    let internal = |error: StoreError| {
        tracing::error!(%error, "a hello could not be answered");
        FaultKind::Internal
    };
    let hash = match hello.auth {
        Auth::Cookie => cookie.ok_or(FaultKind::SessionInvalid)?,
        // Frames of other sites bring these; no such session was ever made here.
        Auth::Token(_) | Auth::Resume(_) => return Err(FaultKind::SessionInvalid),
    };
    let session = recognise(app, hash).await.map_err(internal)?.ok_or(FaultKind::SessionInvalid)?;
    if !session.who.permissions.view {
        return Err(FaultKind::NotAllowed);
    }
    let who = &session.who;
    let (views, view) = app.hub.enter(app, who.tenant).await.ok_or(FaultKind::Internal)?;
    let mut events = missed(app, who.tenant, hello.cursor, &view).await.map_err(internal)?;
    let read = marks(&view, who.visitor);
    for event in &mut events {
        event.read = read.has(event.seq);
    }
    let told = Told::new(who.visitor, Arc::clone(&view));
    let guest = Guest { session: who.session, tenant: who.tenant, permissions: who.permissions, views, told };
    let snapshot = snapshot(app, &session, &view)?;
    Ok((Welcome { resume: None, snapshot, events }, guest))
}

/// The session of this secret; notes that it is in use.
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

fn snapshot(app: &Shared, session: &LiveSession, view: &View) -> Result<Snapshot, FaultKind> {
    let who = &session.who;
    let read = marks(view, who.visitor);
    let mut latest = view.latest.clone();
    for entry in &mut latest {
        entry.read = read.has(entry.seq);
    }
    let unread = view.readers.get(&who.visitor).map(|reader| reader.unread).unwrap_or_default();
    Ok(Snapshot {
        session: Session {
            portal: PortalId::new(&who.portal).map_err(|_| FaultKind::Internal)?,
            portal_name: session.portal_name.clone(),
            return_url: session.return_url.clone(),
            organisation: session.organisation.clone(),
            visitor: who.name.clone(),
            permissions: who.permissions,
        },
        integrations: app.catalogue.integrations(),
        connections: view.connections.iter().map(|connection| seen_by(connection, who.visitor)).collect(),
        imports: view.imports.clone(),
        tray: Tray { latest, unread, cursor: view.newest() },
    })
}
