//! `POST /notices/{registration}`: a provider says that something changed in a company. Who signed is all that is
//! asked; whatever a well signed body says is answered by 200, once it is written down. Work comes later.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing;

use super::gate::retry_after;
use super::peer;
use super::routes::{Methods, Routes};
use crate::imports;
use crate::oauth::Registration;
use crate::peer::Peer;
use crate::providers::{Notices, Signature};
use crate::state::Shared;
use crate::store::StoreError;

/// A delivery of ten thousand changes fits in.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

pub(crate) fn routes() -> Routes {
    let post = routing::post(take).layer(DefaultBodyLimit::max(BODY_LIMIT));
    Routes::new().route("/notices/{registration}", Methods::of("POST", post))
}

async fn take(State(app): State<Shared>, Path(registration): Path<String>, request: Request) -> Response {
    let peer = peer::of(request.extensions());
    let known = app.registrations.get(&registration).filter(|known| known.verifier_token().is_some());
    // Of whoever signs nothing no body is read.
    let signed = known.and_then(|known| Some((known, signature(&app, known, &request)?)));
    let Some((known, signature)) = signed else { return refused(&app, peer) };
    let body = match Bytes::from_request(request, &app).await {
        Ok(body) => body,
        Err(rejection) => return rejection.into_response().status().into_response(),
    };
    let Some(said) = notices(&app, known, (&signature, &body)) else { return unsigned(&app, known, peer) };
    told(&known.id, imports::notices::take(&app, &known.id, said).await)
}

/// Whoever goes on guessing does not fill the log.
fn unsigned(app: &Shared, registration: &Registration, peer: Peer) -> Response {
    let refused = refused(app, peer);
    if refused.status() == StatusCode::UNAUTHORIZED {
        tracing::warn!(registration = registration.id, "a notice was not signed with our verifier token");
    }
    refused
}

fn signature(app: &Shared, registration: &Registration, request: &Request) -> Option<Signature> {
    app.catalogue.provider(&registration.integration)?.signature(request.headers())
}

/// What is said, when it was signed with the registration's token.
fn notices(
    app: &Shared,
    registration: &Registration,
    (signature, body): (&Signature, &[u8]),
) -> Option<Notices> {
    let provider = app.catalogue.provider(&registration.integration)?;
    provider.notices(registration.verifier_token()?, signature, body)
}

/// The same for whatever is wrong: an address without a token, no signature, another's. Counted as API keys are
/// that open nothing, so that a provider behind the same address is served all the same.
fn refused(app: &Shared, peer: Peer) -> Response {
    match app.limits.guess(peer, app.clock.now()) {
        // RFC 9110, 15.5.2 wants a scheme to be named.
        Ok(()) => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Signature")]).into_response(),
        Err(wait) => (StatusCode::TOO_MANY_REQUESTS, [retry_after(wait)]).into_response(),
    }
}

/// What could not be written down is sent again after a 503.
fn told(registration: &str, heeded: Result<imports::notices::Heeded, StoreError>) -> Response {
    match heeded {
        Ok(imports::notices::Heeded { news, known, ignored }) => {
            tracing::info!(registration, news, known, ignored, "notices were taken");
            StatusCode::OK.into_response()
        }
        Err(error) => {
            tracing::error!(%error, registration, "notices could not be written down");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
