//! Answers that are far too large: cut off at their limit, and the memory they cost is a page's (RF-13).

use std::process::Command;
use std::sync::Arc;

use protocol::import::List;
use protocol::store::ConnectionState;
use sandbox::{Failure, Huge, Mischief, UK_COMPANY};
use server::oauth::refresh::TokenError;
use server::providers::{Door, Provider, ProviderCause};

use crate::imports::ended;
use crate::quick::{Quick, TOKEN, qbo, result};
use crate::tokens::{HOUR, access};
use crate::world::Person;

/// As much as the process may grow at any moment, in KiB.
const GROWTH: u64 = 20 * 1024;
/// The limits of an answer with tokens and of a page, in bytes.
const TOKENS: u64 = 64 * 1024;
const PAGE: u64 = 10 * 1024 * 1024;
/// Tells the process that it is the one that is measured.
pub(crate) const ALONE: &str = "PATCHBAY_TEST_ALONE";

/// A number of KiB that the system has of this process.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a process has a status");
    let line = status.lines().find(|line| line.starts_with(name)).expect("its memory");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// Does something; says by how much the process had grown in between, in KiB.
pub(crate) async fn growth<T>(work: impl Future<Output = T>) -> (u64, T) {
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak begins anew");
    let before = memory("VmRSS:");
    let done = work.await;
    (memory("VmHWM:").saturating_sub(before), done)
}

/// Larger than allowed by a byte, by far and without end, said beforehand or not; and little that
/// would become much if it were unpacked.
fn too_large(limit: u64) -> [Huge; 4] {
    [Huge::Length(limit + 1), Huge::Length(20_000_000), Huge::Endless, Huge::GzipBomb(100_000_000)]
}

async fn connected() -> (Quick, Person) {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    (quick, ann)
}

async fn tokens_are_cut_off(quick: &Quick, ann: &Person) {
    for huge in too_large(TOKENS) {
        quick.world.clock.advance(HOUR);
        quick.sandbox.control().fail(Failure::of(TOKEN, Mischief::Huge(huge)));
        let (grown, door) = growth(access(quick, ann)).await;
        assert!(matches!(door, Err(TokenError::Unavailable)), "{huge:?}: {:?}", door.err());
        assert!(grown < GROWTH, "{huge:?}: {grown} KiB");
        quick.world.clock.advance(HOUR);
        assert!(access(quick, ann).await.is_ok(), "{huge:?}");
    }
}

async fn pages_are_cut_off(quick: &Quick, (door, provider): (&Door, Arc<dyn Provider>)) {
    for huge in too_large(PAGE) {
        quick.sandbox.control().fail(Failure::of("/query", Mischief::Huge(huge)));
        let (grown, page) = growth(provider.page(door, List::Customers, 1, 1000)).await;
        assert_eq!(page.expect_err("a fault").cause, ProviderCause::Garbled, "{huge:?}");
        assert!(grown < GROWTH, "{huge:?}: {grown} KiB");
        // What is read up to the limit must be seen, or the measure measures nothing.
        assert!(huge != Huge::Endless || grown > PAGE / 1024 / 2, "{huge:?}: {grown} KiB");
    }
    quick.sandbox.control().fail(Failure::of("/query", Mischief::Huge(Huge::Length(PAGE))));
    let whole = provider.page(door, List::Customers, 1, 1000).await;
    assert!(whole.is_err_and(|fault| fault.status == Some(200)), "it was read to its end");
    assert_eq!(provider.page(door, List::Customers, 1, 100).await.expect("a page").size, 100);
}

/// Runs in a process of its own, because memory is counted by process.
#[tokio::test]
async fn rf_13_answers_of_any_size_cost_less_than_20_mb() {
    if std::env::var_os(ALONE).is_none() {
        let program = std::env::current_exe().expect("this program");
        let name = "huge::rf_13_answers_of_any_size_cost_less_than_20_mb";
        let alone = Command::new(program).args([name, "--exact"]).env(ALONE, "").output().expect("it runs");
        let told = String::from_utf8_lossy(&alone.stdout);
        assert!(alone.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let (quick, ann) = connected().await;
    tokens_are_cut_off(&quick, &ann).await;
    let provider = quick.world.app().catalogue.provider(&qbo()).expect("a provider");
    let door = access(&quick, &ann).await.expect("a token");
    pages_are_cut_off(&quick, (&door, provider)).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
}

#[tokio::test]
async fn rf_13_who_connects_to_too_much_is_told() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    for (route, told) in [(TOKEN, "unreachable"), ("/companyinfo", "company-unproven")] {
        let away = quick.leave(&ann, "").await;
        let back = quick.consent(&away, UK_COMPANY).await;
        quick.sandbox.control().fail(Failure::of(route, Mischief::Huge(Huge::Endless)));
        assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), told, "{route}");
    }
    assert!(!quick.row(&ann).await.live);
}
