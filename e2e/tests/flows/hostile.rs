//! Names that are written to do harm are shown as the text they are.

use std::time::Duration;

use e2e::pages::{configuration, consent, portal, store};
use e2e::{Result, World};

const HOSTILE: &str = "<script>alert(1)</script> & Sons";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_04_a_hostile_name_is_only_text_wherever_it_is_shown() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    store::switch_on(&browser).await?;
    consent::connect(&browser, "Harbourside Supplies Ltd").await?;
    store::imported(&browser).await?;
    let scripts = browser.script("return document.scripts.length").await?;

    let data = format!("{}/integrations/quickbooks-online/data?list=customers", world.store_url());
    browser.visit(&data).await?;
    browser.find_field("Search").await?.send_keys("<script>").await?;
    browser.read(HOSTILE).await?;

    // One of the portal's own.
    configuration::open(&browser).await?;
    configuration::look_for(&browser, "Customers", "<img").await?;
    browser.read("<img src=x onerror=alert(2)> Ltd").await?;

    assert_eq!(browser.script("return document.scripts.length").await?, scripts, "a script came in");
    assert!(browser.web.get_alert_text().await.is_err(), "a dialog of the browser stands open");
    let ours = |line: &&String| !line.contains("http://portal.");
    let complaints = browser.complaints().await?;
    assert_eq!(complaints.iter().filter(ours).count(), 0, "the page complained: {complaints:?}");
    browser.close().await
}
