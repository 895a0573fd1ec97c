//! What all parts of one running sandbox share.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use crate::{
    Client, Config, Consumer, Failure, Ledger, Limits, Refusals, StartError, WebhookFormat,
    quickbooks::{
        clock::Clock,
        company::{Companies, Company},
        grants::{Grants, Policy},
        identity::Signer,
        legacy::Legacy,
        limits::Counts,
        query::{Dialect, Terms},
        signin::SignIns,
        webhooks::{News, desk::Desk},
    },
};

/// One running QuickBooks.
pub(crate) struct Play {
    pub(crate) clients: Vec<Client>,
    /// Origin that discovery names, when it is not the request's own.
    pub(crate) public_url: Option<String>,
    pub(crate) companies: Companies,
    pub(crate) signer: Signer,
    /// Whether other machines may turn the switches.
    pub(crate) remote_control: bool,
    pub(crate) clock: Clock,
    pub(crate) ledger: Ledger,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) grants: Mutex<Grants>,
    pub(crate) legacy: Mutex<Legacy>,
    pub(crate) counts: Mutex<Counts>,
    pub(crate) signins: Mutex<SignIns>,
    pub(crate) failures: Mutex<Vec<Failure>>,
    /// What happened in the books and is not on the desk yet.
    pub(crate) news: News,
    /// Deliveries to the apps.
    pub(crate) desk: Mutex<Desk>,
    /// While true, query pages wait.
    pub(crate) paused: watch::Sender<bool>,
    /// Requests whose path contains this text wait.
    pub(crate) holding: watch::Sender<Option<String>>,
    /// What is granted in place of what was asked for.
    pub(crate) scope: Mutex<Option<String>>,
}

/// What can be changed while it runs.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) latency: Duration,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    pub(crate) refusals: Refusals,
    pub(crate) dialect: Dialect,
    pub(crate) iss_on_callback: bool,
    pub(crate) refresh_error_description: Option<String>,
    pub(crate) oauth1_seconds: u64,
    pub(crate) webhook_format: WebhookFormat,
    pub(crate) webhook_gather: Duration,
}

impl Settings {
    fn of(config: &Config) -> Self {
        let policy = Policy {
            rotation: config.rotation,
            grace: config.grace,
            access_seconds: config.access_token_seconds,
            code_seconds: config.code_seconds,
            code_replay: config.code_replay,
            refresh_replay: config.refresh_replay,
            pkce: config.pkce,
        };
        Self {
            latency: config.latency_per_page,
            policy,
            limits: config.limits,
            refusals: config.refusals,
            dialect: config.dialect,
            iss_on_callback: config.iss_on_callback,
            refresh_error_description: config.refresh_error_description.clone(),
            oauth1_seconds: config.oauth1_seconds,
            webhook_format: config.webhook_format,
            webhook_gather: config.webhook_gather,
        }
    }
}

impl Play {
    pub(crate) fn new(config: Config, public_url: Option<String>) -> Result<Self, StartError> {
        let (ledger, news, mut desk) = (Ledger::default(), News::default(), Desk::default());
        for client in &config.clients {
            ledger.issued(client.secret.clone());
            client.consumer.iter().for_each(|consumer| ledger.issued(consumer.secret.clone()));
            client.webhooks.iter().for_each(|to| ledger.issued(to.verifier_token.clone()));
            desk.direct(&client.id, client.webhooks.clone());
        }
        let settings = Settings::of(&config);
        let companies =
            Companies::shipped(news.clone()).map_err(|problem| StartError::Data(problem.to_owned()))?;
        for spec in &config.generated {
            companies.generate(spec)?;
        }
        Ok(Self {
            signer: Signer::load().map_err(StartError::Key)?,
            remote_control: config.allow_remote_control,
            clients: config.clients,
            public_url,
            companies,
            clock: Clock::default(),
            ledger,
            settings: Mutex::new(settings),
            grants: Mutex::default(),
            legacy: Mutex::default(),
            counts: Mutex::default(),
            signins: Mutex::default(),
            failures: Mutex::default(),
            news,
            desk: Mutex::new(desk),
            paused: watch::Sender::new(false),
            holding: watch::Sender::new(None),
            scope: Mutex::default(),
        })
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// The app with this consumer key, and its keys under OAuth 1.0a.
    pub(crate) fn consumer(&self, key: &str) -> Option<(&Client, &Consumer)> {
        let mut old = self.clients.iter().filter_map(|client| Some((client, client.consumer.as_ref()?)));
        old.find(|(_, consumer)| consumer.key == key)
    }

    pub(crate) fn company(&self, realm: &str) -> Option<Arc<Company>> {
        self.companies.get(realm)
    }

    pub(crate) fn settings(&self) -> Settings {
        held(&self.settings).clone()
    }

    pub(crate) fn policy(&self) -> Policy {
        held(&self.settings).policy
    }

    /// What statements are read with.
    pub(crate) fn terms(&self) -> Terms {
        Terms { dialect: self.settings().dialect, today: self.clock.today() }
    }

    pub(crate) fn scope(&self) -> Option<String> {
        held(&self.scope).clone()
    }

    /// Waits while requests to this path are held.
    pub(crate) async fn pass(&self, path: &str) {
        let free = |route: &Option<String>| !route.as_ref().is_some_and(|route| path.contains(route));
        let mut holding = self.holding.subscribe();
        // The sender lives as long as the sandbox, so this ends when the route is let go.
        let _ = holding.wait_for(free).await;
    }

    /// Takes one of the failures that were asked for on this path, if any is left.
    pub(crate) fn next_failure(&self, path: &str) -> Option<Failure> {
        let mut failures = held(&self.failures);
        let index = failures.iter().position(|failure| path.contains(&failure.route))?;
        failures[index].times = failures[index].times.saturating_sub(1);
        let failure = failures[index].clone();
        if failure.times == 0 {
            failures.remove(index);
        }
        Some(failure)
    }
}

/// Locks, also after a panic elsewhere: no critical section here leaves half a change behind.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
