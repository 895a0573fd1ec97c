//! What was imported, read as a feed by a portal's backend; and imports that it begins.

#[cfg(feature = "deep")]
mod deep;

use std::collections::BTreeMap;

use reqwest::Method;
use sandbox::{UK_REALM, US_COMPANY};
use serde_json::{Value, json};

use crate::api::problem;
use crate::backend::Backend;
use crate::imports::ended;
use crate::tokens::eventually;

/// Customers of the company in the United Kingdom, with those that are inactive.
const CUSTOMERS: usize = 243;

async fn page(backend: &Backend, query: &str) -> Value {
    let answer = backend.get(&format!("/records/{query}")).await;
    assert_eq!(answer.status().as_u16(), 200, "{query}");
    answer.json().await.expect("JSON")
}

/// Everything from a cursor on, in pages of so many; the records, and the last cursor.
async fn all(backend: &Backend, list: &str, limit: u32, after: Option<String>) -> (Vec<Value>, String) {
    let (mut records, mut after) = (Vec::new(), after);
    loop {
        let from = after.as_ref().map_or_else(String::new, |after| format!("&after={after}"));
        let page = page(backend, &format!("{list}?limit={limit}{from}")).await;
        let some = page["records"].as_array().expect("records");
        assert!(some.len() <= limit as usize);
        records.extend(some.iter().cloned());
        let cursor = page["cursor"].as_str().expect("a cursor").to_owned();
        if page["more"] == json!(false) {
            return (records, cursor);
        }
        after = Some(cursor);
    }
}

/// Asks for an import, and waits until it has ended.
async fn import(backend: &Backend, query: &str) -> Value {
    let begun = backend.ask(Method::POST, &format!("/imports{query}")).send().await.expect("an answer");
    assert_eq!(begun.status().as_u16(), 202);
    let begun: Value = begun.json().await.expect("JSON");
    let path = format!("/imports/{}", begun["id"]);
    let show = async || backend.get(&path).await.json::<Value>().await.expect("JSON");
    eventually(|| async { show().await["state"] != "running" }).await;
    show().await
}

/// Writes a customer at QuickBooks, through the proxy.
async fn write_customer(backend: &Backend, body: Value) -> Value {
    let path = format!("/proxy/v3/company/{UK_REALM}/customer");
    let answer = backend
        .ask(Method::POST, &path)
        .header("accept", "application/json")
        .json(&body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    answer.json::<Value>().await.expect("JSON")["Customer"].clone()
}

#[tokio::test]
async fn a_list_is_read_whole_and_then_what_changed_since() {
    let backend = Backend::start().await;
    let (records, cursor) = all(&backend, "customers", 50, None).await;
    let by_id: BTreeMap<&str, &Value> =
        records.iter().map(|record| (record["id"].as_str().expect("an id"), record)).collect();
    assert_eq!((records.len(), by_id.len()), (CUSTOMERS, CUSTOMERS), "each comes once");
    for (id, record) in &by_id {
        assert_eq!((record["object"]["Id"].as_str(), &record["gone"]), (Some(*id), &json!(false)));
        assert_eq!(record["object"]["Active"], record["active"]);
    }
    let (none, cursor) = all(&backend, "customers", 50, Some(cursor)).await;
    assert_eq!(none, [json!(null); 0]);
    let made = write_customer(
        &backend,
        json!({ "DisplayName": "\u{202e}<b>O'Hara</b> \u{1f469}\u{200d}\u{1f680}" }),
    )
    .await;
    let quiet = &records[0]["object"];
    let change =
        json!({ "Id": quiet["Id"], "SyncToken": quiet["SyncToken"], "sparse": true, "Active": false });
    write_customer(&backend, change).await;
    let imported = import(&backend, "?lists=customers").await;
    assert_eq!((&imported["state"], &imported["lists"][0]["list"]), (&json!("done"), &json!("customers")));
    assert_eq!((&imported["lists"][0]["added"], &imported["lists"][0]["changed"]), (&json!(1), &json!(1)));
    let (changed, _) = all(&backend, "customers", 50, Some(cursor)).await;
    let mut told: Vec<_> =
        changed.iter().map(|record| (&record["id"], &record["name"], &record["active"])).collect();
    told.sort_by_key(|(id, ..)| id.to_string());
    // QuickBooks says so in the name of what is inactive.
    let deleted = json!(format!("{} (deleted)", records[0]["name"].as_str().expect("a name")));
    let mut wanted = vec![
        (&made["Id"], &made["DisplayName"], &Value::Bool(true)),
        (&quiet["Id"], &deleted, &Value::Bool(false)),
    ];
    wanted.sort_by_key(|(id, ..)| id.to_string());
    assert_eq!(told, wanted, "hostile names as they are, and nothing else");
}

#[tokio::test]
async fn a_cursor_survives_a_restart() {
    let backend = Backend::start().await;
    let first = page(&backend, "customers?limit=200").await;
    let cursor = first["cursor"].as_str().expect("a cursor").to_owned();
    let Backend { quick, ann, id } = backend;
    let backend = Backend { quick: quick.restart().await, ann, id };
    let (rest, _) = all(&backend, "customers", 1000, Some(cursor)).await;
    assert_eq!(rest.len(), CUSTOMERS - 200);
}

#[tokio::test]
async fn a_cursor_leads_nowhere_else() {
    let backend = Backend::start().await;
    let (_, cursor) = all(&backend, "accounts", 1000, None).await;
    for (query, told) in [
        (format!("customers?after={cursor}"), (400, "cursor_elsewhere")),
        ("accounts?after=e30".to_owned(), (422, "invalid")),
        ("accounts?after=%00".to_owned(), (422, "invalid")),
        ("accounts?limit=0".to_owned(), (422, "invalid")),
        ("accounts?limit=1001".to_owned(), (422, "invalid")),
        ("accounts?from=1".to_owned(), (400, "refused")),
        ("company".to_owned(), (422, "invalid")),
        ("vendors".to_owned(), (422, "invalid")),
    ] {
        let (status, code) = backend.refused(&format!("/records/{query}")).await;
        assert_eq!((status, code.as_str()), told, "{query}");
    }
    backend.quick.connect(&backend.ann, US_COMPANY).await;
    backend.quick.decide(&backend.ann, true).await.expect("another company");
    ended(&backend.quick, &backend.ann).await;
    let (status, code) = backend.refused(&format!("/records/accounts?after={cursor}")).await;
    assert_eq!((status, code.as_str()), (410, "cursor_gone"), "the other company's records are others");
    let (others, _) = all(&backend, "accounts", 1000, None).await;
    assert!(!others.is_empty());
}

#[tokio::test]
async fn what_was_erased_is_begun_again() {
    let backend = Backend::start().await;
    let (_, cursor) = all(&backend, "accounts", 1000, None).await;
    let (tenant, id) = (backend.ann.tenant, backend.quick.row(&backend.ann).await.id);
    backend.quick.world.write(move |mut db| Box::pin(async move { db.erase_belongings(id).await })).await;
    let (status, code) = backend.refused("/records/accounts").await;
    assert_eq!((status, code.as_str()), (409, "disconnected"), "{tenant:?}");
    backend.quick.connect(&backend.ann, sandbox::UK_COMPANY).await;
    ended(&backend.quick, &backend.ann).await;
    let (status, code) = backend.refused(&format!("/records/accounts?after={cursor}")).await;
    assert_eq!((status, code.as_str()), (410, "cursor_gone"));
}

#[tokio::test]
async fn an_import_is_begun_once_and_told_to_its_end() {
    let backend = Backend::start().await;
    backend.quick.sandbox.control().pause_queries();
    let begin = async |query: &str| {
        backend.ask(Method::POST, &format!("/imports{query}")).send().await.expect("an answer")
    };
    let first: Value = begin("?lists=customers,suppliers").await.json().await.expect("JSON");
    let lists: Vec<_> = first["lists"].as_array().expect("lists").iter().map(|list| &list["list"]).collect();
    assert_eq!((&first["state"], lists), (&json!("running"), vec![&json!("customers"), &json!("suppliers")]));
    let second: Value = begin("").await.json().await.expect("JSON");
    assert_eq!(first["id"], second["id"], "one that is running serves");
    assert_eq!(
        backend.told("import.started").await.iter().filter(|line| line.actor == "key test").count(),
        1
    );
    for (query, told) in [("?lists=vendors", (422, "invalid")), ("?list=customers", (400, "refused"))] {
        let (status, code, _) = problem(begin(query).await, query).await;
        assert_eq!((status, code.as_str()), told, "{query}");
    }
    for (path, told) in [("/imports/4000000", (404, "import_unknown")), ("/imports/one", (400, "refused"))] {
        let (status, code) = backend.refused(path).await;
        assert_eq!((status, code.as_str()), told, "{path}");
    }
    backend.quick.disconnect(&backend.ann).await;
    let (status, code, _) = problem(begin("").await, "it is off").await;
    assert_eq!((status, code.as_str()), (409, "not_now"));
    let ended: Value = backend.get(&format!("/imports/{}", first["id"])).await.json().await.expect("JSON");
    assert_eq!(ended["state"], "cancelled");
}

#[tokio::test]
async fn a_backup_that_is_restored_is_begun_again() {
    let backend = Backend::start().await;
    let (_, cursor) = all(&backend, "accounts", 1000, None).await;
    backend.quick.world.write(|mut db| Box::pin(async move { db.renew_feeds().await })).await;
    let (status, code) = backend.refused(&format!("/records/accounts?after={cursor}")).await;
    assert_eq!((status, code.as_str()), (410, "cursor_gone"));
}
