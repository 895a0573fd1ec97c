//! Entering by a one-time link, and the cookie that stands for a session afterwards.
//!
//! A GET never burns a link, because mail scanners follow links; a session of somebody else is
//! never replaced without saying so, because a link could sign its victim in as the attacker.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::guard;
use super::page::{self, Page};
use super::peer::Asking;
use super::routes::{Routes, get};
use crate::state::{App, Shared};
use crate::store::StoreError;
use crate::store::audit::{Action, NewLine};
use crate::store::links::LinkSight;
use crate::store::sessions::{LIFETIME, LiveSession};
use crate::vault::{Secret, digest};

/// The session's cookie.
pub const COOKIE: &str = "__Host-patchbay";

pub(crate) fn routes() -> Routes {
    Routes::new().route("/enter/{code}", get(show).post(enter))
}

/// The session that this request's cookie stands for.
pub async fn current(app: &App, headers: &HeaderMap) -> Result<Option<LiveSession>, StoreError> {
    let jar = CookieJar::from_headers(headers);
    let Some(hash) = jar.get(COOKIE).map(|cookie| digest(cookie.value())) else {
        return Ok(None);
    };
    let now = app.clock.now();
    app.store.read(move |mut db| Box::pin(async move { db.session_of(hash, now).await })).await
}

/// A cookie as all of ours are: for this host alone, unseen by scripts, not sent by other sites'
/// forms, gone after its time.
pub fn cookie(name: &'static str, value: String, seconds: u64) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(seconds.cast_signed()))
        .build()
}

async fn show(State(app): State<Shared>, Path(code): Path<String>, headers: HeaderMap) -> Response {
    let (hash, now) = (digest(&code), app.clock.now());
    let sight = app.store.read(move |mut db| Box::pin(async move { db.look_at_link(hash, now).await })).await;
    let (sight, session) = match (sight, current(&app, &headers).await) {
        (Ok(sight), Ok(session)) => (sight, session),
        (Err(error), _) | (_, Err(error)) => return failed(&error),
    };
    match sight {
        Some(sight) => invitation(&sight, session.as_ref(), &code).into_response(),
        None => used_up(session.is_some()).into_response(),
    }
}

async fn enter(
    State(app): State<Shared>,
    Path(code): Path<String>,
    Asking { peer, headers }: Asking,
) -> Response {
    if !guard::own_page(&app, &headers) {
        return not_ours().into_response();
    }
    let old = match current(&app, &headers).await {
        Ok(old) => old,
        Err(error) => return failed(&error),
    };
    let secret = Secret::random(&app.clock);
    let (link, session, now) = (digest(&code), secret.digest(), app.clock.now());
    let before = old.as_ref().map(|old| old.who.session);
    let entered = app.store.write(move |mut db| {
        Box::pin(async move {
            let Some((visitor, permissions, locale)) = db.take_link(link, now).await? else {
                return Ok(false);
            };
            if let Some(before) = before {
                db.end_session(before, now).await?;
            }
            let id = db.add_session(session, (visitor, permissions), &locale, now).await?;
            if let Some(session) = db.session(id, now).await? {
                let who = session.who.at(Some(peer));
                db.add_audit(&NewLine::by_visitor(&who, Action::SignedIn, "link"), now).await?;
            }
            Ok::<_, StoreError>(true)
        })
    });
    match entered.await {
        Ok(true) => {
            if let Some(old) = &old {
                app.hub.touch(old.who.tenant);
            }
            let jar = CookieJar::new().add(cookie(COOKIE, secret.lend(str::to_owned), LIFETIME / 1000));
            (jar, [(header::CACHE_CONTROL, "no-store")], Redirect::to("/")).into_response()
        }
        Ok(false) => used_up(old.is_some()).into_response(),
        Err(error) => failed(&error),
    }
}

fn invitation(sight: &LinkSight, session: Option<&LiveSession>, code: &str) -> Page {
    let page = Page::new(StatusCode::OK, format!("Open the store of {}", sight.portal_name))
        .line(format!("You will be signed in as {} of {}.", sight.visitor_name, sight.organisation));
    let page = match session {
        Some(session) if session.who.visitor != sight.visitor => page.line(format!(
            "In this browser {} of {} is signed in at {}. Continuing signs that person out.",
            session.who.name, session.organisation, session.portal_name
        )),
        _ => page,
    };
    page.line("If you did not ask for this, close this page: nothing has happened.").post(
        "Continue",
        format!("/enter/{code}"),
        &[],
    )
}

fn used_up(signed_in: bool) -> Page {
    let page = Page::new(StatusCode::GONE, "This link is no longer valid")
        .line("A link opens the store once, within ten minutes. This one was used, has expired, or is not ours.")
        .line("Go back to your portal and open the store there again.");
    if signed_in { page.link("Go to the store, where you are signed in", "/") } else { page }
}

/// For who comes from another site, or from nowhere.
pub(super) fn not_ours() -> Page {
    Page::new(StatusCode::FORBIDDEN, "This cannot be done from another site")
        .line("Go back to your portal and open the store there again.")
}

fn failed(error: &StoreError) -> Response {
    tracing::error!(%error, "a link could not be looked up");
    page::our_fault().into_response()
}
