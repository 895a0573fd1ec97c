//! What a connection can be in, as people meet it: paused, tested, refused by QuickBooks, switched off
//! while QuickBooks is away, and erased.

use std::time::Duration;

use e2e::clock::until;
use e2e::pages::{configuration, consent, portal, store};
use e2e::{Browser, Result, World};
use sandbox::{Failure, UK_REALM};

use crate::story::{assert_saved, map_and_save};

const COMPANY: &str = "Harbourside Supplies Ltd";
const REVOKE: &str = "/v2/oauth2/tokens/revoke";

/// A store with an imported company, at the integration's page.
pub(crate) async fn at_overview(world: &World) -> Result<Browser> {
    let browser = portal::opened(world).await?;
    store::switch_on(&browser).await?;
    consent::connect(&browser, COMPANY).await?;
    store::imported(&browser).await?;
    browser.press("link", "QuickBooks Online").await?;
    browser.find("button", "Test connection").await?;
    Ok(browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_tested_and_paused_and_goes_on() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = at_overview(&world).await?;
    browser.press("button", "Test connection").await?;
    browser.read(&format!("It works: QuickBooks has just answered for {COMPANY}.")).await?;
    world.sandbox.control().fail(Failure::new("/companyinfo", 503, 1));
    browser.press("button", "Test connection").await?;
    browser.read("QuickBooks did not answer. Try again in a while.").await?;
    browser.find("button", "Copy details").await?;

    browser.press("button", "Pause").await?;
    browser.read("Nothing is read or sent until somebody resumes.").await?;
    browser.refuse("Test connection").await?;
    browser.press("link", "All integrations").await?;
    browser.read("Paused").await?;
    store::press_next(&browser, "Resume").await?;
    browser.read("Needs configuration").await?;
    let tray = store::read_tray(&browser).await?;
    assert!(
        tray.contains("QuickBooks Online was paused.") && tray.contains("QuickBooks Online was resumed."),
        "{tray}"
    );
    browser.close().await?;
    world.refuse_leaks()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_the_sign_in_is_shown_after_switching_off() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = at_overview(&world).await?;
    world.sandbox.control().fail(Failure::new(REVOKE, 503, 1));
    browser.press("button", "Disconnect").await?;
    browser.press("button", "Switch off").await?;
    browser.read("Still being revoked: QuickBooks has not confirmed it yet.").await?;
    assert!(!store::is_on(&browser).await?);
    // The next try comes within seconds.
    browser.read("Revoked at QuickBooks").await?;
    let statuses: Vec<_> = world.sandbox.ledger().to(REVOKE).iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(503), Some(200)]);
    browser.close().await?;
    world.refuse_leaks()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rf_20_what_quickbooks_ended_is_connected_again_with_its_mappings() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = at_overview(&world).await?;
    configuration::open(&browser).await?;
    map_and_save(&browser).await?;
    browser.press("link", "Overview").await?;
    world.sandbox.control().disconnect(Some(UK_REALM));
    browser.press("button", "Test connection").await?;
    browser.read("Reconnect to go on. Every setting and mapping is kept.").await?;
    browser.press("link", "All integrations").await?;
    browser.read("Reconnect required").await?;
    browser.read("QuickBooks no longer accepts our sign-in").await?;
    store::press_next(&browser, "Reconnect").await?;
    browser.press("button", "Connect to QuickBooks").await?;
    consent::connect(&browser, COMPANY).await?;
    store::imported(&browser).await?;
    browser.read(&format!("Connected to {COMPANY}")).await?;
    browser.refuse("Reconnect required").await?;
    browser.press("link", "Open the configuration").await?;
    assert_saved(&browser).await?;
    browser.close().await?;
    world.refuse_leaks()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uninstalling_hands_out_the_file_and_erases_after_the_name_was_typed() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = at_overview(&world).await?;
    let downloads = tempfile::tempdir()?;
    browser.download_to(downloads.path()).await?;
    browser.press("button", "Uninstall").await?;
    browser.read("What is erased for good").await?;
    browser.press("button", "Download a copy first").await?;
    let file = downloads.path().join("quickbooks-online-configuration.csv");
    let text = until("the file", async || Ok(std::fs::read_to_string(&file).ok())).await?;
    assert!(text.starts_with("\u{feff}\"what\",\"id\""), "{text}");
    assert!(text.contains("\"taxes\""), "{text}");

    let erase = browser.find("button", "Erase and uninstall").await?;
    let field = browser.find_field("Type QuickBooks Online to confirm").await?;
    field.send_keys("QuickBooks").await?;
    assert!(!erase.is_enabled().await?, "that is not its name");
    field.send_keys(" online").await?;
    until("the button", async || Ok(erase.is_enabled().await?.then_some(()))).await?;
    erase.click().await?;
    browser.read("Not connected").await?;
    browser.refuse("Your settings are kept").await?;
    browser.read("Revoked at QuickBooks").await?;
    browser.press("link", "All integrations").await?;
    assert!(!store::is_on(&browser).await?);
    let tray = store::read_tray(&browser).await?;
    assert!(tray.contains("QuickBooks Online was uninstalled, and its data erased."), "{tray}");
    browser.close().await?;
    world.refuse_leaks()
}
