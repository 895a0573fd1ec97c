//! Answers about changes that are none, or not whole: nothing is lost by them, the list is read whole.

use protocol::import::{List, ListState, Outcome, Reading};
use protocol::store::ConnectionState;
use sandbox::{Failure, Mischief};

use super::{list, read, refreshed};

fn answered(body: &str) -> Failure {
    let mischief = Mischief::Answer { content_type: Some("application/json".into()), body: body.to_owned() };
    Failure { mischief, ..Failure::new("/cdc", 200, 1) }
}

fn refused() -> Mischief {
    Mischief::Fault { code: "610".into(), message: None, detail: None }
}

#[tokio::test]
async fn rf_17_a_clock_that_went_back_is_not_believed() {
    let (quick, ann) = read().await;
    let body = r#"{"CDCResponse":[{"QueryResponse":[{}]}],"time":"2001-01-01T00:00:00.000-08:00"}"#;
    quick.sandbox.control().fail(answered(body));
    let run = refreshed(&quick, &ann, &[List::Terms]).await;
    let terms = list(&run, List::Terms);
    assert_eq!((terms.reading, terms.outcome.unchanged), (Reading::Whole, terms.done));
    let run = refreshed(&quick, &ann, &[List::Terms]).await;
    assert_eq!(list(&run, List::Terms).reading, Reading::Changes, "the whole read said when it was");
}

#[tokio::test]
async fn rf_14_a_refusal_inside_a_200_is_about_one_list() {
    let (quick, ann) = read().await;
    quick.sandbox.control().fail(Failure { mischief: refused(), ..Failure::new("/cdc", 200, 2) });
    let asked = quick.calls("/cdc");
    let run = refreshed(&quick, &ann, &[List::Accounts, List::Terms, List::Suppliers]).await;
    assert_eq!(quick.calls("/cdc") - asked, 4, "together, then one by one");
    let whole = run.lists.iter().filter(|progress| progress.reading == Reading::Whole);
    assert_eq!(whole.count(), 1);
    for progress in &run.lists {
        let Outcome { added, changed, vanished, .. } = progress.outcome;
        assert_eq!((progress.state.clone(), added, changed, vanished), (ListState::Done, 0, 0, 0));
    }
}

#[tokio::test]
async fn rf_14_what_is_cut_off_is_asked_for_list_by_list() {
    let (quick, ann) = read().await;
    let object = |id: usize| format!(r#"{{"Id":"x{id}","DisplayName":"n{id}"}}"#);
    let objects: Vec<String> = (0..1000).map(object).collect();
    let objects = objects.join(",");
    let body = format!(
        r#"{{"CDCResponse":[{{"QueryResponse":[{{}},{{"Vendor":[{objects}]}}]}}],"time":"2099-01-01T00:00:00Z"}}"#
    );
    quick.sandbox.control().fail(answered(&body));
    let run = refreshed(&quick, &ann, &[List::Terms, List::Suppliers]).await;
    for progress in &run.lists {
        assert_eq!((progress.reading, progress.outcome.added), (Reading::Changes, 0), "{progress:?}");
    }
}

#[tokio::test]
async fn a_company_that_is_closed_fails_the_lists_instead_of_reading_them_whole() {
    let (quick, ann) = read().await;
    let pages = quick.calls("/query");
    quick.sandbox.control().fail(Failure::new("/cdc", 403, 1));
    let run = refreshed(&quick, &ann, &[List::Terms]).await;
    let state = &list(&run, List::Terms).state;
    assert!(matches!(state, ListState::Failed(_)), "{state:?}");
    assert_eq!(quick.calls("/query"), pages);
    assert!(matches!(quick.view(&ann).await.state, ConnectionState::ReconnectRequired { .. }));
}
