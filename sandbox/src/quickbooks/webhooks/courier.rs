//! Gathers news for a moment, lays deliveries on the desk, and brings those that are due.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use reqwest::Client;
use url::Url;

use super::{Happening, desk::Delivery};
use crate::{
    quickbooks::api::ACCOUNTING,
    state::{Play, held},
    visitor,
};

/// Intuit waits three seconds for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Works until the sandbox stops.
pub(crate) async fn run(play: Arc<Play>) {
    let mut clients = HashMap::new();
    loop {
        tokio::select! {
            () = play.news.woken() => gather(&play).await,
            () = next(&play) => {}
        }
        loop {
            let due = held(&play.desk).due(play.clock.now());
            let Some(delivery) = due else { break };
            let status = bring(&mut clients, &delivery).await;
            held(&play.desk).tried(delivery.number, status, play.clock.now());
        }
    }
}

/// Returns when a delivery is due by the machine's own time. A clock that is moved wakes the courier by itself.
async fn next(play: &Play) {
    let next = held(&play.desk).next();
    match next {
        None => std::future::pending().await,
        Some(next) => {
            let left = next - play.clock.now();
            tokio::time::sleep(left.try_into().unwrap_or_default()).await;
        }
    }
}

/// What happens within a moment goes out together, to every app that may see the company.
async fn gather(play: &Play) {
    if play.news.is_empty() {
        return;
    }
    let settings = play.settings();
    tokio::time::sleep(settings.webhook_gather).await;
    let news = play.news.take();
    let listening = held(&play.desk).listening();
    for client in listening {
        let theirs: Vec<Happening> =
            news.iter().filter(|one| sees(play, &client, &one.realm)).cloned().collect();
        if !theirs.is_empty() {
            let stamp = (play.clock.now(), play.clock.tid());
            held(&play.desk).post(&client, &theirs, settings.webhook_format, stamp);
        }
    }
}

/// Whether somebody has let this app at the books of that company.
fn sees(play: &Play, client: &str, realm: &str) -> bool {
    held(&play.grants).opens(client, realm, ACCOUNTING, play.clock.now())
}

/// The status of the answer; none when there was none.
async fn bring(clients: &mut HashMap<String, Client>, delivery: &Delivery) -> Option<u16> {
    let client = match clients.entry(delivery.url.clone()) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(free) => free.insert(visitor::client(&Url::parse(&delivery.url).ok()?).ok()?),
    };
    let mut request = client.post(&delivery.url).timeout(PATIENCE);
    for (name, value) in &delivery.headers {
        request = request.header(*name, value);
    }
    let answer = request.body(delivery.body.clone()).send().await.ok()?;
    Some(answer.status().as_u16())
}
