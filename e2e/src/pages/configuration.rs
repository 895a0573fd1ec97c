//! The configuration page: pickers, mapping tables, the save bar.

use std::time::Duration;

use anyhow::Result;
use thirtyfour::{By, Key};

use crate::Browser;
use crate::clock::{until, within};

/// How long an option is looked for before somebody looks at the whole again.
const GLANCE: Duration = Duration::from_secs(15);

/// Goes to the configuration by its tab.
pub async fn open(browser: &Browser) -> Result<()> {
    browser.press("link", "Configuration").await?;
    browser.find("heading", "Default accounts").await?;
    Ok(())
}

/// Types into a picker, and takes the option whose name begins so. Where the page moved under the
/// pointer, so that the press fell beside, it is done again, as a person does it who looks.
pub async fn pick(browser: &Browser, label: &str, wanted: &str) -> Result<()> {
    let picked = until(&format!("{label:?} to be {wanted:?}"), async || {
        if holds(browser, label, wanted).await? {
            return Ok(Some(()));
        }
        let field = browser.find_field(label).await?;
        field.scroll_into_view().await?;
        field.click().await?;
        field.send_keys(Key::Control + "a".to_owned()).await?;
        field.send_keys(wanted).await?;
        take_option(browser, wanted).await?;
        Ok(None)
    })
    .await;
    browser.explain(picked).await
}

/// While its list is open a picker shows what is typed, and holds nothing yet.
async fn holds(browser: &Browser, label: &str, wanted: &str) -> Result<bool> {
    let field = browser.find_field(label).await?;
    let open = field.attr("aria-expanded").await?.is_some_and(|open| open == "true");
    let shown = field.value().await?;
    Ok(!open && shown.is_some_and(|shown| shown.contains(wanted)))
}

/// Opens the choice of a mapping row, types, and takes the option whose name begins so.
pub async fn choose(browser: &Browser, row: &str, wanted: &str) -> Result<()> {
    browser.press("button", &format!("Choose …: {row}")).await?;
    let field = until(&format!("the choice for {row:?}"), async || {
        let fields = browser.web.find_all(By::Css("dialog[open] [role=combobox]")).await?;
        Ok(fields.into_iter().next())
    })
    .await?;
    field.send_keys(wanted).await?;
    take_option(browser, wanted).await
}

/// Searches in a mapping table (a section's heading).
pub async fn look_for(browser: &Browser, section: &str, typed: &str) -> Result<()> {
    let field = until(&format!("the search of {section:?}"), async || {
        let Some(region) = browser.look("region", section).await? else { return Ok(None) };
        Ok(region.find_all(By::Css("input[type=search]")).await?.into_iter().next())
    })
    .await?;
    field.scroll_into_view().await?;
    Ok(field.send_keys(typed).await?)
}

async fn take_option(browser: &Browser, wanted: &str) -> Result<()> {
    let mut pressed = false;
    let taken = within(GLANCE, &format!("{wanted:?} among the options"), async || {
        let mut open = false;
        for option in browser.web.find_all(By::Css("[role=option]")).await? {
            open |= option.is_displayed().await?;
            if open && option.text().await?.starts_with(wanted) {
                // New results may take its place under the pointer; then it is pressed again.
                option.click().await?;
                pressed = true;
                return Ok(None);
            }
        }
        Ok((pressed && !open).then_some(()))
    })
    .await;
    browser.explain(taken).await
}

/// Puts the pointer down on the first option of a picker, which is to begin so.
pub async fn press_option(browser: &Browser, label: &str, wanted: &str) -> Result<()> {
    let field = browser.find_field(label).await?;
    field.scroll_into_view().await?;
    field.click().await?;
    field.send_keys(wanted).await?;
    offered(browser, wanted).await?;
    let option = browser.web.find(By::Css("[role=option]")).await?;
    Ok(browser.web.action_chain().move_to_element_center(&option).click_and_hold().perform().await?)
}

/// Moves the pointer by so many pixels and lets it up.
pub async fn let_go(browser: &Browser, (right, down): (i64, i64)) -> Result<()> {
    Ok(browser.web.action_chain().move_by_offset(right, down).release().perform().await?)
}

/// Waits until the first option is this one; its name begins so.
pub async fn offered(browser: &Browser, wanted: &str) -> Result<()> {
    until(&format!("{wanted:?} as the first option"), async || {
        let options = browser.web.find_all(By::Css("[role=option]")).await?;
        let Some(first) = options.first() else { return Ok(None) };
        Ok(first.text().await?.starts_with(wanted).then_some(()))
    })
    .await
}

/// Waits until a picker shows this; the name of what was picked is there a moment after the page.
pub async fn shows(browser: &Browser, label: &str, wanted: &str) -> Result<()> {
    let shown = until(&format!("{label:?} to show {wanted:?}"), async || {
        Ok(holds(browser, label, wanted).await?.then_some(()))
    })
    .await;
    browser.explain(shown).await
}

/// Accepts every suggestion of a table (a section's heading) that is certain enough.
pub async fn accept_all(browser: &Browser, section: &str) -> Result<()> {
    let accepted = until(&format!("the suggestions of {section:?}"), async || {
        let Some(region) = browser.look("region", section).await? else { return Ok(None) };
        for button in region.find_all(By::Css(".accept button")).await? {
            if button.text().await?.starts_with("Accept ") && button.is_enabled().await? {
                button.scroll_into_view().await?;
                button.click().await?;
                return Ok(Some(()));
            }
        }
        Ok(None)
    })
    .await;
    browser.explain(accepted).await
}

/// Presses Save Configuration and waits for the one message.
pub async fn save(browser: &Browser) -> Result<()> {
    browser.press("button", "Save Configuration").await?;
    browser.read("Configuration saved.").await
}

/// What a mapping table says of the row of a portal record.
pub async fn row_text(browser: &Browser, name: &str) -> Result<String> {
    until(&format!("the row of {name:?}"), async || {
        for row in browser.web.find_all(By::Css("[role=row]")).await? {
            let text = row.text().await?;
            if text.lines().any(|line| line.trim() == name) {
                return Ok(Some(text));
            }
        }
        Ok(None)
    })
    .await
}
