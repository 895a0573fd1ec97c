//! Testing a connection: what works, or which fault, with what support needs.

use protocol::health::{ConnectionTest, TestFault};
use protocol::message::{Answer, Intent};
use protocol::notification::Event;
use protocol::store::{ConnectionState, ReconnectReason};
use sandbox::{Failure, UK_COMPANY, UK_REALM};

use crate::client::Client;
use crate::pausing::{active, fault};
use crate::quick::{Quick, TOKEN, qbo};
use crate::tokens::HOUR;

const COMPANY: &str = "/companyinfo";

async fn test(client: &mut Client) -> ConnectionTest {
    match client.ask(Intent::TestConnection { integration: qbo() }).await.expect("it is tested") {
        Answer::Tested(test) => test,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_that_works_names_its_company() {
    let (quick, _ann, mut client) = active().await;
    let before = quick.calls(COMPANY);
    let told = test(&mut client).await;
    assert_eq!((told.company.as_deref(), told.fault), (Some(UK_COMPANY), None));
    assert!(!told.reference.is_empty());
    assert_eq!(quick.calls(COMPANY), before + 1);
}

#[tokio::test]
async fn a_fault_is_named_and_can_be_traced() {
    let (quick, ann, mut client) = active().await;
    for (status, code, wanted) in [
        (503, "10000", TestFault::Unreachable),
        (429, "3001", TestFault::Busy),
        (400, "5030", TestFault::Refused),
        (403, "4000", TestFault::Forbidden),
    ] {
        quick.sandbox.control().fail(fault(status, code));
        let told = test(&mut client).await;
        assert_eq!((told.company, told.fault, told.code.as_deref()), (None, Some(wanted), Some(code)));
        assert!(told.trace.is_some_and(|trace| !trace.is_empty()), "{wanted:?}");
        assert_eq!(quick.view(&ann).await.state, ConnectionState::Active, "{wanted:?} passes");
        quick.sandbox.control().clear_failures();
    }
}

#[tokio::test]
async fn a_company_that_is_closed_to_this_app_asks_to_reconnect_and_keeps_everything() {
    let (quick, ann, mut client) = active().await;
    quick.sandbox.control().fail(fault(403, "3100"));
    assert_eq!(test(&mut client).await.fault, Some(TestFault::Forbidden));
    let view = quick.view(&ann).await;
    let reason = ReconnectReason::Forbidden;
    assert_eq!(view.state, ConnectionState::ReconnectRequired { reason });
    assert!(view.settings_kept && view.saved.is_some());
    assert_eq!(quick.events(&ann).await[0], Event::ReconnectRequired { reason });
    quick.sandbox.control().clear_failures();
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    crate::imports::ended(&quick, &ann).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Active, "as it was configured");
}

#[tokio::test]
async fn an_import_that_meets_a_closed_company_says_so_as_well() {
    let (quick, ann, mut client) = active().await;
    quick.sandbox.control().fail(fault(403, "3100"));
    client.ask(Intent::StartImport { integration: qbo(), lists: vec![] }).await.expect("it begins");
    crate::imports::ended(&quick, &ann).await;
    let reason = ReconnectReason::Forbidden;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::ReconnectRequired { reason });
}

#[tokio::test]
async fn rf_20_a_test_that_meets_a_revoked_sign_in_flips_the_status() {
    let (quick, ann, mut client) = active().await;
    quick.sandbox.control().disconnect(Some(UK_REALM));
    assert_eq!(test(&mut client).await.fault, Some(TestFault::SignIn));
    let reason = ReconnectReason::Refused;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::ReconnectRequired { reason });
}

#[tokio::test]
async fn refused_keys_are_told_and_change_no_state() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    let mut client = quick.world.socket(&ann).await;
    quick.sandbox.control().fail(Failure::new(TOKEN, 401, 1));
    quick.world.clock.advance(HOUR);
    assert_eq!(test(&mut client).await.fault, Some(TestFault::KeysRefused));
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Importing);
}
