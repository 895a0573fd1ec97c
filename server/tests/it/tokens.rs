//! Tokens after connecting: refreshed once, revoked when switched off, never for a neighbour.

use futures_util::FutureExt as _;
use protocol::message::FaultKind;
use protocol::store::{ConnectFailure, ConnectionState, ReconnectReason};
use sandbox::{Failure, Rotation, UK_COMPANY, US_COMPANY};
use server::oauth::refresh::{self, TokenError};
use server::oauth::revoke::send_due;
use server::providers::Door;

use crate::client::{BOUND, a_moment};
use crate::quick::{Quick, REVOKE, TOKEN, result, rotation};
use crate::revocations::revocations;
use crate::world::{ALL, Person};

pub(crate) const HOUR: u64 = 3_600_000;

/// An access token for this person's company, as whoever needs one gets it.
pub(crate) async fn access(quick: &Quick, person: &Person) -> Result<Door, TokenError> {
    let connection = quick.row(person).await.id;
    refresh::access(&quick.world.app(), connection).await
}

/// Waits until something is so.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut so: impl FnMut() -> F) {
    let waiting = async {
        while !so().await {
            a_moment().await;
        }
    };
    tokio::time::timeout(BOUND, waiting).await.expect("it becomes so within the bound");
}

/// Asks, and goes away as soon as this is so.
async fn hang_up<T>(asking: impl Future<Output = T>, is_so: impl Fn() -> bool) {
    let mut asking = Box::pin(asking);
    let waiting = async {
        while !is_so() && (&mut asking).now_or_never().is_none() {
            a_moment().await;
        }
    };
    tokio::time::timeout(BOUND, waiting).await.expect("it becomes so within the bound");
}

#[tokio::test]
async fn rf_01_fifty_callers_share_one_refresh() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let fresh = access(&quick, &ann).await.unwrap();
    assert_eq!(quick.calls(TOKEN), 1, "a fresh token is used as it is");
    quick.world.clock.advance(HOUR - 5 * 60_000);
    let all = futures_util::future::join_all((0..50).map(|_| access(&quick, &ann))).await;
    assert!(all.iter().all(|door| door.as_ref().is_ok_and(|door| door.generation == fresh.generation + 1)));
    assert_eq!(quick.calls(TOKEN), 2);
    let facts = quick.world.app().catalogue.provider(&crate::quick::qbo()).unwrap();
    assert_eq!(facts.company(all[0].as_ref().unwrap()).await.unwrap().name, UK_COMPANY);
}

#[tokio::test]
async fn rf_05_an_answer_lost_after_the_work_ends_as_the_rotation_has_it() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    let lost = Failure { after_work: true, ..Failure::new(TOKEN, 503, 1) };
    quick.sandbox.control().fail(lost);
    quick.world.clock.advance(HOUR);
    assert!(matches!(access(&quick, &ann).await, Err(TokenError::Unavailable)));
    quick.world.clock.advance(60_000);
    let door = access(&quick, &ann).await;
    let state = quick.view(&ann).await.state;
    match rotation() {
        Rotation::Intuit | Rotation::Grace => {
            assert!(door.is_ok(), "the old token still works");
            assert_eq!(state, ConnectionState::Importing);
        }
        Rotation::Strict => {
            assert!(matches!(door, Err(TokenError::ReconnectRequired)), "the family is dead");
            let reason = ReconnectReason::Interrupted;
            assert_eq!(state, ConnectionState::ReconnectRequired { reason });
            assert!(access(&quick, &ann).await.is_err());
        }
    }
    assert_eq!(quick.calls(TOKEN), 3);
}

#[tokio::test]
async fn a_401_refreshes_once_however_many_met_it() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let (app, row) = (quick.world.app(), quick.row(&ann).await);
    let ask = || refresh::access_after_401(&app, row.id, row.generation);
    let all = futures_util::future::join_all((0..10).map(|_| ask())).await;
    assert!(all.iter().all(|door| door.as_ref().is_ok_and(|door| door.generation == row.generation + 1)));
    assert_eq!(ask().await.unwrap().generation, row.generation + 1);
    assert_eq!(quick.calls(TOKEN), 2);
    refresh::refused(&app, row.id, row.generation).await.unwrap();
    assert!(quick.row(&ann).await.live, "an old generation says nothing of a newer one");
    refresh::refused(&app, row.id, row.generation + 1).await.unwrap();
    assert!(!quick.row(&ann).await.live);
}

#[tokio::test]
async fn cn_01_a_caller_who_hangs_up_changes_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    hang_up(quick.visit(&back, &away.cookie), || quick.calls(TOKEN) == 1).await;
    // A second look must find either nothing begun or everything done, never a second exchange.
    let again = quick.visit(&back, &away.cookie).await;
    eventually(|| async { quick.row(&ann).await.live }).await;
    assert_eq!(quick.calls(TOKEN), 1, "{}", again.status);
    quick.world.clock.advance(HOUR);
    let (app, id) = (quick.world.app(), quick.row(&ann).await.id);
    let before = quick.row(&ann).await.generation;
    hang_up(refresh::access(&app, id), || quick.calls(TOKEN) == 2).await;
    assert_eq!(refresh::access(&app, id).await.unwrap().generation, before + 1);
    assert_eq!(quick.calls(TOKEN), 2);
}

#[tokio::test]
async fn cn_02_a_refused_attempt_never_revokes_the_live_one() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(quick.connect(&ben, UK_COMPANY).await, "company-in-use");
    let view = quick.view(&ben).await;
    assert_eq!(
        (view.state, view.last_failure),
        (ConnectionState::Available, Some(ConnectFailure::CompanyInUse))
    );
    assert!(view.company.is_none(), "whose company it is stays untold");
    send_due(&quick.world.app()).await.unwrap();
    assert_eq!(quick.calls(REVOKE), 0);
    quick.world.clock.advance(HOUR);
    assert!(access(&quick, &ann).await.is_ok());
}

#[tokio::test]
async fn cn_03_a_late_revocation_spares_a_reconnected_company() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    quick.sandbox.control().fail(Failure::new(REVOKE, 503, 1));
    quick.disconnect(&ann).await;
    eventually(|| async { revocations(&quick) == [Some(503)] }).await;
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    quick.world.clock.advance(HOUR);
    send_due(&quick.world.app()).await.unwrap();
    assert_eq!(quick.calls(REVOKE), 1);
    assert!(access(&quick, &ann).await.is_ok());
    quick.disconnect(&ann).await;
    eventually(|| async { revocations(&quick).len() == 2 }).await;
    send_due(&quick.world.app()).await.unwrap();
    assert_eq!(quick.calls(REVOKE), 2, "the dropped one stays dropped");
}

#[tokio::test]
async fn cn_04_two_tenants_finishing_at_once_have_one_winner() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    let (one, two) = (quick.leave(&ann, "").await, quick.leave(&ben, "").await);
    let (back, forth) = (quick.consent(&one, UK_COMPANY).await, quick.consent(&two, UK_COMPANY).await);
    let (first, second) = tokio::join!(quick.visit(&back, &one.cookie), quick.visit(&forth, &two.cookie));
    let mut results = [result(&first.location), result(&second.location)];
    results.sort();
    assert_eq!(results, ["company-in-use", "connected"]);
}

#[tokio::test]
async fn another_company_waits_for_the_one_who_chose_it() {
    let quick = Quick::start().await;
    let (ann, cat) = (quick.ann().await, quick.world.person("acme", "Cat", ALL).await);
    quick.connect(&ann, UK_COMPANY).await;
    quick.disconnect(&ann).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    let asked = quick.view(&ann).await.decision.expect("a question");
    assert_eq!((asked.before.as_str(), asked.chosen.as_str()), (UK_COMPANY, US_COMPANY));
    let refused = quick.decide(&cat, true).await.unwrap_err();
    assert_eq!(refused.kind(), FaultKind::NotAllowed);
    quick.decide(&ann, true).await.unwrap();
    let view = quick.view(&ann).await;
    assert_eq!(view.state, ConnectionState::Importing);
    assert_eq!(view.company.expect("a company").name, US_COMPANY);
    assert!(view.decision.is_none() && access(&quick, &ann).await.is_ok());
    assert_eq!(quick.decide(&ann, true).await.unwrap_err().kind(), FaultKind::NotNow);
}

#[tokio::test]
async fn declining_another_company_keeps_the_first() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    assert!(access(&quick, &ann).await.is_ok(), "the first goes on meanwhile");
    quick.decide(&ann, false).await.unwrap();
    eventually(|| async { revocations(&quick) == [Some(200)] }).await;
    let view = quick.view(&ann).await;
    assert_eq!(view.company.expect("a company").name, UK_COMPANY);
    assert!(view.decision.is_none());
}

#[tokio::test]
async fn cn_05_a_question_is_dropped_by_time_or_a_second_attempt() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    quick.connect(&ann, US_COMPANY).await;
    quick.leave(&ann, "").await;
    assert!(quick.view(&ann).await.decision.is_none());
    assert_eq!(quick.decide(&ann, true).await.unwrap_err().kind(), FaultKind::NotNow);
    quick.connect(&ann, US_COMPANY).await;
    quick.world.clock.advance(10 * 60_000);
    assert_eq!(quick.decide(&ann, true).await.unwrap_err().kind(), FaultKind::NotNow);
    server::connections::sweep_once(&quick.world.app()).await.unwrap();
    assert!(quick.view(&ann).await.decision.is_none());
    assert_eq!(quick.row(&ann).await.company.expect("a company").name, UK_COMPANY);
}
