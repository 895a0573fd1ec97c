//! Facts 3.1 and 3.4: names are unique, deactivation takes them away, parents stand before their children.

use serde_json::{Value, json};

use crate::bookkeeper::{Bookkeeper, code};

#[tokio::test]
async fn a_name_is_unique_over_customers_vendors_and_employees() {
    let books = Bookkeeper::in_us().await;
    for path in ["customer", "vendor", "employee"] {
        for name in ["COOL CARS", "books by bessie", " Emily Platt "] {
            let (status, code, detail) = books.refused(path, &json!({ "DisplayName": name })).await;
            assert_eq!((status, code.as_str()), (400, "6240"), "{path} {name}");
            assert_eq!(
                detail,
                "The name supplied already exists. : Another customer, vendor or employee is already using \
                 this name. Please use a different name."
            );
        }
    }
    let rename = json!({ "Id": "30", "SyncToken": "0", "sparse": true, "DisplayName": "Cool Cars" });
    assert_eq!(code(&books.refused("vendor", &rename).await), (400, "6240"));
    // The own name in another case is still the own name.
    assert_eq!(
        books.edit("Customer", "3", json!({ "DisplayName": "COOL Cars" })).await["DisplayName"],
        "COOL Cars"
    );
}

#[tokio::test]
async fn names_that_a_query_calls_equal_are_one_name() {
    let books = Bookkeeper::in_us().await;
    for (first, second) in [("Seestraße", "SEESTRASSE"), ("Οδός", "ΟΔΌΣ"), ("ΚΌΣΜΟΣ", "κόσμοσ")]
    {
        let made = books.write("Customer", &json!({ "DisplayName": first })).await;
        let found = books.query(&format!("SELECT * FROM Customer WHERE DisplayName = '{second}'")).await;
        assert_eq!(found["Customer"][0]["Id"], made["Id"]);
        assert_eq!(code(&books.refused("vendor", &json!({ "DisplayName": second })).await), (400, "6240"));
    }
}

#[tokio::test]
async fn a_name_that_was_given_up_is_free() {
    let books = Bookkeeper::in_us().await;
    books.edit("Customer", "3", json!({ "DisplayName": "Hot Cars" })).await;
    books.write("Vendor", &json!({ "DisplayName": "Cool Cars" })).await;
    assert_eq!(code(&books.refused("vendor", &json!({ "DisplayName": "hot cars" })).await), (400, "6240"));
}

#[tokio::test]
async fn every_other_list_has_its_own_names() {
    let books = Bookkeeper::in_us().await;
    for (path, sent) in [
        ("account", json!({ "Name": "checking", "AccountType": "Bank" })),
        ("item", json!({ "Name": "Concrete", "IncomeAccountRef": { "value": "1" } })),
        ("class", json!({ "Name": "Pest control" })),
        ("department", json!({ "Name": "BAYSHORE" })),
        ("term", json!({ "Name": "net 30", "DueDays": 30 })),
        ("paymentmethod", json!({ "Name": "cash" })),
        ("companycurrency", json!({ "Code": "CAD" })),
        ("taxagency", json!({ "DisplayName": "Board of equalization" })),
    ] {
        let (status, code, detail) = books.refused(path, &sent).await;
        assert_eq!(
            (status, code.as_str(), detail.as_str()),
            (400, "6240", "The name supplied already exists. : null"),
            "{path}"
        );
    }
    books.write("Class", &json!({ "Name": "Checking" })).await;
}

#[tokio::test]
async fn a_name_may_stand_once_below_every_parent() {
    let books = Bookkeeper::in_us().await;
    let below =
        |parent: &str| json!({ "Name": "Fuel", "AccountType": "Expense", "ParentRef": { "value": parent } });
    // 55 is Automobile and has one already.
    assert_eq!(code(&books.refused("account", &below("55")).await), (400, "6240"));
    assert_eq!(books.write("Account", &below("58")).await["FullyQualifiedName"], "Job Expenses:Fuel");
}

#[tokio::test]
async fn whoever_is_deactivated_is_called_deleted_and_hidden() {
    let books = Bookkeeper::in_us().await;
    let gone = books.edit("Customer", "3", json!({ "Active": false })).await;
    for field in ["DisplayName", "FullyQualifiedName"] {
        assert_eq!(gone[field], "Cool Cars (deleted)");
    }
    assert_eq!((books.count("Customer").await, &gone["Active"]), (28, &json!(false)));
    assert_eq!(books.query("SELECT COUNT(*) FROM Customer WHERE Active = false").await["totalCount"], 1);
    books.edit("Account", "36", json!({ "Active": false })).await;
    assert_eq!(books.read("Account", "36").await["Name"], "Savings (deleted)");
    // Nothing else can be done to it than to bring it back.
    let update = json!({ "Id": "3", "SyncToken": gone["SyncToken"], "sparse": true, "Notes": "x" });
    assert_eq!(code(&books.refused("customer", &update).await), (400, "610"));
}

#[tokio::test]
async fn a_freed_name_can_be_taken_and_a_second_one_deleted() {
    let books = Bookkeeper::in_us().await;
    books.edit("Customer", "3", json!({ "Active": false })).await;
    let second = books.write("Vendor", &json!({ "DisplayName": "Cool Cars" })).await;
    let id = second["Id"].as_str().unwrap();
    let gone = books.edit("Vendor", id, json!({ "Active": false })).await;
    assert_eq!(gone["DisplayName"], "Cool Cars (deleted-1)");
}

#[tokio::test]
async fn whoever_comes_back_has_the_old_name_if_it_is_free() {
    let books = Bookkeeper::in_us().await;
    books.edit("Customer", "3", json!({ "Active": false })).await;
    let back = books.edit("Customer", "3", json!({ "Active": true })).await;
    assert_eq!(
        (&back["DisplayName"], &back["FullyQualifiedName"]),
        (&json!("Cool Cars"), &json!("Cool Cars"))
    );
    let gone = books.edit("Customer", "3", json!({ "Active": false })).await;
    books.write("Employee", &json!({ "DisplayName": "Cool Cars" })).await;
    let back = json!({ "Id": "3", "SyncToken": gone["SyncToken"], "sparse": true, "Active": true });
    assert_eq!(code(&books.refused("customer", &back).await), (400, "6240"));
    let renamed = books.edit("Customer", "3", json!({ "Active": true, "DisplayName": "Warm Cars" })).await;
    assert_eq!((&renamed["Active"], &renamed["DisplayName"]), (&json!(true), &json!("Warm Cars")));
}

#[tokio::test]
async fn a_sub_customer_stands_below_its_parent() {
    let books = Bookkeeper::in_us().await;
    let below = |name: &str, parent: &str| json!({ "DisplayName": name, "Job": true, "ParentRef": { "value": parent } });
    let child = books.write("Customer", &below("Garage", "3")).await;
    assert_eq!((&child["Job"], &child["Level"]), (&json!(true), &json!(1)));
    assert_eq!(child["ParentRef"], json!({ "value": "3", "name": "Cool Cars" }));
    let grandchild = books.write("Customer", &below("Pit", "57")).await;
    assert_eq!(
        (&grandchild["FullyQualifiedName"], &grandchild["Level"]),
        (&json!("Cool Cars:Garage:Pit"), &json!(2))
    );
    let whole = json!({ "Id": "58", "SyncToken": "0", "DisplayName": "Pit" });
    let freed = books.write("Customer", &whole).await;
    assert_eq!(
        (&freed["FullyQualifiedName"], &freed["Job"], freed.get("Level")),
        (&json!("Pit"), &json!(false), None)
    );
}

#[tokio::test]
async fn a_new_name_is_carried_down_to_the_children() {
    let books = Bookkeeper::in_us().await;
    books.edit("Customer", "7", json!({ "DisplayName": "Freeman & Daughters" })).await;
    let child = books.read("Customer", "8").await;
    assert_eq!(child["FullyQualifiedName"], "Freeman & Daughters:0969 Ocean View Road");
    assert_eq!(
        (&child["ParentRef"]["name"], &child["SyncToken"]),
        (&json!("Freeman & Daughters"), &json!("0"))
    );
    books.edit("Account", "45", json!({ "Name": "Gardens" })).await;
    assert_eq!(
        books.read("Account", "48").await["FullyQualifiedName"],
        "Gardens:Job Materials:Fountains and Garden Lighting"
    );
    // The old path is free for others.
    books.write("Account", &json!({ "Name": "Landscaping Services", "AccountType": "Income" })).await;
}

#[tokio::test]
async fn a_parent_cannot_be_below_its_own_child_nor_too_deep() {
    let books = Bookkeeper::in_us().await;
    let below = |id: &str, parent: &str| json!({ "Id": id, "SyncToken": "0", "sparse": true, "ParentRef": { "value": parent } });
    for (id, parent) in [("7", "8"), ("7", "7")] {
        assert_eq!(code(&books.refused("customer", &below(id, parent)).await), (400, "6000"), "{id}");
    }
    assert_eq!(code(&books.refused("customer", &below("7", "999")).await), (400, "2500"));
    let mut parent = "3".to_owned();
    for depth in 1..=4 {
        let sent = json!({ "DisplayName": format!("Depth {depth}"), "ParentRef": { "value": parent } });
        let made = books.write("Customer", &sent).await;
        assert_eq!(made["Level"], depth);
        parent = made["Id"].as_str().unwrap().to_owned();
    }
    let sent = json!({ "DisplayName": "Too deep", "ParentRef": { "value": parent } });
    assert_eq!(code(&books.refused("customer", &sent).await), (400, "6000"));
}

#[tokio::test]
async fn a_long_name_still_gets_its_deleted() {
    let books = Bookkeeper::in_us().await;
    let made = books.write("Customer", &json!({ "DisplayName": "é".repeat(500) })).await;
    assert_eq!(
        code(&books.refused("customer", &json!({ "DisplayName": "é".repeat(501) })).await),
        (400, "2050")
    );
    let gone = books.edit("Customer", made["Id"].as_str().unwrap(), json!({ "Active": false })).await;
    let length = |record: &Value| record["DisplayName"].as_str().unwrap().chars().count();
    assert_eq!(length(&gone), 510);
}
