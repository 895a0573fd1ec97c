//! Takes a picture of every screen of the main story, light and dark, narrow and wide, for people to
//! look at: `cargo run -p e2e --example pictures -- FOLDER`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::pages::{configuration, consent, imports, portal, store, upgrade};
use e2e::{Browser, Context as _, Result, World};
use sandbox::{Failure, Mischief, UK_REALM};

#[tokio::main]
async fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("name a folder for the pictures")?);
    std::fs::create_dir_all(&folder)?;
    let world = World::start(Duration::from_millis(500)).await?;
    let browser = Browser::open(&world.driver, 1280, 900).await?;
    shoot_portal(&browser, &folder, &world).await?;
    shoot_ways(&browser, &folder, &world).await?;
    shoot_upgrade(&browser, &folder, &world).await?;
    portal::open_store(&browser, &world).await?;
    shoot(&browser, &folder, "store-available").await?;
    browser.press("switch", "QuickBooks Online").await?;
    browser.find("button", "Connect to QuickBooks").await?;
    shoot(&browser, &folder, "connect-dialog").await?;
    browser.press("button", "Connect to QuickBooks").await?;
    consent::connect(&browser, "Harbourside Supplies Ltd").await?;
    store::progress_beyond(&browser, 20).await?;
    world.sandbox.control().pause_queries();
    shoot(&browser, &folder, "store-importing").await?;
    store::open_tray(&browser).await?;
    shoot(&browser, &folder, "tray-importing").await?;
    browser.press("button", "Close").await?;
    world.sandbox.control().resume_queries();
    store::imported(&browser).await?;
    shoot(&browser, &folder, "store-imported").await?;
    browser.press("button", &format!("All {} lists", imports::lists(&browser).await?)).await?;
    shoot(&browser, &folder, "store-imported-lists").await?;
    store::open_tray(&browser).await?;
    shoot(&browser, &folder, "tray").await?;
    browser.press("button", "Close").await?;
    browser.press("link", "Finish the configuration").await?;
    browser.find("heading", "Default accounts").await?;
    configuration::pick(&browser, "Sales", "Export Sales").await?;
    shoot(&browser, &folder, "configuration").await?;
    for (link, name) in [("Overview", "overview"), ("Imported data", "data"), ("Activity", "activity")] {
        browser.press("link", link).await?;
        if browser.look("button", "Leave").await?.is_some() {
            browser.press("button", "Leave").await?;
        }
        shoot(&browser, &folder, name).await?;
    }
    browser.find("button", "Download CSV").await?;
    shoot_at(&browser, &folder, "audit", ".audit").await?;
    browser.visit(&format!("{}/help/quickbooks-oauth2", world.store_url())).await?;
    browser.find("heading", "Integrations").await.ok();
    shoot(&browser, &folder, "help").await?;
    browser.visit(&format!("{}/", world.store_url())).await?;
    shoot_states(&browser, &folder, &world).await?;
    browser.close().await
}

/// What a connection can be in, at its page and as a tile.
async fn shoot_states(browser: &Browser, folder: &Path, world: &World) -> Result<()> {
    browser.press("link", "QuickBooks Online").await?;
    world.sandbox.control().fail(Failure::new("/companyinfo", 503, 1));
    browser.press("button", "Test connection").await?;
    browser.read("QuickBooks did not answer.").await?;
    shoot_at(browser, folder, "overview-test-failed", ".manage").await?;
    browser.press("button", "Test connection").await?;
    browser.read("It works").await?;
    browser.press("button", "Uninstall").await?;
    browser.find("button", "Erase and uninstall").await?;
    shoot(browser, folder, "uninstall-dialog").await?;
    browser.press("button", "Cancel").await?;
    browser.press("button", "Pause").await?;
    browser.read("Nothing is read or sent").await?;
    shoot(browser, folder, "overview-paused").await?;
    browser.press("link", "All integrations").await?;
    shoot(browser, folder, "store-paused").await?;
    store::press_next(browser, "Resume").await?;
    browser.press("link", "QuickBooks Online").await?;
    let ended = Mischief::Fault { code: "6190".to_owned(), message: None, detail: None };
    world.sandbox.control().fail(Failure::of("/companyinfo", ended));
    browser.press("button", "Test connection").await?;
    browser.read("Paused, because the subscription").await?;
    shoot(browser, folder, "overview-subscription").await?;
    browser.press("button", "Resume").await?;
    world.sandbox.control().disconnect(Some(UK_REALM));
    browser.press("button", "Test connection").await?;
    browser.read("Reconnect to go on.").await?;
    shoot(browser, folder, "overview-reconnect").await?;
    browser.press("link", "All integrations").await?;
    shoot(browser, folder, "store-reconnect").await?;
    store::open_tray(browser).await?;
    shoot(browser, folder, "tray-states").await?;
    browser.press("button", "Close").await?;
    store::press_next(browser, "Reconnect").await?;
    browser.press("button", "Connect to QuickBooks").await?;
    consent::connect(browser, "Harbourside Supplies Ltd").await?;
    store::imported(browser).await?;
    world.sandbox.control().fail(Failure::new("/tokens/revoke", 503, 9));
    store::switch_off(browser).await?;
    browser.read("Your settings are kept.").await?;
    shoot(browser, folder, "store-disconnected").await?;
    browser.press("link", "QuickBooks Online").await?;
    browser.read("Still being revoked").await?;
    shoot(browser, folder, "overview-disconnected").await
}

/// The demo portal's pages, and the store inside one of them.
async fn shoot_portal(browser: &Browser, folder: &Path, world: &World) -> Result<()> {
    for page in ["", "products", "orders", "customers", "integrations"] {
        browser.visit(&format!("{}/{page}", world.portal.url())).await?;
        let name = if page.is_empty() { "dashboard" } else { page };
        shoot(browser, folder, &format!("portal-{name}")).await?;
    }
    portal::open_dialog(browser, world).await?;
    shoot(browser, folder, "portal-dialog").await
}

/// The proxy's own pages, and the sandbox's.
async fn shoot_ways(browser: &Browser, folder: &Path, world: &World) -> Result<()> {
    let link = world.link("harbour", "Harbour & Sons Ltd", "Ada Marsh").await?;
    browser.visit(&link).await?;
    shoot(browser, folder, "enter").await?;
    let connected = "connected?result=connected&integration=quickbooks-online&portal=demo";
    for (name, path) in [("connected", connected), ("stale", "callback/quickbooks-online-local")] {
        browser.visit(&format!("{}/{path}", world.store_url())).await?;
        shoot(browser, folder, name).await?;
    }
    browser.visit(&format!("{}/sandbox", world.sandbox.url())).await?;
    shoot_at(browser, folder, "sandbox", "#webhooks").await?;
    browser.visit(&world.consent_address()).await?;
    shoot(browser, folder, "signin").await?;
    consent::reach(browser, "Harbourside Supplies Ltd").await?;
    shoot(browser, folder, "consent").await
}

/// A connection under OAuth 1.0a, of another organisation: its tile, its dialog and its article.
async fn shoot_upgrade(browser: &Browser, folder: &Path, world: &World) -> Result<()> {
    let link = world.link("quay", "Quay Paints Ltd", "Ben Quay").await?;
    upgrade::load(world, "quay", "9341453199999003", "Quay Paints Ltd").await?;
    portal::enter(browser, &link).await?;
    browser.read("Upgrade required").await?;
    shoot(browser, folder, "upgrade").await?;
    store::open_tray(browser).await?;
    shoot(browser, folder, "upgrade-tray").await?;
    browser.press("button", "Close").await?;
    store::press_next(browser, "Upgrade").await?;
    browser.find("button", "Connect to QuickBooks").await?;
    shoot(browser, folder, "upgrade-dialog").await?;
    browser.visit(&format!("{}/help/quickbooks-oauth2", world.store_url())).await?;
    browser.read("0 of 4 steps done").await?;
    shoot(browser, folder, "upgrade-article").await
}

async fn shoot(browser: &Browser, folder: &Path, name: &str) -> Result<()> {
    shoot_at(browser, folder, name, "html").await
}

/// The same, of what stands at this place of the page.
async fn shoot_at(browser: &Browser, folder: &Path, name: &str, place: &str) -> Result<()> {
    for (scheme, width, height) in
        [("light", 1280, 900), ("dark", 1280, 900), ("light", 360, 740), ("dark", 360, 740)]
    {
        browser.screen(width, height, scheme).await?;
        browser.script(&format!("document.querySelector('{place}').scrollIntoView()")).await?;
        browser.picture(&folder.join(format!("{name}-{width}-{scheme}.png"))).await?;
    }
    browser.screen(1280, 900, "light").await
}
