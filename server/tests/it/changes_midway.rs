//! What changes between the click and the tokens: rights, sessions, portals. Nothing is stored then
//! (CN-06); and what a company guard's question survives (CN-05).

use protocol::message::FaultKind;
use protocol::store::{ConnectFailure, ConnectionState, Permissions};
use sandbox::{UK_COMPANY, UK_REALM, US_COMPANY, US_REALM};
use server::oauth::refresh;
use server::oauth::revoke::send_due;
use url::Url;

use crate::client::{BOUND, a_moment};
use crate::quick::{Away, Quick, REVOKE, Seen, TOKEN, result};
use crate::world::{ALL, Person};

const HOUR: u64 = 3_600_000;

async fn lower(quick: &Quick, person: &Person) {
    let (session, less) = (person.session, Permissions { connect: false, ..ALL });
    quick.world.write(move |mut db| Box::pin(async move { db.set_permissions(session, less).await })).await;
}

async fn end(quick: &Quick, person: &Person) {
    let (session, now) = (person.session, quick.world.clock.now());
    quick.world.write(move |mut db| Box::pin(async move { db.end_session(session, now).await })).await;
}

/// Comes back, and lets something happen while the provider is being asked for tokens.
async fn meanwhile(quick: &Quick, away: &Away, back: &Url, change: impl Future<Output = ()>) -> Seen {
    quick.sandbox.control().hold(TOKEN);
    let change = async {
        let asked = async {
            while quick.calls(TOKEN) == 0 {
                a_moment().await;
            }
        };
        tokio::time::timeout(BOUND, asked).await.expect("the code is exchanged");
        change.await;
        quick.sandbox.control().release();
    };
    tokio::join!(quick.visit(back, &away.cookie), change).0
}

async fn assert_nothing_stored(quick: &Quick, person: &Person) {
    let row = quick.row(person).await;
    assert!(!row.live && row.tokens.is_none() && row.company_id.is_none());
    send_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(REVOKE), 0, "whose permission it would end is not known");
}

#[tokio::test]
async fn cn_06_a_session_that_ended_on_the_way_stores_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    end(&quick, &ann).await;
    let seen = quick.visit(&back, &away.cookie).await;
    assert_eq!(seen.location, "/connected?result=not-allowed&integration=quickbooks-online&portal=demo");
    assert_eq!(quick.calls(TOKEN), 0);
    assert_nothing_stored(&quick, &ann).await;
    let view = quick.view(&ann).await;
    assert_eq!(
        (view.state, view.last_failure),
        (ConnectionState::Available, Some(ConnectFailure::NotAllowed))
    );
}

#[tokio::test]
async fn cn_06_a_ticket_of_a_session_that_ended_begins_nothing() {
    let quick = Quick::start().await;
    let (ann, cat) = (quick.ann().await, quick.world.person("acme", "Cat", ALL).await);
    let (first, second) = (quick.ticket(&ann).await, quick.ticket(&cat).await);
    end(&quick, &ann).await;
    lower(&quick, &cat).await;
    for ticket in [first, second] {
        let refused = quick.post_connect(&ticket, "").await;
        assert_eq!(refused.status(), 403);
        assert!(!refused.headers().contains_key("set-cookie"));
        assert!(refused.text().await.expect("a page").contains("You may not connect"));
    }
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available);
}

#[tokio::test]
async fn cn_06_rights_lowered_while_the_code_is_exchanged_store_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let seen = meanwhile(&quick, &away, &back, lower(&quick, &ann)).await;
    assert_eq!(result(&seen.location), "not-allowed");
    assert_eq!(quick.calls(TOKEN), 1);
    assert_nothing_stored(&quick, &ann).await;
}

#[tokio::test]
async fn cn_06_a_session_that_ends_while_the_code_is_exchanged_stores_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let seen = meanwhile(&quick, &away, &back, end(&quick, &ann)).await;
    assert_eq!(result(&seen.location), "not-allowed");
    assert_nothing_stored(&quick, &ann).await;
}

#[tokio::test]
async fn cn_06_an_attempt_given_up_while_the_code_is_exchanged_stores_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let seen = meanwhile(&quick, &away, &back, quick.cancel(&ann)).await;
    assert_eq!(result(&seen.location), "given-up");
    assert_nothing_stored(&quick, &ann).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available);
}

#[tokio::test]
async fn cn_06_a_portal_removed_on_the_way_leaves_nothing_behind() {
    let quick = Quick::start().await;
    let (ann, cat) = (quick.ann().await, quick.world.person("acme", "Cat", ALL).await);
    let first = quick.leave(&cat, "").await;
    let away = quick.leave(&ann, &first.cookie).await;
    let (late, back) = (quick.consent(&first, UK_COMPANY).await, quick.consent(&away, UK_COMPANY).await);
    let remove = quick.world.by_another_program("DELETE FROM portals WHERE id = 'demo'");
    let seen = meanwhile(&quick, &away, &back, remove).await;
    assert_eq!(result(&seen.location), "given-up");
    assert_eq!(quick.visit(&late, &away.cookie).await.status, 400, "its other attempts are gone");
    assert_eq!(quick.calls(TOKEN), 1);
    let tenant = ann.tenant;
    let left = quick.world.write(move |mut db| Box::pin(async move { db.connections(tenant).await })).await;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn cn_06_who_lost_the_right_decides_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    lower(&quick, &ann).await;
    assert_eq!(quick.decide(&ann, true).await.expect_err("refused").kind(), FaultKind::NotAllowed);
    assert_eq!(quick.row(&ann).await.company_id.as_deref(), Some(UK_REALM));
}

#[tokio::test]
async fn cn_05_a_question_outlives_a_restart_for_its_asker_alone() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    let quick = quick.restart().await;
    let cat = quick.world.person("acme", "Cat", ALL).await;
    let foreigner = quick.world.person("other", "Ann", ALL).await;
    assert_eq!(quick.decide(&cat, true).await.expect_err("refused").kind(), FaultKind::NotAllowed);
    assert_eq!(quick.decide(&foreigner, true).await.expect_err("refused").kind(), FaultKind::NotFound);
    quick.decide(&ann, true).await.expect("decided");
    assert_eq!(quick.row(&ann).await.company_id.as_deref(), Some(US_REALM));
    assert!(refresh::access(&quick.world.app(), quick.row(&ann).await.id).await.is_ok());
}

#[tokio::test]
async fn cn_05_a_question_that_expired_during_a_restart_is_erased() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    quick.world.clock.advance(10 * 60 * 1000);
    let quick = quick.restart().await;
    server::connections::sweep_once(&quick.world.app()).await.expect("swept");
    assert_eq!(quick.decide(&ann, true).await.expect_err("refused").kind(), FaultKind::NotNow);
    let id = quick.row(&ann).await.id;
    let left = quick.world.write(move |mut db| Box::pin(async move { db.decision(id).await })).await;
    assert!(left.is_none(), "its tokens are erased");
}

#[tokio::test]
async fn cn_05_switching_off_erases_the_question() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    quick.disconnect(&ann).await;
    assert!(quick.view(&ann).await.decision.is_none());
    assert_eq!(quick.decide(&ann, true).await.expect_err("refused").kind(), FaultKind::NotNow);
    send_due(&quick.world.app()).await.expect("sent");
    quick.sandbox.ledger().answered_to(REVOKE, 2, BOUND).await;
    assert_eq!(quick.calls(REVOKE), 2, "of both companies: nobody uses either");
}

#[tokio::test]
async fn cn_02_an_unproven_company_costs_its_owner_nothing() {
    let quick = Quick::start().await;
    let (ann, mallory) = (quick.ann().await, quick.world.person("evil", "Mallory", ALL).await);
    quick.connect(&ann, UK_COMPANY).await;
    let away = quick.leave(&mallory, "").await;
    let back = quick.consent(&away, US_COMPANY).await;
    let claimed = Url::parse(&back.as_str().replace(US_REALM, UK_REALM)).expect("a URL");
    assert_eq!(result(&quick.visit(&claimed, &away.cookie).await.location), "company-unproven");
    send_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(REVOKE), 0);
    quick.world.clock.advance(HOUR);
    assert!(refresh::access(&quick.world.app(), quick.row(&ann).await.id).await.is_ok());
}

#[tokio::test]
async fn cn_02_a_question_dropped_for_a_company_in_use_revokes_nothing() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    // Meanwhile somebody else connects the company that the question is about.
    assert_eq!(quick.connect(&ben, US_COMPANY).await, "connected");
    quick.decide(&ann, true).await.expect("decided");
    let view = quick.view(&ann).await;
    assert_eq!(view.last_failure, Some(ConnectFailure::CompanyInUse));
    assert_eq!(quick.row(&ann).await.company_id.as_deref(), Some(UK_REALM));
    send_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(REVOKE), 0);
    quick.world.clock.advance(HOUR);
    for person in [&ann, &ben] {
        assert!(refresh::access(&quick.world.app(), quick.row(person).await.id).await.is_ok());
    }
}
