//! Full sets and single records: what is removed, what never is, and what comes back with a record.

use protocol::mapping::{MappingChoice, MappingState, MappingTable};
use protocol::schema::Change;
use reqwest::Method;
use serde_json::Value;

use super::{ask, counts, flowing, kept, line, outcome, put, start};
use crate::api::problem;
use crate::backend::Backend;
use crate::configuration::{required, save};
use crate::portals::audit;
use crate::tokens::eventually;

#[tokio::test]
async fn a_full_set_removes_what_it_does_not_name() {
    let world = start().await;
    outcome(&world, "product", (0..1300).map(line).collect::<String>()).await;
    outcome(&world, "customer", line(1)).await;
    let told =
        outcome(&world, "product?complete=true", format!("{}{}{}", line(3), line(7), line("new"))).await;
    assert_eq!((counts(&told), told["complete"].as_bool()), ([1, 0, 2, 0, 0, 1298], Some(true)));
    assert_eq!(kept(&world, "products").await, ["3", "7", "new"]);
    assert_eq!(kept(&world, "customers").await, ["1"], "of other kinds nothing is removed");
    let told = outcome(&world, "product?complete=false", line(3)).await;
    assert_eq!((counts(&told), told["complete"].as_bool()), ([0, 0, 1, 0, 0, 0], Some(false)));
    let lines = audit(&world).await.into_iter().filter(|line| line.action == "records.removed");
    assert_eq!(lines.map(|line| line.object).collect::<Vec<_>>(), ["products"]);
}

#[tokio::test]
async fn a_set_with_a_line_that_could_not_be_taken_removes_nothing() {
    let world = start().await;
    outcome(&world, "product", (0..3).map(line).collect::<String>()).await;
    let told = outcome(&world, "product?complete=true", format!("{}nonsense\n", line(0))).await;
    assert_eq!((counts(&told), told["complete"].as_bool()), ([0, 0, 1, 0, 1, 0], Some(false)));
    for nothing in ["", "\n\r\n"] {
        let (status, code, _) = problem(put(&world, "product?complete=true", nothing).await, "nothing").await;
        assert_eq!((status, code.as_str()), (422, "nothing_sent"), "{nothing:?}");
    }
    let wrong = put(&world, "product?complete=yes", line(0)).await;
    assert_eq!(problem(wrong, "no truth").await.0, 400);
    assert_eq!(kept(&world, "products").await, ["0", "1", "2"]);
}

#[tokio::test]
async fn a_full_set_that_breaks_off_removes_nothing() {
    let world = start().await;
    outcome(&world, "product", (0..3).map(line).collect::<String>()).await;
    let (send, body) = flowing();
    let flow = tokio::spawn(ask(&world, Method::PUT, "product?complete=true").body(body).send());
    send.send((10..700).map(line).collect()).expect("taken");
    eventually(|| async { kept(&world, "products").await.len() > 3 }).await;
    flow.abort();
    eventually(|| async { kept(&world, "products").await.len() == 693 }).await;
}

#[tokio::test]
async fn a_full_set_leaves_what_a_later_upload_names() {
    let world = start().await;
    let (send, body) = flowing();
    let flow = tokio::spawn(ask(&world, Method::PUT, "product?complete=true").body(body).send());
    send.send((0..500).map(line).collect()).expect("taken");
    eventually(|| async { kept(&world, "products").await.len() == 500 }).await;
    outcome(&world, "product", line("later")).await;
    drop(send);
    let told: Value = flow.await.expect("it ends").expect("an answer").json().await.expect("JSON");
    assert_eq!(counts(&told), [500, 0, 0, 0, 0, 0]);
    assert!(kept(&world, "products").await.contains(&"later".to_owned()));
}

#[tokio::test]
async fn one_record_is_removed_and_then_is_not_there() {
    let world = start().await;
    outcome(&world, "warehouse", format!("{}{}", line(1), line("a/b c"))).await;
    let remove = async |rest: &str| ask(&world, Method::DELETE, rest).send().await.expect("an answer");
    assert_eq!(remove("warehouse/a%2Fb%20c").await.status().as_u16(), 204);
    assert_eq!(kept(&world, "warehouses").await, ["1"]);
    let (status, code, _) = problem(remove("warehouse/a%2Fb%20c").await, "again").await;
    assert_eq!((status, code.as_str()), (404, "record_unknown"));
    assert_eq!(problem(remove("customer/1").await, "of another kind").await.1, "record_unknown");
    assert_eq!(problem(remove("shelf/1").await, "no kind").await.1, "invalid");
}

/// Source and state of every row of the table of customers.
async fn mapped(backend: &Backend) -> Vec<(String, String)> {
    let page: Value = backend.get("/mappings/customers").await.json().await.expect("JSON");
    let rows = page["mappings"].as_array().expect("rows").iter();
    let text = |row: &Value, name: &str| row[name].as_str().expect("a text").to_owned();
    rows.map(|row| (text(row, "source"), text(row, "state"))).collect()
}

#[tokio::test]
async fn what_a_person_decided_comes_back_with_the_record() {
    let backend = Backend::start().await;
    let world = &backend.quick.world;
    outcome(world, "customer", (1..=3).map(line).collect::<String>()).await;
    let mut changes = required(&backend.quick, &backend.ann).await;
    let (table, choice) = (MappingTable::Customers, MappingChoice::Link("1".into()));
    changes.push(Change::Map { table, source: "1".into(), choice });
    save(&backend.quick, &backend.ann, 0, changes).await.expect("it is saved");
    let row = |id: &str, state: &str| (id.to_owned(), state.to_owned());
    let before = [row("1", "confirmed"), row("2", "unmatched"), row("3", "unmatched")];
    assert_eq!(mapped(&backend).await, before);
    assert_eq!(counts(&outcome(world, "customer?complete=true", line(3)).await), [0, 0, 1, 0, 0, 2]);
    assert_eq!(mapped(&backend).await, before[2..], "what is gone is mapped no more");
    let window = crate::configuration::mappings(&backend.quick, &backend.ann, MappingTable::Customers).await;
    assert_eq!((window.total, window.counts.states), (1, vec![(MappingState::Unmatched, 1)]));
    outcome(world, "customer", format!("{}{}", line(1), line(2))).await;
    assert_eq!(mapped(&backend).await, before, "the decision is what it was");
}
