//! A provider that sends us somewhere else: into this machine, or to the address at which clouds keep
//! their secrets. Nobody goes there, and no credential does (RF-15).

use protocol::import::List;
use sandbox::{Failure, Mischief, Sandbox, UK_COMPANY};
use server::oauth::refresh::TokenError;
use server::oauth::revoke::send_due;
use server::providers::ProviderCause;

use crate::client::BOUND;
use crate::quick::{CLIENT, Quick, REVOKE, SECRET, TOKEN, qbo, quickbooks, result};
use crate::tokens::{HOUR, access, eventually};

/// Where machines of many clouds ask for their own credentials.
const METADATA: &str = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// A second QuickBooks that would take our credentials, and must never see them.
async fn elsewhere() -> Sandbox {
    let clients = vec![sandbox::Client::new(CLIENT, SECRET, Vec::new())];
    sandbox::start(quickbooks(clients)).await.expect("the sandbox starts")
}

fn redirect(route: &str, status: u16, to: &str) -> Failure {
    let to = to.to_owned();
    Failure { status: Some(status), ..Failure::of(route, Mischief::Redirect { to }) }
}

/// Every redirect of a route: to another listener of this machine, to the same path there, and out of it.
fn redirects(route: &str, path: &str, elsewhere: &Sandbox) -> Vec<Failure> {
    let there = format!("{}{path}", elsewhere.url());
    let named = there.replace("127.0.0.1", "localhost");
    let all = STATUSES.into_iter().flat_map(|status| {
        [there.as_str(), named.as_str(), METADATA, "//169.254.169.254/"].map(|to| redirect(route, status, to))
    });
    all.collect()
}

fn nobody_came(elsewhere: &Sandbox, failure: &Failure) {
    assert!(elsewhere.ledger().entries().is_empty(), "{failure:?}");
}

#[tokio::test]
async fn rf_15_a_redirected_refresh_goes_nowhere() {
    let (quick, elsewhere) = (Quick::start().await, elsewhere().await);
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    for failure in redirects(TOKEN, "/oauth2/v1/tokens/bearer", &elsewhere) {
        quick.world.clock.advance(HOUR);
        quick.sandbox.control().fail(failure.clone());
        let before = quick.calls(TOKEN);
        assert!(matches!(access(&quick, &ann).await, Err(TokenError::Unavailable)), "{failure:?}");
        assert_eq!(quick.calls(TOKEN), before + 1, "asked once");
        nobody_came(&elsewhere, &failure);
    }
    quick.world.clock.advance(HOUR);
    assert!(access(&quick, &ann).await.is_ok());
}

#[tokio::test]
async fn rf_15_a_redirected_exchange_or_proof_goes_nowhere() {
    let (quick, elsewhere) = (Quick::start().await, elsewhere().await);
    let ann = quick.ann().await;
    for (route, told) in [(TOKEN, "unreachable"), ("/companyinfo", "company-unproven")] {
        for status in [302, 307] {
            let to = format!("{}/oauth2/v1/tokens/bearer", elsewhere.url());
            let failure = redirect(route, status, &to);
            quick.sandbox.control().fail(failure.clone());
            let away = quick.leave(&ann, "").await;
            let back = quick.consent(&away, UK_COMPANY).await;
            assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), told, "{failure:?}");
            nobody_came(&elsewhere, &failure);
        }
    }
    assert!(!quick.row(&ann).await.live);
}

#[tokio::test]
async fn rf_15_a_redirected_read_goes_nowhere() {
    let (quick, elsewhere) = (Quick::start().await, elsewhere().await);
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.sandbox.control().resume_queries();
    crate::imports::ended(&quick, &ann).await;
    let door = access(&quick, &ann).await.expect("a token");
    let provider = quick.world.app().catalogue.provider(&qbo()).expect("a provider");
    for failure in redirects("/query", "/v3/company/1/query?query=x", &elsewhere) {
        quick.sandbox.control().fail(failure.clone());
        let fault = provider.count(&door, List::Customers).await.expect_err("a fault");
        assert_eq!((fault.cause, fault.status), (ProviderCause::Garbled, failure.status), "{failure:?}");
        nobody_came(&elsewhere, &failure);
    }
    assert!(provider.count(&door, List::Customers).await.is_ok());
}

#[tokio::test]
async fn rf_15_a_redirected_revocation_goes_nowhere_and_is_sent_again() {
    let (quick, elsewhere) = (Quick::start().await, elsewhere().await);
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    let failures = redirects(REVOKE, "/v2/oauth2/tokens/revoke", &elsewhere);
    for failure in &failures {
        quick.sandbox.control().fail(failure.clone());
    }
    quick.disconnect(&ann).await;
    for sent in 1..=failures.len() + 1 {
        eventually(|| async {
            send_due(&quick.world.app()).await.expect("looked at");
            quick.calls(REVOKE) == sent
        })
        .await;
        // Asking waits for whoever is at it: then it is written down when it comes again.
        send_due(&quick.world.app()).await.expect("looked at");
        nobody_came(&elsewhere, failures.get(sent - 1).unwrap_or(&failures[0]));
        quick.world.clock.advance(HOUR);
    }
    let answered = quick.sandbox.ledger().answered_to(REVOKE, failures.len() + 1, BOUND).await;
    assert_eq!(answered.last().and_then(|entry| entry.status), Some(200), "to where it belongs");
}
