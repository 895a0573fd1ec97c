//! `POST /connect/{integration}`: from our store to the provider's sign-in. The one navigation, with
//! `/enter`, that changes state; so it demands our own origin and a ticket of one use.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use protocol::ids::IntegrationId;
use serde::Deserialize;

use super::page::{Page, our_fault};
use super::peer::Asking;
use super::routes::{Routes, get, post};
use super::{guard, session};
use crate::denials;
use crate::oauth::attempt::{self, BeginError, Begun};
use crate::state::{Caller, Shared};

pub(super) mod cookie;

/// The connect flow's way out, and the pages that Intuit's own buttons lead to.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/connect/{integration}", post(begin).otherwise(unasked))
        .route("/launch", get(launch))
        .route("/disconnected", get(disconnected))
        .route("/reconnect", get(reconnect))
}

#[derive(Deserialize)]
struct Body {
    ticket: String,
}

async fn begin(
    State(app): State<Shared>,
    Path(integration): Path<String>,
    asking: Asking,
    body: Result<Form<Body>, FormRejection>,
) -> Response {
    if !guard::own_page(&app, &asking.headers) {
        // Whoever sends a form from elsewhere is not the person of the cookie, who is denied nothing.
        return elsewhere(StatusCode::FORBIDDEN).into_response();
    }
    let (Ok(integration), Ok(Form(body))) = (IntegrationId::new(integration), body) else {
        return elsewhere(StatusCode::BAD_REQUEST).into_response();
    };
    match attempt::begin(&app, &integration, &body.ticket).await {
        Ok(begun) => {
            let cookie = cookie::with(&asking.headers, &begun.cookie);
            (AppendHeaders([(header::SET_COOKIE, cookie)]), leaving(&begun)).into_response()
        }
        Err(error) => {
            deny(&app, &error, &asking).await;
            refused(&error).into_response()
        }
    }
}

/// Writes down that somebody known was refused: by the ticket's session, or by the cookie's.
async fn deny(app: &Shared, error: &BeginError, asking: &Asking) {
    let (session, what) = match error {
        BeginError::NotAllowed(session) => (Some(*session), "connect"),
        BeginError::Ticket => {
            let known = session::current(app, &asking.headers).await.ok().flatten();
            (known.map(|known| known.who.session), "connect: the ticket is not good")
        }
        BeginError::Unknown | BeginError::Store(_) => return,
    };
    if let Some(session) = session {
        denials::to_session(app, Caller { session, peer: Some(asking.peer) }, what).await;
    }
}

fn leaving(begun: &Begun) -> Page {
    let session = &begun.session;
    Page::new(StatusCode::OK, format!("Connecting {}", begun.integration))
        .line(format!("For {}, in {}.", session.organisation, session.portal_name))
        .line(format!(
            "You are being taken to the sign-in page of {}. Choose the company there that belongs to {}.",
            begun.integration, session.organisation
        ))
        .go(format!("Go on to {}", begun.integration), begun.url.as_str())
}

fn refused(error: &BeginError) -> Page {
    match error {
        BeginError::Ticket => Page::new(StatusCode::FORBIDDEN, "This sign-in link is no longer valid")
            .line("It works once, for a minute. Nothing was changed.")
            .line("Go back to the store and press Connect again.")
            .closing(),
        BeginError::NotAllowed(_) => Page::new(StatusCode::FORBIDDEN, "You may not connect")
            .line("Your session has ended, or your right to connect was taken away. Nothing was changed.")
            .line("Open the store in your portal again."),
        BeginError::Unknown => elsewhere(StatusCode::NOT_FOUND),
        BeginError::Store(error) => {
            tracing::error!(%error, "an attempt could not begin");
            our_fault()
        }
    }
}

fn elsewhere(status: StatusCode) -> Page {
    Page::new(status, "Connect from the store").line("Open the store in your portal and press Connect there.")
}

async fn unasked() -> Page {
    elsewhere(StatusCode::METHOD_NOT_ALLOWED)
}

/// Intuit's "Launch" arrives without a session and with nothing proven: it changes nothing.
async fn launch() -> Page {
    Page::new(StatusCode::OK, "Open the store in your portal")
        .line("Your connection to QuickBooks is looked after there. Sign in to your portal and open its integration store.")
}

/// Where Intuit sends somebody who disconnected inside QuickBooks. Anybody can open it, so it claims
/// nothing of a connection.
async fn disconnected() -> Page {
    Page::new(StatusCode::OK, "Disconnected in QuickBooks?")
        .line("When you take the permission back there, QuickBooks accepts our sign-in for that company no longer. Your settings and mappings are kept.")
        .line("To see how things stand, or to connect again, open the store in your portal and press Connect there.")
}

/// Where Intuit sends somebody whose connection must be made again.
async fn reconnect() -> Page {
    Page::new(StatusCode::OK, "Reconnect from the store")
        .line("Open the store in your portal and press Reconnect there. Your settings and mappings are kept.")
}
