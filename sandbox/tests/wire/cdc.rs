//! Facts 3.7: what has changed since a moment, and what is gone.

use std::time::Duration;

use sandbox::{Change, Control, US_REALM};
use serde_json::{Value, json};

use crate::bookkeeper::{Bookkeeper, refusal};

const DAY: Duration = Duration::from_hours(24);

/// The time of the sandbox as an answer says it.
async fn now(books: &Bookkeeper) -> String {
    books.get("preferences").await.1["time"].as_str().unwrap().to_owned()
}

async fn changes(books: &Bookkeeper, entities: &str, since: &str) -> Vec<Value> {
    let since: String = url::form_urlencoded::byte_serialize(since.as_bytes()).collect();
    let (status, mut answer) = books.get(&format!("cdc?entities={entities}&changedSince={since}")).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["time"].is_string());
    assert_eq!(answer["CDCResponse"].as_array().unwrap().len(), 1);
    serde_json::from_value(answer["CDCResponse"][0]["QueryResponse"].take()).unwrap()
}

fn merge(control: &Control, id: &str) {
    let change = Change::Merge { entity: "Customer".to_owned(), id: id.to_owned() };
    control.change(US_REALM, change).unwrap();
}

#[tokio::test]
async fn nothing_changed_is_an_empty_object_for_each_entity() {
    let books = Bookkeeper::in_us().await;
    let since = now(&books).await;
    assert_eq!(changes(&books, "Customer,Invoice,item", &since).await, [json!({}), json!({}), json!({})]);
}

#[tokio::test]
async fn what_changed_comes_whole_and_what_is_gone_last() {
    let books = Bookkeeper::in_us().await;
    let since = now(&books).await;
    merge(&books.control(), "4");
    let changed = books.edit("Customer", "5", json!({ "Notes": "x" })).await;
    let made = books.write("Customer", &json!({ "DisplayName": "New" })).await;
    let off = books.edit("Vendor", "30", json!({ "Active": false })).await;
    let found = changes(&books, "Vendor,Customer,Account", &since).await;
    assert_eq!(found[0], json!({ "Vendor": [off], "startPosition": 1, "maxResults": 1 }));
    let customers = found[1]["Customer"].as_array().unwrap();
    assert_eq!((&customers[..2], &found[1]["maxResults"]), (&[changed, made][..], &json!(3)));
    let gone = &customers[2];
    assert_eq!(
        (&gone["status"], &gone["domain"], &gone["Id"]),
        (&json!("Deleted"), &json!("QBO"), &json!("4"))
    );
    assert!(gone["MetaData"]["LastUpdatedTime"].is_string() && gone.as_object().unwrap().len() == 4);
    assert_eq!(found[2], json!({}));
    let (status, answer) = books.get("customer/4").await;
    assert_eq!(refusal(status, &answer).1, "610");
    assert_eq!(books.count("Customer").await, 29);
}

#[tokio::test]
async fn what_changed_before_is_not_told_again() {
    let books = Bookkeeper::in_us().await;
    books.write("Customer", &json!({ "DisplayName": "Early" })).await;
    merge(&books.control(), "4");
    books.control().advance(Duration::from_secs(2));
    let since = now(&books).await;
    assert_eq!(changes(&books, "Customer", &since).await, [json!({})]);
    books.write("Customer", &json!({ "DisplayName": "Late" })).await;
    let found = changes(&books, "Customer", &since).await;
    assert_eq!(
        (found[0]["Customer"][0]["DisplayName"].as_str(), &found[0]["maxResults"]),
        (Some("Late"), &json!(1))
    );
}

#[tokio::test]
async fn a_moment_may_be_a_date_or_lack_its_offset() {
    let books = Bookkeeper::in_us().await;
    books.control().advance(DAY);
    books.write("Term", &json!({ "Name": "Net 9", "DueDays": 9 })).await;
    let time = now(&books).await;
    for since in [&time[..10], &time[..19], &time] {
        assert_eq!(changes(&books, "Term", since).await[0]["maxResults"], 1, "{since}");
    }
    // node-quickbooks does not encode the plus of an offset.
    let (_, answer) = books.get("cdc?entities=Term&changedSince=2099-01-01T00:00:00+01:00").await;
    assert_eq!(answer["CDCResponse"][0]["QueryResponse"], json!([{}]));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let books = Bookkeeper::in_us().await;
    let today = now(&books).await[..10].to_owned();
    let ask = async |query: String| {
        let (status, answer) = books.get(&format!("cdc?{query}")).await;
        refusal(status, &answer)
    };
    for entity in ["TaxCode", "TaxRate", "TaxAgency", "JournalCode", "Nonsense"] {
        let (status, code, detail) = ask(format!("entities=Customer,{entity}&changedSince={today}")).await;
        assert_eq!((status, code.as_str()), (400, "500"));
        assert!(detail.contains(entity), "{detail}");
    }
    assert_eq!(ask(format!("changedSince={today}")).await.1, "2020");
    assert_eq!(ask("entities=Customer".to_owned()).await.1, "2020");
    assert_eq!(ask("entities=Customer&changedSince=yesterday".to_owned()).await.1, "500");
    books.control().advance(DAY * 29);
    assert_eq!(changes(&books, "Customer", &today).await, [json!({})]);
    books.control().advance(DAY * 2);
    let (_, code, detail) = ask(format!("entities=Customer&changedSince={today}")).await;
    let expected = format!(
        "Operation cdc with changedSince date {today} which is older than fixed days is not supported."
    );
    assert_eq!((code.as_str(), detail), ("500", expected));
}

#[tokio::test]
async fn no_more_than_a_thousand_objects_are_told() {
    let books = Bookkeeper::in_us().await;
    let since = now(&books).await;
    for n in 0..1005 {
        let record = serde_json::from_value(json!({ "DisplayName": format!("Customer {n}") })).unwrap();
        books.control().change(US_REALM, Change::Create { entity: "Customer".to_owned(), record }).unwrap();
    }
    books.write("Term", &json!({ "Name": "Net 9", "DueDays": 9 })).await;
    let found = changes(&books, "Customer,Term", &since).await;
    assert_eq!((&found[0]["maxResults"], &found[1]), (&json!(1000), &json!({})));
    assert_eq!(changes(&books, "Term,Customer", &since).await[1]["maxResults"], 999);
}
