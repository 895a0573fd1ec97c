//! `patchbay portal webhooks`: the endpoints that a portal's events are sent to.

use std::path::PathBuf;

use clap::Subcommand;
use protocol::ids::Moment;

use super::super::columns::columns;
use super::super::key_file::KeyFile;
use super::super::{Sentence, say};
use crate::clock::{Clock, moment, rfc3339};
use crate::config::Config;
use crate::events::Kind;
use crate::keys;
use crate::portals::count;
use crate::store::Store;
use crate::store::audit::{Action, NewLine};
use crate::store::deliveries::Replayed;
use crate::store::webhooks::Webhook;
use crate::webhooks::client::{Courier, Message};
use crate::webhooks::endpoints::{self, EndpointError, NewEndpoint};
use crate::webhooks::reach::Reach;
use crate::webhooks::signature;
use crate::webhooks::target::Target;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Sends the portal's events to an address from now on.
    Add {
        /// Where to: https, on the public internet.
        url: String,
        /// Only these events, with commas between; without it all of them.
        #[arg(long, value_name = "EVENTS", value_delimiter = ',')]
        events: Vec<Kind>,
        /// A file that is not there yet: the secret that signs is written into it, readable by you alone.
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
    },
    /// Shows the endpoints, and whether they work.
    List,
    /// Sends one message of the type `webhook.test` now, and tells what was answered.
    Test {
        /// The endpoint, as the list shows it.
        endpoint: String,
    },
    /// Sends to an endpoint again, what waited first.
    Enable {
        /// As the list shows it.
        endpoint: String,
    },
    /// Sends nothing to an endpoint until it is enabled; what waits is kept.
    Disable {
        /// As the list shows it.
        endpoint: String,
    },
    /// Forgets an endpoint, with what waits for it.
    Remove {
        /// As the list shows it.
        endpoint: String,
    },
    /// Signs with a fresh secret. For a day the old one signs as well.
    Rotate {
        /// As the list shows it.
        endpoint: String,
        /// A file that is not there yet: the fresh secret is written into it, readable by you alone.
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
    },
    /// Sends events once more, whether they arrived before or not.
    Replay {
        /// As the list shows it.
        endpoint: String,
        /// The one of this id.
        #[arg(long, value_name = "ID", required_unless_present = "since")]
        event: Option<String>,
        /// All since this moment, as in 2026-01-31T08:00:00Z.
        #[arg(long, value_name = "TIME", conflicts_with = "event", value_parser = moment)]
        since: Option<Moment>,
    },
}

/// Nothing is there to be sent once more.
const NOTHING: &str =
    "no event fits: events are kept for thirty days, and an endpoint is sent only those that it wants";

/// A portal's endpoints at the command line.
struct Desk<'a> {
    config: &'a Config,
    store: &'a Store,
    portal: String,
    clock: Clock,
}

pub(super) async fn run(
    config: &Config,
    store: &Store,
    portal: String,
    command: Command,
) -> Result<(), Sentence> {
    let desk = Desk { config, store, portal, clock: Clock::system() };
    match command {
        Command::Add { url, events, secret_file } => desk.add(&url, &events, secret_file).await,
        Command::List => desk.list().await,
        Command::Test { endpoint } => desk.test(endpoint).await,
        Command::Enable { endpoint } => desk.switch(endpoint, true).await,
        Command::Disable { endpoint } => desk.switch(endpoint, false).await,
        Command::Remove { endpoint } => desk.remove(endpoint).await,
        Command::Rotate { endpoint, secret_file } => desk.rotate(endpoint, secret_file).await,
        Command::Replay { endpoint, event, since } => desk.replay(endpoint, event, since).await,
    }
}

impl Desk<'_> {
    fn reach(&self) -> Reach {
        Reach::with(self.config.webhooks.allow_private.clone())
    }

    async fn add(&self, url: &str, events: &[Kind], path: PathBuf) -> Result<(), Sentence> {
        let target = Target::new(url, &self.reach())?;
        let new = NewEndpoint::new(target, &events.iter().copied().collect(), &self.clock);
        let (vault, _right) = keys::beside(self.store, &self.config.keys.file, &self.clock).await?;
        let file = KeyFile::write(&path, new.secret())?;
        let (portal, name, now) = (self.portal.clone(), new.name().to_owned(), self.clock.now());
        let added = self.store.write::<_, EndpointError, _>(move |mut db| {
            Box::pin(async move {
                endpoints::add(&mut db, &vault, &by(&portal, Action::WebhookAdded), &new, now).await
            })
        });
        added.await?;
        file.keep();
        say(&format!("{name} is added; its secret is in {} and shown nowhere else.\n", path.display()))
    }

    async fn rotate(&self, name: String, path: PathBuf) -> Result<(), Sentence> {
        let secret = signature::secret(&self.clock);
        let (vault, _right) = keys::beside(self.store, &self.config.keys.file, &self.clock).await?;
        let file = KeyFile::write(&path, &secret)?;
        let (portal, now) = (self.portal.clone(), self.clock.now());
        let rotated = self.store.write::<_, EndpointError, _>(move |mut db| {
            Box::pin(async move {
                endpoints::rotate(
                    &mut db,
                    &vault,
                    (&by(&portal, Action::WebhookRotated), &name),
                    &secret,
                    now,
                )
                .await
            })
        });
        rotated.await?;
        file.keep();
        say(&format!("The fresh secret is in {}. The one before signs for a day as well.\n", path.display()))
    }

    async fn list(&self) -> Result<(), Sentence> {
        let portal = self.portal.clone();
        let read = self.store.read::<_, EndpointError, _>(move |mut db| {
            Box::pin(async move { endpoints::list(&mut db, &portal).await })
        });
        let found = read.await?;
        if found.is_empty() {
            return say("Nothing is sent anywhere; `patchbay portal webhooks ID add` adds an endpoint.\n");
        }
        say(&table(&found))
    }

    async fn test(&self, name: String) -> Result<(), Sentence> {
        let (vault, _right) = keys::beside(self.store, &self.config.keys.file, &self.clock).await?;
        let (portal, now) = (self.portal.clone(), self.clock.now());
        let read = self.store.read::<_, EndpointError, _>(move |mut db| {
            Box::pin(async move {
                let webhook = endpoints::known(&mut db, &portal, &name).await?;
                let secrets = endpoints::signers(&mut db, &vault, (&portal, &webhook), now).await?;
                Ok((webhook, secrets))
            })
        });
        let (webhook, secrets) = read.await?;
        let body = format!(r#"{{"type":"webhook.test","timestamp":"{}","data":{{}}}}"#, rfc3339(now));
        let (url, id) = (webhook.url.as_str(), format!("evt_test_{}", now.0));
        let message = Message { url, id: &id, seconds: now.0 / 1000, body: &body, secrets: &secrets };
        match Courier::new(self.reach())?.send(&message).await {
            Ok(answer) if answer.status.is_success() => {
                let (status, took) = (answer.status.as_u16(), answer.took.as_millis());
                say(&format!("{id} was taken: {status} after {took} ms.\n"))
            }
            Ok(answer) => {
                Err(Sentence(format!("{url} answered {}; 200 to 299 is yes", answer.status.as_u16())))
            }
            Err(none) => Err(Sentence(format!("{url} was not reached: {none}"))),
        }
    }

    async fn switch(&self, name: String, on: bool) -> Result<(), Sentence> {
        let (portal, now) = (self.portal.clone(), self.clock.now());
        let switched = self.store.write::<_, EndpointError, _>(move |mut db| {
            let action = if on { Action::WebhookEnabled } else { Action::WebhookDisabled };
            Box::pin(async move { endpoints::switch(&mut db, (&by(&portal, action), &name), on, now).await })
        });
        Ok(switched.await?)
    }

    async fn remove(&self, name: String) -> Result<(), Sentence> {
        let (portal, now) = (self.portal.clone(), self.clock.now());
        let removed = self.store.write::<_, EndpointError, _>(move |mut db| {
            Box::pin(async move {
                endpoints::remove(&mut db, (&by(&portal, Action::WebhookRemoved), &name), now).await
            })
        });
        Ok(removed.await?)
    }

    async fn replay(
        &self,
        name: String,
        event: Option<String>,
        since: Option<Moment>,
    ) -> Result<(), Sentence> {
        let (portal, now) = (self.portal.clone(), self.clock.now());
        let replayed = self.store.write::<_, EndpointError, _>(move |mut db| {
            Box::pin(async move {
                let since = Replayed::Since(since.unwrap_or(now));
                let what = event.as_deref().map_or(since, Replayed::One);
                endpoints::replay(&mut db, (&by(&portal, Action::WebhookReplayed), &name), what, now).await
            })
        });
        match replayed.await? {
            0 => Err(Sentence(NOTHING.to_owned())),
            events => say(&format!("Sending {} once more.\n", count(events.cast_signed(), "event"))),
        }
    }
}

fn by(portal: &str, action: Action) -> NewLine<'_> {
    NewLine::by_operator(portal, action, "")
}

fn table(found: &[Webhook]) -> String {
    let heading =
        ["ENDPOINT", "URL", "EVENTS", "STATE", "WAITING", "ARRIVED", "LAST FAULT"].map(str::to_owned);
    let rows = found.iter().map(|webhook| {
        let none = || "-".to_owned();
        [
            webhook.name.clone(),
            webhook.url.clone(),
            webhook.kinds.as_deref().map_or_else(|| "all".to_owned(), |kinds| kinds.replace(' ', ",")),
            state(webhook),
            webhook.waiting.to_string(),
            webhook.delivered_at.map_or_else(none, time),
            webhook.last_fault.clone().unwrap_or_else(none),
        ]
    });
    columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}

fn state(webhook: &Webhook) -> String {
    match (&webhook.disabled_why, webhook.failing_since) {
        (Some(why), _) => format!("disabled: {why}"),
        (None, Some(since)) => format!("failing since {}", time(since)),
        (None, None) => "works".to_owned(),
    }
}

fn time(milliseconds: i64) -> String {
    rfc3339(Moment(milliseconds.unsigned_abs() / 1000 * 1000))
}
