//! A run in the banner and in the tray, and the imported data behind it.

use anyhow::{Context as _, Result};
use thirtyfour::By;

use crate::Browser;
use crate::clock::until;

/// From now on everything that the page's polite regions say is kept, in order.
pub async fn listen(browser: &Browser) -> Result<()> {
    let script = "
        window.spoken = [];
        for (const region of document.querySelectorAll('.visually-hidden[role=status]')) {
            const hear = () => { if (region.textContent) window.spoken.push(region.textContent); };
            new MutationObserver(hear).observe(region, { characterData: true, childList: true, subtree: true });
            hear();
        }";
    browser.script(script).await.map(drop)
}

/// What they have said.
pub async fn spoken(browser: &Browser) -> Result<Vec<String>> {
    let said = browser.script("return window.spoken").await?;
    let said = said.as_array().context("nobody listens")?;
    Ok(said.iter().filter_map(|words| words.as_str().map(ToOwned::to_owned)).collect())
}

/// What moved on a page.
#[derive(Debug, serde::Deserialize)]
pub struct Motion {
    /// Everything that was ever animated, by its class or that of what it is in.
    pub animated: Vec<String>,
    /// How wide the bar of the import was, in percent, in order.
    pub widths: Vec<u32>,
}

/// From now on everything is kept that is animated, be it for less than a frame, and how the bar moves.
pub async fn watch_motion(browser: &Browser) -> Result<()> {
    let script = "
        window.motion = { animated: [], widths: [] };
        const keep = (what) => {
            const name = what?.closest('[class]')?.getAttribute('class') ?? 'something';
            if (!motion.animated.includes(name)) motion.animated.push(name);
        };
        for (const kind of ['transitionrun', 'animationstart'])
            document.addEventListener(kind, (event) => keep(event.target), true);
        const look = () => {
            document.getAnimations().forEach((one) => keep(one.effect?.target));
            const bar = document.querySelector('.import-line .bar:not(.unknown)');
            if (bar) {
                const width = Math.round(bar.firstChild.offsetWidth * 100 / bar.offsetWidth);
                if (motion.widths.at(-1) !== width) motion.widths.push(width);
            }
            requestAnimationFrame(look);
        };
        look();";
    browser.script(script).await.map(drop)
}

/// What was kept of it.
pub async fn motion(browser: &Browser) -> Result<Motion> {
    Ok(serde_json::from_value(browser.script("return window.motion").await?)?)
}

/// The names of the lists in the banner that failed.
pub async fn failed(browser: &Browser) -> Result<Vec<String>> {
    let script =
        "return [...document.querySelectorAll('.banner .failed .list')].map((list) => list.textContent)";
    Ok(serde_json::from_value(browser.script(script).await?)?)
}

/// How many lists the banner has.
pub async fn lists(browser: &Browser) -> Result<usize> {
    Ok(browser.web.find_all(By::Css(".banner .import-lists li")).await?.len())
}

/// The lists of the banner that can be seen at this moment.
pub async fn lists_in_sight(browser: &Browser) -> Result<usize> {
    let mut seen = 0;
    for list in browser.web.find_all(By::Css(".banner .import-lists li")).await? {
        // A row that has gone since is not in sight.
        seen += usize::from(list.is_displayed().await.unwrap_or(false));
    }
    Ok(seen)
}

/// The number on the bell; none is nothing unread.
pub async fn unread(browser: &Browser) -> Result<u32> {
    let badge = browser.web.find(By::Css(".bell .badge")).await?.text().await?;
    Ok(if badge.is_empty() { 0 } else { badge.parse()? })
}

/// Waits until the bell says so.
pub async fn unread_becomes(browser: &Browser, count: u32) -> Result<()> {
    let there =
        until(&format!("{count} unread"), async || Ok((unread(browser).await? == count).then_some(()))).await;
    browser.explain(there).await
}

/// Opens the tab of imported data.
pub async fn open_data(browser: &Browser, store: &str, query: &str) -> Result<()> {
    browser.visit(&format!("{store}/integrations/quickbooks-online/data{query}")).await
}

/// The query of the address at this moment.
pub async fn query(browser: &Browser) -> Result<String> {
    Ok(browser.web.current_url().await?.query().unwrap_or_default().to_owned())
}

/// How a column of the records is sorted, as it is told to those who do not see it.
pub async fn sorted(browser: &Browser, column: &str) -> Result<String> {
    until(&format!("the column {column:?}"), async || {
        for heading in browser.web.find_all(By::Css(".records-grid [role=columnheader]")).await? {
            if heading.text().await? == column {
                return heading.attr("aria-sort").await.map_err(Into::into);
            }
        }
        Ok(None)
    })
    .await
}

/// The records that are in the page, by name.
pub async fn names(browser: &Browser) -> Result<Vec<String>> {
    let script =
        "return [...document.querySelectorAll('.records-grid .cell-name')].map((cell) => cell.title)";
    let names = browser.script(script).await?;
    let names = names.as_array().context("no names")?;
    Ok(names.iter().filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect())
}
