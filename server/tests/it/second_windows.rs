//! Several windows at the provider for one connection: the newest of a session counts, and none once
//! the connection was made (OA-24, CN-02, CN-05).

use protocol::notification::Event;
use protocol::store::{ConnectFailure, ConnectionState};
use sandbox::{UK_COMPANY, US_COMPANY, US_REALM};
use server::oauth::revoke::send_due;

use crate::quick::{Away, Quick, REVOKE, TOKEN};
use crate::world::{ALL, Person};

const TEN_MINUTES: u64 = 10 * 60 * 1000;

/// Presses Cancel at the provider; gives the status of the callback.
async fn cancel(quick: &Quick, away: &Away, cookie: &str) -> u16 {
    let back = sandbox::cancel(away.authorize.as_str()).await.expect("cancelled");
    quick.visit(&back, cookie).await.status
}

/// Consents, and gives the status of the callback.
async fn finish(quick: &Quick, away: &Away, (company, cookie): (&str, &str)) -> u16 {
    let back = quick.consent(away, company).await;
    quick.visit(&back, cookie).await.status
}

/// How often the tenant's log says that it connected.
async fn connected(quick: &Quick, person: &Person) -> usize {
    let all = quick.events(person).await;
    all.iter().filter(|event| matches!(event, Event::Connected { .. })).count()
}

fn waits(state: ConnectionState) -> bool {
    matches!(state, ConnectionState::Authorizing { .. })
}

#[tokio::test]
async fn oa_24_two_windows_of_one_person_end_in_one_connection() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let first = quick.leave(&ann, "").await;
    let second = quick.leave(&ann, &first.cookie).await;
    assert_eq!(finish(&quick, &second, (UK_COMPANY, &second.cookie)).await, 303);
    crate::imports::ended(&quick, &ann).await;
    let before = quick.row(&ann).await;
    for company in [UK_COMPANY, US_COMPANY] {
        assert_eq!(finish(&quick, &first, (company, &second.cookie)).await, 400, "{company}");
    }
    let after = quick.row(&ann).await;
    assert!(after.live && quick.view(&ann).await.decision.is_none());
    assert_eq!((after.generation, after.revision), (before.generation, before.revision));
    assert_eq!(
        (quick.calls(TOKEN), connected(&quick, &ann).await),
        (1, 1),
        "no second code, no second import"
    );
    send_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(REVOKE), 0);
}

#[tokio::test]
async fn oa_24_the_newer_window_counts_from_when_it_is_opened() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let first = quick.leave(&ann, "").await;
    let back = quick.consent(&first, UK_COMPANY).await;
    let second = quick.leave(&ann, &first.cookie).await;
    let refused =
        quick.world.http.get(back).header("cookie", &second.cookie).send().await.expect("an answer");
    assert_eq!(refused.status(), 400);
    let page = refused.text().await.expect("a page");
    assert!(
        page.contains("This sign-in link is no longer valid") && page.contains("a newer window"),
        "{page}"
    );
    assert_eq!(quick.calls(TOKEN), 0);
    assert!(waits(quick.view(&ann).await.state), "the newer one goes on");
    assert_eq!(finish(&quick, &second, (UK_COMPANY, &second.cookie)).await, 303);
    assert!(quick.row(&ann).await.live);
}

#[tokio::test]
async fn oa_24_a_cancel_in_the_newer_window_ends_the_wait() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let first = quick.leave(&ann, "").await;
    let second = quick.leave(&ann, &first.cookie).await;
    assert_eq!(cancel(&quick, &second, &second.cookie).await, 303);
    let view = quick.view(&ann).await;
    assert_eq!(
        (view.state, view.last_failure),
        (ConnectionState::Available, Some(ConnectFailure::Cancelled))
    );
    assert_eq!(finish(&quick, &first, (UK_COMPANY, &second.cookie)).await, 400);
    assert_eq!(quick.calls(TOKEN), 0);
}

#[tokio::test]
async fn oa_24_a_cancel_in_the_older_window_says_nothing_of_the_newer() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let first = quick.leave(&ann, "").await;
    let second = quick.leave(&ann, &first.cookie).await;
    assert_eq!(cancel(&quick, &first, &second.cookie).await, 400);
    let view = quick.view(&ann).await;
    assert!(waits(view.state) && view.last_failure.is_none());
    assert_eq!(finish(&quick, &second, (UK_COMPANY, &second.cookie)).await, 303);
    assert_eq!(quick.view(&ann).await.last_failure, None);
}

#[tokio::test]
async fn oa_24_a_window_of_somebody_else_stays_until_the_connection_is_made() {
    let quick = Quick::start().await;
    let (ann, cat) = (quick.ann().await, quick.world.person("acme", "Cat", ALL).await);
    let theirs = quick.leave(&cat, "").await;
    let elsewhere = quick.leave(&quick.ann().await, "").await;
    let ours = quick.leave(&ann, "").await;
    assert_eq!(cancel(&quick, &ours, &ours.cookie).await, 303);
    assert!(waits(quick.view(&ann).await.state), "a colleague is still at the provider");
    assert_eq!(finish(&quick, &theirs, (UK_COMPANY, &theirs.cookie)).await, 303);
    assert_eq!(finish(&quick, &elsewhere, (UK_COMPANY, &elsewhere.cookie)).await, 400);
    assert_eq!((quick.calls(TOKEN), connected(&quick, &ann).await), (1, 1));
    quick.world.clock.advance(TEN_MINUTES);
    server::connections::sweep_once(&quick.world.app()).await.expect("swept");
    assert_eq!(quick.view(&ann).await.last_failure, None, "nothing ran out of time");
    // What is begun afterwards, to connect again, counts as ever.
    assert_eq!(quick.connect(&cat, UK_COMPANY).await, "connected");
}

#[tokio::test]
async fn cn_05_taking_another_company_ends_every_window_of_before() {
    let quick = Quick::start().await;
    let (ann, cat) = (quick.ann().await, quick.world.person("acme", "Cat", ALL).await);
    quick.connect(&ann, UK_COMPANY).await;
    let theirs = quick.leave(&cat, "").await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    quick.decide(&ann, true).await.expect("decided");
    let exchanged = quick.calls(TOKEN);
    assert_eq!(finish(&quick, &theirs, (UK_COMPANY, &theirs.cookie)).await, 400);
    assert_eq!(quick.calls(TOKEN), exchanged);
    assert!(quick.view(&ann).await.decision.is_none());
    assert_eq!(quick.row(&ann).await.company_id.as_deref(), Some(US_REALM));
}

#[tokio::test]
async fn cn_02_an_older_window_costs_a_live_connection_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let first = quick.leave(&ann, "").await;
    let second = quick.leave(&ann, &first.cookie).await;
    let before = quick.row(&ann).await.generation;
    assert_eq!(finish(&quick, &first, (US_COMPANY, &second.cookie)).await, 400);
    assert_eq!(cancel(&quick, &second, &second.cookie).await, 303);
    send_due(&quick.world.app()).await.expect("looked at");
    let row = quick.row(&ann).await;
    assert!(row.live && row.generation == before);
    assert_eq!((quick.calls(TOKEN), quick.calls(REVOKE)), (1, 0));
}
