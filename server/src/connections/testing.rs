//! Testing a connection: the company is read once, as every other read is made, and what went wrong
//! is told with what support needs.

use std::sync::Arc;
use std::time::Duration;

use protocol::health::{ConnectionTest, TestFault};
use protocol::message::{Answer, FaultKind};
use protocol::store::ReconnectReason;

use super::machine::State;
use super::progress::sign_in_lost;
use super::{ConnectionRow, pausing};
use crate::error::{Refusal, reference};
use crate::oauth::refresh::{TokenError, access, access_after_401, refused};
use crate::providers::{COMPANY_REQUESTS, CompanyFacts, Door, Provider, ProviderCause, ProviderFault};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::ConnectionId;

/// A person waits for the answer, and their socket with them.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads the company of a connection.
pub(crate) async fn test(app: &Shared, row: &ConnectionRow) -> Result<Answer, Refusal> {
    if !row.live || row.state == State::Paused {
        return Err(FaultKind::NotNow.into());
    }
    let provider = app.catalogue.provider(&row.integration).ok_or(FaultKind::NotFound)?;
    let read = Box::pin(read(app, row.id, provider.as_ref()));
    let told = match tokio::time::timeout(PATIENCE, read).await {
        Ok(told) => told?,
        Err(_) => Told::of(TestFault::Unreachable),
    };
    Ok(Answer::Tested(ConnectionTest {
        company: told.company,
        fault: told.fault,
        code: told.code,
        trace: told.trace,
        reference: reference(&app.clock),
    }))
}

/// What a test brought.
#[derive(Default)]
struct Told {
    company: Option<String>,
    fault: Option<TestFault>,
    code: Option<String>,
    trace: Option<String>,
}

impl Told {
    fn of(fault: TestFault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }
}

/// One read, and another one when a fresh access token may help.
async fn read(app: &Shared, connection: ConnectionId, provider: &dyn Provider) -> Result<Told, Refusal> {
    let door = match access(app, connection).await {
        Ok(door) => door,
        Err(error) => return without_token(error),
    };
    app.paces.at(&door.api, &door.company).note(COMPANY_REQUESTS);
    let (door, answer) = match provider.company(&door).await {
        Err(fault) if fault.cause == ProviderCause::Unauthorized => {
            match access_after_401(app, connection, door.generation).await {
                Ok(door) => {
                    let answer = provider.company(&door).await;
                    (door, answer)
                }
                Err(error) => return without_token(error),
            }
        }
        answer => (door, answer),
    };
    Ok(told(app, connection, (&door, answer)).await?)
}

/// No token is a result of the test as well; only our own store's failure is not.
fn without_token(error: TokenError) -> Result<Told, Refusal> {
    match error {
        TokenError::NotConnected => Err(FaultKind::NotNow.into()),
        TokenError::ReconnectRequired => Ok(Told::of(TestFault::SignIn)),
        TokenError::Unavailable => Ok(Told::of(TestFault::Unreachable)),
        TokenError::KeysRefused => Ok(Told::of(TestFault::KeysRefused)),
        TokenError::Store(error) => {
            tracing::error!(%error, "a connection could not be tested");
            Err(FaultKind::Internal.into())
        }
    }
}

async fn told(
    app: &Shared,
    connection: ConnectionId,
    (door, answer): (&Door, Result<CompanyFacts, ProviderFault>),
) -> Result<Told, StoreError> {
    let fault = match answer {
        Ok(facts) => return Ok(Told { company: Some(facts.name), ..Told::default() }),
        Err(fault) => fault,
    };
    heed(app, connection, (door.generation, &fault)).await?;
    let named = match fault.cause {
        _ if fault.subscription_ended() => TestFault::SubscriptionEnded,
        ProviderCause::Unauthorized => TestFault::SignIn,
        ProviderCause::Forbidden => TestFault::Forbidden,
        ProviderCause::Limited { .. } => TestFault::Busy,
        ProviderCause::Unreachable => TestFault::Unreachable,
        ProviderCause::Refused => TestFault::Refused,
        ProviderCause::Garbled => TestFault::Garbled,
    };
    Ok(Told { code: fault.code, trace: fault.trace, ..Told::of(named) })
}

/// What a final fault of the provider means for the connection itself (product.md, Errors): a sign-in
/// that is refused or that may not use the company has to be made again, and without a subscription
/// there is nothing to be had. Of any other fault the connection knows nothing.
pub(crate) async fn heed(
    app: &Shared,
    connection: ConnectionId,
    (generation, fault): (u64, &ProviderFault),
) -> Result<(), StoreError> {
    if fault.cause == ProviderCause::Unauthorized {
        return refused(app, connection, generation).await;
    }
    let (ended, closed) = (fault.subscription_ended(), fault.company_closed());
    if !ended && !closed {
        return Ok(());
    }
    let shared = Arc::clone(app);
    let tenant = app
        .store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let Some(row) = db.connection(connection).await? else { return Ok(None) };
                if ended {
                    pausing::subscription_ended(&mut db, &shared, connection).await?;
                } else if row.generation == generation {
                    sign_in_lost(&mut db, &shared, &row, ReconnectReason::Forbidden).await?;
                }
                Ok(Some(row.tenant))
            })
        })
        .await?;
    if let Some(tenant) = tenant {
        app.hub.touch(tenant);
    }
    Ok(())
}
