//! The way out: from a ticket to the provider's sign-in page.

use std::sync::Arc;

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use protocol::ids::IntegrationId;
use url::Url;

use super::Registration;
use crate::clock::after;
use crate::connections::machine::Event;
use crate::connections::{self, ConnectionRow, PATIENCE, VERIFIER};
use crate::state::{App, Shared};
use crate::store::attempts::NewAttempt;
use crate::store::ids::SessionId;
use crate::store::sessions::LiveSession;
use crate::store::{Db, StoreError};
use crate::vault::Secret;

/// An attempt that began.
pub struct Begun {
    /// The provider's page; its query holds the state.
    pub url: Url,
    /// For the browser's attempt cookie.
    pub cookie: Secret,
    /// For whom.
    pub session: LiveSession,
    /// The integration's name on screen.
    pub integration: String,
}

/// Why an attempt did not begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// No such ticket: it was used, is older than a minute, or was never given.
    #[error("the ticket is not good")]
    Ticket,
    /// The session is over, or may not connect.
    #[error("the session may not connect")]
    NotAllowed(SessionId),
    /// No such integration, or no client registration for it.
    #[error("the integration cannot be connected")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the browser takes along.
struct Parcel {
    state: Secret,
    cookie: Secret,
    verifier: Option<Secret>,
}

/// Takes the ticket and begins an attempt. The ticket is used up in any case.
pub async fn begin(app: &Shared, integration: &IntegrationId, ticket: &str) -> Result<Begun, BeginError> {
    let entry = app.catalogue.integration(integration).ok_or(BeginError::Unknown)?;
    let registration = app.registrations.of(integration).ok_or(BeginError::Unknown)?;
    let parcel = Parcel {
        state: Secret::random(&app.clock),
        cookie: Secret::random(&app.clock),
        verifier: registration.pkce.then(|| Secret::random(&app.clock)),
    };
    let url = address(registration, &parcel);
    let cookie = parcel.cookie.clone();
    let hash = crate::vault::digest(ticket);
    let (shared, wanted) = (Arc::clone(app), integration.clone());
    let session = app
        .store
        .write(move |mut db| Box::pin(async move { take(&mut db, &shared, (hash, &wanted), &parcel).await }))
        .await??;
    app.hub.touch(session.who.tenant);
    Ok(Begun { url, cookie, session, integration: entry.name.clone() })
}

/// The inner result is a refusal that must not undo the taking of the ticket.
async fn take(
    db: &mut Db<'_>,
    app: &App,
    (ticket, integration): ([u8; 32], &IntegrationId),
    parcel: &Parcel,
) -> Result<Result<LiveSession, BeginError>, StoreError> {
    let now = app.clock.now();
    let Some(id) = db.take_ticket(ticket, integration, now).await? else {
        return Ok(Err(BeginError::Ticket));
    };
    let session = db.session(id, now).await?;
    let Some(session) = session.filter(|session| session.who.permissions.connect) else {
        return Ok(Err(BeginError::NotAllowed(id)));
    };
    let Some(registration) = app.registrations.of(integration) else { return Ok(Err(BeginError::Unknown)) };
    let row = connections::ensure(db, session.who.tenant, integration).await?;
    connections::drop_decision(db, app, &row).await?;
    // Whoever opens another window waits for that one: what an older one says no longer counts.
    db.supersede_attempts(row.id, Some(id), now).await?;
    let expires = after(now, PATIENCE);
    db.add_attempt(NewAttempt {
        state_hash: parcel.state.digest(),
        cookie_hash: parcel.cookie.digest(),
        connection: row.id,
        session: id,
        registration: &registration.id,
        redirect_uri: registration.redirect.as_str(),
        verifier_sealed: parcel.verifier.as_ref().map(|verifier| sealed(app, &row, verifier)),
        created: now,
        expires,
    })
    .await?;
    db.set_connect_failure(row.id, None).await?;
    connections::step(db, row.id, Event::AttemptBegan { expires }).await?;
    Ok(Ok(session))
}

fn sealed(app: &App, row: &ConnectionRow, verifier: &Secret) -> Vec<u8> {
    app.vault.seal(&connections::place(row, VERIFIER, 0), verifier)
}

fn address(registration: &Registration, parcel: &Parcel) -> Url {
    let oauth = registration.oauth();
    let state = parcel.state.lend(|state| CsrfToken::new(state.to_owned()));
    let mut request = oauth.authorize_url(|| state).add_scopes(registration.scopes.iter().cloned());
    if let Some(verifier) = &parcel.verifier {
        let verifier = verifier.lend(|verifier| PkceCodeVerifier::new(verifier.to_owned()));
        request = request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    }
    request.url().0
}
