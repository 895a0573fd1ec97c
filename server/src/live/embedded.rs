//! Sessions of frames, as their sockets come and go: begun by a token, resumed by a secret, renewed
//! by another token. Each is one transaction, and what is refused in it stays used up.

use protocol::ids::{Moment, PortalId, RequestId};
use protocol::message::{Answer, FaultKind};

use crate::error::Refusal;
use crate::peer::Peer;
use crate::state::{App, Caller, Shared};
use crate::store::audit::{Action, Actor, NewLine};
use crate::store::ids::{SessionId, TenantId};
use crate::store::sessions::{LiveSession, NewEmbedded, Resumed};
use crate::store::{Db, StoreError};
use crate::vault::{Secret, digest};

/// A session that goes on, and the secret with which it can be resumed next.
pub(super) type Held = (LiveSession, Secret);

/// Begins a session by a token, in a frame of the token's portal.
pub(super) async fn begin(
    app: &Shared,
    token: &str,
    frame: Option<PortalId>,
    peer: Peer,
) -> Result<Option<Held>, StoreError> {
    let (token, secret, now) = (digest(token), Secret::random(&app.clock), app.clock.now());
    let hash = secret.digest();
    let parts = Shared::clone(app);
    let begun = app.store.write(move |mut db| {
        Box::pin(async move {
            let granted = db.take_session_token(token, now).await?;
            let whose = db.session_token_of(token).await?.map(|(.., portal)| portal);
            let at_home = whose.as_deref() == frame.as_ref().map(PortalId::as_str);
            let Some((visitor, permissions, locale)) = granted.filter(|_| at_home) else {
                refuse_token(&mut db, &parts, token, ("hello", Some(peer))).await?;
                return Ok(None);
            };
            let new = NewEmbedded { hash, visitor, permissions, locale: &locale };
            let id = db.add_embedded(&new, now).await?;
            let session = db.session(id, now).await?;
            if let Some(session) = &session {
                let who = session.who.clone().at(Some(peer));
                db.add_audit(&NewLine::by_visitor(&who, Action::SignedIn, "frame"), now).await?;
            }
            Ok::<_, StoreError>(session)
        })
    });
    Ok(begun.await?.map(|session| (session, secret)))
}

/// Ends a session that had begun and could not be shown, so that it does not stand for nobody.
pub(super) async fn give_up(app: &Shared, session: SessionId) {
    let now = app.clock.now();
    let ended =
        app.store.write(move |mut db| Box::pin(async move { db.end_session(session, now).await })).await;
    if let Err(error) = ended {
        let error: StoreError = error;
        tracing::error!(%error, "a session that nobody was welcomed to could not be ended");
    }
}

/// Resumes a session by its secret. One that was spent ends the session: two hold it, and which of
/// them is honest cannot be told.
pub(super) async fn resume(
    app: &Shared,
    secret: &str,
    frame: Option<PortalId>,
    peer: Peer,
) -> Result<Option<Held>, StoreError> {
    let (old, new, now) = (digest(secret), Secret::random(&app.clock), app.clock.now());
    let hash = new.digest();
    let resumed = app.store.write(move |mut db| {
        Box::pin(async move {
            let portal = frame.as_ref().map_or("", PortalId::as_str);
            match db.resume(portal, (old, hash), now).await? {
                Resumed::Session(id) => Ok::<_, StoreError>(db.session(id, now).await?.ok_or(None)),
                Resumed::Spent(id) => Ok(Err(end_stolen(&mut db, (id, peer), now).await?)),
                Resumed::Unknown => Ok(Err(None)),
            }
        })
    });
    match resumed.await? {
        Ok(session) => Ok(Some((session, new))),
        Err(ended) => {
            tracing::warn!(stolen = ended.is_some(), "a resume secret was refused");
            if let Some(tenant) = ended {
                app.hub.touch(tenant);
            }
            Ok(None)
        }
    }
}

/// Ends a session whose spent secret came back. Says whose sockets must hear of it.
async fn end_stolen(
    db: &mut Db<'_>,
    (id, peer): (SessionId, Peer),
    now: Moment,
) -> Result<Option<TenantId>, StoreError> {
    let Some(session) = db.session(id, now).await? else {
        return Ok(None);
    };
    db.end_session(id, now).await?;
    let who = session.who.at(Some(peer));
    db.add_audit(&NewLine::by_visitor(&who, Action::ResumeRefused, "session"), now).await?;
    Ok(Some(who.tenant))
}

/// Makes a session last longer by a token of the same person, with whatever rights that brings. Sent
/// again under the same id it gets the first answer: the token is used up, and the answer was lost.
pub(super) async fn renew(
    app: &Shared,
    caller: Caller,
    id: &RequestId,
    token: &str,
) -> Result<Answer, Refusal> {
    let (id, session) = (id.clone(), caller.session);
    let (token, now, parts) = (digest(token), app.clock.now(), Shared::clone(app));
    let renewed = app.store.write(move |mut db| {
        Box::pin(async move {
            let Some(present) = db.session(session, now).await? else {
                return Ok::<_, StoreError>(Err(FaultKind::SessionInvalid));
            };
            let tenant = present.who.tenant;
            if let Some(answer) = db.remembered(session, &id, now).await? {
                return Ok(Ok((answer, tenant)));
            }
            let granted = db.take_session_token(token, now).await?;
            // A visitor is a person of one organisation of one portal.
            let same = granted.filter(|(visitor, ..)| *visitor == present.who.visitor);
            let renewed = match same {
                Some((_, rights, locale)) => db.renew_session(session, (rights, &locale), now).await?,
                None => false,
            };
            if !renewed {
                refuse_token(&mut db, &parts, token, ("renewal", caller.peer)).await?;
                return Ok(Err(FaultKind::NotAllowed));
            }
            db.remember(session, &id, &Answer::Nothing, now).await?;
            Ok(Ok((Answer::Nothing, tenant)))
        })
    });
    let (answer, tenant) = renewed.await??;
    app.hub.touch(tenant);
    Ok(answer)
}

/// Writes down that a token was refused, once a minute for each. One that nobody handed out leaves no
/// more than a word in the log: the database is not for strangers to fill.
async fn refuse_token(
    db: &mut Db<'_>,
    app: &App,
    token: [u8; 32],
    (at, peer): (&str, Option<Peer>),
) -> Result<(), StoreError> {
    tracing::warn!(at, "a session token was refused");
    let Some((visitor, tenant, portal)) = db.session_token_of(token).await? else {
        return Ok(());
    };
    let now = app.clock.now();
    if !app.denials.token_is_news(token, at, now) {
        return Ok(());
    }
    let (tenant, actor, action) = (Some(tenant), Actor::Visitor(visitor), Action::TokenRefused);
    let whence = peer.into();
    let line = NewLine { portal: &portal, tenant, actor, action, object: at, request: None, whence };
    db.add_audit(&line, now).await
}

/// The newest secret of a session has arrived; the one before it is spent from now on.
pub(super) async fn confirm(app: &Shared, session: SessionId, hash: [u8; 32]) -> Result<(), StoreError> {
    app.store.write(move |mut db| Box::pin(async move { db.confirm_secret(session, hash).await })).await
}
