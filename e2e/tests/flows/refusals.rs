//! What is refused, and that nothing is lost by it.

use std::time::Duration;

use e2e::pages::{consent, keys, portal, store};
use e2e::{Browser, Key, Result, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_at_consent_changes_nothing() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    store::switch_on(&browser).await?;
    consent::cancel(&browser, "Harbourside Supplies Ltd").await?;
    browser.read("You cancelled at QuickBooks. Nothing was changed.").await?;
    assert!(!store::is_on(&browser).await?);
    assert!(world.sandbox.ledger().to("/oauth2/v1/tokens/bearer").is_empty());
    browser.close().await?;
    world.refuse_leaks_if_any()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_company_is_never_swapped_silently() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    store::switch_on(&browser).await?;
    consent::connect(&browser, "Harbourside Supplies Ltd").await?;
    store::imported(&browser).await?;
    store::switch_off(&browser).await?;
    browser.read("is disconnected. Your settings are kept.").await?;

    store::switch_on(&browser).await?;
    consent::connect(&browser, sandbox::US_COMPANY).await?;
    browser.find("heading", "This is another company than before").await?;
    browser.read("Harbourside Supplies Ltd").await?;
    // Without an answer the question stays, also where the tile says what comes next.
    keys::press(&browser, Key::Escape).await?;
    store::press_next(&browser, "Decide").await?;
    browser.press("button", "Cancel, keep everything as it was").await?;
    browser.read("Last connected to Harbourside Supplies Ltd").await?;
    assert!(!store::is_on(&browser).await?);

    store::switch_on(&browser).await?;
    consent::connect(&browser, sandbox::US_COMPANY).await?;
    browser.press("button", "Connect and archive the old mappings").await?;
    browser.read(&format!("Connected to {}", sandbox::US_COMPANY)).await?;
    store::imported(&browser).await?;
    browser.close().await?;
    world.refuse_leaks()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_without_a_portal_says_where_it_opens() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = Browser::open(&world.driver, 1280, 900).await?;
    browser.visit(world.store_url()).await?;
    browser.find("heading", "You are not signed in here").await?;
    browser.read("Open the store from your portal, which signs you in.").await?;
    browser.visit(&format!("{}/embed/demo", world.store_url())).await?;
    browser.find("heading", "The store opens inside your portal").await?;

    // Signed in from another tab, the page that was left needs nothing but to be loaded again.
    browser.visit(world.store_url()).await?;
    browser.find("heading", "You are not signed in here").await?;
    let left = browser.web.window().await?;
    let tab = browser.web.new_tab().await?;
    browser.web.switch_to_window(tab).await?;
    portal::open_store(&browser, &world).await?;
    browser.web.close_window().await?;
    browser.web.switch_to_window(left).await?;
    browser.press("button", "Load again").await?;
    browser.find("heading", "Integrations").await?;
    browser.find("switch", "QuickBooks Online").await?;
    browser.close().await
}
