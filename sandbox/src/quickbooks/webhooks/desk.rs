//! Where deliveries lie: which are due, how each went, when it is tried again and when it is dropped. A machine
//! that takes the time as an argument.

use std::collections::{BTreeMap, VecDeque};

use serde::{Serialize, Serializer};
use time::{Duration, OffsetDateTime};
use tokio::sync::watch;

use super::{Happening, WebhookFormat, bodies::millis, signature::sign};
use crate::Webhooks;

/// How long after a try the next one comes; after the last it is dropped.
const AGAIN: [Duration; 3] = [Duration::minutes(20), Duration::minutes(30), Duration::minutes(50)];
/// What is tried again. No answer at all is taken for one of them; facts do not say.
const PASSING: [u16; 5] = [500, 502, 503, 504, 408];
/// An endpoint that took nothing for so long is called no more.
const PATIENCE: Duration = Duration::days(1);
/// So many of the latest deliveries are remembered.
const KEPT: usize = 1000;

/// A delivery as the log has it.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// Counts from 1.
    pub number: u64,
    /// Client id of the app.
    pub client: String,
    /// Where it goes.
    pub url: String,
    /// Which of the two bodies it has.
    pub format: WebhookFormat,
    /// Its headers, the same at every try, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body, byte for byte.
    pub body: String,
    /// Every try so far.
    pub tries: Vec<Try>,
    /// What has become of it.
    pub state: DeliveryState,
    /// When it is tried next, while it waits.
    #[serde(serialize_with = "stamp")]
    pub next: Option<OffsetDateTime>,
}

/// One try of a delivery.
#[derive(Clone, Debug, Serialize)]
pub struct Try {
    /// When, on the sandbox's clock.
    pub at: String,
    /// What was answered; none when nothing was.
    pub status: Option<u16>,
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is tried now, or again later.
    Waiting,
    /// It was taken.
    Delivered,
    /// It was refused for good, or too often.
    Dropped,
}

/// Where an app wants its deliveries.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) to: Webhooks,
    pub(crate) disabled: bool,
    failing_since: Option<OffsetDateTime>,
}

/// All of one sandbox.
#[derive(Default)]
pub(crate) struct Desk {
    endpoints: BTreeMap<String, Endpoint>,
    deliveries: VecDeque<Delivery>,
    last: u64,
    changed: watch::Sender<u64>,
}

#[expect(clippy::ref_option, reason = "serde hands a field over like this")]
fn stamp<S: Serializer>(at: &Option<OffsetDateTime>, to: S) -> Result<S::Ok, S::Error> {
    at.map(millis).serialize(to)
}

impl Desk {
    /// Has an app's deliveries sent there from now on, or nowhere. One that was disabled begins anew.
    pub(crate) fn direct(&mut self, client: &str, to: Option<Webhooks>) {
        match to {
            Some(to) => {
                let endpoint = Endpoint { to, disabled: false, failing_since: None };
                self.endpoints.insert(client.to_owned(), endpoint);
            }
            None => drop(self.endpoints.remove(client)),
        }
    }

    pub(crate) fn endpoints(&self) -> impl Iterator<Item = (&String, &Endpoint)> {
        self.endpoints.iter()
    }

    /// The clients that are to be told anything.
    pub(super) fn listening(&self) -> Vec<String> {
        let listening = self.endpoints.iter().filter(|(_, endpoint)| !endpoint.disabled);
        listening.map(|(client, _)| client.clone()).collect()
    }

    /// Lays a delivery to an app on the desk, due at once.
    pub(super) fn post(
        &mut self,
        client: &str,
        news: &[Happening],
        format: WebhookFormat,
        (now, tid): (OffsetDateTime, String),
    ) {
        let Some(endpoint) = self.endpoints.get(client) else { return };
        self.last += 1;
        let body = format.body(news);
        let headers = vec![
            ("content-type", format.content_type().to_owned()),
            ("user-agent", "intuit_notification_server/0.1".to_owned()),
            ("intuit-signature", sign(&body, &endpoint.to.verifier_token)),
            ("intuit-created-time", millis(now)),
            ("intuit-t-id", tid),
            ("intuit-notification-schema-version", "0.1".to_owned()),
        ];
        self.deliveries.push_back(Delivery {
            number: self.last,
            client: client.to_owned(),
            url: endpoint.to.url.clone(),
            format,
            headers,
            body,
            tries: Vec::new(),
            state: DeliveryState::Waiting,
            next: Some(now),
        });
        while self.deliveries.len() > KEPT {
            self.deliveries.pop_front();
        }
        self.has_changed();
    }

    /// The first delivery whose time has come.
    pub(super) fn due(&self, now: OffsetDateTime) -> Option<Delivery> {
        self.deliveries.iter().find(|one| one.next.is_some_and(|next| next <= now)).cloned()
    }

    /// When there is something to do next.
    pub(super) fn next(&self) -> Option<OffsetDateTime> {
        self.deliveries.iter().filter_map(|one| one.next).min()
    }

    /// A delivery was tried, and this was answered.
    pub(super) fn tried(&mut self, number: u64, status: Option<u16>, now: OffsetDateTime) {
        let Some(delivery) = self.deliveries.iter_mut().find(|one| one.number == number) else { return };
        delivery.tries.push(Try { at: millis(now), status });
        let taken = status.is_some_and(|status| (200..300).contains(&status));
        let passing = status.is_none_or(|status| PASSING.contains(&status));
        let wait = AGAIN.get(delivery.tries.len() - 1).filter(|_| passing && !taken);
        delivery.next = wait.map(|wait| now + *wait);
        delivery.state = match (taken, wait) {
            (true, _) => DeliveryState::Delivered,
            (false, Some(_)) => DeliveryState::Waiting,
            (false, None) => DeliveryState::Dropped,
        };
        let client = delivery.client.clone();
        self.heard(&client, taken, now);
        self.has_changed();
    }

    /// An endpoint that has failed for a day is disabled, and what waits for it is dropped.
    fn heard(&mut self, client: &str, taken: bool, now: OffsetDateTime) {
        let Some(endpoint) = self.endpoints.get_mut(client) else { return };
        if taken {
            endpoint.failing_since = None;
            return;
        }
        let since = *endpoint.failing_since.get_or_insert(now);
        if now - since < PATIENCE {
            return;
        }
        endpoint.disabled = true;
        for waiting in self.deliveries.iter_mut().filter(|one| one.client == client && one.next.is_some()) {
            (waiting.next, waiting.state) = (None, DeliveryState::Dropped);
        }
    }

    /// Sends a delivery once more, byte for byte, whatever became of it. False when it is not known.
    pub(crate) fn again(&mut self, number: u64, now: OffsetDateTime) -> bool {
        let Some(delivery) = self.deliveries.iter_mut().find(|one| one.number == number) else {
            return false;
        };
        (delivery.next, delivery.state) = (Some(now), DeliveryState::Waiting);
        self.has_changed();
        true
    }

    /// The log, oldest first.
    pub(crate) fn log(&self) -> Vec<Delivery> {
        self.deliveries.iter().cloned().collect()
    }

    /// Changes whenever the log does.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn has_changed(&self) {
        self.changed.send_modify(|changes| *changes += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::webhooks::Deed;
    use time::macros::datetime;

    const START: OffsetDateTime = datetime!(2026-05-01 12:00 UTC);

    fn news() -> Happening {
        let (realm, id) = ("1".to_owned(), "2".to_owned());
        Happening { realm, entity: "Customer", id, deed: Deed::Update, gone: None, at: START }
    }

    fn desk() -> Desk {
        let mut desk = Desk::default();
        let to = Webhooks { url: "http://x".to_owned(), verifier_token: "t".to_owned() };
        desk.direct("app", Some(to));
        desk.post("app", &[news()], WebhookFormat::Legacy, (START, "tid".to_owned()));
        desk
    }

    #[test]
    fn a_failing_delivery_is_tried_after_20_30_and_50_minutes_and_dropped() {
        let (mut desk, mut now) = (desk(), START);
        for minutes in [20, 30, 50] {
            desk.tried(1, Some(503), now);
            now += Duration::minutes(minutes);
            assert!(desk.due(now - Duration::seconds(1)).is_none());
            assert_eq!(desk.due(now).unwrap().number, 1);
        }
        desk.tried(1, None, now);
        assert_eq!((desk.next(), desk.log()[0].state), (None, DeliveryState::Dropped));
    }

    #[test]
    fn what_is_refused_for_good_is_dropped_at_once() {
        let mut desk = desk();
        desk.tried(1, Some(401), START);
        assert_eq!((desk.next(), desk.log()[0].state), (None, DeliveryState::Dropped));
        assert!(desk.again(1, START) && !desk.again(2, START));
        desk.tried(1, Some(200), START);
        assert_eq!(desk.log()[0].state, DeliveryState::Delivered);
    }

    #[test]
    fn an_endpoint_that_fails_for_a_day_is_disabled() {
        let mut desk = desk();
        desk.tried(1, Some(503), START);
        desk.post("app", &[news()], WebhookFormat::Legacy, (START, "tid".to_owned()));
        desk.tried(1, Some(503), START + Duration::days(1));
        assert!(desk.listening().is_empty() && desk.next().is_none());
        desk.direct("app", Some(Webhooks { url: String::new(), verifier_token: String::new() }));
        assert_eq!(desk.listening(), ["app"]);
    }
}
