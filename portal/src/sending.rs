//! Sends the portal's records to Patchbay, on start and when somebody asks, and remembers how it went.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::backend::{BackendError, Link, Patchbay, Received, Visitor};
use crate::records::{Kind, ORGANISATION, TENANT};

/// How often the proxy is asked whether it is ready.
const EVERY: Duration = Duration::from_millis(250);

/// How the last sending went.
#[derive(Debug, Clone, Default)]
pub(crate) enum State {
    /// The proxy has not said yet that it is ready.
    #[default]
    Waiting,
    /// What became of each list.
    Sent(Vec<(Kind, Received)>),
    /// The sentence to show.
    Failed(String),
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
        while !self.patchbay.is_ready().await {
            tokio::time::sleep(EVERY).await;
        }
        self.send_all().await;
    }

    /// Sends the organisation and its lists; sending again changes only what differs.
    pub(crate) async fn send_all(&self) {
        let state = match self.try_send_all().await {
            Ok(sent) => State::Sent(sent),
            Err(problem) => State::Failed(problem.to_string()),
        };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    async fn try_send_all(&self) -> anyhow::Result<Vec<(Kind, Received)>> {
        self.patchbay.put_tenant(TENANT, ORGANISATION).await?;
        let mut sent = Vec::new();
        for kind in Kind::ALL {
            let received = self.patchbay.send_records(TENANT, kind.name(), kind.lines()?).await?;
            sent.push((kind, received));
        }
        Ok(sent)
    }

    /// A link into the store for the person who is signed in here.
    pub(crate) async fn link(&self) -> Result<Link, BackendError> {
        self.patchbay.link(TENANT, ORGANISATION, &ada()).await
    }
}

/// The person who is signed in at the demo portal.
pub(crate) fn ada() -> Visitor {
    Visitor {
        id: "u1".to_owned(),
        name: "Ada Marsh".to_owned(),
        email: "ada@harbourandsons.example".to_owned(),
    }
}
