//! Imports against QuickBooks as the sandbox plays it: counted first, watched, stopped, resumed.

use std::collections::HashMap;
use std::time::Duration;

use protocol::import::{ImportCause, ImportSnapshot, ImportState, List, ListProgress, ListState, Waiting};
use protocol::message::{Answer, FaultKind};
use protocol::notification::Event;
use protocol::store::ConnectionState;
use sandbox::{Failure, Mischief, UK_COMPANY};
use server::imports;
use server::store::StoreError;

use crate::client::BOUND;
use crate::quick::{PAGES_AT_ONCE, Quick, qbo, wanted};
use crate::world::{ALL, Person};

/// Customers of the company in the United Kingdom, three of them inactive.
const CUSTOMERS: u32 = 243;
/// Its suppliers, two of them inactive.
const SUPPLIERS: u32 = 82;
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// The tenant's newest import.
pub(crate) async fn newest(quick: &Quick, person: &Person) -> Option<ImportSnapshot> {
    let tenant = person.tenant;
    let all = quick
        .world
        .app()
        .store
        .read::<_, StoreError, _>(|mut db| Box::pin(async move { imports::view(&mut db, tenant).await }))
        .await;
    all.expect("read").pop()
}

/// Waits until the newest import is what is looked for.
pub(crate) async fn until(
    quick: &Quick,
    person: &Person,
    found: impl Fn(&ImportSnapshot) -> bool,
) -> ImportSnapshot {
    let mut looks = tokio::time::interval(LOOK);
    let watching = async {
        loop {
            looks.tick().await;
            if let Some(import) = newest(quick, person).await.filter(&found) {
                return import;
            }
        }
    };
    let Ok(import) = tokio::time::timeout(4 * BOUND, watching).await else {
        panic!("never: {:#?}", newest(quick, person).await)
    };
    import
}

pub(crate) async fn ended(quick: &Quick, person: &Person) -> ImportSnapshot {
    until(quick, person, |import| import.state != ImportState::Running).await
}

fn done(import: &ImportSnapshot, list: List) -> u32 {
    import.lists.iter().find(|progress| progress.list == list).map_or(0, |progress| progress.done)
}

async fn start(quick: &Quick, person: &Person, lists: Vec<List>) -> Result<Answer, FaultKind> {
    let answer = quick.does(person, move |db, app, who| {
        Box::pin(async move { imports::start(db, app, who, &qbo(), &lists).await })
    });
    answer.await.map_err(|refusal| refusal.kind())
}

/// The statements that reached QuickBooks, in order.
fn statements(quick: &Quick) -> Vec<String> {
    let queries = quick.sandbox.ledger().to("/query");
    let statement =
        |entry: &sandbox::Entry| entry.query_pairs().into_iter().find(|(name, _)| name == "query");
    queries.iter().filter_map(statement).map(|(_, statement)| statement).collect()
}

async fn events(quick: &Quick, person: &Person) -> Vec<Event> {
    let tenant = person.tenant;
    let entries = quick
        .world
        .app()
        .store
        .read::<_, StoreError, _>(|mut db| {
            Box::pin(async move { db.activity(tenant, &qbo(), None, 200).await })
        })
        .await;
    entries.expect("read").into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn connecting_imports_every_list_counted_first() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let import = ended(&quick, &ann).await;
    assert_eq!(import.state, ImportState::Done, "{import:#?}");
    let totals: HashMap<List, (u32, Option<u32>)> =
        import.lists.iter().map(|list| (list.list, (list.done, list.total))).collect();
    assert_eq!(totals[&List::Customers], (CUSTOMERS, Some(CUSTOMERS)));
    assert_eq!(totals[&List::Suppliers], (SUPPLIERS, Some(SUPPLIERS)));
    assert_eq!(totals[&List::Company], (1, Some(1)));
    let read = import.lists.iter().filter(|list| list.state == ListState::Done);
    assert!(read.clone().all(|list| Some(list.done) == list.total), "{totals:?}");
    assert_eq!(read.count(), 10, "classes, locations and currencies are switched off");
    let statements = statements(&quick);
    let first_page = statements.iter().position(|statement| statement.starts_with("SELECT *")).unwrap();
    assert!(statements[..first_page].iter().all(|statement| statement.contains("COUNT(*)")));
    assert_eq!(first_page, 9, "one count for each list that it has but the company");
    let view = quick.view(&ann).await;
    assert_eq!(view.state, ConnectionState::NeedsConfiguration);
    assert_eq!(view.lists.len(), 10);
    assert!(matches!(events(&quick, &ann).await[0], Event::ImportDone { .. }));
}

#[tokio::test]
async fn a_second_press_is_the_same_import() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().pause_queries();
    quick.connect(&ann, UK_COMPANY).await;
    let running = newest(&quick, &ann).await.unwrap();
    for _ in 0..2 {
        assert_eq!(start(&quick, &ann, vec![]).await, Ok(Answer::Import(running.import)));
    }
    quick.sandbox.control().resume_queries();
    ended(&quick, &ann).await;
    let started = events(&quick, &ann).await.into_iter();
    assert_eq!(started.filter(|event| matches!(event, Event::ImportStarted { .. })).count(), 1);
}

#[tokio::test]
async fn a_refresh_counts_what_is_unchanged() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let first = ended(&quick, &ann).await;
    start(&quick, &ann, vec![List::Terms, List::TaxRates]).await.unwrap();
    let second =
        until(&quick, &ann, |import| import.import != first.import && import.state != ImportState::Running)
            .await;
    let lists: Vec<List> = second.lists.iter().map(|list| list.list).collect();
    assert_eq!(lists, [List::TaxCodes, List::TaxRates, List::Terms]);
    for list in &second.lists {
        let read = first.lists.iter().find(|before| before.list == list.list).map(|before| before.done);
        assert_eq!((list.outcome.added, Some(list.outcome.unchanged)), (0, read), "{list:?}");
    }
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
}

#[tokio::test]
async fn a_failed_list_leaves_the_others_and_is_retried() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().fail(Failure::new("/query", 400, 1));
    quick.connect(&ann, UK_COMPANY).await;
    let import = ended(&quick, &ann).await;
    assert_eq!(import.state, ImportState::Failed);
    let failed: Vec<List> = import
        .lists
        .iter()
        .filter(|list| matches!(&list.state, ListState::Failed(fault) if fault.cause == ImportCause::Refused))
        .map(|list| list.list)
        .collect();
    assert_eq!(failed.len(), 1, "{import:#?}");
    assert_eq!(import.lists.iter().filter(|list| list.state == ListState::Done).count(), 9);
    let again = quick.does(&ann, move |db, app, who| {
        Box::pin(async move { imports::retry(db, app, who, import.import).await })
    });
    again.await.unwrap();
    let retried =
        until(&quick, &ann, |next| next.import != import.import && next.state == ImportState::Done).await;
    assert!(retried.lists.iter().any(|list| list.list == failed[0]));
    assert!(retried.lists.len() <= 2);
}

#[tokio::test]
async fn a_list_that_failed_is_gone_on_with_by_the_run_that_is_going() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().fail(Failure::new("/query", 400, 1));
    quick.sandbox.control().pause_queries();
    quick.connect(&ann, UK_COMPANY).await;
    let has_failed = |list: &ListProgress| matches!(list.state, ListState::Failed(_));
    let running = until(&quick, &ann, |import| import.lists.iter().any(has_failed)).await;
    let failed = running.lists.iter().find(|list| has_failed(list)).expect("one").list;
    let again = quick.does(&ann, move |db, app, who| {
        Box::pin(async move { imports::retry(db, app, who, running.import).await })
    });
    assert_eq!(again.await.unwrap(), Answer::Import(running.import), "the same run");
    // Pressed twice, it is the same.
    assert_eq!(start(&quick, &ann, vec![failed]).await, Ok(Answer::Import(running.import)));
    quick.sandbox.control().resume_queries();
    let import = ended(&quick, &ann).await;
    assert_eq!((import.import, import.state), (running.import, ImportState::Done), "{import:#?}");
    assert!(wanted(&import).all(|list| list.total == Some(list.done) && list.outcome.added == list.done));
}

#[tokio::test]
async fn in_09_a_page_that_comes_again_and_again_fails_its_list_alone() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let customers: Vec<String> = (1..=25)
        .map(|id| format!(r#"{{"Id":"{id}","SyncToken":"0","DisplayName":"Customer {id}"}}"#))
        .collect();
    let body = format!(r#"{{"QueryResponse":{{"totalCount":500,"Customer":[{}]}}}}"#, customers.join(","));
    let answer = Mischief::Answer { content_type: Some("application/json".to_owned()), body };
    let always = Failure { status: Some(200), times: 10_000, ..Failure::of("/query", answer) };
    quick.sandbox.control().fail(always);
    quick.connect(&ann, UK_COMPANY).await;
    let import = ended(&quick, &ann).await;
    let failed: Vec<&ListProgress> =
        import.lists.iter().filter(|list| matches!(list.state, ListState::Failed(_))).collect();
    assert_eq!(failed.iter().map(|list| list.list).collect::<Vec<_>>(), [List::Customers], "{import:#?}");
    assert_eq!(failed[0].outcome.added, 25);
    let pages =
        statements(&quick).into_iter().filter(|statement| statement.starts_with("SELECT * FROM Customer"));
    assert!(pages.count() <= 2 + PAGES_AT_ONCE, "it does not go on for ever");
    quick.sandbox.control().clear_failures();
    let again = quick.does(&ann, move |db, app, who| {
        Box::pin(async move { imports::retry(db, app, who, import.import).await })
    });
    again.await.unwrap();
    let whole =
        until(&quick, &ann, |next| next.import != import.import && next.state == ImportState::Done).await;
    assert_eq!(done(&whole, List::Customers), CUSTOMERS);
}

#[tokio::test]
async fn an_expired_token_is_renewed_on_the_way() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().pause_queries();
    quick.connect(&ann, UK_COMPANY).await;
    quick.sandbox.ledger().answered_to("/preferences", 2, BOUND).await;
    quick.sandbox.control().expire_access_tokens();
    quick.sandbox.control().resume_queries();
    assert_eq!(ended(&quick, &ann).await.state, ImportState::Done);
}

#[tokio::test]
async fn a_revoked_grant_ends_the_import_and_says_why() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().pause_queries();
    quick.connect(&ann, UK_COMPANY).await;
    until(&quick, &ann, |import| done(import, List::Company) == 1).await;
    quick.sandbox.control().disconnect(None);
    quick.sandbox.control().resume_queries();
    let import = ended(&quick, &ann).await;
    assert_eq!(import.state, ImportState::Failed);
    let signed_out =
        |state: &ListState| matches!(state, ListState::Failed(fault) if fault.cause == ImportCause::SignIn);
    assert!(import.lists.iter().any(|list| signed_out(&list.state)));
    assert!(matches!(quick.view(&ann).await.state, ConnectionState::ReconnectRequired { .. }));
}

#[tokio::test]
async fn switching_off_stops_the_import_at_once() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().pause_queries();
    quick.connect(&ann, UK_COMPANY).await;
    until(&quick, &ann, |import| done(import, List::Company) == 1).await;
    quick.disconnect(&ann).await;
    quick.sandbox.control().resume_queries();
    let import = ended(&quick, &ann).await;
    assert_eq!(import.state, ImportState::Cancelled);
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Disconnected);
    assert_eq!(start(&quick, &ann, vec![]).await, Err(FaultKind::NotNow));
    // What was on its way as the switch went off is thrown away, and nothing follows it.
    let kept = import.lists.iter().filter(|list| list.list != List::Company && list.done > 0);
    assert_eq!(kept.count(), 0, "a page was kept: {import:?}");
    let asked = statements(&quick);
    let pages = asked.iter().filter(|one| !one.contains("COUNT(*)"));
    assert!(pages.count() <= PAGES_AT_ONCE, "a page was asked for after the first: {asked:?}");
}

#[tokio::test]
async fn a_cancelled_import_keeps_what_it_read() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let running = until(&quick, &ann, |import| done(import, List::Customers) >= 50).await;
    let other = quick.world.person("other", "Eve", ALL).await;
    let foreign = quick.does(&other, move |db, app, who| {
        Box::pin(async move { imports::cancel(db, app, who, running.import).await })
    });
    assert_eq!(foreign.await.unwrap_err().kind(), FaultKind::NotFound);
    let cancelled = quick.does(&ann, move |db, app, who| {
        Box::pin(async move { imports::cancel(db, app, who, running.import).await })
    });
    cancelled.await.unwrap();
    let import = ended(&quick, &ann).await;
    assert_eq!(import.state, ImportState::Cancelled);
    assert!(done(&import, List::Customers) >= 50);
    assert_eq!(quick.view(&ann).await.state, ConnectionState::NeedsConfiguration);
}

#[tokio::test]
async fn the_request_limit_is_waited_for_in_words() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().fail(Failure::new("/query", 429, 1));
    quick.connect(&ann, UK_COMPANY).await;
    let import = until(&quick, &ann, |import| import.waiting.is_some()).await;
    let Some(Waiting::Limit { until }) = import.waiting else { panic!("{import:?}") };
    assert!(until > quick.world.clock.now());
}

#[tokio::test]
async fn progress_never_runs_backwards() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let mut looks = tokio::time::interval(LOOK);
    let mut before: Option<ImportSnapshot> = None;
    let (mut rated, mut foretold) = (false, false);
    for _ in 0..BOUND.as_millis() / LOOK.as_millis() * 4 {
        let import = newest(&quick, &ann).await.unwrap();
        if let Some(before) = &before {
            assert!(import.revision >= before.revision);
            for (old, new) in before.lists.iter().zip(&import.lists) {
                assert!(new.done >= old.done && new.total >= old.total, "{old:?} {new:?}");
            }
        }
        rated |= import.lists.iter().any(|list| list.per_second.is_some_and(|rate| rate > 0));
        foretold |= import.seconds_left.is_some_and(|left| left > 0);
        if import.state != ImportState::Running {
            assert!(rated && foretold, "a rate {rated}, a time {foretold}");
            assert!(import.lists.iter().all(|list| list.per_second.is_none()), "nothing is read any more");
            return;
        }
        before = Some(import);
        looks.tick().await;
    }
    panic!("it never ends");
}

#[tokio::test]
async fn the_company_counts_as_one_record() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let first = ended(&quick, &ann).await;
    for list in &first.lists {
        assert_eq!(list.outcome.added, list.done, "{list:?}");
    }
    start(&quick, &ann, vec![]).await.unwrap();
    let second =
        until(&quick, &ann, |import| import.import != first.import && import.state != ImportState::Running)
            .await;
    assert_eq!((second.lists[0].list, second.lists[0].outcome.unchanged), (List::Company, 1));
    let ages = quick.view(&ann).await.lists;
    assert_eq!((ages[0].list, ages[0].count), (List::Company, 1));
}

#[tokio::test]
async fn a_stopped_proxy_goes_on_from_its_checkpoint() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let before = until(&quick, &ann, |import| done(import, List::Customers) >= 50).await;
    let quick = quick.restart().await;
    let import = ended(&quick, &ann).await;
    assert_eq!((import.import, import.state), (before.import, ImportState::Done));
    assert_eq!((done(&import, List::Customers), import.lists[10].outcome.added), (CUSTOMERS, CUSTOMERS));
    let pages = statements(&quick).into_iter().filter(|statement| statement.starts_with("SELECT *"));
    let mut times: HashMap<String, usize> = HashMap::new();
    pages.for_each(|statement| *times.entry(statement).or_default() += 1);
    let again: usize = times.values().map(|times| times - 1).sum();
    assert!(again <= PAGES_AT_ONCE, "only what was in flight is read again: {times:?}");
    assert_eq!(statements(&quick).iter().filter(|statement| statement.contains("COUNT(*)")).count(), 9);
}
