//! A line that drops loses nothing: every event arrives once, and progress never runs backwards.

use std::time::Duration;

use e2e::pages::{consent, portal, store};
use e2e::{Result, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_dropped_lines_during_an_import_lose_nothing() -> Result<()> {
    let world = World::start(Duration::from_millis(600)).await?;
    let browser = portal::opened(&world).await?;
    store::switch_on(&browser).await?;
    consent::connect(&browser, "Harbourside Supplies Ltd").await?;

    let mut before = 0;
    for _ in 0..10 {
        world.line.cut();
        match store::progress(&browser).await? {
            Some((now, _)) => {
                assert!(now >= before, "progress went back from {before} to {now}");
                before = now;
            }
            None => browser.read("Your settings are").await?,
        }
        // The next cut comes after the line is back: something newer is on the screen.
        if !browser.text().await?.contains("Your settings are imported") {
            before = store::progress_beyond_or_done(&browser, before).await?;
        }
    }
    store::imported(&browser).await?;
    let tray = store::read_tray(&browser).await?;
    for event in [
        "was connected to Harbourside Supplies Ltd",
        "An import from QuickBooks began",
        "records were imported",
    ] {
        assert_eq!(tray.matches(event).count(), 1, "{event:?} in {tray}");
    }
    browser.close().await
}
