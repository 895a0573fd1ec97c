//! Answers that cannot be understood: each is a fault with a name, none is believed and none ends in a
//! panic (RF-14).

use protocol::import::{ImportCause, ImportState, List, ListState};
use protocol::store::ConnectionState;
use sandbox::{Failure, Garbage, Mischief, UK_COMPANY};
use server::oauth::refresh::TokenError;
use server::providers::{Door, Provider, ProviderCause, ProviderFault};
use std::sync::Arc;

use crate::imports::{ended, until};
use crate::quick::{Quick, TOKEN, qbo, result};
use crate::tokens::{HOUR, access};

const GARBAGE: [Garbage; 5] =
    [Garbage::Html, Garbage::CutJson, Garbage::InvalidUtf8, Garbage::DeepJson, Garbage::DuplicateKeys];

fn garbled(route: &str, kind: Garbage) -> Failure {
    Failure::of(route, Mischief::Garbage(kind))
}

/// JSON of one's own in place of an answer.
fn own(route: &str, body: String) -> Failure {
    let content_type = Some("application/json;charset=utf-8".to_owned());
    Failure::of(route, Mischief::Answer { content_type, body })
}

#[tokio::test]
async fn rf_14_a_garbled_refresh_is_tried_again_later() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    for kind in GARBAGE {
        quick.world.clock.advance(HOUR);
        quick.sandbox.control().fail(garbled(TOKEN, kind));
        let door = access(&quick, &ann).await;
        assert!(matches!(door, Err(TokenError::Unavailable)), "{kind:?}: {:?}", door.err());
        assert_eq!(quick.view(&ann).await.state, ConnectionState::Importing, "{kind:?}");
        quick.world.clock.advance(HOUR);
        assert!(access(&quick, &ann).await.is_ok(), "{kind:?}");
    }
}

#[tokio::test]
async fn rf_14_a_garbled_exchange_stores_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    for (route, told) in [(TOKEN, "unreachable"), ("/companyinfo", "company-unproven")] {
        for kind in GARBAGE {
            let away = quick.leave(&ann, "").await;
            let back = quick.consent(&away, UK_COMPANY).await;
            quick.sandbox.control().fail(garbled(route, kind));
            let seen = quick.visit(&back, &away.cookie).await;
            assert_eq!(result(&seen.location), told, "{route} {kind:?}");
            let row = quick.row(&ann).await;
            assert!(!row.live && row.tokens.is_none() && row.company_id.is_none(), "{route} {kind:?}");
        }
    }
}

/// The door to a connected company, and what stands behind it.
async fn door(quick: &Quick) -> (Door, Arc<dyn Provider>) {
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.sandbox.control().resume_queries();
    ended(quick, &ann).await;
    let provider = quick.world.app().catalogue.provider(&qbo()).expect("a provider");
    (access(quick, &ann).await.expect("a token"), provider)
}

#[tokio::test]
async fn rf_14_a_garbled_page_is_a_fault_of_that_name() {
    let quick = Quick::start().await;
    let (door, provider) = door(&quick).await;
    for kind in GARBAGE {
        quick.sandbox.control().fail(Failure { times: 2, ..garbled("/query", kind) });
        let count = provider.count(&door, List::Customers).await.expect_err("a fault");
        let page = provider.page(&door, List::Customers, 1, 100).await.expect_err("a fault");
        for ProviderFault { cause, status, code, trace } in [count, page] {
            assert_eq!((cause, status, code), (ProviderCause::Garbled, Some(200), None), "{kind:?}");
            assert!(trace.is_some_and(|trace| trace.starts_with("1-")), "what support asks for is kept");
        }
    }
    assert_eq!(provider.page(&door, List::Customers, 1, 100).await.expect("a page").size, 100);
}

#[tokio::test]
async fn rf_14_an_object_that_cannot_be_read_costs_its_page_nothing() {
    let quick = Quick::start().await;
    let (door, provider) = door(&quick).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = [
        r#"{"Id":"1","DisplayName":"Whole"}"#.to_owned(),
        r#"{"Id":"2","Id":"3","DisplayName":"Twice"}"#.to_owned(),
        r#"{"Id":4,"DisplayName":"A number"}"#.to_owned(),
        r#"{"Id":"5","DisplayName":"Lone surrogate \ud800"}"#.to_owned(),
        format!(r#"{{"Id":"6","DisplayName":{deep}}}"#),
        deep,
    ];
    let body = format!(r#"{{"QueryResponse":{{"Customer":[{}]}}}}"#, objects.join(","));
    quick.sandbox.control().fail(own("/query", body));
    let page = provider.page(&door, List::Customers, 1, 100).await.expect("a page");
    let names: Vec<&str> = page.records.iter().map(|record| record.name.as_str()).collect();
    assert_eq!((page.size, names.as_slice()), (6, ["Whole"].as_slice()));
}

#[tokio::test]
async fn rf_14_a_list_that_stays_garbled_fails_alone() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let first = ended(&quick, &ann).await.import;
    quick.sandbox.control().fail(Failure { times: 3, ..garbled("/companyinfo", Garbage::Html) });
    let started = quick.does(&ann, |db, app, who| {
        Box::pin(async move { server::imports::start(db, app, who, &qbo(), &[]).await })
    });
    started.await.expect("it starts");
    let import = until(&quick, &ann, |import| import.import != first && import.state != ImportState::Running);
    let import = import.await;
    assert_eq!(import.state, ImportState::Failed);
    for list in &import.lists {
        match (&list.state, list.list) {
            (ListState::Failed(fault), List::Company) => assert_eq!(fault.cause, ImportCause::Garbled),
            // Three are switched off there.
            (state, _) => assert!(matches!(state, ListState::Done | ListState::Skipped(_)), "{import:?}"),
        }
    }
}
