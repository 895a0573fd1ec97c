//! Signing in at QuickBooks, in the popup.

use anyhow::{Context, Result};
use thirtyfour::WindowHandle;

use crate::Browser;
use crate::clock::until;

/// Signs in and reaches the consent of a company; the window is the popup.
pub async fn reach(browser: &Browser, company: &str) -> Result<()> {
    browser.press("button", "Sign in").await?;
    let choice = browser.find("radio", company).await?;
    choice.click().await?;
    browser.press("button", "Next").await?;
    browser.find("button", "Connect").await?;
    Ok(())
}

/// Does something in the popup that opens beside older ones, and comes back to the store.
async fn in_popup(browser: &Browser, (company, button): (&str, &str), older: &[WindowHandle]) -> Result<()> {
    let store = browser.web.window().await?;
    browser.follow_popup(&[older, std::slice::from_ref(&store)].concat()).await?;
    let popup = browser.web.window().await?;
    reach(browser, company).await.context("at the sandbox")?;
    browser.press("button", button).await?;
    until("the popup to end", async || {
        if !browser.web.windows().await?.contains(&popup) {
            return Ok(Some(()));
        }
        let address = browser.web.current_url().await?;
        Ok(address.path().starts_with("/connected").then_some(()))
    })
    .await?;
    if browser.web.windows().await?.contains(&popup) {
        browser.web.close_window().await?;
    }
    browser.web.switch_to_window(store).await?;
    Ok(())
}

/// The address of the provider's page in the popup that opens next; the popup stays as it is.
pub async fn address(browser: &Browser) -> Result<String> {
    let store = browser.web.window().await?;
    browser.follow_popup(std::slice::from_ref(&store)).await?;
    browser.find("button", "Sign in").await?;
    let address = browser.web.current_url().await?;
    browser.web.switch_to_window(store).await?;
    Ok(address.into())
}

/// The popup that opens next, on the provider's page; it stays as it is.
pub async fn leave_open(browser: &Browser) -> Result<WindowHandle> {
    let store = browser.web.window().await?;
    browser.follow_popup(std::slice::from_ref(&store)).await?;
    browser.find("button", "Sign in").await?;
    let popup = browser.web.window().await?;
    browser.web.switch_to_window(store).await?;
    Ok(popup)
}

/// Closes the popup that opens next, on the provider's page.
pub async fn close(browser: &Browser) -> Result<()> {
    let store = browser.web.window().await?;
    browser.follow_popup(std::slice::from_ref(&store)).await?;
    browser.find("button", "Sign in").await?;
    browser.web.close_window().await?;
    Ok(browser.web.switch_to_window(store).await?)
}

/// Signs in, picks the company and presses Connect in the window that shows the provider's page.
pub async fn connect_here(browser: &Browser, company: &str) -> Result<()> {
    reach(browser, company).await.context("at the sandbox")?;
    browser.press("button", "Connect").await
}

/// Signs in, picks the company and presses Connect.
pub async fn connect(browser: &Browser, company: &str) -> Result<()> {
    in_popup(browser, (company, "Connect"), &[]).await
}

/// The same in the popup that opens beside older ones.
pub async fn connect_beside(browser: &Browser, company: &str, older: &[WindowHandle]) -> Result<()> {
    in_popup(browser, (company, "Connect"), older).await
}

/// Signs in, picks the company and presses Cancel.
pub async fn cancel(browser: &Browser, company: &str) -> Result<()> {
    in_popup(browser, (company, "Cancel"), &[]).await
}

/// The same in the popup that opens beside older ones.
pub async fn cancel_beside(browser: &Browser, company: &str, older: &[WindowHandle]) -> Result<()> {
    in_popup(browser, (company, "Cancel"), older).await
}
