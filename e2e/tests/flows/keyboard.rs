//! The store by keyboard alone: every step of the main story that happens in it.

use std::time::Duration;

use e2e::pages::{configuration, consent, keys, portal, store};
use e2e::{Key, Result, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_is_used_by_keyboard_alone() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;

    // A dialog takes the focus, and gives it back to what opened it.
    keys::tab_to(&browser, "switch", "QuickBooks Online").await?;
    keys::press(&browser, " ").await?;
    keys::wait_for(&browser, "button", "Connect to QuickBooks").await?;
    keys::press(&browser, Key::Escape).await?;
    keys::wait_for(&browser, "switch", "QuickBooks Online").await?;
    keys::press(&browser, " ").await?;
    keys::wait_for(&browser, "button", "Connect to QuickBooks").await?;
    browser.find("button", "Connect to QuickBooks").await?;
    keys::press(&browser, Key::Enter).await?;
    consent::connect(&browser, "Harbourside Supplies Ltd").await?;
    store::imported(&browser).await?;

    keys::tab_to(&browser, "link", "Finish the configuration").await?;
    keys::press(&browser, Key::Enter).await?;
    keys::wait_for(&browser, "heading", "QuickBooks Online").await?;
    keys::tab_to(&browser, "combobox", "Sales").await?;
    keys::press(&browser, "Export Sales").await?;
    configuration::offered(&browser, "Export Sales").await?;
    keys::press(&browser, Key::Enter).await?;
    configuration::shows(&browser, "Sales", "Export Sales").await?;

    // One row of a table is a stop of its own; arrows go on from there, and its buttons follow it.
    keys::tab_to(&browser, "row", "").await?;
    keys::press(&browser, Key::Down).await?;
    keys::tab_to(&browser, "button", "Ignore: EC services 20 %").await?;
    keys::press(&browser, Key::Enter).await?;
    keys::tab_to(&browser, "button", "Save Configuration").await?;
    keys::press(&browser, Key::Enter).await?;
    browser.read("Configuration saved.").await?;
    browser.close().await
}
