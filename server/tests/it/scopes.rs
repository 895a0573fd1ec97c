//! What is asked for, and what becomes of an answer that grants more or less (OA-20).

use protocol::message::ServerMessage;
use protocol::store::{ConnectFailure, ConnectionState};
use sandbox::{Failure, Mischief, UK_COMPANY};
use server::oauth::refresh;
use server::oauth::revoke::send_due;

use crate::quick::{Quick, REVOKE, TOKEN};

const ACCOUNTING: &str = "com.intuit.quickbooks.accounting";

#[tokio::test]
async fn oa_20_the_least_scope_is_asked_for() {
    let quick = Quick::start().await;
    let away = quick.leave(&quick.ann().await, "").await;
    let scopes: Vec<_> = away.authorize.query_pairs().filter(|(name, _)| name == "scope").collect();
    assert_eq!(scopes.iter().map(|(_, scope)| &**scope).collect::<Vec<_>>(), [ACCOUNTING]);
}

#[tokio::test]
async fn oa_20_a_narrowed_scope_is_told_and_nothing_is_kept() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let mut socket = quick.world.socket(&ann).await;
    for narrowed in [
        "com.intuit.quickbooks.payment",
        "com.intuit.quickbooks.accounting.read",
        "COM.INTUIT.QUICKBOOKS.ACCOUNTING",
    ] {
        quick.sandbox.control().grant_scope(Some(narrowed));
        assert_eq!(quick.connect(&ann, UK_COMPANY).await, "scope-missing", "{narrowed}");
        let row = quick.row(&ann).await;
        assert!(!row.live && row.tokens.is_none() && row.company_id.is_none());
    }
    let told = |message: &ServerMessage| match message {
        ServerMessage::Connection(now) if now.state == ConnectionState::Available => now.last_failure,
        _ => None,
    };
    assert_eq!(socket.until(told).await, ConnectFailure::ScopeMissing);
    assert!(quick.sandbox.ledger().to("/v3/").is_empty(), "the token is used for nothing");
    send_due(&quick.world.app()).await.expect("looked at");
    assert_eq!(quick.calls(REVOKE), 0);
    let page = quick.world.at("/connected?result=scope-missing&integration=quickbooks-online&portal=demo");
    let page = quick.world.http.get(page).send().await.expect("an answer").text().await.expect("text");
    assert!(page.contains("allowed less than is needed") && page.contains("Press Connect in the store"));
}

#[tokio::test]
async fn oa_20_a_widened_scope_connects_and_changes_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().grant_scope(Some("openid com.intuit.quickbooks.accounting email"));
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    let away = quick.leave(&ann, "").await;
    assert!(!away.authorize.as_str().contains("openid"), "no more is asked for afterwards");
}

#[tokio::test]
async fn oa_20_a_scope_narrowed_later_keeps_the_pair() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    // Dropping a pair whose predecessor is used up would lose the connection; calls will say what is missing.
    let body = r#"{"token_type":"bearer","access_token":"narrow-access-token","expires_in":3600,
        "refresh_token":"narrow-refresh-token","x_refresh_token_expires_in":8726400,"scope":"openid"}"#;
    let (content_type, body) = (Some("application/json".to_owned()), body.to_owned());
    let narrowed = Mischief::Answer { content_type, body };
    quick.sandbox.control().fail(Failure { status: Some(200), ..Failure::of(TOKEN, narrowed) });
    quick.world.clock.advance(3_600_000);
    let row = quick.row(&ann).await;
    let door = refresh::access(&quick.world.app(), row.id).await.expect("a token");
    assert_eq!(door.generation, row.generation + 1);
    assert_eq!(quick.calls(TOKEN), 2);
}
