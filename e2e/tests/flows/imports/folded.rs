//! The banner of a run that is over, and of one in which lists failed.

use std::time::Duration;

use e2e::clock::until;
use e2e::pages::{consent, imports, keys, portal, store};
use e2e::{Browser, Key, Result, World};
use sandbox::Failure;

use super::{COMPANY, importing};

async fn seen(browser: &Browser, count: usize) -> Result<()> {
    let shown = until(&format!("{count} lists in sight"), async || {
        Ok((imports::lists_in_sight(browser).await? == count).then_some(()))
    })
    .await;
    browser.explain(shown).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_over_takes_one_line_until_somebody_asks() -> Result<()> {
    let (_world, browser) = importing(Duration::ZERO).await?;
    store::imported(&browser).await?;
    browser.read("records read in").await?;
    browser.read(" lists skipped").await?;
    let banner = browser.find("region", "Your settings are imported").await?.text().await?;
    assert!(!banner.contains(" added"), "all of a first import was added: {banner}");
    let all = imports::lists(&browser).await?;
    seen(&browser, 0).await?;
    let name = format!("All {all} lists");
    let toggle = browser.find("button", &name).await?;
    assert_eq!(toggle.attr("aria-expanded").await?.as_deref(), Some("false"));
    browser.press("button", &name).await?;
    seen(&browser, all).await?;
    assert_eq!(toggle.attr("aria-expanded").await?.as_deref(), Some("true"));
    browser.press("button", &name).await?;
    seen(&browser, 0).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_list_is_retried_while_its_run_goes_on() -> Result<()> {
    let world = World::start(Duration::from_millis(400)).await?;
    let browser = portal::opened(&world).await?;
    world.sandbox.control().fail(Failure::new("/query", 400, 2));
    store::switch_on(&browser).await?;
    consent::connect(&browser, COMPANY).await?;
    let two = until("two failed lists", async || {
        let failed = imports::failed(&browser).await?;
        Ok((failed.len() == 2).then_some(failed))
    })
    .await;
    let two = browser.explain(two).await?;
    world.sandbox.control().pause_queries();
    let all = imports::lists(&browser).await?;
    browser.refuse("could not be imported").await?;
    browser.press("button", &format!("Retry {}", two[0])).await?;
    until("one failed list", async || Ok((imports::failed(&browser).await? == two[1..]).then_some(())))
        .await?;
    browser.read("Your settings are being imported").await?;
    world.sandbox.control().resume_queries();

    // The same run ends with the other one, which is in sight with the way out.
    browser.read("1 list could not be imported. The others are here.").await?;
    assert_eq!(imports::lists(&browser).await?, all, "no run of its own");
    seen(&browser, 1).await?;
    assert_eq!(imports::failed(&browser).await?, two[1..]);
    browser.press("button", &format!("Retry {}", two[1])).await?;
    store::imported(&browser).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_is_stopped_and_taken_up_by_keyboard_alone() -> Result<()> {
    let (world, browser) = importing(Duration::from_millis(300)).await?;
    store::progress_beyond(&browser, 0).await?;
    world.sandbox.control().pause_queries();
    keys::tab_to(&browser, "button", "Cancel import").await?;
    assert!(keys::focus_can_be_seen(&browser).await?);
    keys::press(&browser, Key::Enter).await?;
    browser.read("The import was cancelled. What was read is kept.").await?;
    // The button has gone; whoever pressed it is still there.
    keys::wait_inside(&browser, ".banner").await?;
    keys::tab_to(&browser, "button", "Import the rest").await?;
    assert!(keys::focus_can_be_seen(&browser).await?);
    keys::press(&browser, Key::Enter).await?;
    browser.read("Your settings are being imported").await?;
    keys::wait_inside(&browser, ".banner").await?;
    // The end comes by itself, under the hands of whoever is at that button.
    keys::tab_to(&browser, "button", "Cancel import").await?;
    world.sandbox.control().resume_queries();
    store::imported(&browser).await?;
    keys::wait_inside(&browser, ".banner").await?;
    keys::tab_to(&browser, "button", "Close").await?;
    keys::press(&browser, Key::Enter).await?;
    keys::wait_for(&browser, "heading", "Integrations").await?;
    browser.close().await
}
