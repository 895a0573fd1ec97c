//! The whole product on loopback: sandbox, proxy, recorder, demo portal, on three sites.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use portal::Patchbay;
use sandbox::{Client, Sandbox};
use tokio::sync::{Mutex, MutexGuard};

use crate::driver::Driver;
use crate::proxy::{Proxy, Setup};
use crate::recorder::Recorder;
use crate::secrets::leaks;
use crate::site::Site;

const CLIENT: &str = "ABdemo7clientPatchbay";
const CLIENT_SECRET: &str = "s3cret:of%the+client/Patchbay";

/// One world at a time: a browser that shares two cores with three others is slower than patience.
pub(crate) static ALONE: Mutex<()> = Mutex::const_new(());

/// Everything that runs. Dropping it ends the processes it started.
pub struct World {
    /// QuickBooks.
    pub sandbox: Sandbox,
    /// The proxy's process.
    pub proxy: Proxy,
    /// Between browser and proxy.
    pub line: Recorder,
    /// The demo portal.
    pub portal: portal::Running,
    /// Another page of the portal's, empty as yet, that may embed the store.
    pub host: Site,
    /// Chromium's driver.
    pub driver: Driver,
    store_url: String,
    api_key: String,
    _alone: MutexGuard<'static, ()>,
    _directory: tempfile::TempDir,
}

/// How QuickBooks changes refresh tokens in this run: `PATCHBAY_ROTATION`, which the tests of the proxy
/// read too, or `strict`.
fn rotation() -> Result<sandbox::Rotation> {
    let name = std::env::var("PATCHBAY_ROTATION").unwrap_or_else(|_| "strict".to_owned());
    serde_json::from_value(name.into()).context("PATCHBAY_ROTATION is intuit, grace or strict")
}

impl World {
    /// Starts everything. Each page of a list takes `latency` at the sandbox, so that an import can be watched.
    pub async fn start(latency: Duration) -> Result<Self> {
        let alone = ALONE.lock().await;
        // With PATCHBAY_KEEP set, the log and the database of a failed flow can be looked at.
        let keep = std::env::var_os("PATCHBAY_KEEP").is_some();
        let directory = tempfile::Builder::new().prefix("patchbay-flow-").disable_cleanup(keep).tempdir()?;
        let listen = free_port()?;
        let line = Recorder::start(listen).await?;
        let store_url = format!("http://store.localhost:{}", line.address().port());
        let sandbox = sandbox::start(sandbox::Config {
            public_url: Some("http://intuit.localhost:0".to_owned()),
            clients: vec![Client::new(
                CLIENT,
                CLIENT_SECRET,
                vec![format!("{store_url}/callback/quickbooks-online-local")],
            )],
            latency_per_page: latency,
            rotation: rotation()?,
            ..sandbox::Config::default()
        })
        .await?;
        let portal_listen = free_port()?;
        let portal_url = format!("http://portal.localhost:{}", portal_listen.port());
        let host = Site::start("host.localhost").await?;
        let setup = Setup {
            listen,
            public_url: &store_url,
            sandbox_url: sandbox.url(),
            client: (CLIENT, CLIENT_SECRET),
            origins: &[&portal_url, host.url()],
            dist: None,
        };
        let (proxy, api_key) = Proxy::start(directory.path(), &setup).await?;
        host.gives_sessions(Patchbay::new(&format!("http://{listen}"), &api_key)?);
        let portal = portal::start(portal::Config {
            listen: portal_listen,
            proxy_url: format!("http://{listen}"),
            store_url: store_url.clone(),
            api_key: api_key.clone(),
            public_url: portal_url,
            webhook_secret: None,
        })
        .await?;
        let driver = Driver::start().await?;
        Ok(Self {
            sandbox,
            proxy,
            line,
            portal,
            host,
            driver,
            store_url,
            api_key,
            _alone: alone,
            _directory: directory,
        })
    }

    /// A one-time link into the store for somebody with every right, as the portal's backend gets it.
    pub async fn link(&self, tenant: &str, organisation: &str, name: &str) -> Result<String> {
        let email = format!("{name}@example.com");
        let person = portal::Person { tenant: (tenant, organisation), visitor: (name, name, &email) };
        let backend = portal::Patchbay::new(&format!("http://{}", self.proxy.address()), &self.api_key)?;
        Ok(backend.link(&person).await?.url)
    }

    /// Where QuickBooks asks for consent, as a proxy would name it.
    pub fn consent_address(&self) -> String {
        format!(
            "{}/connect/oauth2?client_id={CLIENT}&response_type=code&scope=com.intuit.quickbooks.accounting\
             &redirect_uri={}/callback/quickbooks-online-local&state=a-picture-of-it-alone",
            self.sandbox.url(),
            self.store_url
        )
    }

    /// The store's origin.
    pub fn store_url(&self) -> &str {
        &self.store_url
    }

    /// OA-18, OA-19: no secret that was ever issued reached the browser, a log, or a file in the clear.
    pub fn refuse_leaks(&self) -> Result<()> {
        let issued = self.sandbox.ledger().secrets();
        if issued.len() < 4 {
            bail!("the sandbox issued next to nothing: this check would prove nothing");
        }
        self.refuse_leaks_of(issued)
    }

    /// The same where consent was refused, so that only codes and our own secrets can leak.
    pub fn refuse_leaks_if_any(&self) -> Result<()> {
        self.refuse_leaks_of(self.sandbox.ledger().secrets())
    }

    /// OA-17: over everything that was recorded, on both sides of the browser, only 302 and 303 redirect:
    /// other ones could send a form on to where it does not belong.
    pub fn refuse_odd_redirects(&self) -> Result<()> {
        let sent = String::from_utf8_lossy(&self.line.sent_to_browser()).into_owned();
        let of_proxy =
            sent.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 3")?.get(..2)?.parse().ok());
        let ledger = self.sandbox.ledger().entries();
        let of_sandbox = ledger.iter().filter_map(|entry| entry.status?.checked_sub(300));
        let statuses: Vec<u16> = of_proxy.chain(of_sandbox).filter(|status| *status < 100).collect();
        if !statuses.contains(&2) || !statuses.contains(&3) {
            bail!("no 302 and 303 was recorded, so this check would prove nothing: {statuses:?}");
        }
        // 304 answers a question about a copy.
        match statuses.iter().find(|status| ![2, 3, 4].contains(*status)) {
            Some(odd) => bail!("OA-17: a redirect by 3{odd:02}"),
            None => Ok(()),
        }
    }

    fn refuse_leaks_of(&self, mut secrets: Vec<String>) -> Result<()> {
        secrets.extend([CLIENT_SECRET.to_owned(), self.api_key.clone()]);
        let mut places = vec![("what reached the browser".to_owned(), self.line.sent_to_browser())];
        for path in self.proxy.kept_files()?.into_iter().chain([self.proxy.log()]) {
            places.push((path.display().to_string(), std::fs::read(&path)?));
        }
        let found: Vec<String> = places
            .iter()
            .flat_map(|(place, bytes)| {
                leaks(bytes, &secrets).into_iter().map(move |leak| format!("{place}: {leak}"))
            })
            .collect();
        if found.is_empty() { Ok(()) } else { bail!("secrets leaked: {}", found.join(", ")) }
    }
}

/// A loopback port that was free a moment ago, for processes that must be told theirs.
pub(crate) fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
