//! Facts 3.6: many wishes in one request, each with its own answer.

use serde_json::{Value, json};

use crate::bookkeeper::{Bookkeeper, code};

#[tokio::test]
async fn each_item_has_its_own_answer_under_its_id() {
    let books = Bookkeeper::in_us().await;
    let items = json!({ "BatchItemRequest": [
        { "bId": "a", "operation": "create", "Customer": { "DisplayName": "Batch One" } },
        { "bId": "b", "operation": "create", "Vendor": { "DisplayName": "cool cars" } },
        { "bId": "c", "Query": "SELECT * FROM Term WHERE Id = '3'" },
        { "bId": "d", "operation": "update", "Customer": { "Id": "1", "SyncToken": "0", "sparse": true, "Notes": "n" } },
        { "bId": "e", "operation": "delete", "Customer": { "Id": "1", "SyncToken": "0" } },
        { "bId": "f", "Query": "SELECT * FROM" },
        { "bId": "g", "operation": "create", "TaxCode": { "Name": "X" } },
        { "bId": "h", "operation": "create", "Nonsense": {} },
        { "operation": "create", "Customer": { "DisplayName": "No Id" } },
    ] });
    let (status, answer) = books.post("batch", &items).await;
    assert!(status == 200 && answer["time"].is_string());
    let answers = answer["BatchItemResponse"].as_array().unwrap();
    let ids: Vec<_> = answers.iter().map(|answer| answer["bId"].as_str().unwrap_or("none")).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e", "f", "g", "h", "none"]);
    assert_eq!(answers[0]["Customer"]["DisplayName"], "Batch One");
    assert_eq!(answers[2]["QueryResponse"]["Term"][0]["Name"], "Net 30");
    assert_eq!(answers[3]["Customer"]["SyncToken"], "1");
    let fault = |at: usize| &answers[at]["Fault"]["Error"][0]["code"];
    let codes = [1, 4, 5, 6, 7, 8].map(fault);
    assert_eq!(codes, ["6240", "500", "4000", "500", "500", "2020"]);
    assert_eq!(answers[1]["Fault"]["type"], "ValidationFault");
    // Nothing that was refused takes anything else with it.
    assert_eq!((books.count("Customer").await, books.count("Vendor").await), (30, 26));
}

#[tokio::test]
async fn thirty_items_are_done_and_more_are_not() {
    let books = Bookkeeper::in_us().await;
    let items = |count: usize| -> Value {
        let item = |n: usize| json!({ "bId": n.to_string(), "operation": "create", "Customer": { "DisplayName": format!("{count} {n}") } });
        json!({ "BatchItemRequest": (0..count).map(item).collect::<Vec<_>>() })
    };
    let (_, answer) = books.post("batch", &items(30)).await;
    assert_eq!(answer["BatchItemResponse"].as_array().unwrap().len(), 30);
    assert_eq!(code(&books.refused("batch", &items(31)).await), (400, "6000"));
    assert_eq!(books.count("Customer").await, 59);
    assert_eq!(code(&books.refused("batch", &json!({})).await), (400, "2020"));
    assert_eq!(code(&books.refused("batch", &json!("no object")).await), (400, "2010"));
    assert_eq!(books.post("batch", &items(0)).await.1["BatchItemResponse"], json!([]));
}

#[tokio::test]
async fn a_batch_that_is_sent_again_happens_once() {
    let books = Bookkeeper::in_us().await;
    let items = json!({ "BatchItemRequest": [{ "bId": "a", "operation": "create", "Term": { "Name": "Net 1", "DueDays": 1 } }] });
    let first = books.post("batch?requestid=r1", &items).await;
    assert_eq!(first.1["BatchItemResponse"][0]["Term"]["Id"], "6");
    assert_eq!(books.post("batch?requestid=r1", &items).await, first);
    assert_eq!(books.count("Term").await, 6);
}
