//! An import in front of somebody who asked for less motion, beside somebody who did not.

use std::time::Duration;

use e2e::pages::{consent, imports, portal, store};
use e2e::{Browser, Result, World};

use super::COMPANY;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_animated_for_whoever_asked_for_less_motion() -> Result<()> {
    let world = World::start(Duration::from_millis(150)).await?;
    let calm = portal::opened(&world).await?;
    calm.prefer_motion("reduce").await?;
    let lively = Browser::open(&world.driver, 1280, 900).await?;
    portal::enter(&lively, &world.link("harbour", "Harbour & Sons Ltd", "Ben Marsh").await?).await?;
    lively.prefer_motion("no-preference").await?;
    for browser in [&calm, &lively] {
        imports::listen(browser).await?;
        imports::watch_motion(browser).await?;
    }
    store::switch_on(&calm).await?;
    consent::connect(&calm, COMPANY).await?;
    for browser in [&calm, &lively] {
        store::imported(browser).await?;
    }
    // The bar moves all the same, and what is said aloud is said.
    let seen = imports::motion(&calm).await?;
    assert_eq!(seen.animated, Vec::<String>::new());
    assert!(seen.widths.len() > 3 && seen.widths.is_sorted(), "{:?}", seen.widths);
    let spoken = imports::spoken(&calm).await?;
    assert_eq!(
        spoken.first().map(String::as_str),
        Some("Importing your settings from QuickBooks has begun.")
    );
    assert_eq!(spoken.last().map(String::as_str), Some("Your settings are imported"));
    let others = imports::motion(&lively).await?.animated;
    assert!(others.iter().any(|what| what.contains("bar")), "the same bars are animated else: {others:?}");
    lively.close().await?;
    calm.close().await
}
