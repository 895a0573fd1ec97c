//! The demo portal and the page between it and the store.

use anyhow::Result;

use crate::clock::until;
use crate::{Browser, World};

/// A new browser with the store open in it.
pub async fn opened(world: &World) -> Result<Browser> {
    let browser = Browser::open(&world.driver, 1280, 900).await?;
    open_store(&browser, world).await?;
    Ok(browser)
}

/// Opens the store as a customer does: from the portal, by its one-time link.
pub async fn open_store(browser: &Browser, world: &World) -> Result<()> {
    browser.visit(&format!("{}/integrations", world.portal.url())).await?;
    browser.press("button", "Open in a page of its own").await?;
    browser.read("Northwind Stock").await?;
    go_on(browser).await
}

/// Enters the store by a one-time link.
pub async fn enter(browser: &Browser, link: &str) -> Result<()> {
    browser.visit(link).await?;
    go_on(browser).await
}

async fn go_on(browser: &Browser) -> Result<()> {
    browser.press("button", "Continue").await?;
    browser.find("heading", "Integrations").await?;
    Ok(())
}

/// Opens the modal form of the element on the dashboard.
pub async fn open_dialog(browser: &Browser, world: &World) -> Result<()> {
    browser.visit(world.portal.url()).await?;
    browser.press("button", "Connect QuickBooks Online").await?;
    until("the dialog", async || {
        let open = "return !!document.querySelector('#quickbooks').shadowRoot.querySelector('dialog[open]')";
        Ok((browser.script(open).await? == true).then_some(()))
    })
    .await
}
