//! The element in a React 19 page: session as a property, events as listeners, shown and hidden by state.

use e2e::clock::until;
use e2e::framed::{becomes, frame_of, inside};
use e2e::{Browser, Framed, Result};

/// How often the store asked for a session, as React's own list says.
const ASKED: &str = "[...document.querySelectorAll('li')].filter((one) => one.textContent === 'patchbay:session-expiring').length";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn react_draws_the_element_hears_it_and_takes_it_away() -> Result<()> {
    let world = Framed::start().await?;
    world.host.react_page(&world.strict(), world.store_url())?;
    let browser = Browser::open(&world.driver, 1000, 800).await?;
    browser.visit(world.host.url()).await?;
    browser.find("heading", "React page").await?;
    becomes(&browser, &format!("{ASKED} === 1")).await?;
    let store = "document.querySelector('patchbay-store')";
    let attributes = format!("{store}.getAttribute('portal') === 'demo' && !{store}.hasAttribute('session')");
    becomes(&browser, &attributes).await?;
    // What React's state holds went into the frame as a property, and into no attribute.
    becomes_given(&browser).await?;

    browser.press("button", "Take the store away").await?;
    becomes(&browser, "document.querySelectorAll('patchbay-store').length === 1").await?;
    browser.press("button", "Put the store back").await?;
    becomes(&browser, &format!("{ASKED} === 2 && !!{}", frame_of(0))).await?;

    browser.press("button", "Open as a dialog").await?;
    becomes(&browser, &format!("{ASKED} === 3")).await?;
    let address = format!("{}.src.endsWith('/embed/demo/integrations/quickbooks-online')", frame_of(1));
    becomes(&browser, &address).await?;
    browser.close().await
}

/// Waits until the frame of the first element has a session's token.
async fn becomes_given(browser: &Browser) -> Result<()> {
    until("a session in the frame", async || {
        let token = inside(browser, &frame_of(0), "return patchbay.session()").await?;
        Ok(token.as_str().is_some_and(|token| token.len() >= 40).then_some(()))
    })
    .await
}
