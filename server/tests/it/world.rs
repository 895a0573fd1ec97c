//! A proxy of one's own, in a directory of its own, with one portal and as many people as a test
//! needs. Its clock moves only when told to.

use futures_util::future::BoxFuture;
use protocol::ids::Moment;
use protocol::store::Permissions;
use server::Running;
use server::clock::Clock;
use server::config::{Assets, Config, Keys, Limits, Registration, Server, Storage};
use server::limits::Rate;
use server::state::Shared;
use server::store::api_keys::{NewKey, Scope, Scopes};
use server::store::ids::{SessionId, TenantId, VisitorId};
use server::store::portals::{NewVisitor, Portal};
use server::store::{Db, StoreError};
use server::vault::Secret;
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;

use crate::client::Client;

/// When every test begins.
pub(crate) const START: Moment = Moment(1_764_000_000_000);
/// The one portal.
pub(crate) const PORTAL: &str = "demo";
/// May do everything.
pub(crate) const ALL: Permissions = Permissions { view: true, configure: true, connect: true, import: true };

/// A proxy that is about to start: its address is known, its configuration can still be changed.
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) listener: TcpListener,
    pub(crate) clock: Clock,
    pub(crate) dir: TempDir,
}

/// A running proxy.
pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    pub(crate) dir: TempDir,
    /// The portal's API key.
    pub(crate) key: String,
}

/// Somebody with a session.
pub(crate) struct Person {
    pub(crate) session: SessionId,
    pub(crate) visitor: VisitorId,
    pub(crate) tenant: TenantId,
    /// The value of the `Cookie` header.
    pub(crate) cookie: String,
}

/// All of a test come from one address, at one moment of a clock that is held.
fn roomy() -> Limits {
    let rate = Rate::new(1000, 10_000);
    Limits {
        requests_per_key: rate,
        messages_per_session: rate,
        visits_per_address: rate,
        hellos_per_address: rate,
        sockets_per_address: 10_000,
        strangers_per_address: 10_000,
        sockets_per_tenant: 10_000,
        proxied_megabytes: 1,
    }
}

impl Plan {
    /// Takes a free port and a directory.
    pub(crate) async fn new() -> Self {
        let dir = TempDir::new().expect("a directory");
        let address = crate::ports::listener().local_addr().expect("bound");
        let listener = crate::ports::again(address).await;
        let config = Config {
            server: Server {
                listen: address,
                public_url: Url::parse(&format!("http://{address}")).expect("a URL"),
                trusted_proxies: Vec::new(),
            },
            storage: Storage { path: dir.path().join("patchbay.db") },
            keys: Keys { file: dir.path().join("patchbay.keys") },
            assets: Assets { dir: None },
            catalogue: server::config::Catalogue::default(),
            log: server::config::Log::default(),
            limits: roomy(),
            // Its clock is moved by days; what runs by night would be in the way.
            imports: server::config::Imports { nightly: None },
            webhooks: server::config::Webhooks::default(),
            retention: server::config::Retention::default(),
            metrics: server::config::Metrics::default(),
            sandbox: server::config::Sandbox::default(),
            registrations: Vec::new(),
        };
        Self { config, listener, clock: Clock::manual(START), dir }
    }

    /// The proxy's public origin.
    pub(crate) fn url(&self) -> String {
        self.config.server.public_url.origin().ascii_serialization()
    }

    /// Adds our client at a provider.
    pub(crate) fn register(mut self, registration: Registration) -> Self {
        self.config.registrations.push(registration);
        self
    }

    /// Starts it, with the portal and its key set up.
    pub(crate) async fn start(self) -> World {
        let running =
            server::start_on(self.listener, self.config, self.clock.clone()).await.expect("it starts");
        let key = Secret::random(&self.clock);
        let hash = key.digest();
        running
            .shared()
            .store
            .write(move |mut db| {
                Box::pin(async move {
                    let portal = Portal {
                        id: PORTAL.to_owned(),
                        name: "Demo Stock".to_owned(),
                        return_url: Some("http://portal.localhost:4100/".to_owned()),
                    };
                    db.put_portal(&portal, &[], START).await?;
                    let key =
                        NewKey { portal: PORTAL, hash, prefix: "test", scopes: Scopes::of(&Scope::ALL) };
                    db.add_api_key(&key, START).await
                })
            })
            .await
            .expect("the portal is set up");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        let key = key.lend(str::to_owned);
        World { running, clock: self.clock, http, dir: self.dir, key }
    }
}

impl World {
    /// A transaction of the test's own.
    pub(crate) async fn write<T, F>(&self, change: F) -> T
    where
        T: Send + 'static,
        F: for<'c> FnOnce(Db<'c>) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.app().store.write(change).await.expect("it is written")
    }

    /// A proxy with nothing registered.
    pub(crate) async fn start() -> Self {
        Plan::new().await.start().await
    }

    /// Stops it, and gives back its directory.
    pub(crate) async fn stop(self) -> TempDir {
        self.running.stop().await;
        self.dir
    }

    /// Stops it and starts it again, on the same files and address.
    pub(crate) async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// The same, with a configuration that was changed meanwhile.
    pub(crate) async fn restart_with(self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.app().config.clone();
        change(&mut config);
        let address = self.running.address();
        self.running.stop().await;
        let listener = crate::ports::again(address).await;
        let running = server::start_on(listener, config, self.clock.clone()).await.expect("it starts");
        Self { running, ..self }
    }

    /// An address of the proxy.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    /// The proxy's parts.
    pub(crate) fn app(&self) -> Shared {
        self.running.shared()
    }

    /// A session of a person of a tenant, both made when they are not there yet.
    pub(crate) async fn person(&self, tenant: &str, name: &str, permissions: Permissions) -> Person {
        self.person_of(PORTAL, tenant, name, permissions).await
    }

    /// The same in another portal, which is there.
    pub(crate) async fn person_of(
        &self,
        portal: &str,
        tenant: &str,
        name: &str,
        permissions: Permissions,
    ) -> Person {
        let secret = Secret::random(&self.clock);
        let hash = secret.digest();
        let (portal, tenant, name) = (portal.to_owned(), tenant.to_owned(), name.to_owned());
        let now = self.clock.now();
        let (session, visitor, tenant) = self
            .app()
            .store
            .write(move |mut db| {
                Box::pin(async move {
                    let tenant = db.put_tenant(&portal, &tenant, &format!("{tenant} Cycles")).await?;
                    let new = NewVisitor { external_id: &name, name: &name, email: None };
                    let visitor = db.put_visitor(tenant, &new).await?;
                    let session = db.add_session(hash, (visitor, permissions), "en", now).await?;
                    Ok::<_, StoreError>((session, visitor, tenant))
                })
            })
            .await
            .expect("the person is kept");
        let cookie = format!("__Host-patchbay={}", secret.lend(str::to_owned));
        Person { session, visitor, tenant, cookie }
    }

    /// A browser with this cookie enters by a link for a person of a tenant; gives its new cookie.
    pub(crate) async fn enter(&self, tenant: &str, name: &str, cookie: &str) -> String {
        let wish = serde_json::json!({
            "tenant": tenant, "tenant_name": format!("{tenant} Cycles"),
            "visitor": { "id": name, "name": name }, "permissions": ["view", "connect", "import"],
        });
        let asked = self.http.post(self.at("/api/v1/links")).bearer_auth(&self.key).json(&wish);
        let link: serde_json::Value = asked.send().await.expect("an answer").json().await.expect("a link");
        let press = self.http.post(link["url"].as_str().expect("a URL")).header("cookie", cookie);
        let press = press.header("origin", self.running.url()).header("sec-fetch-site", "same-origin");
        let entered = press.send().await.expect("an answer");
        let set = entered.headers()["set-cookie"].to_str().expect("text").to_owned();
        set.split(';').next().expect("a pair").to_owned()
    }

    /// What another program does to the database, as an operator's command does.
    pub(crate) async fn by_another_program(&self, statement: &'static str) {
        use sqlx::Connection as _;

        let path = &self.app().config.storage.path;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(true);
        let mut other = sqlx::SqliteConnection::connect_with(&options).await.expect("the database opens");
        sqlx::query(statement).execute(&mut other).await.expect("it is written");
        other.close().await.expect("closed");
    }

    /// A socket of this person that has been welcomed.
    pub(crate) async fn socket(&self, person: &Person) -> Client {
        Client::welcomed(self, &person.cookie, None).await
    }
}
