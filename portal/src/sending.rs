//! Sends the portal's records to Patchbay, on start and when somebody asks, and remembers how it went.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::backend::{BackendError, Link, Patchbay, Person, Session};
use crate::records::{Kind, ORGANISATION, TENANT};

/// How often the proxy is asked whether it is ready.
const EVERY: Duration = Duration::from_millis(250);

/// The person who is signed in at the demo portal.
pub(crate) const ADA: Person<'static> =
    Person { tenant: (TENANT, ORGANISATION), visitor: ("u1", "Ada Marsh", "ada@harbourandsons.example") };

/// How the last sending went.
#[derive(Debug, Clone, Default)]
pub(crate) enum State {
    /// The proxy has not said yet that it is ready.
    #[default]
    Waiting,
    /// What became of each list.
    Sent(Vec<(Kind, Outcome)>),
    /// The sentence to show.
    Failed(String),
}

/// What became of the records that were sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Outcome {
    /// How many lines were read.
    pub(crate) received: u64,
    /// How many were new.
    pub(crate) added: u64,
    /// How many differed from before.
    pub(crate) changed: u64,
    /// How many were as before.
    pub(crate) unchanged: u64,
    /// How many could not be taken; the others were.
    pub(crate) failed: u64,
}

pub(crate) struct Sending {
    patchbay: Patchbay,
    state: Mutex<State>,
}

impl Sending {
    pub(crate) fn new(patchbay: Patchbay) -> Self {
        Self { patchbay, state: Mutex::default() }
    }

    /// How it stands.
    pub(crate) fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the proxy, as long as it takes, then sends everything.
    pub(crate) async fn when_ready(self: Arc<Self>) {
        while self.patchbay.send(self.patchbay.request(Method::GET, "/readyz")).await.is_err() {
            tokio::time::sleep(EVERY).await;
        }
        self.send_all().await;
    }

    /// Sends the organisation and its lists; sending again changes only what differs.
    pub(crate) async fn send_all(&self) {
        let state = match self.try_send_all().await {
            Ok(sent) => State::Sent(sent),
            Err(problem) => State::Failed(crate::sentence(&problem)),
        };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    async fn try_send_all(&self) -> anyhow::Result<Vec<(Kind, Outcome)>> {
        let tenant = format!("/api/v1/tenants/{TENANT}");
        let name = self.patchbay.request(Method::PUT, &tenant).json(&json!({ "name": ORGANISATION }));
        self.patchbay.send(name).await?;
        let mut sent = Vec::new();
        for kind in Kind::ALL {
            // These are all we have: what we sent before and have no more is removed there.
            let path = format!("{tenant}/records/{}?complete=true", kind.word());
            let list = self.patchbay.request(Method::PUT, &path);
            let list = list.header("content-type", "application/x-ndjson").body(kind.lines()?);
            sent.push((kind, self.patchbay.ask(list).await?));
        }
        Ok(sent)
    }

    /// A link into the store for the person who is signed in here.
    pub(crate) async fn link(&self) -> Result<Link, BackendError> {
        self.patchbay.link(&ADA).await
    }

    /// A session in the embedded store for the same person.
    pub(crate) async fn session(&self) -> Result<Session, BackendError> {
        self.patchbay.session(&ADA).await
    }
}
