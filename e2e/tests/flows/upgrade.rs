//! The upgrade from OAuth 1.0: the tile says it, the banner explains it, connecting keeps everything.

use std::time::Duration;

use e2e::pages::{configuration, consent, portal, store, upgrade};
use e2e::{Result, World};
use sandbox::{UK_COMPANY, UK_REALM};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_connection_is_upgraded_and_keeps_its_settings_and_mappings() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    let told = upgrade::load(&world, "harbour", UK_REALM, "Harbourside, under its old name").await?;
    assert!(told.contains("1 loaded"), "{told}");

    // The page is not touched: tile, banner and tray come by themselves.
    browser.read("Upgrade required").await?;
    browser.read("Connected to Harbourside, under its old name under OAuth 1.0 · until").await?;
    browser.read("must be connected again under OAuth 2.0 by").await?;
    browser.read("every setting and mapping is kept").await?;
    assert!(browser.text().await?.contains("2030"), "the deadline");
    assert!(store::is_on(&browser).await?);
    let tray = store::read_tray(&browser).await?;
    assert!(
        tray.contains("Harbourside, under its old name: QuickBooks Online must be connected again"),
        "{tray}"
    );

    // Whoever closes the banner has read it, on the next page too; the tile goes on saying it.
    browser.press("button", "Close").await?;
    browser.lose("must be connected again under OAuth 2.0 by").await?;
    browser.web.refresh().await?;
    browser.read("Upgrade required").await?;
    browser.refuse("must be connected again under OAuth 2.0 by").await?;

    browser.visit(&format!("{}/help/quickbooks-oauth2", world.store_url())).await?;
    browser.read("0 of 4 steps done for your organisation").await?;
    browser.press("button", "Upgrade and sign in").await?;
    browser.find("heading", "Upgrade QuickBooks Online to OAuth 2.0").await?;
    browser.read("Choose Harbourside, under its old name again").await?;
    browser.press("button", "Connect to QuickBooks").await?;
    consent::connect(&browser, UK_COMPANY).await?;
    browser.read("4 of 4 steps done for your organisation").await?;

    browser.visit(&format!("{}/integrations/quickbooks-online", world.store_url())).await?;
    browser.read("Connected to Harbourside Supplies Ltd").await?;
    let tray = store::read_tray(&browser).await?;
    assert!(tray.contains("Harbourside Supplies Ltd is connected under OAuth 2.0."), "{tray}");
    configuration::open(&browser).await?;
    configuration::shows(&browser, "Sales", "Export Sales").await?;
    configuration::look_for(&browser, "Customers", "Tomasz Abbott").await?;
    let row = configuration::row_text(&browser, "Tomasz Abbott").await?;
    assert!(row.contains("Fairhaven Stonemasons Ltd"), "the mapping of the old system: {row}");
    browser.close().await?;
    world.refuse_leaks()
}
