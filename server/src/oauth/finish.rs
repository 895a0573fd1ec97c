//! The way back: from the provider's callback to a connection. Once the code is on its way the work
//! runs detached: a browser that hangs up changes nothing.

use std::sync::Arc;
use std::time::Duration;

use protocol::ids::IntegrationId;
use protocol::store::ConnectFailure;

use super::identity::{self, Forged};
use super::{Registration, TokenFault};
use crate::connections::{self, Kept, Pair, Proven, VERIFIER};
use crate::peer::Peer;
use crate::providers::{COMPANY_REQUESTS, Door, ProviderCause, ProviderFault};
use crate::state::{App, Shared};
use crate::store::StoreError;
use crate::store::attempts::TakenAttempt;
use crate::store::sessions::LiveSession;
use crate::vault::Secret;

/// What the provider's answer says, after it was checked for shape.
pub enum Answered {
    /// A code, and the company it is claimed to open.
    Code {
        /// The code.
        code: Secret,
        /// The provider's id of the company, unproven; none where it is learned with the token.
        company: Option<String>,
    },
    /// An error, as its code.
    Error(String),
    /// Neither, or a company id that is none.
    Garbled,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Connected.
    Connected,
    /// Another company than before: the store asks.
    Waiting,
    /// Not over yet; it goes on by itself.
    Working,
    /// Given up meanwhile.
    GivenUp,
    /// It came to nothing.
    Failed(ConnectFailure),
}

/// What came of an attempt, and for whom.
pub struct Finished {
    /// The outcome.
    pub outcome: Outcome,
    /// Of which integration.
    pub integration: IntegrationId,
    /// The portal's id; none while it is not over.
    pub portal: Option<String>,
}

/// Why there is nothing to finish.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// No attempt of this state, browser and registration is open.
    #[error("there is no such attempt")]
    NoAttempt,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The work broke off.
    #[error("the work broke off")]
    Broken,
}

/// Takes the attempt, before anything else is looked at. After this no other callback can.
pub async fn take(
    app: &Shared,
    registration: &str,
    state: &str,
    cookies: &[[u8; 32]],
) -> Result<TakenAttempt, FinishError> {
    let (hash, now) = (crate::vault::digest(state), app.clock.now());
    let (registration, cookies) = (registration.to_owned(), cookies.to_vec());
    let taken = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { db.take_attempt(hash, &cookies, &registration, now).await })
    });
    taken.await?.ok_or(FinishError::NoAttempt)
}

/// How long a browser is kept waiting for the provider.
const WAIT: Duration = Duration::from_mins(1);

/// Finishes a taken attempt, detached from the caller, who waits a minute at most.
pub async fn finish(
    app: &Shared,
    attempt: TakenAttempt,
    answered: Answered,
    peer: Peer,
) -> Result<Finished, FinishError> {
    let registration = app.registrations.get(&attempt.registration).ok_or(FinishError::NoAttempt)?;
    let integration = registration.integration.clone();
    let working = tokio::spawn(work(Arc::clone(app), attempt, answered, peer));
    match tokio::time::timeout(WAIT, working).await {
        Ok(ended) => ended.map_err(|_| FinishError::Broken)?,
        Err(_) => Ok(Finished { outcome: Outcome::Working, integration, portal: None }),
    }
}

async fn work(
    app: Shared,
    attempt: TakenAttempt,
    answered: Answered,
    peer: Peer,
) -> Result<Finished, FinishError> {
    let app = &app;
    let now = app.clock.now();
    let (connection, session) = (attempt.connection, attempt.session);
    let (row, session) = app
        .store
        .read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { Ok((db.connection(connection).await?, db.session(session, now).await?)) })
        })
        .await?;
    let row = row.ok_or(FinishError::NoAttempt)?;
    let outcome = match checked(app, &row, session, (&attempt, answered)).await {
        Ok((mut proven, turn)) => {
            proven.peer = Some(peer);
            let kept = keep(app, proven).await?;
            drop(turn);
            kept
        }
        Err(failure) => {
            give_up(app, &attempt, failure).await?;
            Outcome::Failed(failure)
        }
    };
    app.hub.touch(row.tenant);
    app.wake.imports.notify_one();
    tracing::info!(connection = row.id.0, ?outcome, "an attempt to connect ended");
    Ok(Finished { outcome, integration: row.integration, portal: Some(row.portal) })
}

/// Everything up to the proof. Holds the company's turn from the proof on.
async fn checked(
    app: &Shared,
    row: &connections::ConnectionRow,
    session: Option<LiveSession>,
    (attempt, answered): (&TakenAttempt, Answered),
) -> Result<(Proven, tokio::sync::OwnedMutexGuard<()>), ConnectFailure> {
    let (code, claimed) = match answered {
        Answered::Code { code, company } => (code, company),
        Answered::Error(error) => return Err(refusal(&error)),
        Answered::Garbled => return Err(ConnectFailure::Refused),
    };
    if !session.is_some_and(|session| session.who.permissions.connect) {
        return Err(ConnectFailure::NotAllowed);
    }
    let registration = app.registrations.get(&attempt.registration).ok_or(ConnectFailure::KeysRefused)?;
    let (pair, subject) = exchange(app, row, (registration, attempt), &code).await?;
    let mut door = Door {
        api: registration.api.clone(),
        company: claimed.unwrap_or_default(),
        token: pair.access.clone(),
        generation: row.generation + 1,
        proof: registration.proof(subject),
    };
    let provider = app.catalogue.provider(&row.integration).ok_or(ConnectFailure::KeysRefused)?;
    if registration.company_parameter.is_none() {
        let identified = provider.identify(&door).await;
        app.meters.call(&row.integration, identified.as_ref().err());
        door.company = identified.map_err(|fault| unproven(row, &fault))?;
    }
    let company_id = door.company.clone();
    // Whoever had the turn before may have revoked what this token opens, so it is proven now, not before.
    let turn = app.registrations.turns.take(&registration.id, &company_id).await;
    let company = provider.company(&door).await;
    app.paces.at(&door.api, &door.company).note(COMPANY_REQUESTS);
    app.meters.call(&row.integration, company.as_ref().err());
    let company = company.map_err(|fault| unproven(row, &fault))?;
    let proven = Proven {
        attempt: attempt.id,
        connection: attempt.connection,
        session: attempt.session,
        registration: registration.id.clone(),
        company_id,
        company,
        pair,
        peer: None,
    };
    Ok((proven, turn))
}

fn unproven(row: &connections::ConnectionRow, fault: &ProviderFault) -> ConnectFailure {
    tracing::warn!(connection = row.id.0, %fault, "the company could not be read");
    match fault.cause {
        ProviderCause::Unreachable | ProviderCause::Limited { .. } => ConnectFailure::Unreachable,
        _ => ConnectFailure::CompanyUnproven,
    }
}

/// The tokens, and the subject of the `id_token` where one was asked for.
async fn exchange(
    app: &App,
    row: &connections::ConnectionRow,
    (registration, attempt): (&Registration, &TakenAttempt),
    code: &Secret,
) -> Result<(Pair, Option<String>), ConnectFailure> {
    let verifier = attempt
        .verifier_sealed
        .as_ref()
        .map(|sealed| app.vault.unseal(&connections::place(row, VERIFIER, 0), sealed));
    let verifier = verifier.transpose().map_err(|_| ConnectFailure::Expired)?;
    let granted = app.registrations.redeem(registration, code, verifier.as_ref()).await;
    app.registrations.patience.answered(&registration.id, granted.as_ref().err().copied(), &app.clock);
    let granted = granted.map_err(|fault| match fault {
        TokenFault::InvalidClient => ConnectFailure::KeysRefused,
        TokenFault::InvalidGrant | TokenFault::Refused => ConnectFailure::Refused,
        TokenFault::NotSent | TokenFault::NoAnswer | TokenFault::Limited { .. } => {
            ConnectFailure::Unreachable
        }
    })?;
    if granted.lacks(&registration.scopes) {
        // Calls would fail one by one later, each in other words.
        tracing::warn!(registration = registration.id, "less was granted than was asked for");
        return Err(ConnectFailure::ScopeMissing);
    }
    let now = app.clock.now();
    let bound = (attempt.cookie_hash, now);
    let subject =
        identity::subject(&app.registrations.client, registration, granted.id_token.as_ref(), bound);
    let subject = subject.await.map_err(|forged| {
        tracing::warn!(registration = registration.id, %forged, "the id_token is not believed");
        if forged == Forged::NoKeys { ConnectFailure::Unreachable } else { ConnectFailure::CompanyUnproven }
    })?;
    Ok((Pair::granted(granted, None, now).ok_or(ConnectFailure::Refused)?, subject))
}

async fn keep(app: &Shared, proven: Proven) -> Result<Outcome, StoreError> {
    let shared = Arc::clone(app);
    let kept = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move { connections::keep(&mut db, &shared, &proven).await })
    });
    match kept.await {
        Ok(Kept::Connected) => Ok(Outcome::Connected),
        Ok(Kept::Waiting) => Ok(Outcome::Waiting),
        Ok(Kept::GivenUp) => Ok(Outcome::GivenUp),
        Ok(Kept::InUse) => Ok(Outcome::Failed(ConnectFailure::CompanyInUse)),
        Ok(Kept::NotAllowed) => Ok(Outcome::Failed(ConnectFailure::NotAllowed)),
        Err(error) => Err(error),
    }
}

async fn give_up(app: &Shared, attempt: &TakenAttempt, failure: ConnectFailure) -> Result<(), StoreError> {
    let shared = Arc::clone(app);
    let which = (attempt.id, attempt.connection);
    app.store
        .write(move |mut db| {
            Box::pin(async move { connections::give_up_attempt(&mut db, &shared, which, failure).await })
        })
        .await
}

/// The provider's error code in our words (RFC 6749, 4.1.2.1).
fn refusal(error: &str) -> ConnectFailure {
    match error {
        "access_denied" => ConnectFailure::Cancelled,
        "unauthorized_client" => ConnectFailure::KeysRefused,
        "server_error" | "temporarily_unavailable" => ConnectFailure::Unreachable,
        _ => ConnectFailure::Refused,
    }
}
