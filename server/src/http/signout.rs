//! `POST /signout`: ends the session of this browser. Its sockets are told and closed; what the browser
//! keeps of ours is cleared.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};

use super::connect::cookie as attempts;
use super::peer::Asking;
use super::routes::{Routes, post};
use super::{guard, page, session};
use crate::peer::Peer;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::audit::{Action, NewLine};

/// Not the cache: what is in it is the same for everybody, and no data. Not the cookies either: that
/// would clear those of the whole registrable domain (<https://www.w3.org/TR/clear-site-data/>), and so
/// sign people out of the portal beside us; ours end by `Set-Cookie`.
const CLEARED: &str = "\"storage\"";

pub(crate) fn routes() -> Routes {
    Routes::new().route("/signout", post(sign_out))
}

async fn sign_out(State(app): State<Shared>, Asking { peer, headers }: Asking) -> Response {
    if !guard::own_script(&app, &headers) {
        return session::not_ours().into_response();
    }
    match end(&app, &headers, peer).await {
        Ok(()) => gone().into_response(),
        Err(error) => {
            tracing::error!(%error, "a session could not be ended");
            page::our_fault().into_response()
        }
    }
}

/// Ends the session of these cookies, if there is one: signing out twice is no mistake.
async fn end(app: &Shared, headers: &HeaderMap, peer: Peer) -> Result<(), StoreError> {
    let Some(session) = session::current(app, headers).await? else { return Ok(()) };
    let (who, now) = (session.who.at(Some(peer)), app.clock.now());
    let tenant = who.tenant;
    let ended = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            db.end_session(who.session, now).await?;
            db.add_audit(&NewLine::by_visitor(&who, Action::SignedOut, "store"), now).await
        })
    });
    ended.await?;
    app.hub.touch(tenant);
    Ok(())
}

fn gone() -> impl axum::response::IntoResponse {
    let session = session::cookie(session::COOKIE, String::new(), 0).to_string();
    let cookies = [session, attempts::none()].map(|cookie| (header::SET_COOKIE, cookie));
    let cleared = [(header::HeaderName::from_static("clear-site-data"), CLEARED)];
    (StatusCode::NO_CONTENT, AppendHeaders(cookies), cleared)
}
