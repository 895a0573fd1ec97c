//! The main story, from the portal to saved mappings, off, and on again.

use std::time::Duration;

use e2e::clock::until;
use e2e::pages::{configuration, consent, portal, store};
use e2e::{Browser, Result, World};

const COMPANY: &str = "Harbourside Supplies Ltd";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_18_oa_19_a_customer_connects_maps_comes_back_and_nothing_leaks() -> Result<()> {
    let world = World::start(Duration::from_millis(400)).await?;
    let browser = portal::opened(&world).await?;
    assert!(!store::is_on(&browser).await?);
    store::switch_on(&browser).await?;
    consent::connect(&browser, COMPANY).await?;

    // The counts grow by themselves; a reload in the middle shows the same and goes on.
    browser.read("Your settings are being imported").await?;
    let (first, _) = store::progress_beyond(&browser, 0).await?;
    let (second, total) = store::progress_beyond(&browser, first).await?;
    // What follows happens in the middle, however slow this machine is.
    world.sandbox.control().pause_queries();
    assert!(second < total, "the import must still run");
    browser.web.refresh().await?;
    let (after_reload, _) = store::progress_beyond(&browser, 0).await?;
    assert!(after_reload >= second, "progress went back from {second} to {after_reload}");
    assert!(store::read_tray(&browser).await?.contains("Running now"));

    // The proxy dies in the middle, and goes on after it is started again; the page is not touched.
    world.proxy.kill().await?;
    world.proxy.run().await?;
    world.sandbox.control().resume_queries();
    let (after_kill, _) = store::progress_beyond(&browser, after_reload).await?;
    assert!(after_kill > after_reload);
    store::imported(&browser).await?;
    let tray = store::read_tray(&browser).await?;
    assert!(tray.contains("records were imported from QuickBooks"), "{tray}");

    browser.press("link", "Finish the configuration").await?;
    map_and_save(&browser).await?;
    browser.web.refresh().await?;
    assert_saved(&browser).await?;
    browser.read("Connected to Harbourside Supplies Ltd").await?;
    browser.refuse("Needs configuration").await?;

    off_and_on(&browser, &world).await?;
    configuration::open(&browser).await?;
    assert_saved(&browser).await?;

    let complaints = browser.complaints().await?;
    // A killed proxy cuts its socket, and the portal's pages are not ours.
    let ours = |line: &&String| {
        !["WebSocket", "ERR_CONNECTION", "http://portal."].iter().any(|other| line.contains(other))
    };
    assert_eq!(complaints.iter().filter(ours).count(), 0, "HD-01, the page complained: {complaints:?}");
    browser.close().await?;
    world.refuse_odd_redirects()?;
    // OA-18 and OA-19: all that was sent, logged and kept holds no secret.
    world.refuse_leaks()
}

pub(crate) async fn map_and_save(browser: &Browser) -> Result<()> {
    browser.find("heading", "Default accounts").await?;
    configuration::pick(browser, "Sales", "Export Sales").await?;
    configuration::pick(browser, "Cost of goods sold", "Cost of Goods Sold").await?;
    configuration::pick(browser, "Stock on hand", "Stock on Hand").await?;
    decide_taxes(browser).await?;
    for section in ["Customers", "Suppliers"] {
        configuration::accept_all(browser, section).await?;
    }
    configuration::save(browser).await
}

/// Decides every tax of the portal: six have a code of their kind and rate.
pub(crate) async fn decide_taxes(browser: &Browser) -> Result<()> {
    for tax in [
        "Standard rate 20 %",
        "Reduced rate 5 %",
        "Zero rated 0 %",
        "Exempt from VAT",
        "Domestic reverse charge 20 %",
        "Outside the scope of VAT",
    ] {
        browser.press("button", &format!("Confirm: {tax}")).await?;
    }
    configuration::choose(browser, "EC services 20 %", "20.0% S").await?;
    browser.press("button", "Ignore: Hospitality, reduced rate").await
}

pub(crate) async fn assert_saved(browser: &Browser) -> Result<()> {
    browser.find("heading", "Default accounts").await?;
    configuration::shows(browser, "Sales", "Export Sales").await
}

async fn off_and_on(browser: &Browser, world: &World) -> Result<()> {
    browser.press("link", "Overview").await?;
    store::switch_off(browser).await?;
    browser.read("QuickBooks Online is disconnected. Your settings are kept.").await?;
    assert!(!store::is_on(browser).await?);
    let ledger = world.sandbox.ledger();
    until("the revocation in the sandbox's ledger", async || {
        let seen = ledger.to("/v2/oauth2/tokens/revoke");
        Ok(seen.iter().any(|entry| entry.status == Some(200)).then_some(()))
    })
    .await?;
    store::switch_on(browser).await?;
    consent::connect(browser, COMPANY).await?;
    store::imported(browser).await?;
    assert!(store::is_on(browser).await?);
    Ok(())
}
