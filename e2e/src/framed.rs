//! The embedding alone: the real proxy with its frame's document, its frame's script and its element,
//! but a document without the program, so that what crosses the frame's edge can be looked at.

use std::path::Path;

use anyhow::Result;
use portal::Patchbay;
use serde_json::Value;
use tokio::sync::MutexGuard;

use crate::clock::until;
use crate::driver::Driver;
use crate::proxy::{Proxy, Setup};
use crate::site::Site;
use crate::world::{ALONE, free_port};
use crate::{Browser, Context as _};

/// What stands in the frame: content of a height that a test can change.
const DOCUMENT: &str = "<!doctype html><html lang=\"en\"><head><title>frame</title>\
     <link rel=\"stylesheet\" href=\"/frame.css\"></head><body><div id=\"app\"><p>In the frame</p>\
     <button>Inside</button></div></body></html>";
const STYLE: &str = "html, body, p { margin: 0 } #app { display: flow-root; block-size: 700.4px }";

/// A proxy and two sites: the portal `demo` may be embedded by one of them.
pub struct Framed {
    /// The portal's page.
    pub host: Site,
    /// Nobody's page.
    pub evil: Site,
    /// Chromium's driver.
    pub driver: Driver,
    /// The proxy's process.
    pub proxy: Proxy,
    store_url: String,
    _alone: MutexGuard<'static, ()>,
    _directory: tempfile::TempDir,
}

impl Framed {
    /// Starts them.
    pub async fn start() -> Result<Self> {
        let alone = ALONE.lock().await;
        let directory = tempfile::tempdir()?;
        let dist = directory.path().join("dist");
        write(&dist)?;
        let listen = free_port()?;
        let store_url = format!("http://store.localhost:{}", listen.port());
        let (host, evil) = (Site::start("host.localhost").await?, Site::start("evil.localhost").await?);
        let setup = Setup {
            listen,
            public_url: &store_url,
            sandbox_url: "http://127.0.0.1:9",
            client: ("ABnobody", "nobody's secret"),
            origins: &[host.url(), "https://app.host.example"],
            dist: Some(&dist),
        };
        let (proxy, api_key) = Proxy::start(directory.path(), &setup).await?;
        host.gives_sessions(Patchbay::new(&format!("http://{listen}"), &api_key)?);
        let driver = Driver::start().await?;
        Ok(Self { host, evil, driver, proxy, store_url, _alone: alone, _directory: directory })
    }

    /// The store's origin.
    pub fn store_url(&self) -> &str {
        &self.store_url
    }

    /// A policy as strict as a page that embeds the store can have.
    pub fn strict(&self) -> String {
        let store = &self.store_url;
        format!(
            "default-src 'none'; script-src 'self' {store}; frame-src {store} {evil} http://*.localhost:*; \
             style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; base-uri 'none'",
            evil = self.evil.url()
        )
    }

    /// Opens a page at the portal's site with this body, with the element's script and one of its own.
    pub async fn open(&self, body: &str, script: &str) -> Result<Browser> {
        let element = format!("{}/widget/{}/patchbay-store.js", self.store_url, env!("CARGO_PKG_VERSION"));
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><title>Host</title><script src=\"/page.js\"></script>\
             <script type=\"module\" src=\"{element}\"></script></head><body>{body}</body></html>"
        );
        self.host.page("/", &self.strict(), &html);
        self.host.script("/page.js", script.as_bytes());
        let browser = Browser::isolated(&self.driver, 1000, 800).await?;
        browser.visit(self.host.url()).await?;
        Ok(browser)
    }
}

fn write(dist: &Path) -> Result<()> {
    std::fs::create_dir(dist)?;
    std::fs::write(dist.join("index.html"), DOCUMENT)?;
    Ok(std::fs::write(dist.join("frame.css"), STYLE)?)
}

/// Waits until a script of the page says `true`.
pub async fn becomes(browser: &Browser, expression: &str) -> Result<()> {
    until(expression, async || {
        Ok((browser.script(&format!("return ({expression})")).await? == true).then_some(()))
    })
    .await
}

/// Runs a script inside the frame that a script of the page names, and comes back to the page.
pub async fn inside(browser: &Browser, frame: &str, script: &str) -> Result<Value> {
    let found = browser.web.execute(format!("return {frame}"), Vec::new()).await?;
    found.element().context("there is such a frame")?.enter_frame().await?;
    let said = browser.script(script).await;
    browser.web.enter_default_frame().await?;
    said
}

/// The frame of the page's nth element.
pub fn frame_of(element: usize) -> String {
    format!("document.querySelectorAll('patchbay-store')[{element}].shadowRoot.querySelector('iframe')")
}

/// Fails when the page complained about anything.
pub async fn no_complaints(browser: &Browser) -> Result<()> {
    let complaints = browser.complaints().await?;
    anyhow::ensure!(complaints.is_empty(), "the page complained: {complaints:?}");
    Ok(())
}
