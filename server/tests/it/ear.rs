//! An endpoint of a portal's that a test holds: it writes down what it is sent, looks at the signatures
//! and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::ids::ImportId;
use protocol::notification::Event;
use ring::hmac;
use serde_json::Value;
use server::config::Config;
use server::events::Kind;
use server::store::audit::{Action, NewLine};
use server::store::ids::TenantId;
use server::store::notifications::NewEvent;
use server::store::webhooks::{NewWebhook, Why};
use server::webhooks::endpoints::{self, EndpointError, NewEndpoint};
use server::webhooks::target::Target;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::BOUND;
use crate::quick::qbo;
use crate::world::{PORTAL, Plan, START, World};

/// How an endpoint answers.
#[derive(Clone, Copy)]
pub(crate) enum Reply {
    Status(u16),
    /// A status, and how many seconds it asks to wait.
    Busy(u16, u32),
    /// Nothing comes.
    Never,
}

/// What an endpoint was sent.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }

    pub(crate) fn kind(&self) -> &str {
        self.body["type"].as_str().expect("a type")
    }

    pub(crate) fn tenant(&self) -> &str {
        self.body["data"]["tenant"]["id"].as_str().expect("a tenant")
    }

    pub(crate) fn import(&self) -> u64 {
        self.body["data"]["import"].as_str().expect("an import").parse().expect("a number")
    }

    /// How many of its signatures a secret has made, by the standard's own words.
    pub(crate) fn signed_by(&self, secret: &str) -> usize {
        let bytes = STANDARD.decode(secret.trim().strip_prefix("whsec_").expect("a secret")).expect("base64");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let (id, time) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let signed = format!("{id}.{time}.{}", self.text);
        let good = |one: &&str| {
            let tag = STANDARD.decode(one.strip_prefix("v1,").expect("the version")).expect("base64");
            hmac::verify(&key, signed.as_bytes(), &tag).is_ok()
        };
        self.header("webhook-signature").split(' ').filter(good).count()
    }
}

#[derive(Default)]
struct Inside {
    heard: watch::Sender<Vec<Heard>>,
    script: Mutex<VecDeque<Reply>>,
}

/// An endpoint.
pub(crate) struct Ear {
    pub(crate) url: String,
    inside: Arc<Inside>,
    serving: JoinHandle<()>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ear {
    /// One that answers so, one after the other, and then 204.
    pub(crate) async fn that(replies: &[Reply]) -> Self {
        let inside = Arc::new(Inside::default());
        held(&inside.script).extend(replies);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/webhooks", listener.local_addr().expect("bound"));
        let router = Router::new().route("/webhooks", post(hear)).with_state(Arc::clone(&inside));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("served");
        });
        Self { url, inside, serving }
    }

    /// What it was sent so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.inside.heard.borrow().clone()
    }

    /// Waits until it was sent so much.
    pub(crate) async fn hears(&self, count: usize) -> Vec<Heard> {
        let mut heard = self.inside.heard.subscribe();
        let enough = heard.wait_for(|heard| heard.len() >= count);
        let enough = tokio::time::timeout(BOUND, enough).await;
        enough.unwrap_or_else(|_| panic!("{:?}", self.heard())).expect("the ear is there").clone()
    }
}

async fn hear(State(inside): State<Arc<Inside>>, headers: HeaderMap, body: Bytes) -> Response {
    let text = String::from_utf8(body.to_vec()).expect("text");
    let body = serde_json::from_str(&text).expect("JSON");
    inside.heard.send_modify(|heard| heard.push(Heard { headers, text, body }));
    let reply = held(&inside.script).pop_front().unwrap_or(Reply::Status(204));
    let status = |status: u16| axum::http::StatusCode::from_u16(status).expect("a status");
    match reply {
        Reply::Status(code) => status(code).into_response(),
        Reply::Busy(code, wait) => (status(code), [("retry-after", wait.to_string())]).into_response(),
        Reply::Never => std::future::pending().await,
    }
}

/// Lets endpoints be on this machine.
pub(crate) fn allow_here(config: &mut Config) {
    config.webhooks.allow_private = vec!["127.0.0.0/8".parse().expect("a network")];
}

/// A proxy whose portals may have endpoints on this machine.
pub(crate) async fn world() -> World {
    let mut plan = Plan::new().await;
    allow_here(&mut plan.config);
    plan.start().await
}

/// Has the portal's events sent to an address; its name and its secret.
pub(crate) async fn subscribe(world: &World, url: &str, kinds: &[Kind]) -> (String, String) {
    let app = world.app();
    let target = Target::new(url, app.courier.reach()).expect("it may be called");
    let new = NewEndpoint::new(target, &kinds.iter().copied().collect(), &world.clock);
    let told = (new.name().to_owned(), new.secret().lend(str::to_owned));
    let (vault, now) = (app.vault.clone(), world.clock.now());
    let added = app.store.write::<_, EndpointError, _>(move |mut db| {
        Box::pin(async move {
            endpoints::add(
                &mut db,
                &vault,
                &NewLine::by_operator(PORTAL, Action::WebhookAdded, ""),
                &new,
                now,
            )
            .await
        })
    });
    added.await.expect("it is added");
    told
}

/// An import of this number began at a tenant.
pub(crate) async fn happens(world: &World, tenant: TenantId, import: u64) {
    let now = world.clock.now();
    world
        .write(move |mut db| {
            Box::pin(async move {
                let event = Event::ImportStarted { import: ImportId(import) };
                let (integration, by) = (&qbo(), Some("Ann"));
                db.notify(NewEvent { tenant, integration, event: &event, by, now }).await
            })
        })
        .await;
}

/// An organisation of the portal.
pub(crate) async fn tenant(world: &World, name: &'static str) -> TenantId {
    world.write(move |mut db| Box::pin(async move { db.put_tenant(PORTAL, name, name).await })).await
}

/// The portal has an endpoint of this name, to which nothing is sent.
pub(crate) async fn silent(world: &World, name: &str) {
    let name = name.to_owned();
    let kept = world.write(move |mut db| {
        Box::pin(async move {
            if db.webhook(PORTAL, &name).await?.is_none() {
                let url = "https://silent.example/";
                let id = db
                    .add_webhook(&NewWebhook { name: &name, portal: PORTAL, url, kinds: None }, START)
                    .await?;
                db.disable_webhook(id, Why::Operator, START).await?;
            }
            Ok(())
        })
    });
    kept.await;
}
