//! The forced link and the forced login, played by two browsers: an attacker's own link, provider
//! page and callback in front of a victim. No connection is made for anybody.

use std::time::Duration;

use e2e::pages::{consent, portal, store};
use e2e::{Browser, Result, World};

const COMPANY: &str = "Harbourside Supplies Ltd";
const TOKENS: &str = "/oauth2/v1/tokens/bearer";

/// Nobody was connected, and no code was exchanged.
fn refuse_connections(world: &World) {
    assert!(world.sandbox.ledger().to(TOKENS).is_empty(), "OA-01: a code was exchanged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_01_a_forced_link_names_whom_it_signs_in_and_waits() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let victim = Browser::open(&world.driver, 1280, 900).await?;
    let link = world.link("evil", "Evil Traders", "Mallory").await?;

    victim.visit(&link).await?;
    victim.find("heading", "Open the store of Northwind Stock").await?;
    victim.read("You will be signed in as Mallory of Evil Traders.").await?;
    assert_eq!(victim.web.get_all_cookies().await?.len(), 0, "nothing happens without Continue");
    victim.visit(world.store_url()).await?;
    victim.find("heading", "You are not signed in here").await?;

    // Looking did not use the link up: it was the attacker's and still is.
    let attacker = Browser::open(&world.driver, 1280, 900).await?;
    portal::enter(&attacker, &link).await?;
    attacker.read("Evil Traders").await?;
    attacker.close().await?;
    victim.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_01_a_forced_link_says_that_it_replaces_a_session() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let victim = Browser::open(&world.driver, 1280, 900).await?;
    portal::open_store(&victim, &world).await?;
    let link = world.link("evil", "Evil Traders", "Mallory").await?;

    victim.visit(&link).await?;
    victim.read("You will be signed in as Mallory of Evil Traders.").await?;
    victim.read("Ada Marsh of Harbour & Sons Ltd is signed in at Northwind Stock").await?;
    victim.read("Continuing signs that person out.").await?;
    victim.visit(world.store_url()).await?;
    victim.find("heading", "Integrations").await?;
    victim.read("Harbour & Sons Ltd").await?;

    // What the victim connects afterwards is the victim's own.
    store::switch_on(&victim).await?;
    consent::connect(&victim, COMPANY).await?;
    victim.read(&format!("Connected to {COMPANY}")).await?;
    let attacker = Browser::open(&world.driver, 1280, 900).await?;
    portal::enter(&attacker, &link).await?;
    attacker.refuse(COMPANY).await?;
    attacker.close().await?;
    victim.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_01_a_forced_callback_connects_nobody() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let attacker = Browser::open(&world.driver, 1280, 900).await?;
    portal::enter(&attacker, &world.link("evil", "Evil Traders", "Mallory").await?).await?;
    store::switch_on(&attacker).await?;
    let provider = consent::address(&attacker).await?;
    // The attacker agrees, and keeps the address that leads back for the victim.
    let callback = sandbox::consent(&provider, COMPANY).await?;

    let victim = Browser::open(&world.driver, 1280, 900).await?;
    portal::open_store(&victim, &world).await?;
    victim.visit(callback.as_str()).await?;
    victim.find("heading", "This sign-in link is no longer valid").await?;
    refuse_connections(&world);
    assert_eq!(victim.web.current_url().await?.query(), None, "OA-16: no code stays in the address");
    victim.visit(world.store_url()).await?;
    assert!(!store::is_on(&victim).await?);
    attacker.press("button", "Cancel the sign-in").await?;
    assert!(!store::is_on(&attacker).await?);
    victim.close().await?;
    attacker.close().await?;
    world.refuse_leaks_if_any()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_01_a_forced_consent_page_connects_nobody() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let attacker = Browser::open(&world.driver, 1280, 900).await?;
    portal::enter(&attacker, &world.link("evil", "Evil Traders", "Mallory").await?).await?;
    store::switch_on(&attacker).await?;
    let provider = consent::address(&attacker).await?;

    // The victim believes the provider's own page, signs in there and agrees.
    let victim = Browser::open(&world.driver, 1280, 900).await?;
    portal::open_store(&victim, &world).await?;
    victim.visit(&provider).await?;
    consent::connect_here(&victim, COMPANY).await?;
    victim.find("heading", "This sign-in link is no longer valid").await?;
    refuse_connections(&world);
    victim.visit(world.store_url()).await?;
    assert!(!store::is_on(&victim).await?);
    attacker.press("button", "Cancel the sign-in").await?;
    assert!(!store::is_on(&attacker).await?);
    victim.close().await?;
    attacker.close().await
}
