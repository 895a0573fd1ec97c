//! The audit log as an organisation's people read it: in words, filtered, as a file, and on a narrow screen.

use std::time::Duration;

use e2e::clock::until;
use e2e::{Browser, Result, World};

use crate::states::at_overview;

/// What each line of the log says was done, and to what.
async fn done(browser: &Browser) -> Result<Vec<String>> {
    let cells =
        "return [...document.querySelectorAll('.audit-table .what')].map((one) => one.textContent.trim())";
    Ok(serde_json::from_value(browser.script(cells).await?)?)
}

/// Waits until this is among them.
async fn told(browser: &Browser, wanted: &str) -> Result<Vec<String>> {
    let found = until(&format!("{wanted:?} in the audit log"), async || {
        let all = done(browser).await?;
        Ok(all.iter().any(|what| what == wanted).then_some(all))
    })
    .await;
    browser.explain(found).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_is_read_filtered_and_downloaded() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = at_overview(&world).await?;
    browser.press("button", "Pause").await?;
    browser.read("Nothing is read or sent until somebody resumes.").await?;
    browser.press("link", "Activity").await?;
    let all = told(&browser, "Paused QuickBooks Online").await?;
    for wanted in ["Connected QuickBooks Online", "Signed in by a link", "Link handed out for u1"] {
        assert!(all.iter().any(|what| what == wanted), "{wanted:?} in {all:?}");
    }
    assert!(!all.iter().any(|what| what.contains("quickbooks-online")), "{all:?}");

    // One kind of line only, and only its lines in the file.
    browser.press("button", "Imports").await?;
    let imports = told(&browser, "Import started QuickBooks Online").await?;
    assert_eq!(imports.len(), 1, "{imports:?}");
    let downloads = tempfile::tempdir()?;
    browser.download_to(downloads.path()).await?;
    browser.press("button", "Download CSV").await?;
    let file = downloads.path().join("audit-log.csv");
    let text = until("the file", async || Ok(std::fs::read_to_string(&file).ok())).await?;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with("\"time\",\"who\",\"what\",\"object\",\"from\""), "{text}");
    assert!(lines.len() == 2 && lines[1].contains("\"Ada Marsh\",\"import.started\""), "{text}");
    browser.read("Downloaded as audit-log.csv.").await?;

    // Downloading is something that somebody did.
    browser.press("button", "Other").await?;
    told(&browser, "Audit log downloaded").await?;
    browser.press("button", "All").await?;
    told(&browser, "Paused QuickBooks Online").await?;
    browser.screen(320, 740, "light").await?;
    let wide = "return [...document.querySelectorAll('.audit *')].filter((one) => one.scrollWidth > one.clientWidth \
                && getComputedStyle(one).display !== 'inline' && one.clientWidth > 1).length + \
                (document.documentElement.scrollWidth > 320 ? 1 : 0)";
    assert_eq!(browser.script(wide).await?, 0, "nothing is cut off on a narrow screen");
    browser.close().await?;
    world.refuse_leaks()
}
