//! What a person does who has only a keyboard.

use anyhow::Result;
use thirtyfour::TypingData;

use crate::Browser;
use crate::clock::until;

/// As many stops as any page has before what is looked for.
const STOPS: usize = 120;

/// Types into whatever has the focus.
pub async fn press(browser: &Browser, keys: impl Into<TypingData>) -> Result<()> {
    Ok(browser.web.active_element().await?.send_keys(keys).await?)
}

/// What has the focus: its role and its name.
async fn focused(browser: &Browser) -> Result<(String, String)> {
    let element = browser.web.active_element().await?;
    let role = browser.computed(&element, "computedrole").await?;
    Ok((role, browser.computed(&element, "computedlabel").await?))
}

fn fits((role, name): &(String, String), wanted: (&str, &str)) -> bool {
    role == wanted.0 && name.starts_with(wanted.1)
}

/// Presses Tab until what has this role, and a name that begins so, has the focus.
pub async fn tab_to(browser: &Browser, role: &str, name: &str) -> Result<()> {
    let mut seen = Vec::new();
    for _ in 0..STOPS {
        press(browser, thirtyfour::Key::Tab).await?;
        let stop = focused(browser).await?;
        if fits(&stop, (role, name)) {
            return Ok(());
        }
        seen.push(stop);
    }
    anyhow::bail!("Tab never came to the {role} {name:?}, but to {seen:?}")
}

/// Waits until the focus is there by itself.
pub async fn wait_for(browser: &Browser, role: &str, name: &str) -> Result<()> {
    let waited = until(&format!("the focus on the {role} {name:?}"), async || {
        Ok(fits(&focused(browser).await?, (role, name)).then_some(()))
    })
    .await;
    browser.explain(waited).await
}

/// Whether those who see the page see what has the focus.
pub async fn focus_can_be_seen(browser: &Browser) -> Result<bool> {
    let script = "
        const at = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(at);
        const { top, bottom } = at.getBoundingClientRect();
        return at.matches(':focus-visible') && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
            && top >= 0 && bottom <= innerHeight";
    Ok(browser.script(script).await? == true)
}

/// Waits until something inside of what the selector names has the focus.
pub async fn wait_inside(browser: &Browser, selector: &str) -> Result<()> {
    let script = format!("return document.activeElement.closest('{selector}') !== null");
    let inside = until(&format!("the focus inside {selector:?}"), async || {
        Ok((browser.script(&script).await? == true).then_some(()))
    })
    .await;
    browser.explain(inside).await
}
