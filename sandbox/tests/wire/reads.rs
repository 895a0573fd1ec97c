//! Facts 3.9 and 3.10: every list of both companies, and what is read of it one by one.

use serde_json::{Value, json};

use crate::bookkeeper::{Bookkeeper, code, lists, refusal};

#[tokio::test]
async fn every_record_of_every_list_is_read_by_its_id() {
    for books in [Bookkeeper::in_us().await, Bookkeeper::in_uk().await] {
        for entity in lists() {
            let page = books.page(entity, 1, 1000).await;
            for record in page.iter().take(12) {
                let id = record["Id"].as_str().unwrap();
                assert_eq!(books.read(entity, id).await, *record, "{entity} {id}");
            }
        }
    }
}

#[tokio::test]
async fn the_us_company_has_every_list() {
    let books = Bookkeeper::in_us().await;
    for entity in lists() {
        assert!(books.count(entity).await > 0, "{entity}");
    }
    let class = &books.page("Class", 1, 10).await[1];
    assert_eq!(class["FullyQualifiedName"], "Landscaping:Gardens");
    assert_eq!(class["Id"].as_str().unwrap().len(), 19);
}

#[tokio::test]
async fn a_list_that_is_switched_off_is_empty() {
    let books = Bookkeeper::in_uk().await;
    for entity in ["Class", "Department", "CompanyCurrency"] {
        assert_eq!(books.query(&format!("SELECT * FROM {entity}")).await, json!({}), "{entity}");
        assert_eq!(books.count(entity).await, 0);
        let refused = books.refused(&entity.to_lowercase(), &json!({ "Name": "One", "Code": "EUR" })).await;
        assert_eq!(code(&refused), (400, "5030"), "{entity}");
    }
}

#[tokio::test]
async fn a_preference_switches_its_list_on_and_off() {
    let books = Bookkeeper::in_uk().await;
    for (section, switch, entity, record) in [
        ("AccountingInfoPrefs", "ClassTrackingPerTxn", "Class", json!({ "Name": "Harbour" })),
        ("AccountingInfoPrefs", "TrackDepartments", "Department", json!({ "Name": "Harbour" })),
        ("CurrencyPrefs", "MultiCurrencyEnabled", "CompanyCurrency", json!({ "Code": "EUR" })),
    ] {
        prefer(&books, section, switch, true).await;
        let made = books.write(entity, &record).await;
        assert_eq!(books.query(&format!("SELECT * FROM {entity}")).await[entity][0], made);
        prefer(&books, section, switch, false).await;
        assert_eq!(books.count(entity).await, 0, "{entity}");
        prefer(&books, section, switch, true).await;
        assert_eq!(books.count(entity).await, 1, "{entity}");
    }
}

async fn prefer(books: &Bookkeeper, section: &str, switch: &str, on: bool) {
    let (_, now) = books.get("preferences").await;
    let token = &now["Preferences"]["SyncToken"];
    let changes = json!({ "Id": "1", "SyncToken": token, "sparse": true, section: { switch: on } });
    let after = books.write("Preferences", &changes).await;
    assert_eq!(after[section][switch], on);
    assert_eq!(after["CurrencyPrefs"]["HomeCurrency"]["value"], "GBP");
}

#[tokio::test]
async fn what_is_inactive_is_still_read_by_its_id() {
    let books = Bookkeeper::in_uk().await;
    let record = books.read("Customer", "901").await;
    assert_eq!(
        (&record["Active"], &record["DisplayName"]),
        (&json!(false), &json!("Tidal Power Trials Ltd (deleted)"))
    );
}

#[tokio::test]
async fn what_is_not_there_is_610_and_what_is_no_address_404() {
    let books = Bookkeeper::in_us().await;
    for path in ["customer/30", "vendor/1", "class/1", "invoice/1", "companyinfo/1", "customer/x"] {
        let (status, answer) = books.get(path).await;
        assert_eq!(code(&refusal(status, &answer)), (400, "610"), "{path}");
    }
    for path in ["Customer/1", "nonsense/1", "customer", "companyinfo"] {
        assert_eq!(books.get(path).await.0, 404, "{path}");
    }
    assert_eq!(books.post("Customer", &json!({ "DisplayName": "X" })).await.0, 404);
}

#[tokio::test]
async fn two_sandboxes_do_not_share_their_books() {
    let (one, other) = (Bookkeeper::in_us().await, Bookkeeper::in_us().await);
    one.write("Customer", &json!({ "DisplayName": "Only Here" })).await;
    assert_eq!((one.count("Customer").await, other.count("Customer").await), (30, 29));
    let here: Vec<Value> = one.page("Customer", 30, 1).await;
    assert_eq!(here[0]["DisplayName"], "Only Here");
}
