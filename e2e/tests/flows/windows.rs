//! Windows that do not open, are closed, go back or are loaded again (OA-24): every way ends in a
//! state that the store tells.

use std::time::Duration;

use e2e::clock::until;
use e2e::pages::{consent, portal, store};
use e2e::{Browser, Result, World};

const COMPANY: &str = "Harbourside Supplies Ltd";
const TOKENS: &str = "/oauth2/v1/tokens/bearer";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_24_a_blocked_popup_goes_on_in_this_tab() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    store::block_popups(&browser).await?;
    store::switch_on(&browser).await?;
    browser.read("No window? Your browser may have blocked it.").await?;
    assert_eq!(browser.web.windows().await?.len(), 1);
    browser.find("button", "Open again").await?;
    browser.press("button", "Open in this tab").await?;
    consent::connect_here(&browser, COMPANY).await?;

    browser.find("heading", "QuickBooks Online is connected").await?;
    let connected = browser.web.current_url().await?;
    assert_eq!(connected.path(), "/connected");
    assert!(connected.query_pairs().all(|(name, _)| name != "code" && name != "state"), "{connected}");

    // Back to the consent page, and agreeing there again, changes nothing.
    browser.web.back().await?;
    browser.press("button", "Connect").await?;
    browser.find("heading", "This sign-in link is no longer valid").await?;
    assert_eq!(world.sandbox.ledger().to(TOKENS).len(), 1);

    browser.visit(connected.as_str()).await?;
    browser.press("link", "Back to Northwind Stock").await?;
    until("the portal's own page", async || {
        Ok(browser.web.current_url().await?.as_str().starts_with(world.portal.url()).then_some(()))
    })
    .await?;
    browser.visit(world.store_url()).await?;
    browser.read(&format!("Connected to {COMPANY}")).await?;
    browser.close().await?;
    world.refuse_leaks()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_24_a_closed_window_can_be_opened_again() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    store::switch_on(&browser).await?;
    consent::close(&browser).await?;
    browser.read("Waiting for QuickBooks").await?;
    // The page cannot know that it is closed: under COOP a window at the provider looks the same.
    browser.read("If you have closed that window, open it again.").await?;
    browser.press("button", "Open again").await?;
    consent::connect(&browser, COMPANY).await?;
    browser.read(&format!("Connected to {COMPANY}")).await?;
    assert_eq!(world.sandbox.ledger().to(TOKENS).len(), 1);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_24_a_second_window_that_is_blocked_is_told() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    store::switch_on(&browser).await?;
    consent::close(&browser).await?;
    browser.read("Waiting for QuickBooks").await?;
    store::block_popups(&browser).await?;
    browser.press("button", "Open again").await?;
    browser.read("No window? Your browser may have blocked it.").await?;
    browser.press("button", "Cancel the sign-in").await?;
    until("the switch to be off again", async || Ok((!store::is_on(&browser).await?).then_some(()))).await?;
    assert!(world.sandbox.ledger().to(TOKENS).is_empty());
    browser.close().await
}

/// The dialog is gone, and nobody waits.
async fn nobody_waits(browser: &Browser) -> Result<()> {
    browser.read("You cancelled at QuickBooks. Nothing was changed.").await?;
    until("the end of the wait", async || {
        let text = browser.text().await?;
        Ok((!text.contains("Waiting for") && text.contains("Not connected")).then_some(()))
    })
    .await?;
    assert!(browser.look("dialog", "Connect QuickBooks Online").await?.is_none());
    assert!(!store::is_on(browser).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_24_a_cancel_in_the_second_window_ends_the_wait() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    store::switch_on(&browser).await?;
    consent::close(&browser).await?;
    browser.press("button", "Open again").await?;
    consent::cancel(&browser, COMPANY).await?;
    nobody_waits(&browser).await?;

    // So it is when the first window is still there.
    store::switch_on(&browser).await?;
    let first = consent::leave_open(&browser).await?;
    browser.press("button", "Open again").await?;
    consent::cancel_beside(&browser, COMPANY, &[first]).await?;
    nobody_waits(&browser).await?;
    assert!(world.sandbox.ledger().to(TOKENS).is_empty());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_24_an_older_window_is_over_when_a_newer_one_has_connected() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    store::switch_on(&browser).await?;
    let first = consent::leave_open(&browser).await?;
    browser.press("button", "Open again").await?;
    consent::connect_beside(&browser, COMPANY, std::slice::from_ref(&first)).await?;
    store::imported(&browser).await?;
    let read = world.sandbox.ledger().entries().len();

    let store = browser.web.window().await?;
    browser.web.switch_to_window(first).await?;
    consent::connect_here(&browser, sandbox::US_COMPANY).await?;
    browser.find("heading", "This sign-in link is no longer valid").await?;
    browser.web.close_window().await?;
    browser.web.switch_to_window(store).await?;
    browser.read(&format!("Connected to {COMPANY}")).await?;
    browser.refuse("This is another company than before").await?;
    let calls = world.sandbox.ledger().entries();
    let paths = calls[read..].iter().map(|call| call.path.as_str());
    let more: Vec<_> = paths.filter(|path| path.contains("/v3/") || path.contains("/tokens/")).collect();
    assert_eq!(more, Vec::<&str>::new(), "no second code, no second import");
    browser.close().await?;
    world.refuse_leaks()
}

/// Presses the dialog's button before the proxy can have answered: no turn of the page's loop is between.
const AT_ONCE: &str = "
  document.querySelector('[role=switch]').click();
  (async () => {
    for (let turn = 0; turn < 1000 && window.early === undefined; turn++) {
      await Promise.resolve();
      const form = document.querySelector('dialog[open] form');
      const button = [...form?.querySelectorAll('button') ?? []].find((one) => one.type === 'submit');
      if (!button) continue;
      window.early = form.elements.ticket.value === '';
      button.click();
    }
  })();";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_before_there_is_a_ticket_counts() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    browser.find("switch", "QuickBooks Online").await?;
    browser.script(AT_ONCE).await?;
    consent::connect(&browser, COMPANY).await?;
    browser.read(&format!("Connected to {COMPANY}")).await?;
    assert_eq!(browser.script("return early").await?, true);
    browser.close().await
}
