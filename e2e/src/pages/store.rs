//! The store: tiles, switch, banner, tray.

use anyhow::{Context, Result};
use thirtyfour::{By, WebElement};

use crate::Browser;
use crate::clock::{until, within};
use std::time::Duration;

/// Flips the switch on and submits the dialog; the popup opens.
pub async fn switch_on(browser: &Browser) -> Result<()> {
    browser.press("switch", "QuickBooks Online").await?;
    browser.press("button", "Connect to QuickBooks").await
}

/// Presses what the tile offers as the next step.
pub async fn press_next(browser: &Browser, name: &str) -> Result<()> {
    let pressed = until(&format!("the tile's {name:?}"), async || {
        for offered in browser.web.find_all(By::Css(".tile-next button")).await? {
            if offered.text().await? == name {
                offered.click().await?;
                return Ok(Some(()));
            }
        }
        Ok(None)
    })
    .await;
    browser.explain(pressed).await
}

/// From now on no form of this page opens a window: what a popup blocker does, as the page sees it.
pub async fn block_popups(browser: &Browser) -> Result<()> {
    let block = "addEventListener('submit', (event) => {
        if (event.submitter?.formTarget !== '_top') event.preventDefault();
    }, true)";
    browser.script(block).await.map(drop)
}

/// Flips the switch off and confirms.
pub async fn switch_off(browser: &Browser) -> Result<()> {
    browser.press("switch", "QuickBooks Online").await?;
    browser.press("button", "Switch off").await
}

/// Whether the switch stands on.
pub async fn is_on(browser: &Browser) -> Result<bool> {
    let switch = browser.find("switch", "QuickBooks Online").await?;
    Ok(switch.attr("aria-checked").await?.as_deref() == Some("true"))
}

/// Records read so far and in all, as the running banner says them; none while it does not.
pub async fn progress(browser: &Browser) -> Result<Option<(u64, u64)>> {
    Ok(said_progress(&browser.text().await?))
}

/// Finds "56 of 1,745 records" in a text.
fn said_progress(text: &str) -> Option<(u64, u64)> {
    let number = |text: &str| text.replace(',', "").parse().ok();
    text.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.windows(4).find_map(|four| match four {
            [done, "of", total, "records"] => Some((number(done)?, number(total)?)),
            _ => None,
        })
    })
}

/// Waits until the banner says that more than so many records are read; returns what it says.
pub async fn progress_beyond(browser: &Browser, count: u64) -> Result<(u64, u64)> {
    until(&format!("progress beyond {count}"), async || {
        Ok(progress(browser).await?.filter(|(done, _)| *done > count))
    })
    .await
}

/// Waits until more than so many records are read, or everything is here.
pub async fn progress_beyond_or_done(browser: &Browser, count: u64) -> Result<u64> {
    until(&format!("progress beyond {count}"), async || {
        let text = browser.text().await?;
        let done = text.contains("Your settings are imported").then_some(count);
        Ok(said_progress(&text).map(|(done, _)| done).filter(|done| *done > count).or(done))
    })
    .await
}

/// Waits until the banner says that everything is here.
pub async fn imported(browser: &Browser) -> Result<()> {
    within(Duration::from_secs(90), "the end of the import", async || {
        Ok(browser.text().await?.contains("Your settings are imported").then_some(()))
    })
    .await
}

/// Opens the tray.
pub async fn open_tray(browser: &Browser) -> Result<WebElement> {
    let bell = browser.web.find(By::Css("button.bell")).await.context("the bell")?;
    bell.click().await?;
    browser.find("dialog", "Notifications").await
}

/// Opens the tray, and returns what it says.
pub async fn read_tray(browser: &Browser) -> Result<String> {
    let text = open_tray(browser).await?.text().await?;
    browser.press("button", "Close").await?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_from_words() {
        assert_eq!(said_progress("Imported\n56 of 1,745 records less than a minute"), Some((56, 1745)));
        assert_eq!(said_progress("Accounts\n0 of 92"), None);
    }
}
