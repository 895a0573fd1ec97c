//! Facts 3.1, 3.2 and 3.4: create, full and sparse update, and every way in which they are refused.

use sandbox::{UK_REALM, US_REALM};
use serde_json::{Value, json};

use crate::bookkeeper::{Bookkeeper, WRITTEN, code};

#[tokio::test]
async fn a_new_customer_has_what_was_said_and_what_everybody_has() {
    let books = Bookkeeper::in_us().await;
    let sent = json!({ "DisplayName": "Ærø Ferries", "PrimaryPhone": { "FreeFormNumber": "555" }, "SalesTermRef": { "value": "3" } });
    let made = books.write("Customer", &sent).await;
    let kept = json!({ "value": "3", "name": "Net 30" });
    for (field, value) in [
        ("Id", json!("57")),
        ("SyncToken", json!("0")),
        ("domain", json!("QBO")),
        ("sparse", json!(false)),
        ("Active", json!(true)),
        ("Balance", json!(0)),
        ("Job", json!(false)),
        ("FullyQualifiedName", json!("Ærø Ferries")),
        ("PrintOnCheckName", json!("Ærø Ferries")),
        ("CurrencyRef", json!({ "value": "USD", "name": "United States Dollar" })),
        ("SalesTermRef", kept),
        ("PrimaryPhone", json!({ "FreeFormNumber": "555" })),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let created = made["MetaData"]["CreateTime"].as_str().unwrap();
    assert!(created.len() == 25 && !created.contains('.'), "{created}");
    assert_eq!(books.read("Customer", "57").await, made);
    assert_eq!(books.write("Vendor", &json!({ "DisplayName": "Ærø Ropes" })).await["Id"], "58");
}

#[tokio::test]
async fn what_python_quickbooks_sends_is_taken() {
    let books = Bookkeeper::in_us().await;
    let sent = json!({
        "Active": true, "Balance": 0, "BalanceWithJobs": 0, "BillWithParent": false, "CompanyName": "",
        "DisplayName": "Py Customer", "FamilyName": "", "FullyQualifiedName": "", "GivenName": "", "Id": "",
        "IsProject": false, "Job": false, "Level": 0, "MiddleName": "", "Notes": "", "OpenBalanceDate": "",
        "PreferredDeliveryMethod": "", "PrimaryTaxIdentifier": "", "PrintOnCheckName": "", "ResaleNum": "",
        "Suffix": "", "SyncToken": 0, "Taxable": true, "Title": "", "sparse": false,
        "BillAddr": { "Id": "", "Line1": "4 Quay", "Line2": "", "Lat": "" }, "WebAddr": { "URI": "" },
    });
    let made = books.write("Customer", &sent).await;
    assert_eq!((&made["SyncToken"], &made["BillAddr"]), (&json!("0"), &json!({ "Line1": "4 Quay" })));
    for absent in ["Level", "Notes", "Title", "WebAddr", "ResaleNum", "CompanyName"] {
        assert_eq!(made.get(absent), None, "{absent}");
    }
    assert_eq!(made["PreferredDeliveryMethod"], "Print");
}

#[tokio::test]
async fn every_list_can_be_written() {
    let books = Bookkeeper::in_us().await;
    for (entity, sent, field, expected) in [
        ("Vendor", json!({ "GivenName": "Ada", "FamilyName": "Lane" }), "DisplayName", json!("Ada Lane")),
        ("Employee", json!({ "GivenName": "Ben", "FamilyName": "Oak" }), "DisplayName", json!("Ben Oak")),
        ("Account", json!({ "Name": "Till", "AccountType": "Bank" }), "Classification", json!("Asset")),
        (
            "Item",
            json!({ "Name": "Hour", "Type": "Service", "IncomeAccountRef": { "value": "1" } }),
            "Type",
            json!("Service"),
        ),
        ("Class", json!({ "Name": "Boats" }), "Id", json!("5000000000000007283")),
        (
            "Department",
            json!({ "Name": "Pier", "ParentRef": { "value": "1" } }),
            "FullyQualifiedName",
            json!("Bayshore:Pier"),
        ),
        ("Term", json!({ "Name": "Net 45", "DueDays": 45 }), "Type", json!("STANDARD")),
        ("PaymentMethod", json!({ "Name": "Shells" }), "Type", json!("NON_CREDIT_CARD")),
        ("CompanyCurrency", json!({ "Code": "GBP" }), "Name", json!("British Pound Sterling")),
        ("TaxAgency", json!({ "DisplayName": "Harbour Board" }), "TaxTrackedOnSales", json!(true)),
    ] {
        let made = books.write(entity, &sent).await;
        assert_eq!(made[field], expected, "{entity}");
        assert_eq!(books.read(entity, made["Id"].as_str().unwrap()).await, made);
    }
}

#[tokio::test]
async fn every_record_can_be_saved_as_it_was_read() {
    for books in [Bookkeeper::in_us().await, Bookkeeper::in_uk().await] {
        for entity in WRITTEN {
            let page = books.page(entity, 1, 1000).await;
            for record in page.iter().filter(|record| record["Active"] == true) {
                let saved = books.write(entity, record).await;
                assert_eq!(settled(&saved), settled(record), "{entity}");
            }
        }
    }
}

/// What stays when a record is saved: all but the count and the time, and the names beside references, which
/// QuickBooks writes itself.
fn settled(record: &Value) -> Value {
    let mut record = record.clone();
    for (field, value) in record.as_object_mut().unwrap() {
        if ["SyncToken", "MetaData"].contains(&field.as_str()) {
            *value = Value::Null;
        }
        if field.ends_with("Ref") {
            value.as_object_mut().unwrap().remove("name");
        }
    }
    record
}

#[tokio::test]
async fn a_sparse_update_keeps_what_it_does_not_name() {
    let books = Bookkeeper::in_us().await;
    let before = books.read("Customer", "1").await;
    books.control().advance(std::time::Duration::from_secs(90));
    let changes = json!({ "Id": "1", "SyncToken": before["SyncToken"], "sparse": true, "Notes": "Feeds at dawn", "PrimaryPhone": "", "CurrencyRef": "", "Active": "" });
    // node-quickbooks says what it does; others leave it to the Id.
    let (status, answer) = books.post("customer?operation=update&minorversion=75", &changes).await;
    let after = &answer["Customer"];
    assert_eq!((status, &after["Notes"], after.get("PrimaryPhone")), (200, &json!("Feeds at dawn"), None));
    assert_eq!((&after["BillAddr"], &after["sparse"]), (&before["BillAddr"], &json!(false)));
    assert_eq!(after["MetaData"]["CreateTime"], before["MetaData"]["CreateTime"]);
    assert!(after["MetaData"]["LastUpdatedTime"].as_str() > before["MetaData"]["LastUpdatedTime"].as_str());
}

#[tokio::test]
async fn a_full_update_clears_what_it_does_not_name() {
    let books = Bookkeeper::in_us().await;
    let before = books.read("Customer", "1").await;
    assert!(before.get("BillAddr").is_some());
    let whole =
        json!({ "Id": "1", "SyncToken": before["SyncToken"], "DisplayName": "Amy's Birds", "Balance": 9999 });
    let after = books.write("Customer", &whole).await;
    assert_eq!((&after["DisplayName"], after.get("BillAddr")), (&json!("Amy's Birds"), None));
    assert_eq!((&after["Balance"], &after["Active"]), (&before["Balance"], &json!(true)));
    assert_eq!(after["V4IDPseudonym"], before["V4IDPseudonym"]);
}

#[tokio::test]
async fn an_old_sync_token_is_stale() {
    let books = Bookkeeper::in_us().await;
    let update = json!({ "Id": "2", "SyncToken": "0", "sparse": true, "Notes": "mine" });
    assert_eq!(books.write("Customer", &update).await["SyncToken"], "1");
    let (status, code, detail) = books.refused("customer", &update).await;
    assert_eq!((status, code.as_str()), (400, "5010"));
    assert_eq!(
        detail,
        "Stale Object Error : You and Craig Carlson were working on this at the same time. \
         Craig Carlson finished before you did, so your work was not saved."
    );
    // A number is as good as a text.
    let update = json!({ "Id": 2, "SyncToken": 1, "sparse": "true", "Notes": "mine" });
    assert_eq!(books.write("Customer", &update).await["SyncToken"], "2");
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_in_intuits_words() {
    let books = Bookkeeper::in_us().await;
    let long = "n".repeat(2001);
    for (path, sent, code, part) in [
        (
            "customer",
            json!({ "Notes": "x" }),
            "2020",
            "Required parameter DisplayName is missing in the request",
        ),
        ("item", json!({ "Name": "X", "Type": "Service" }), "2020", "IncomeAccountRef"),
        ("account", json!({ "Name": "X" }), "2020", "AccountType"),
        ("term", json!({ "Name": "X" }), "2020", "DueDays"),
        ("customer", json!({ "Id": "1", "sparse": true }), "2020", "SyncToken"),
        ("customer?operation=update", json!({ "DisplayName": "X" }), "2020", "Id"),
        (
            "customer",
            json!({ "DisplayName": "X", "Shoe": 43 }),
            "2010",
            "Property Name:failed to parse json object",
        ),
        ("customer", json!({ "DisplayName": { "a": 1 } }), "2010", "unsupported or invalid"),
        ("customer", json!([1]), "2010", "unsupported or invalid"),
        (
            "customer",
            json!({ "DisplayName": "X", "Notes": long }),
            "2050",
            "Min:0 Max:2000 supported. Supplied length:2001",
        ),
        ("customer", json!({ "DisplayName": "A:B" }), "2040", "Element contains invalid characters. A:B"),
        (
            "customer",
            json!({ "DisplayName": "X", "SalesTermRef": { "value": "99" } }),
            "2500",
            "Invalid Reference Id : SalesTermRef",
        ),
        ("vendor", json!({ "DisplayName": "X", "TermRef": { "value": "99" } }), "2500", "TermRef"),
        ("customer", json!({ "DisplayName": "X", "CurrencyRef": { "value": "JPY" } }), "2500", "CurrencyRef"),
        ("account", json!({ "Name": "X", "AccountType": "Sock" }), "2170", "Sock"),
        ("customer", json!({ "Id": "999", "SyncToken": "0", "sparse": true }), "610", "Object Not Found"),
        (
            "customer?operation=void",
            json!({ "Id": "1", "SyncToken": "0" }),
            "500",
            "Operation void is not supported.",
        ),
        (
            "vendor?operation=delete",
            json!({ "Id": "30", "SyncToken": "0" }),
            "500",
            "Operation delete is not supported.",
        ),
        ("taxcode", json!({ "Name": "X" }), "500", "Operation create is not supported."),
        (
            "taxrate",
            json!({ "Id": "1", "SyncToken": "0", "Name": "X" }),
            "500",
            "Operation update is not supported.",
        ),
        ("taxagency", json!({ "Id": "1", "SyncToken": "0", "DisplayName": "X" }), "500", "Operation update"),
        ("companyinfo", json!({ "CompanyName": "X" }), "500", "Operation create"),
        ("invoice", json!({ "Line": [] }), "500", "Operation create is not supported."),
    ] {
        let (status, found, detail) = books.refused(path, &sent).await;
        assert_eq!((status, found.as_str()), (400, code), "{path} {sent} {detail}");
        assert!(detail.contains(part), "{detail}");
    }
    assert_eq!((books.count("Customer").await, books.count("Account").await), (29, 91));
}

#[tokio::test]
async fn a_fault_names_its_element() {
    let books = Bookkeeper::in_us().await;
    let (_, answer) = books.post("term", &json!({ "DueDays": 3 })).await;
    assert_eq!(answer["Fault"]["Error"][0]["element"], "Name");
    assert_eq!(
        answer["Fault"]["Error"][0]["Message"],
        "Required param missing, need to supply the required value for the API"
    );
    let (_, answer) = books.post("term?operation=void", &json!({})).await;
    assert_eq!(answer["Fault"]["Error"][0]["element"], "Operation");
}

#[tokio::test]
async fn a_value_of_another_kind_is_2010_and_named() {
    let books = Bookkeeper::in_us().await;
    for (path, field, value) in [
        ("customer", "BillAddr", json!("1 Quay")),
        ("customer", "PrimaryPhone", json!(5)),
        ("customer", "PrimaryEmailAddr", json!(["a@b.c"])),
        ("customer", "Taxable", json!("perhaps")),
        ("customer", "SalesTermRef", json!("3")),
        ("customer", "PreferredDeliveryMethod", json!({ "value": "Print" })),
        ("customer", "CustomField", json!({ "Name": "x" })),
        ("vendor", "TaxIdentifier", json!(true)),
        ("vendor", "BillRate", json!("a lot")),
        ("item", "QtyOnHand", json!([])),
    ] {
        let name = if path == "item" { "Name" } else { "DisplayName" };
        let sent = json!({ name: "X", field: value });
        let (status, answer) = books.post(path, &sent).await;
        let error = &answer["Fault"]["Error"][0];
        assert_eq!(
            (status, &error["code"], &error["element"]),
            (400, &json!("2010"), &json!(field)),
            "{sent}"
        );
    }
    let sent =
        json!({ "DisplayName": "X", "Taxable": "False", "CustomField": [], "BillAddr": {}, "Notes": 7 });
    let made = books.write("Customer", &sent).await;
    assert_eq!(
        (&made["Taxable"], &made["Notes"], &made["BillAddr"]),
        (&json!(false), &json!("7"), &json!(null))
    );
}

#[tokio::test]
async fn what_the_service_keeps_by_itself_is_ignored_when_sent() {
    let books = Bookkeeper::in_us().await;
    let sent = json!({
        "Name": "Pier Fund", "AccountType": "Equity", "Classification": "Asset", "CurrentBalance": 5, "SubAccount": true,
        "FullyQualifiedName": "Elsewhere:Pier Fund", "MetaData": { "CreateTime": "1999-01-01" }, "domain": "XYZ",
    });
    let made = books.write("Account", &sent).await;
    assert_eq!(
        (&made["Classification"], &made["CurrentBalance"], &made["SubAccount"]),
        (&json!("Equity"), &json!(0), &json!(false))
    );
    assert_eq!((&made["FullyQualifiedName"], &made["domain"]), (&json!("Pier Fund"), &json!("QBO")));
    assert!(!made["MetaData"]["CreateTime"].as_str().unwrap().starts_with("1999"));
}

#[tokio::test]
async fn a_reference_to_something_inactive_is_2500_in_intuits_words() {
    let books = Bookkeeper::in_us().await;
    books.edit("Term", "3", json!({ "Active": false })).await;
    let (_, code, detail) =
        books.refused("customer", &json!({ "DisplayName": "X", "SalesTermRef": { "value": "3" } })).await;
    assert_eq!(code, "2500");
    assert!(
        detail.starts_with("Invalid Reference Id : Something you're trying to use has been made inactive.")
    );
}

#[tokio::test]
async fn a_currency_other_than_home_has_to_be_in_the_list() {
    let books = Bookkeeper::in_us().await;
    let made =
        books.write("Customer", &json!({ "DisplayName": "Maple", "CurrencyRef": { "value": "CAD" } })).await;
    assert_eq!(made["CurrencyRef"], json!({ "value": "CAD", "name": "Canadian Dollar" }));
    let kept = books.edit("Customer", "57", json!({ "CurrencyRef": { "value": "EUR" } })).await;
    assert_eq!(kept["CurrencyRef"]["value"], "CAD");
    let uk = Bookkeeper::in_uk().await;
    let made =
        uk.write("Customer", &json!({ "DisplayName": "Maple", "CurrencyRef": { "value": "CAD" } })).await;
    assert_eq!(made["CurrencyRef"]["value"], "GBP");
}

#[tokio::test]
async fn the_company_and_its_preferences_can_only_be_updated() {
    let books = Bookkeeper::in_us().await;
    let (_, info) = books.get(&format!("companyinfo/{US_REALM}")).await;
    let changes = json!({ "Id": "1", "SyncToken": info["CompanyInfo"]["SyncToken"], "sparse": true, "LegalName": "Craig's" });
    let after = books.write("CompanyInfo", &changes).await;
    assert_eq!(
        (&after["LegalName"], &after["NameValue"]),
        (&json!("Craig's"), &info["CompanyInfo"]["NameValue"])
    );
    assert_eq!(after["SyncToken"], "7");
    let (_, preferences) = books.get("preferences").await;
    let token = &preferences["Preferences"]["SyncToken"];
    let changes = json!({ "Id": "1", "SyncToken": token, "SalesFormsPrefs": { "AllowDeposit": false } });
    let after = books.write("Preferences", &changes).await;
    assert_eq!(
        (&after["SalesFormsPrefs"]["AllowDeposit"], &after["SalesFormsPrefs"]["AllowDiscount"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(after["TaxPrefs"], preferences["Preferences"]["TaxPrefs"]);
}

#[tokio::test]
async fn a_request_id_gets_the_first_answer_again() {
    let books = Bookkeeper::in_us().await;
    let first = books.post("customer?requestid=abc-1", &json!({ "DisplayName": "Once" })).await;
    let again = books.post("customer?requestid=abc-1", &json!({ "DisplayName": "Twice" })).await;
    assert_eq!((first.0, &first), (200, &again));
    assert_eq!(books.count("Customer").await, 30);
    // What was refused changed nothing, so that the id is still free.
    let path = "customer?requestid=abc-2";
    assert_eq!(code(&books.refused(path, &json!({ "DisplayName": "Once" })).await), (400, "6240"));
    assert_eq!(books.post(path, &json!({ "DisplayName": "Thrice" })).await.0, 200);
    let (_, code, detail) =
        books.refused(&format!("customer?requestid={}", "x".repeat(51)), &json!({})).await;
    assert_eq!(code, "6000");
    assert!(detail.ends_with("You tried entering xxxxxxxxxx..., which is 51 characters."), "{detail}");
    let other = Bookkeeper::of(books.app, sandbox::UK_COMPANY, UK_REALM).await;
    assert_eq!(
        other.post("customer?requestid=abc-1", &json!({ "DisplayName": "Once" })).await.1["Customer"]["Id"],
        "913"
    );
}

#[tokio::test]
async fn two_apps_may_call_their_requests_alike() {
    let books = Bookkeeper::in_us().await;
    let path = "customer?requestid=abc-1";
    let first = books.post(path, &json!({ "DisplayName": "Of the First" })).await;
    let token = books.app.connect_other(sandbox::US_COMPANY).await;
    let other = Bookkeeper { token, ..books };
    let second = other.post(path, &json!({ "DisplayName": "Of the Second" })).await;
    assert_eq!(second.1["Customer"]["DisplayName"], "Of the Second", "{first:?}");
    assert_eq!(other.post(path, &json!({ "DisplayName": "Again" })).await, second);
}

#[tokio::test]
async fn nobody_writes_into_another_company() {
    let books = Bookkeeper::in_us().await;
    let url = books.app.at(&format!("/v3/company/{UK_REALM}/customer"));
    let answer =
        books.app.http.post(url).bearer_auth(&books.token).json(&json!({ "DisplayName": "X" })).send();
    assert_eq!(answer.await.unwrap().status(), 403);
}
