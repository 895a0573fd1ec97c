//! The demo portal and the page between it and the store.

use anyhow::Result;

use crate::{Browser, World};

/// Opens the store as a customer does: from the portal, by its one-time link.
pub async fn open_store(browser: &Browser, world: &World) -> Result<()> {
    browser.visit(&format!("{}/integrations", world.portal.url())).await?;
    browser.press("button", "Open the integration store").await?;
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
