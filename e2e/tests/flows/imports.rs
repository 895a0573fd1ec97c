//! Imports as people see them: said politely, the same in every tab and on every device, stopped and
//! tried again, and looked through while they arrive.

mod calm;
mod folded;

use std::time::Duration;

use e2e::clock::until;
use e2e::pages::{consent, imports, keys, portal, store};
use e2e::{Browser, Key, Result, World};
use sandbox::Failure;
use thirtyfour::By;

const COMPANY: &str = "Harbourside Supplies Ltd";

/// A world whose import has begun and goes on until its queries are paused.
async fn importing(latency: Duration) -> Result<(World, Browser)> {
    let world = World::start(latency).await?;
    let browser = portal::opened(&world).await?;
    imports::listen(&browser).await?;
    store::switch_on(&browser).await?;
    consent::connect(&browser, COMPANY).await?;
    Ok((world, browser))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_is_spoken_of_at_its_start_its_quarters_and_its_end() -> Result<()> {
    let (world, browser) = importing(Duration::from_millis(150)).await?;
    store::progress_beyond(&browser, 0).await?;
    // Intuit's limit, met twice: the reason is said once, and counted down only for those who look.
    let headers = [("Retry-After".to_owned(), "3".to_owned())].into();
    world.sandbox.control().fail(Failure { headers, ..Failure::new("/query", 429, 2) });
    browser.read("QuickBooks allows 500 requests a minute; going on in").await?;
    store::imported(&browser).await?;
    let spoken = imports::spoken(&browser).await?;
    let known = [
        "Importing your settings from QuickBooks has begun.",
        "A quarter of your settings is imported.",
        "Half of your settings is imported.",
        "Three quarters of your settings are imported.",
        "Your settings are imported",
    ];
    let place = |words: &String| known.iter().position(|one| one == words);
    let places: Vec<usize> = spoken.iter().filter_map(place).collect();
    assert!(places.is_sorted_by(|one, next| one < next), "each once, in order: {spoken:?}");
    assert!(places.first() == Some(&0) && places.last() == Some(&4), "{spoken:?}");
    let waits = "QuickBooks allows no more requests for the moment; going on by itself.";
    assert_eq!(spoken.iter().filter(|words| *words == waits).count(), 1, "{spoken:?}");
    assert_eq!(spoken.len(), places.len() + 1, "and nothing else: {spoken:?}");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ws_15_every_tab_and_device_sees_one_import_and_may_stop_it() -> Result<()> {
    let (world, browser) = importing(Duration::from_millis(300)).await?;
    let (seen, _) = store::progress_beyond(&browser, 0).await?;
    world.sandbox.control().pause_queries();
    // Another tab, and somebody else of the organisation on another device.
    let first = browser.web.window().await?;
    browser.web.new_tab().await?;
    browser.follow_popup(std::slice::from_ref(&first)).await?;
    browser.visit(world.store_url()).await?;
    assert!(store::progress_beyond(&browser, 0).await?.0 >= seen);
    let other = Browser::open(&world.driver, 360, 740).await?;
    portal::enter(&other, &world.link("harbour", "Harbour & Sons Ltd", "Ben Marsh").await?).await?;
    assert!(store::progress_beyond(&other, 0).await?.0 >= seen);
    // On a small screen only what is at work is in sight, until somebody asks for the rest.
    let all = imports::lists(&other).await?;
    let few = imports::lists_in_sight(&other).await?;
    other.press("button", &format!("All {all} lists")).await?;
    until("every list", async || Ok((imports::lists_in_sight(&other).await? == all).then_some(()))).await?;
    assert!(few < all, "{few} of {all} lists were in sight");

    // It is stopped from the tray there, and everybody hears so.
    store::open_tray(&other).await?;
    other.press("button", "Cancel import").await?;
    for window in [&browser, &other] {
        window.read("The import was cancelled. What was read is kept.").await?;
    }
    browser.web.switch_to_window(first).await?;
    browser.read("The import was cancelled. What was read is kept.").await?;
    world.sandbox.control().resume_queries();
    other.close().await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unread_counts_follow_their_reader_over_devices_and_nobody_else() -> Result<()> {
    let (world, browser) = importing(Duration::ZERO).await?;
    store::imported(&browser).await?;
    let people = [("Ada Marsh", 360), ("Ben Marsh", 1280)];
    let mut others = Vec::new();
    for (name, width) in people {
        let other = Browser::open(&world.driver, width, 740).await?;
        portal::enter(&other, &world.link("harbour", "Harbour & Sons Ltd", name).await?).await?;
        others.push(other);
    }
    let [ada, ben] = &others[..] else { unreachable!("two") };
    let all = until("something unread", async || {
        let count = imports::unread(ada).await?;
        Ok((count >= 3 && count == imports::unread(ben).await?).then_some(count))
    })
    .await?;
    // The same person at home and at work, and a colleague.
    let home = Browser::open(&world.driver, 1280, 740).await?;
    portal::enter(&home, &world.link("harbour", "Harbour & Sons Ltd", "Ada Marsh").await?).await?;
    imports::unread_becomes(&home, all).await?;
    store::open_tray(ada).await?;
    ada.press("button", "Mark as read").await?;
    imports::unread_becomes(ada, all - 1).await?;
    imports::unread_becomes(&home, all - 1).await?;
    ada.press("button", "Mark all as read").await?;
    imports::unread_becomes(&home, 0).await?;
    assert_eq!(imports::unread(ben).await?, all);
    for other in others.into_iter().chain([home]) {
        other.close().await?;
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_failed_is_retried_alone_and_its_records_are_a_press_away() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = portal::opened(&world).await?;
    world.sandbox.control().fail(Failure::new("/query", 400, 1));
    store::switch_on(&browser).await?;
    consent::connect(&browser, COMPANY).await?;
    browser.read("1 list could not be imported. The others are here.").await?;
    let failed = browser.script("return document.querySelector('.banner .failed .list').textContent").await?;
    let list = failed.as_str().unwrap_or_default().to_owned();
    assert!(store::read_tray(&browser).await?.contains("Ended with failures"));
    browser.press("button", &format!("Retry {list}")).await?;
    store::imported(&browser).await?;
    store::open_tray(&browser).await?.find(By::PartialLinkText(" added")).await?.click().await?;
    browser.find("button", "All records").await?;
    let query = imports::query(&browser).await?;
    assert!(query.contains("change=added") && query.contains("run="), "{query}");
    browser.web.refresh().await?;
    let pressed = until("the filter", async || {
        let script = "return document.querySelector('.changes-of [aria-pressed=true]')?.textContent ?? null";
        Ok(browser.script(script).await?.as_str().map(ToOwned::to_owned))
    })
    .await?;
    assert!(pressed.ends_with("added"), "{pressed}");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_appear_while_they_arrive_and_stay_under_the_readers_hands() -> Result<()> {
    let (world, browser) = importing(Duration::from_millis(300)).await?;
    store::progress_beyond(&browser, 0).await?;
    imports::open_data(&browser, world.store_url(), "?list=customers").await?;
    until("the first records", async || Ok((!imports::names(&browser).await?.is_empty()).then_some(())))
        .await?;
    // More come by themselves; with the focus in the table they wait.
    browser.script("document.querySelector('#records-0').focus()").await?;
    let mut held = Vec::new();
    until("what was asked for before", async || {
        let before = std::mem::replace(&mut held, imports::names(&browser).await?);
        Ok((before == held).then_some(()))
    })
    .await?;
    store::imported(&browser).await?;
    assert_eq!(imports::names(&browser).await?, held, "rows moved under the reader's hands");
    until("every record", async || {
        browser.script("document.activeElement.blur()").await?;
        // The pointer may happen to rest on the table; then a press shows them.
        if let Some(button) = browser.look("button", "Show what has arrived").await? {
            button.click().await.ok();
        }
        Ok(browser.text().await?.contains("243 records").then_some(()))
    })
    .await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_sorted_by_their_headings_and_the_address_keeps_it() -> Result<()> {
    let (world, browser) = importing(Duration::ZERO).await?;
    store::imported(&browser).await?;
    imports::open_data(&browser, world.store_url(), "?list=customers").await?;
    assert_eq!(imports::sorted(&browser, "Name").await?, "ascending");
    browser.press("button", "Number").await?;
    until("the order by number", async || {
        Ok((imports::sorted(&browser, "Number").await? == "ascending").then_some(()))
    })
    .await?;
    // By keyboard as by mouse, and the other way round.
    let script = "return document.activeElement.textContent";
    assert_eq!(browser.script(script).await?, "Number", "the heading keeps the focus");
    keys::press(&browser, Key::Enter).await?;
    until("the order turned round", async || {
        Ok((imports::sorted(&browser, "Number").await? == "descending").then_some(()))
    })
    .await?;
    assert_eq!(imports::sorted(&browser, "Name").await?, "none");
    assert!(imports::query(&browser).await?.contains("sort=-number"));
    browser.web.refresh().await?;
    until("the same after a reload", async || {
        Ok((imports::sorted(&browser, "Number").await? == "descending").then_some(()))
    })
    .await?;
    // The list is read again from here.
    browser.press("button", "Refresh Customers").await?;
    browser.read("Asked for by hand").await?;
    browser.close().await
}
