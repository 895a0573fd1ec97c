//! The whole story inside pages of another site, whose window the popup cannot reach (COOP
//! `same-origin`), under a strict policy, with third-party cookies blocked: the demo portal's own page
//! and one in React 19.

use std::time::Duration;

use e2e::pages::{configuration, consent, store, widget};
use e2e::{Browser, Result, World};

use crate::story::map_and_save;

const COMPANY: &str = "Harbourside Supplies Ltd";
/// A cookie and a storage entry, tried in the frame; what came of them.
const TRACES: &str = "
  document.cookie = 'a=b; SameSite=None; Secure; Path=/';
  return [document.cookie, sessionStorage.length, localStorage.length].join()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn em_07_em_13_the_whole_story_in_the_portals_page() -> Result<()> {
    let world = World::start(Duration::from_millis(400)).await?;
    let browser = Browser::open(&world.driver, 1280, 900).await?;
    browser.visit(&format!("{}/integrations", world.portal.url())).await?;
    let away = "const store = document.querySelector('patchbay-store'); window.place = store.parentNode;
         window.kept = store; store.remove()";
    whole_story(&browser, (away, "place.append(kept)")).await?;
    let complaints = browser.complaints().await?;
    assert!(complaints.is_empty(), "the page complained: {complaints:?}");
    browser.close().await?;
    world.refuse_leaks()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn em_07_em_13_the_whole_story_in_a_react_page() -> Result<()> {
    let world = World::start(Duration::from_millis(400)).await?;
    let store = world.store_url();
    let policy = format!(
        "default-src 'none'; script-src 'self' {store}; frame-src {store}; style-src 'self'; \
         connect-src 'self'; require-trusted-types-for 'script'; base-uri 'none'"
    );
    world.host.react_page(&policy, store)?;
    let browser = Browser::open(&world.driver, 1280, 900).await?;
    browser.visit(world.host.url()).await?;
    browser.find("heading", "React page").await?;
    let press = |words: &str| {
        format!(
            "[...document.querySelectorAll('button')].find((one) => one.textContent === '{words}').click()"
        )
    };
    whole_story(&browser, (&press("Take the store away"), &press("Put the store back"))).await?;
    browser.close().await?;
    world.refuse_leaks()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_saves_stays_in_sight_wherever_the_page_is_scrolled_to() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = Browser::open(&world.driver, 1280, 900).await?;
    browser.visit(&format!("{}/integrations", world.portal.url())).await?;
    widget::enter(&browser).await?;
    store::switch_on(&browser).await?;
    consent::connect(&browser, COMPANY).await?;
    widget::enter(&browser).await?;
    store::imported(&browser).await?;
    browser.press("link", "Finish the configuration").await?;
    configuration::pick(&browser, "Sales", "Export Sales").await?;
    let high = "return document.documentElement.offsetHeight";
    let high = browser.script(high).await?.as_f64().unwrap_or_default();
    assert!(high > 2000.0, "the page is longer than the window: {high}");
    for (width, height) in [(1280, 900), (360, 640)] {
        browser.screen(width, height, "light").await?;
        for part in [0.3, 0.7, 0.5] {
            widget::leave(&browser).await?;
            browser.script(&format!("scrollTo(0, document.documentElement.scrollHeight * {part})")).await?;
            widget::in_sight(&browser, ".save-bar.stays").await?;
        }
    }
    browser.close().await
}

/// `(away, back)` take the element out of the page and put it there again.
async fn whole_story(browser: &Browser, (away, back): (&str, &str)) -> Result<()> {
    widget::listen(browser).await?;
    widget::enter(browser).await?;
    assert_eq!(browser.script(TRACES).await?, ",0,0", "EM-07: a frame keeps nothing in the browser");
    store::switch_on(browser).await?;
    consent::connect(browser, COMPANY).await?;
    widget::told(browser, &format!("one.name === 'connected' && one.company === '{COMPANY}'")).await?;

    // EM-13: the import goes on without the frame, and the frame finds it again.
    widget::enter(browser).await?;
    let (before, _) = store::progress_beyond(browser, 0).await?;
    widget::leave(browser).await?;
    browser.script(away).await?;
    browser.script(back).await?;
    widget::enter(browser).await?;
    // Beyond what was read before, or over: it never goes back.
    store::progress_beyond_or_done(browser, before - 1).await?;
    store::imported(browser).await?;
    widget::told(browser, "one.name === 'import' && one.state === 'done' && one.done > 300").await?;

    widget::enter(browser).await?;
    browser.press("link", "Finish the configuration").await?;
    map_and_save(browser).await?;
    widget::in_sight(browser, ".notes .good").await?;
    widget::told(browser, "one.name === 'configured' && one.version > 0").await?;

    widget::enter(browser).await?;
    browser.press("link", "Overview").await?;
    store::switch_off(browser).await?;
    browser.read("Your settings are kept.").await?;
    widget::told(browser, "one.name === 'disconnected'").await?;
    widget::enter(browser).await?;
    store::switch_on(browser).await?;
    consent::connect(browser, COMPANY).await?;
    widget::enter(browser).await?;
    store::imported(browser).await?;
    configuration::open(browser).await?;
    configuration::shows(browser, "Sales", "Export Sales").await?;
    widget::leave(browser).await
}
