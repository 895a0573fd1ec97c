//! Webhooks: where they go, and what became of them. To a test in the process, and to whoever asks at
//! `/sandbox/webhooks`, as JSON or with a form of the page.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use super::{Control, guard};
use crate::{
    Delivery, WebhookFormat, Webhooks,
    state::{Play, held},
};

/// What `POST /sandbox/webhooks` takes: an endpoint, or a delivery that is to be sent once more.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// A client id; the first app when none is said.
    client: Option<String>,
    /// Where the app's deliveries go; empty for nowhere.
    url: Option<String>,
    /// What they are signed with.
    #[serde(default)]
    verifier_token: String,
    /// The number of a delivery.
    again: Option<u64>,
}

/// Why an endpoint was not taken, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No such app.
    #[error("no app here has the client id {0:?}")]
    Client(String),
    /// Not an address.
    #[error("{0:?} is no address that begins with http:// or https://")]
    Address(String),
    /// Nothing to sign with.
    #[error("a verifier token is needed, to sign with")]
    Token,
    /// No such delivery.
    #[error("there is no delivery {0}")]
    Delivery(u64),
}

impl Control {
    /// Sends an app's webhooks there from now on, or nowhere; one that was disabled is called again.
    pub fn set_webhooks(&self, client: &str, to: Option<Webhooks>) -> Result<(), WebhookError> {
        let play = &self.play;
        play.client(client).ok_or_else(|| WebhookError::Client(client.to_owned()))?;
        if let Some(to) = &to {
            let web = Url::parse(&to.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !web {
                return Err(WebhookError::Address(to.url.clone()));
            }
            if to.verifier_token.is_empty() {
                return Err(WebhookError::Token);
            }
            play.ledger.issued(to.verifier_token.clone());
        }
        held(&play.desk).direct(client, to);
        Ok(())
    }

    /// What deliveries look like from now on.
    pub fn set_webhook_format(&self, format: WebhookFormat) {
        held(&self.play.settings).webhook_format = format;
    }

    /// How long what happens is gathered before it goes out together.
    pub fn set_webhook_gather(&self, time: Duration) {
        held(&self.play.settings).webhook_gather = time;
    }

    /// Every delivery so far, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        held(&self.play.desk).log()
    }

    /// Waits until the deliveries are what is looked for, or for so long; they are then as they are.
    pub async fn deliveries_until(
        &self,
        found: impl Fn(&[Delivery]) -> bool,
        bound: Duration,
    ) -> Vec<Delivery> {
        let mut changes = held(&self.play.desk).changes();
        let looking = async { while !found(&self.deliveries()) && changes.changed().await.is_ok() {} };
        // When time is up, what is there is the answer.
        let _ = timeout(bound, looking).await;
        self.deliveries()
    }

    /// Sends a delivery once more, byte for byte, as Intuit does when an answer was lost on its way.
    pub fn redeliver(&self, number: u64) -> Result<(), WebhookError> {
        let known = held(&self.play.desk).again(number, self.play.clock.now());
        self.play.news.wake();
        known.then_some(()).ok_or(WebhookError::Delivery(number))
    }
}

/// The endpoints, without their tokens, and every delivery.
pub(super) async fn log(State(play): State<Arc<Play>>) -> Json<Value> {
    let deliveries = Control::new(Arc::clone(&play)).deliveries();
    Json(json!({ "endpoints": endpoints(&play), "deliveries": deliveries }))
}

/// As the log and the standing of the switches show them.
pub(super) fn endpoints(play: &Play) -> Vec<Value> {
    let desk = held(&play.desk);
    let shown = desk.endpoints().map(|(client, endpoint)| {
        json!({ "client": client, "url": endpoint.to.url, "disabled": endpoint.disabled })
    });
    shown.collect()
}

/// Takes an endpoint, or sends a delivery again.
pub(super) async fn turn(State(play): State<Arc<Play>>, headers: HeaderMap, body: String) -> Response {
    let form = !guard::is_json(&headers);
    if form && !guard::is_ours(&headers) {
        return guard::refusal("Send it as application/json, or with the form of the sandbox's own page.");
    }
    let wish = if form { Ok(filled_in(&body)) } else { serde_json::from_str::<Wish>(&body) };
    let done = wish
        .map_err(|problem| problem.to_string())
        .and_then(|wish| grant(&play, wish).map_err(|problem| problem.to_string()));
    match done {
        Ok(()) if form => Redirect::to("/sandbox").into_response(),
        Ok(()) => log(State(play)).await.into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    }
}

fn filled_in(form: &str) -> Wish {
    let mut wish = Wish::default();
    for (name, value) in url::form_urlencoded::parse(form.as_bytes()).into_owned() {
        match name.as_str() {
            "client" => wish.client = Some(value),
            "url" => wish.url = Some(value),
            "verifier_token" => wish.verifier_token = value,
            "again" => wish.again = value.parse().ok(),
            _ => {}
        }
    }
    wish
}

fn grant(play: &Arc<Play>, wish: Wish) -> Result<(), WebhookError> {
    let control = Control::new(Arc::clone(play));
    if let Some(url) = wish.url {
        let first = || play.clients.first().map(|client| client.id.clone()).unwrap_or_default();
        let to = Webhooks { url, verifier_token: wish.verifier_token };
        control.set_webhooks(&wish.client.unwrap_or_else(first), (!to.url.is_empty()).then_some(to))?;
    }
    wish.again.map_or(Ok(()), |number| control.redeliver(number))
}
