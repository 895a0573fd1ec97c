//! Opens the store by a one-time link and keeps when its page had painted how many records of a running
//! import: `cargo run -p e2e --example painted -- LINK`. Writes "watching", and what it kept as JSON
//! (milliseconds since 1970, records) as soon as a line is read. For `cargo xtask bench`.

use std::io::Write as _;
use std::time::Duration;

use e2e::driver::Driver;
use e2e::pages::portal;
use e2e::{Browser, Context as _, Result};

/// A message that is sent in an animation frame arrives after that frame is painted.
const WATCH: &str = "
    window.paints = [];
    let last = null;
    const look = () => {
        const words = document.querySelector('.import-line .numbers')?.textContent ?? '';
        const done = /^[\\d,]+/.exec(words)?.[0];
        if (done === undefined || done === last) return;
        last = done;
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () =>
                paints.push([performance.timeOrigin + performance.now(), Number(done.replaceAll(',', ''))]);
            port2.postMessage(0);
        });
    };
    new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
    look();";

#[tokio::main]
async fn main() -> Result<()> {
    let link = std::env::args().nth(1).context("name a link into the store")?;
    let driver = Driver::start().await?;
    let browser = Browser::open(&driver, 1280, 900).await?;
    portal::enter(&browser, &link).await?;
    e2e::clock::within(Duration::from_mins(1), "the banner", async || {
        Ok(browser.text().await?.contains("are being imported").then_some(()))
    })
    .await?;
    browser.script(WATCH).await?;
    say("watching")?;
    // Nothing else is to be done until then, so that waiting in the way of others is no harm.
    std::io::stdin().read_line(&mut String::new())?;
    say(&browser.script("return window.paints").await?.to_string())?;
    browser.close().await
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}
