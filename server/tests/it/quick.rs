//! A proxy in front of QuickBooks as the sandbox plays it, and people who connect.

use protocol::ids::IntegrationId;
use protocol::import::{ImportSnapshot, List, ListProgress, ListState};
use protocol::message::Answer;
use protocol::notification::Event;
use protocol::store::Connection;
use sandbox::{Rotation, Sandbox};
use server::config::{Config, Registration};
use server::connections::{self, ConnectionRow};
use server::error::Refusal;
use server::state::{App, Visitor};
use server::store::{Db, StoreError};
use server::vault::Secret;
use std::sync::Arc;
use url::Url;

use crate::client::BOUND;
use crate::world::{ALL, Person, Plan, World};

/// Full of what breaks naive Basic authentication.
pub(crate) const CLIENT: &str = "id:with %+/ ümlaut";
pub(crate) const SECRET: &str = "secret:%2F+ /?&= ü\u{20ac}";
/// A path of the token endpoint, and of the revocation endpoint.
pub(crate) const TOKEN: &str = "/tokens/bearer";
pub(crate) const REVOKE: &str = "/tokens/revoke";

/// Pages of one run that are under way at once.
pub(crate) const PAGES_AT_ONCE: usize = 6;

/// A proxy and its QuickBooks.
pub(crate) struct Quick {
    pub(crate) world: World,
    pub(crate) sandbox: Sandbox,
}

/// A browser on its way to QuickBooks.
pub(crate) struct Away {
    /// The provider's page.
    pub(crate) authorize: Url,
    /// The value of the `Cookie` header at the callback.
    pub(crate) cookie: String,
    /// Our page that led there.
    pub(crate) page: String,
}

/// An answer of ours to a browser.
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) headers: reqwest::header::HeaderMap,
}

pub(crate) fn qbo() -> IntegrationId {
    IntegrationId::new("quickbooks-online").expect("an id")
}

/// Our client, of this name, at a sandbox.
pub(crate) fn registration(id: &str, origin: &str) -> Registration {
    Registration {
        id: id.to_owned(),
        integration: "quickbooks-online".to_owned(),
        environment: "local".to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: Secret::new(SECRET),
        origin: Some(Url::parse(origin).expect("an origin")),
        consumer: None,
        verifier_token: None,
    }
}

/// The variable that names how QuickBooks changes refresh tokens in this run.
const ROTATION: &str = "PATCHBAY_ROTATION";

/// How QuickBooks changes refresh tokens in this run: `intuit`, `grace` or, unless it is said, `strict`.
pub(crate) fn rotation() -> Rotation {
    match std::env::var(ROTATION) {
        Ok(name) => serde_json::from_value(name.into()).expect("intuit, grace or strict"),
        Err(_) => Rotation::Strict,
    }
}

/// Settings of a QuickBooks that knows these apps.
pub(crate) fn quickbooks(clients: Vec<sandbox::Client>) -> sandbox::Config {
    sandbox::Config { clients, rotation: rotation(), ..sandbox::Config::default() }
}

impl Quick {
    /// A proxy whose client the sandbox knows.
    pub(crate) async fn start() -> Self {
        let plan = Plan::new().await;
        let redirect = format!("{}/callback/qbo", plan.url());
        let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![redirect])];
        let sandbox = sandbox::start(quickbooks(clients)).await.expect("the sandbox starts");
        let world = plan.register(registration("qbo", sandbox.url())).start().await;
        Self { world, sandbox }
    }

    /// Does something in a transaction, for a person.
    pub(crate) async fn does<F, T>(&self, person: &Person, what: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(
                &'a mut Db<'_>,
                &'a App,
                &'a Visitor,
            ) -> futures_util::future::BoxFuture<'a, Result<T, Refusal>>
            + Send
            + 'static,
    {
        let (app, id, now) = (self.world.app(), person.session, self.world.clock.now());
        let shared = Arc::clone(&app);
        app.store
            .write(move |mut db| {
                Box::pin(async move {
                    let session = db.session(id, now).await?.expect("the session lives");
                    what(&mut db, &shared, &session.who).await
                })
            })
            .await
    }

    pub(crate) async fn ticket(&self, person: &Person) -> String {
        let answer = self
            .does(person, |db, app, who| {
                Box::pin(async move { connections::prepare(db, app, who, &qbo()).await })
            })
            .await;
        match answer.expect("a ticket") {
            Answer::Ticket(ticket) => ticket,
            other => panic!("not a ticket: {other:?}"),
        }
    }

    pub(crate) async fn disconnect(&self, person: &Person) {
        self.does(person, |db, app, who| {
            Box::pin(async move { connections::disconnect(db, app, who, &qbo()).await })
        })
        .await
        .expect("it is switched off");
    }

    pub(crate) async fn cancel(&self, person: &Person) {
        self.does(person, |db, app, who| {
            Box::pin(async move { connections::cancel(db, app, who, &qbo()).await })
        })
        .await
        .expect("it is given up");
    }

    /// What the tenant's log says, the newest first.
    pub(crate) async fn events(&self, person: &Person) -> Vec<Event> {
        let (app, tenant) = (self.world.app(), person.tenant);
        let read = app.store.read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.newest_events(tenant, 100).await })
        });
        read.await.expect("read").into_iter().map(|entry| entry.event).collect()
    }

    pub(crate) async fn decide(&self, person: &Person, replace: bool) -> Result<Answer, Refusal> {
        self.does(person, move |db, app, who| {
            Box::pin(async move { connections::decide(db, app, who, &qbo(), replace).await })
        })
        .await
    }

    /// `POST /connect/...` as our own page sends it.
    pub(crate) async fn post_connect(&self, ticket: &str, cookie: &str) -> reqwest::Response {
        self.world
            .http
            .post(self.world.at("/connect/quickbooks-online"))
            .header("origin", self.world.running.url())
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookie)
            .form(&[("ticket", ticket)])
            .send()
            .await
            .expect("an answer")
    }

    /// Goes as far as the provider's page.
    pub(crate) async fn leave(&self, person: &Person, cookie: &str) -> Away {
        self.leave_with(&self.ticket(person).await, cookie).await
    }

    /// The same with a ticket that is there already.
    pub(crate) async fn leave_with(&self, ticket: &str, cookie: &str) -> Away {
        let answer = self.post_connect(ticket, cookie).await;
        assert_eq!(answer.status(), 200);
        let set = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
        let page = answer.text().await.expect("a page");
        let (_, rest) = page.split_once("class=\"button\" href=\"").expect("a link");
        let href = rest.split_once('"').expect("its end").0.replace("&amp;", "&");
        let cookie = set.split(';').next().expect("a pair").to_owned();
        Away { authorize: Url::parse(&href).expect("a URL"), cookie, page }
    }

    /// Where the browser is sent after consent to a company.
    pub(crate) async fn consent(&self, away: &Away, company: &str) -> Url {
        sandbox::consent(away.authorize.as_str(), company).await.expect("consent")
    }

    pub(crate) async fn visit(&self, url: &Url, cookie: &str) -> Seen {
        let sent = self.world.http.get(url.clone()).header("cookie", cookie).send().await;
        let answer = sent.expect("an answer");
        let location = answer.headers().get("location").map(|value| value.to_str().expect("text").to_owned());
        Seen {
            status: answer.status().as_u16(),
            location: location.unwrap_or_default(),
            headers: answer.headers().clone(),
        }
    }

    /// The whole way; gives the word of the clean address.
    pub(crate) async fn connect(&self, person: &Person, company: &str) -> String {
        let away = self.leave(person, "").await;
        let back = self.consent(&away, company).await;
        let seen = self.visit(&back, &away.cookie).await;
        assert_eq!(seen.status, 303, "{}", seen.location);
        result(&seen.location)
    }

    /// Connects, and leaves the import waiting at QuickBooks, so that nobody but the test asks for tokens.
    pub(crate) async fn connect_quietly(&self, person: &Person, company: &str) {
        self.sandbox.control().pause_queries();
        assert_eq!(self.connect(person, company).await, "connected");
        let queries = format!("{}/query", self.row(person).await.company_id.expect("a company"));
        let counted = |import: &ImportSnapshot| wanted(import).all(|list| list.total.is_some());
        let import = crate::imports::until(self, person, counted).await;
        let (counts, pages) = (wanted(&import).count() - 1, pages_under_way(&import));
        let asked = self.sandbox.ledger().asked_at(&queries, counts + pages, BOUND).await;
        assert_eq!(asked.len(), counts + pages);
    }

    pub(crate) async fn row(&self, person: &Person) -> ConnectionRow {
        let tenant = person.tenant;
        let row = self
            .world
            .app()
            .store
            .read::<_, StoreError, _>(move |mut db| {
                Box::pin(async move { connections::of(&mut db, tenant, &qbo()).await })
            })
            .await;
        row.expect("read").expect("a connection")
    }

    pub(crate) async fn view(&self, person: &Person) -> Connection {
        let (app, tenant) = (self.world.app(), person.tenant);
        let shared = Arc::clone(&app);
        let views = app
            .store
            .read::<_, StoreError, _>(move |mut db| {
                Box::pin(async move { connections::view(&mut db, &shared, tenant).await })
            })
            .await;
        views.expect("read").remove(0).view
    }

    /// Requests that reached a path of the sandbox.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.sandbox.ledger().to(path).len()
    }

    /// The proxy stops and starts again, on the same files and address.
    pub(crate) async fn restart(self) -> Self {
        let Self { world, sandbox } = self;
        Self { world: world.restart().await, sandbox }
    }

    /// The same, and its provider is somewhere else from now on.
    pub(crate) async fn moved_to(self, origin: &str) -> Self {
        let Self { world, sandbox } = self;
        let moved = |config: &mut Config| config.registrations = vec![registration("qbo", origin)];
        Self { world: world.restart_with(moved).await, sandbox }
    }

    pub(crate) async fn ann(&self) -> Person {
        self.world.person("acme", "Ann", ALL).await
    }
}

/// The lists of a run that the company has.
pub(crate) fn wanted(import: &ImportSnapshot) -> impl Iterator<Item = &ListProgress> {
    import.lists.iter().filter(|list| !matches!(list.state, ListState::Skipped(_)))
}

/// How many pages of a run are under way while none is answered: those of the lists that wait for no other,
/// as far as a run may have so many.
fn pages_under_way(import: &ImportSnapshot) -> usize {
    let apart = [List::Company, List::TaxCodes];
    let lists = wanted(import).filter(|list| !apart.contains(&list.list));
    let pages: u32 = lists.map(|list| list.total.unwrap_or_default().div_ceil(25).max(1)).sum();
    usize::try_from(pages).expect("few").min(PAGES_AT_ONCE)
}

/// The `result` of a clean address.
pub(crate) fn result(location: &str) -> String {
    let query = location.strip_prefix("/connected?").expect("the clean page");
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "result").expect("a result").1.into_owned()
}
