//! What is done with a connection, by keyboard alone: the focus stays near what was pressed, whatever
//! becomes of that.

use std::time::Duration;

use e2e::clock::until;
use e2e::pages::keys;
use e2e::{Browser, Key, Result, World};

use crate::states::at_overview;

/// Goes to a button by Tab and presses it.
async fn use_button(browser: &Browser, name: &str) -> Result<()> {
    keys::tab_to(browser, "button", name).await?;
    keys::press(browser, Key::Enter).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_tested_paused_and_resumed_by_keyboard_alone() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = at_overview(&world).await?;
    use_button(&browser, "Test connection").await?;
    browser.read("It works: QuickBooks has just answered").await?;
    keys::wait_for(&browser, "button", "Test connection").await?;

    // The button goes; the next one in its group has the focus.
    use_button(&browser, "Pause").await?;
    browser.read("Nothing is read or sent until somebody resumes.").await?;
    keys::wait_for(&browser, "button", "Download configuration").await?;
    use_button(&browser, "Resume").await?;
    browser.read("Finish the configuration").await?;
    keys::wait_for(&browser, "link", "Finish the configuration").await?;
    browser.close().await?;
    world.refuse_leaks()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uninstalling_is_done_by_keyboard_alone() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = at_overview(&world).await?;
    let downloads = tempfile::tempdir()?;
    browser.download_to(downloads.path()).await?;

    // The dialog begins at what changes nothing, and gives the focus back.
    use_button(&browser, "Uninstall").await?;
    keys::wait_for(&browser, "button", "Cancel").await?;
    keys::press(&browser, Key::Escape).await?;
    keys::wait_for(&browser, "button", "Uninstall").await?;
    keys::press(&browser, Key::Enter).await?;
    keys::wait_for(&browser, "button", "Cancel").await?;
    use_button(&browser, "Download a copy first").await?;
    let file = downloads.path().join("quickbooks-online-configuration.csv");
    until("the file", async || Ok(std::fs::read_to_string(&file).ok())).await?;
    keys::wait_for(&browser, "button", "Download a copy first").await?;

    // Another name erases nothing, by Enter either.
    keys::tab_to(&browser, "textbox", "Type QuickBooks Online to confirm").await?;
    keys::press(&browser, "QuickBooks").await?;
    keys::press(&browser, Key::Enter).await?;
    assert!(browser.look("button", "Erase and uninstall").await?.is_some(), "the dialog is still there");
    keys::press(&browser, " Online").await?;
    use_button(&browser, "Erase and uninstall").await?;
    browser.read("Not connected").await?;
    // What opened the dialog is gone: the page's heading has the focus, or what stands where it stood.
    until("the focus in the page", async || {
        let lost = browser.script("return !document.activeElement.closest('main')").await?;
        Ok((lost == false).then_some(()))
    })
    .await?;
    browser.close().await?;
    world.refuse_leaks()
}
