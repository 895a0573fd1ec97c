//! What people do inside QuickBooks, through the control: changes, and lists that change while they are read.

use std::collections::HashSet;

use reqwest::header::ORIGIN;
use sandbox::{Change, ChangeError, US_REALM, Unrest};
use serde_json::{Value, json};

use crate::bookkeeper::Bookkeeper;

fn record(value: Value) -> serde_json::Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn somebody_creates_edits_and_deactivates() {
    let books = Bookkeeper::in_us().await;
    let control = books.control();
    let entity = || "Vendor".to_owned();
    let made = control
        .change(
            US_REALM,
            Change::Create { entity: entity(), record: record(json!({ "DisplayName": "Inside Ltd" })) },
        )
        .unwrap();
    assert_eq!(books.read("Vendor", "57").await, made);
    let edit =
        Change::Edit { entity: entity(), id: "57".to_owned(), record: record(json!({ "AcctNum": "7" })) };
    assert_eq!(control.change(US_REALM, edit).unwrap()["SyncToken"], "1");
    control.change(US_REALM, Change::Deactivate { entity: entity(), id: "57".to_owned() }).unwrap();
    let read = books.read("Vendor", "57").await;
    assert_eq!((&read["DisplayName"], &read["AcctNum"]), (&json!("Inside Ltd (deleted)"), &json!("7")));
    control.change(US_REALM, Change::Merge { entity: entity(), id: "57".to_owned() }).unwrap();
    assert_eq!(books.get("vendor/57").await.0, 400);
    // No number is given twice.
    assert_eq!(books.write("Vendor", &json!({ "DisplayName": "Inside Ltd" })).await["Id"], "58");
}

#[tokio::test]
async fn inside_quickbooks_taxes_can_be_changed_too() {
    let books = Bookkeeper::in_us().await;
    let rate = Change::Edit {
        entity: "TaxRate".to_owned(),
        id: "3".to_owned(),
        record: record(json!({ "RateValue": 8.25 })),
    };
    assert_eq!(books.control().change(US_REALM, rate).unwrap()["RateValue"], 8.25);
    let code = Change::Deactivate { entity: "TaxCode".to_owned(), id: "2".to_owned() };
    books.control().change(US_REALM, code).unwrap();
    assert_eq!(books.read("TaxCode", "2").await["Name"], "California (deleted)");
}

#[tokio::test]
async fn what_cannot_be_is_said_to_the_one_who_asked() {
    let books = Bookkeeper::in_us().await;
    let duplicate = Change::Create {
        entity: "Customer".to_owned(),
        record: record(json!({ "DisplayName": "Cool Cars" })),
    };
    let refused = books.control().change(US_REALM, duplicate.clone());
    assert!(matches!(refused, Err(ChangeError::Refused { code, .. }) if code == "6240"));
    assert!(matches!(books.control().change("1", duplicate), Err(ChangeError::Realm(realm)) if realm == "1"));
}

#[tokio::test]
async fn the_books_can_be_changed_from_another_process() {
    let books = Bookkeeper::in_us().await;
    let turn = async |wishes: Value| {
        let request = books.app.http.post(books.app.at("/sandbox/control")).json(&json!({ "books": wishes }));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let change = json!({ "create": { "entity": "Customer", "record": { "DisplayName": "From Afar" } } });
    let wishes = json!({ "realm": US_REALM, "change": change, "unrest": { "every": 1, "changes": 1 } });
    assert_eq!(turn(wishes.clone()).await.0, 200);
    assert_eq!(books.read("Customer", "57").await["DisplayName"], "From Afar");
    books.page("Customer", 1, 5).await;
    assert_eq!(books.count("Customer").await, 31);
    let (status, problem) = turn(wishes).await;
    assert!(status == 400 && problem.contains("6240"), "{problem}");
    let unrest = json!({ "realm": US_REALM, "unrest": { "every": 1, "changes": 1001 } });
    let told = "at most 1000 records change between two pages, not 1001";
    assert_eq!(turn(unrest).await, (400, told.to_owned()));
    assert_eq!(turn(json!({ "generate": { "seed": 5, "customers": 3 } })).await.0, 200);
    let other = Bookkeeper::of(books.app, "Generated Company 5", "9341453200000005").await;
    assert_eq!(other.count("Customer").await, 3);
}

#[tokio::test]
async fn the_page_changes_records_and_makes_a_company_restless() {
    let books = Bookkeeper::in_us().await;
    let press = async |path: &str, fields: &[(&str, &str)]| {
        let request = books.app.http.post(books.app.at(path)).header(ORIGIN, books.app.sandbox.url());
        let answer = request.header("sec-fetch-site", "same-origin").form(fields).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let page = books.app.get("/sandbox").send().await.unwrap().text().await.unwrap();
    for part in
        [r#"action="/sandbox/records#records""#, r#"action="/sandbox/unrest#records""#, "merges it away"]
    {
        assert!(page.contains(part), "{part}");
    }
    let change = async |action: &str, record: &str| {
        let fields = [
            ("realm", US_REALM),
            ("entity", "Customer"),
            ("action", action),
            ("id", "3"),
            ("record", record),
        ];
        press("/sandbox/records", &fields).await
    };
    assert_eq!(change("edit", r#"{"DisplayName":"Cooler Cars"}"#).await.0, 303);
    assert_eq!(books.read("Customer", "3").await["DisplayName"], "Cooler Cars");
    assert_eq!(change("create", r#"{"DisplayName":"From the Page"}"#).await.0, 303);
    assert_eq!(change("deactivate", "").await.0, 303);
    assert_eq!(books.count("Customer").await, 29);
    let (status, problem) = change("create", r#"{"DisplayName":"From the Page"}"#).await;
    assert!(status == 400 && problem.contains("6240"), "{problem}");
    let fields = [("realm", US_REALM), ("every", "1"), ("changes", "1")];
    assert_eq!(press("/sandbox/unrest", &fields).await.0, 303);
    books.page("Customer", 1, 5).await;
    assert_eq!(books.count("Customer").await, 30);
}

#[tokio::test]
async fn a_restless_list_changes_between_its_pages() {
    let books = Bookkeeper::in_us().await;
    books.control().set_unrest(US_REALM, Unrest { every: 2, changes: 3 }).unwrap();
    let first = books.page("Customer", 1, 10).await;
    assert_eq!(books.page("Customer", 1, 10).await, first, "the first page changes nothing");
    // A newcomer, another name, a farewell.
    let all = "SELECT COUNT(*) FROM Customer WHERE Active IN (true, false)";
    assert_eq!(books.query(all).await["totalCount"], 30);
    assert_eq!(books.query("SELECT COUNT(*) FROM Customer WHERE Active = false").await["totalCount"], 1);
    assert_eq!(books.query("SELECT * FROM Customer WHERE DisplayName = 'Newcomer 0'").await["maxResults"], 1);
    assert_eq!(books.query("SELECT * FROM Customer WHERE DisplayName LIKE '% 1'").await["maxResults"], 1);
    books.control().set_unrest(US_REALM, Unrest { every: 0, changes: 3 }).unwrap();
    let still = books.page("Customer", 1, 1000).await;
    assert_eq!(books.page("Customer", 1, 1000).await, still);
}

#[tokio::test]
async fn every_list_that_can_be_written_can_be_restless() {
    let books = Bookkeeper::in_us().await;
    books.control().set_unrest(US_REALM, Unrest { every: 1, changes: 9 }).unwrap();
    for entity in ["Customer", "Vendor", "Account", "Item", "Class", "Department", "Term", "PaymentMethod"] {
        let before = books.page(entity, 1, 1000).await;
        let after = books.page(entity, 1, 1000).await;
        assert!(after.len() > before.len(), "{entity}");
        assert!(after.iter().filter(|record| record["Active"] == false).count() > 0, "{entity}");
    }
    for entity in ["CompanyInfo", "CompanyCurrency"] {
        let statement = format!("SELECT * FROM {entity}");
        assert_eq!(books.query(&statement).await, books.query(&statement).await);
    }
}

#[tokio::test]
async fn whoever_reads_by_id_misses_nobody_in_a_restless_company() {
    let books = Bookkeeper::of_generated("seed=4,customers=2000").await;
    books.control().set_unrest(&books.realm, Unrest { every: 1, changes: 7 }).unwrap();
    let mut seen = HashSet::new();
    for start in (1..).step_by(250) {
        let page = books.page("Customer", start, 250).await;
        if page.is_empty() {
            break;
        }
        seen.extend(page.iter().map(|record| record["Id"].as_str().unwrap().to_owned()));
    }
    assert!((1..=2000).all(|id| seen.contains(&id.to_string())));
    assert!(seen.len() > 2000, "newcomers stand at the end");
}

#[tokio::test]
async fn a_company_can_have_another_edition() {
    let books = Bookkeeper::in_us().await;
    assert_eq!(books.count("Class").await, 3);
    books.control().set_edition(US_REALM, "QuickBooks Online Essentials").unwrap();
    let info = books.get(&format!("companyinfo/{US_REALM}")).await.1;
    let pairs = info["CompanyInfo"]["NameValue"].as_array().unwrap();
    let sku = json!({ "Name": "OfferingSku", "Value": "QuickBooks Online Essentials" });
    assert_eq!(pairs.iter().filter(|pair| pair["Name"] == "OfferingSku").collect::<Vec<_>>(), [&sku]);
    let (status, fault) = books.get("query?query=select%20*%20from%20Class").await;
    assert_eq!((status, &fault["Fault"]["Error"][0]["code"]), (400, &json!("5030")));
    assert_eq!(books.count("CompanyCurrency").await, 2);
    books.control().set_edition(US_REALM, "").unwrap();
    assert_eq!(books.count("Class").await, 3, "who does not say its edition has everything");
}
