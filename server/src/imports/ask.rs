//! One request to the provider with all its patience: at the company's pace, with a fresh access
//! token, asked again when what went wrong may pass.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use protocol::import::{ImportFault, List};

use super::Stop;
use super::job::tell_waiting;
use super::machine::{self, Answer};
use super::pace::Gate;
use crate::connections::heed;
use crate::oauth::refresh::{TokenError, access, access_after_401};
use crate::providers::catalogue::Requests;
use crate::providers::{Door, Provider, ProviderCause, ProviderFault};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::imports::Held;

/// A page of Intuit's.
const PAGE: u32 = 1000;
/// Shorter waits for the pace are not worth a word.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// The way to one company for one run.
pub(super) struct Ask {
    app: Shared,
    held: Held,
    gate: Arc<Gate>,
    provider: Arc<dyn Provider>,
    page_size: u32,
    allowed: Requests,
}

impl Ask {
    /// None when the connection's integration or registration is no longer there.
    pub(super) async fn new(app: &Shared, held: &Held) -> Result<Option<Self>, StoreError> {
        let connection = held.books.connection();
        let row = app
            .store
            .read::<_, StoreError, _>(|mut db| Box::pin(async move { db.connection(connection).await }))
            .await?;
        let registration = row.and_then(|row| row.registration);
        let registration = registration.and_then(|id| app.registrations.get(&id));
        let entry = app.catalogue.integration(held.books.integration());
        let (Some(registration), Some(entry)) = (registration, entry) else { return Ok(None) };
        let Some(provider) = app.catalogue.provider(&entry.id) else { return Ok(None) };
        let environment = entry.environments.get(&registration.environment);
        let page_size = environment.and_then(|environment| environment.page_size).unwrap_or(PAGE);
        let gate = app.paces.at(&registration.api, held.books.company());
        let allowed = registration.requests;
        Ok(Some(Self { app: Arc::clone(app), held: held.clone(), gate, provider, page_size, allowed }))
    }

    pub(super) fn page_size(&self) -> u32 {
        self.page_size.clamp(1, PAGE)
    }

    /// Whether the provider tells changes of a list.
    pub(super) fn tells_changes(&self, list: List) -> bool {
        self.provider.tells_changes(list)
    }

    /// How many requests its provider allows.
    pub(super) fn allowed(&self) -> Requests {
        self.allowed
    }

    /// Asks until there is an answer, or a fault that ends the list. `requests` is what one try costs.
    pub(super) async fn provider<T, F>(&self, requests: u32, call: F) -> Result<Result<T, ImportFault>, Stop>
    where
        T: Send,
        F: for<'a> Fn(&'a dyn Provider, &'a Door) -> BoxFuture<'a, Result<T, ProviderFault>> + Send + Sync,
    {
        let (mut tries, mut renewed) = (0, None);
        loop {
            tries += 1;
            let fault = match self.once(requests, renewed, &call).await? {
                (Ok(value), _) => return Ok(Ok(value)),
                (Err(fault), generation) => (fault, generation),
            };
            let (fault, generation) = fault;
            match machine::answer(&fault, tries, renewed.is_some()) {
                Answer::Renew => renewed = Some(generation),
                Answer::Wait { time, company } => {
                    if company {
                        self.gate.pause(time);
                    }
                    tracing::info!(import = self.held.import.0, %fault, ?time, "an import waits");
                    tell_waiting(&self.app, &self.held, time, company).await?;
                    tokio::time::sleep(time).await;
                }
                Answer::GiveUp(told) => {
                    heed(&self.app, self.held.books.connection(), (generation, &fault)).await?;
                    return Ok(Err(told));
                }
            }
        }
    }

    /// One try, with the generation of the token it was made with. After a 401 with a token of the
    /// generation `refused`, one that came after it.
    async fn once<T, F>(
        &self,
        requests: u32,
        refused: Option<u64>,
        call: &F,
    ) -> Result<(Result<T, ProviderFault>, u64), Stop>
    where
        F: for<'a> Fn(&'a dyn Provider, &'a Door) -> BoxFuture<'a, Result<T, ProviderFault>> + Send + Sync,
    {
        let mut permits = Vec::new();
        for _ in 0..requests {
            permits.push(self.enter().await?);
        }
        let connection = self.held.books.connection();
        let door = match refused {
            Some(generation) => access_after_401(&self.app, connection, generation).await,
            None => access(&self.app, connection).await,
        };
        let door = match door {
            Ok(door) => door,
            Err(TokenError::NotConnected | TokenError::ReconnectRequired) => return Err(Stop::Off),
            Err(error @ (TokenError::Unavailable | TokenError::KeysRefused | TokenError::Store(_))) => {
                tracing::warn!(connection = connection.0, %error, "an import has no access token");
                return Ok((Err(away()), 0));
            }
        };
        let result = call(self.provider.as_ref(), &door).await;
        // All but the first went out while the call lasted, some of them later than they were counted.
        self.gate.note(requests.saturating_sub(1));
        self.app.meters.call(self.held.books.integration(), result.as_ref().err());
        drop(permits);
        Ok((result, door.generation))
    }

    async fn enter(&self) -> Result<Option<tokio::sync::OwnedSemaphorePermit>, Stop> {
        loop {
            match self.gate.enter().await {
                Ok(permit) => return Ok(permit),
                Err(wait) => {
                    if wait > WORTH_TELLING {
                        tell_waiting(&self.app, &self.held, wait, true).await?;
                    }
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }
}

fn away() -> ProviderFault {
    ProviderFault { cause: ProviderCause::Unreachable, status: None, code: None, trace: None }
}
