//! Changes that are not saved yet: counted as they stand, kept over a reload, asked about before they
//! are left.

use std::time::Duration;

use e2e::clock::until;
use e2e::pages::{configuration, consent, portal, store};
use e2e::{Browser, Context as _, Result, World};

use crate::story::decide_taxes;

/// The configuration of a company that was just connected.
async fn opened(world: &World) -> Result<Browser> {
    let browser = portal::opened(world).await?;
    store::switch_on(&browser).await?;
    consent::connect(&browser, "Harbourside Supplies Ltd").await?;
    store::imported(&browser).await?;
    browser.press("link", "Finish the configuration").await?;
    browser.find("heading", "Default accounts").await?;
    Ok(browser)
}

/// The number of changes that the bar at the end speaks of.
async fn unsaved(browser: &Browser) -> Result<u32> {
    let text = browser.text().await?;
    let number = text.lines().find_map(|line| line.strip_suffix(" unsaved changes"));
    Ok(number.context("the bar says how many changes there are")?.parse()?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_counts_as_it_stands_wherever_it_is_counted() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = opened(&world).await?;
    browser.read("Sales: choose one").await?;
    browser.read("Tax mapping: 8 rows are not decided").await?;
    configuration::pick(&browser, "Sales", "Export Sales").await?;
    decide_taxes(&browser).await?;
    until("a list without what is decided", async || {
        let text = browser.text().await?;
        let open = text.contains("Sales: choose one") || text.contains("Tax mapping: 8");
        Ok((!open).then_some(()))
    })
    .await?;
    browser.refuse("Tax mapping: 1 row").await?;
    configuration::accept_all(&browser, "Customers").await?;
    browser.read("at or above 90 % accepted").await?;
    let count = unsaved(&browser).await?;
    assert!(count > 9, "the rule counts for each of its rows: {count}");
    configuration::save(&browser).await?;
    browser.read(&format!("Configuration saved. {count} changes are in use.")).await?;
    let tray = store::read_tray(&browser).await?;
    assert!(tray.contains(&format!("was saved with {count} changes")), "{tray}");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_survives_a_reload_at_once_and_back_asks_before_it_leaves() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = opened(&world).await?;
    configuration::pick(&browser, "Sales", "Export Sales").await?;
    configuration::pick(&browser, "Cost of goods sold", "Cost of Goods Sold").await?;
    browser.web.refresh().await?;
    browser.read("Your unsaved changes are back (2 changes).").await?;
    configuration::shows(&browser, "Sales", "Export Sales").await?;

    browser.web.back().await?;
    browser.read("Leave without saving?").await?;
    browser.press("button", "Stay here").await?;
    assert!(browser.web.current_url().await?.path().ends_with("/configuration"));
    browser.web.back().await?;
    browser.press("button", "Leave").await?;
    browser.find("switch", "QuickBooks Online").await?;
    browser.find("heading", "Integrations").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_an_import_is_told_until_somebody_closes_it() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = opened(&world).await?;
    browser.web.refresh().await?;
    browser.read("Your settings are imported").await?;
    let bell = "return document.querySelector('.bell').ariaLabel";
    let before = browser.script(bell).await?;
    browser.press("button", "Close").await?;
    until("its entry of the tray to be read", async || {
        Ok((browser.script(bell).await? != before).then_some(()))
    })
    .await?;
    browser.web.refresh().await?;
    browser.find("heading", "Default accounts").await?;
    browser.refuse("Your settings are imported").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_narrow_picker_shows_its_field_and_its_buttons_whole() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = opened(&world).await?;
    browser.screen(360, 740, "light").await?;
    for section in ["Taxes", "Customers"] {
        let open = format!(
            "[...document.querySelectorAll('.section')].find((s) => s.querySelector('h2').textContent === '{section}')
                .querySelector('button.choose').click()"
        );
        browser.script(&open).await?;
        until("the choices", async || {
            let here = "return document.querySelectorAll('dialog[open] [role=option]').length";
            Ok(browser.script(here).await?.as_u64().filter(|count| *count > 0))
        })
        .await?;
        let wide = "const d = document.querySelector('dialog[open]'); return d.scrollWidth - d.clientWidth";
        assert_eq!(browser.script(wide).await?, 0, "{section}: the dialog scrolls sideways");
        let cut = "const d = document.querySelector('dialog[open]').getBoundingClientRect();
            return [...document.querySelectorAll('dialog[open] :is(input, button)')]
                .filter((e) => e.getBoundingClientRect().right > d.right).length";
        assert_eq!(browser.script(cut).await?, 0, "{section}: a control is cut");
        browser.press("button", "Close").await?;
    }
    browser.close().await
}
