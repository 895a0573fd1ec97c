//! Stores that come and go in one page leave nothing behind, neither there nor in the proxy. A few of
//! them here, two thousand in the long run.

use std::time::Duration;

use e2e::clock::within;
use e2e::framed::becomes;
use e2e::{Browser, Result, World};

/// Opened and closed one after the other, after those that warm everything up.
const STORES: u32 = if cfg!(feature = "deep") { 2000 } else { 25 };
const WARM: u32 = 10;
/// What a page's heap and a proxy's memory may differ by after a run of any length, in bytes.
const HEAP: u64 = 2_000_000;
const MEMORY: u64 = 24_000_000;

const SCRIPT: &str = "
  window.opened = 0;
  window.shift = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) shift += one.value; })
    .observe({ type: 'layout-shift', buffered: true });
  const give = async ({ target }) => {
    const answer = await fetch('/patchbay/session', { method: 'POST', headers: { 'x-host': '1' } });
    target.session = (await answer.json()).token;
  };
  const once = async () => {
    const store = document.createElement('patchbay-store');
    store.setAttribute('portal', 'demo');
    store.setAttribute('height', '600');
    const ready = new Promise((done) => store.addEventListener('patchbay:ready', done, { once: true }));
    store.addEventListener('patchbay:session-expiring', give);
    document.querySelector('#place').append(store);
    await ready;
    store.remove();
    opened++;
  };
  window.churn = async (count) => { for (let one = 0; one < count; one++) await once(); };";

/// What a page and a proxy hold on to.
#[derive(Debug, Clone, Copy)]
struct Held {
    frames: u64,
    documents: u64,
    listeners: u64,
    heap: u64,
    sockets: usize,
    memory: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_that_come_and_go_leave_nothing_behind() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let store = world.store_url();
    let element = format!("{store}/widget/{}/patchbay-store.js", env!("CARGO_PKG_VERSION"));
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><title>Host</title><script src=\"/page.js\"></script>\
         <script type=\"module\" src=\"{element}\"></script></head><body><h1>Host</h1>\
         <div id=\"place\" class=\"place\"></div><p>Below</p></body></html>"
    );
    let policy = format!("default-src 'self' {store}; frame-src {store}; style-src 'unsafe-inline'");
    let html = html.replace("</head>", "<style>.place { block-size: 600px }</style></head>");
    world.host.page("/", &policy, &html);
    world.host.script("/page.js", SCRIPT.as_bytes());
    let browser = Browser::open(&world.driver, 1000, 900).await?;
    browser.visit(world.host.url()).await?;

    churn(&browser, WARM).await?;
    let before = held(&browser, &world).await?;
    churn(&browser, STORES).await?;
    let after = within(Duration::from_mins(1), "everything to be given back", async || {
        let now = held(&browser, &world).await?;
        let same = now.frames <= before.frames && now.documents <= before.documents;
        Ok((same && now.sockets <= before.sockets && now.listeners <= before.listeners).then_some(now))
    })
    .await?;
    println!("{STORES} stores: {before:?} before, {after:?} after");
    assert!(after.heap <= before.heap + HEAP, "the page's heap grew: {before:?}, {after:?}");
    assert!(after.memory <= before.memory + MEMORY, "the proxy grew: {before:?}, {after:?}");
    assert_eq!(browser.script("return shift").await?, 0, "what stands around the element moved");
    browser.close().await
}

async fn churn(browser: &Browser, count: u32) -> Result<()> {
    browser.script(&format!("opened = 0; churn({count})")).await?;
    within(Duration::from_secs(u64::from(count) * 3 + 30), "the stores to open and close", async || {
        Ok((browser.script(&format!("return opened === {count}")).await? == true).then_some(()))
    })
    .await?;
    becomes(browser, "!document.querySelector('patchbay-store')").await
}

async fn held(browser: &Browser, world: &World) -> Result<Held> {
    browser.collect_garbage().await?;
    let metrics = browser.metrics().await?;
    let metric = |name: &str| metrics.get(name).copied().unwrap_or_default();
    Ok(Held {
        frames: metric("Frames"),
        documents: metric("Documents"),
        listeners: metric("JSEventListeners"),
        heap: metric("JSHeapUsedSize"),
        sockets: world.proxy.sockets()?,
        memory: world.proxy.memory()?,
    })
}
