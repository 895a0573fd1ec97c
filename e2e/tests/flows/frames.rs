//! What crosses the frame's edge, and what does not, however hard somebody tries. The store's program
//! is left out here; `framed` tells why.

use e2e::clock::until;
use e2e::framed::{becomes, frame_of, inside, no_complaints};
use e2e::{Browser, Framed, Result};
use serde_json::json;

/// Frames the store as any page could, without the element, and keeps what it hears.
const BARE: &str = "
  window.heard = [];
  addEventListener('message', ({ source, origin, data }) =>
    heard.push({ origin, ours: source === document.querySelector('iframe').contentWindow, data }));
  const types = () => heard.map(({ data }) => data.type);
  const tell = (message, origin) => document.querySelector('iframe').contentWindow.postMessage(message, origin);
";
const TOKEN: &str = "tok_5f1d7c3b9a2e4d6f8b0a1c3e5d7f9b2d4f6a8c0e";

/// What an evil page does again and again to every window it can reach, from wherever it stands.
const EVIL: &str = "
  window.heard = [];
  window.attacks = 0;
  addEventListener('message', ({ origin }) => origin === 'STORE' && heard.push(origin));
  const messages = [
    { patchbay: 1, type: 'session', token: 'tok_of_the_evil_page_of_the_evil_page' },
    { patchbay: 1, type: 'settings', theme: 'dark', style: { '--accent': 'red' }, height: 1 },
    { patchbay: 1, type: 'ready' }, { patchbay: 1, type: 'opened' }, { patchbay: 1, type: 'escape' },
    { patchbay: 1, type: 'height', height: 4711 },
    { patchbay: 1, type: 'event', name: 'connected', detail: {} },
  ];
  setInterval(() => {
    const windows = Array.from({ length: top.length }, (_, at) => top[at]).concat(parent, top);
    for (const window of windows) for (const message of messages) window.postMessage(message, '*');
    attacks++;
  }, 50);
";

/// Another site; a sub-domain and another port of the portal's; names that look like it.
const EVIL_NAMES: [&str; 5] = [
    "evil.localhost",
    "sub.host.localhost",
    "host.localhost",
    "xhost.localhost",
    "host.localhost.evil.localhost",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn em_03_em_08_only_the_page_around_the_frame_is_heard() -> Result<()> {
    let world = Framed::start().await?;
    let policy = "default-src 'self' 'unsafe-inline'; frame-src *";
    world.evil.script("/evil.js", EVIL.replace("STORE", world.store_url()).as_bytes());
    world.evil.page("/", policy, "<title>evil</title><script src=\"/evil.js\"></script>");
    // What is sandboxed has the origin `null`; it counts as an attack of the page around it.
    let null = "<script>window.attacks = 0; addEventListener('message', ({ origin }) => attacks += origin === 'null')</script>\
                <iframe sandbox=\"allow-scripts\" src=\"/\"></iframe>";
    world.evil.page("/null", policy, null);
    let mut pages = EVIL_NAMES.map(|name| format!("{}/", world.evil.under(name))).to_vec();
    pages.push(format!("{}/null", world.evil.url()));
    let pages = pages.iter().map(|page| format!("<iframe class=\"evil\" src=\"{page}\"></iframe>"));
    // One frame in sight of every script, one inside the element, which no other page can name.
    let body = format!(
        "<iframe id=\"bare\" src=\"{}/embed/demo\"></iframe><patchbay-store portal=\"demo\"></patchbay-store>{}",
        world.store_url(),
        pages.collect::<Vec<_>>().concat()
    );
    let script = "window.told = []; window.ready = 0;
        addEventListener('message', ({ source, data }) => {
          ready += source === document.getElementById('bare').contentWindow && data.type === 'ready';
        });
        for (const name of ['ready', 'connected', 'session-expiring'])
          addEventListener('patchbay:' + name, ({ detail }) => told.push([name, detail.reason]));";
    let browser = world.open(&body, script).await?;
    becomes(&browser, "told.length > 0 && ready === 1").await?;
    attacked(&browser).await?;
    let state = "return [patchbay.session() ?? null, document.documentElement.dataset.theme ?? null, \
                 document.documentElement.style.getPropertyValue('--accent')]";
    let bare = "document.getElementById('bare')";
    assert_eq!(inside(&browser, bare, state).await?, json!([null, null, ""]));
    let frame = frame_of(0);
    // The element has told its frame that the theme is the visitor's own.
    assert_eq!(inside(&browser, &frame, state).await?, json!([null, null, ""]));
    assert_eq!(browser.script("return told").await?, json!([["session-expiring", "needed"]]));
    let height = browser.script(&format!("return {frame}.style.blockSize")).await?;
    assert_ne!(height, "4711px");
    browser.close().await
}

/// Waits until every evil page has attacked anew, and that none has heard anything of the store's.
async fn attacked(browser: &Browser) -> Result<()> {
    for at in 0..=EVIL_NAMES.len() {
        let frame = format!("document.querySelectorAll('.evil')[{at}]");
        inside(browser, &frame, "window.attacks = 0").await?;
        until(&format!("an attack of frame {at}"), async || {
            let attacks = inside(browser, &frame, "return window.attacks").await?;
            Ok(attacks.as_u64().filter(|attacks| *attacks > 1))
        })
        .await?;
        let heard = inside(browser, &frame, "return window.heard ?? []").await?;
        assert_eq!(heard, json!([]), "{at}: nothing is sent to anybody else");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn em_01_em_08_a_page_that_is_not_the_portals_frames_an_error() -> Result<()> {
    let world = Framed::start().await?;
    let html = format!("<title>evil</title><iframe src=\"{}/embed/demo\"></iframe>", world.store_url());
    world.evil.page("/", "default-src 'none'; frame-src *", &html);
    let browser = world.open("", "").await?;
    for name in ["evil.localhost", "sub.host.localhost", "host.localhost"] {
        browser.visit(&world.evil.under(name)).await?;
        let shown =
            inside(&browser, "document.querySelector('iframe')", "return document.documentElement.outerHTML");
        let shown = shown.await?.to_string();
        assert!(!shown.contains("In the frame") && !shown.contains("data-portal"), "{name}: {shown}");
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn em_03_what_has_no_shape_is_dropped_and_a_flood_is_cut() -> Result<()> {
    let world = Framed::start().await?;
    let body = format!("<iframe src=\"{}/embed/demo\"></iframe>", world.store_url());
    let browser = world.open(&body, BARE).await?;
    becomes(&browser, "types().includes('ready')").await?;
    let frame = "document.querySelector('iframe')";
    let store = world.store_url();
    // While nobody has spoken there is no height and nothing else, but `ready`, which holds no data.
    assert_eq!(browser.script("return types()").await?, json!(["ready"]));
    assert_eq!(
        browser.script("return Object.keys(heard[0].data).sort()").await?,
        json!(["patchbay", "type"])
    );
    let wrong = "null, 1, 'session', [], {}, { type: 'session', token: T }, { patchbay: 2, type: 'session', token: T }, \
        { patchbay: '1', type: 'session', token: T }, { patchbay: 1, type: 'toString' }, { patchbay: 1, type: '__proto__' }, \
        { patchbay: 1, type: 'session' }, { patchbay: 1, type: 'session', token: 7 }, { patchbay: 1, type: 'session', token: [T] }, \
        { patchbay: 1, type: 'session', token: '' }, { patchbay: 1, type: 'session', token: T.repeat(99) }, \
        { patchbay: 1, type: 'session', token: '<script>alert(1)</' + 'script>' }";
    browser
        .script(&format!("const T = '{TOKEN}'; for (const one of [{wrong}]) tell(one, '{store}')"))
        .await?;
    // What comes after them is taken, so they were all looked at.
    browser
        .script(&format!(
            "tell({{ patchbay: 1, type: 'settings', theme: 'dark', height: 'auto' }}, '{store}')"
        ))
        .await?;
    becomes(&browser, "types().includes('height')").await?;
    let state = "return [patchbay.session() ?? null, document.documentElement.dataset.theme]";
    assert_eq!(inside(&browser, frame, state).await?, json!([null, "dark"]));

    // 10,000 at once: fifty change something. Each change is one record, as each message is one task.
    let count = "window.changes = 0; new MutationObserver((all) => { changes += all.length })\
                 .observe(document.documentElement, { attributeFilter: ['data-theme'] })";
    inside(&browser, frame, count).await?;
    let heard = "window.messages = 0; addEventListener('message', () => messages++)";
    inside(&browser, frame, heard).await?;
    let flood = format!(
        "for (let at = 0; at < 10000; at++) tell({{ patchbay: 1, type: 'settings', theme: at % 2 ? 'dark' : 'light' }}, '{store}');
         for (let at = 0; at < 10000; at++) tell({{ patchbay: at, type: 'flood' }}, '{store}');"
    );
    browser.script(&flood).await?;
    until("the whole flood", async || {
        Ok((inside(&browser, frame, "return messages").await? == 20_000).then_some(()))
    })
    .await?;
    let changes = inside(&browser, frame, "return window.changes").await?.as_u64().unwrap_or(u64::MAX);
    assert!((30..=150).contains(&changes), "{changes} messages were taken within less than three seconds");
    let all_ours = "heard.every(({ origin, ours, data }) => ours && data.patchbay === 1 && origin === location.protocol \
                    + '//store.localhost:' + new URL(document.querySelector('iframe').src).port)";
    becomes(&browser, all_ours).await?;
    no_complaints(&browser).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn em_06_a_token_goes_from_the_property_into_the_frame_and_nowhere_else() -> Result<()> {
    let world = Framed::start().await?;
    let script = format!(
        "addEventListener('patchbay:session-expiring', ({{ target, detail }}) => {{
           if (detail.reason === 'needed') target.session = '{TOKEN}';
         }});"
    );
    let browser = world.open("<patchbay-store portal=\"demo\"></patchbay-store>", &script).await?;
    let frame = frame_of(0);
    becomes(&browser, &format!("{frame}.style.blockSize === '701px'")).await?;
    // Neither the page's elements nor any address nor any storage holds it.
    let places = "const store = document.querySelector('patchbay-store');
        return [document.body.outerHTML, store.shadowRoot.innerHTML, String(store.session), location.href,
          JSON.stringify(performance.getEntries()), JSON.stringify({ ...localStorage, ...sessionStorage }),
          document.cookie, JSON.stringify(history.state)].join()";
    let places = browser.script(places).await?.to_string();
    assert!(places.contains("/embed/demo") && !places.contains(TOKEN), "{places}");
    let taken = "return [patchbay.session(), patchbay.session() ?? null, location.href, document.referrer, \
                 document.cookie, JSON.stringify({ ...localStorage, ...sessionStorage })]";
    let taken = inside(&browser, &frame, taken).await?;
    let address = format!("{}/embed/demo", world.store_url());
    assert_eq!(taken, json!([TOKEN, null, address, "", "", "{}"]), "it is taken once, and kept nowhere");
    for (place, text) in [
        ("the host's log", world.host.asked()),
        ("the proxy's log", std::fs::read_to_string(world.proxy.log())?),
    ] {
        assert!(!text.contains(TOKEN), "{place}");
    }
    no_complaints(&browser).await?;
    browser.close().await
}
