//! Facts 3.10 and the second company: what there is to import.

use std::collections::HashSet;

use sandbox::{UK_COMPANY, UK_REALM, US_COMPANY, US_REALM};
use serde_json::Value;

use crate::app::App;

async fn rows(app: &App, realm: &str, token: &str, entity: &str) -> Vec<Value> {
    // An agency is never inactive: it has no such property.
    let active = if entity == "TaxAgency" { "" } else { "WHERE Active IN (true, false)" };
    let statement = format!("SELECT * FROM {entity} {active} MAXRESULTS 1000");
    let (status, mut body) = app.query(realm, token, &statement).await;
    assert_eq!(status, 200);
    serde_json::from_value(body["QueryResponse"][entity].take()).unwrap()
}

async fn count(app: &App, realm: &str, token: &str, entity: &str) -> u64 {
    let (_, body) = app.query(realm, token, &format!("SELECT COUNT(*) FROM {entity}")).await;
    body["QueryResponse"]["totalCount"].as_u64().unwrap()
}

#[tokio::test]
async fn both_companies_have_the_agreed_sizes() {
    let app = App::start().await;
    let (us, uk) = (app.connect(US_COMPANY).await.access, app.connect(UK_COMPANY).await.access);
    for (entity, in_us, in_uk) in [
        ("Customer", 29, 240),
        ("Vendor", 26, 80),
        ("Account", 91, 72),
        ("TaxCode", 4, 6),
        ("TaxRate", 3, 13),
        ("TaxAgency", 2, 2),
        ("Term", 5, 6),
        ("PaymentMethod", 7, 5),
        ("Item", 18, 19),
    ] {
        assert_eq!(count(&app, US_REALM, &us, entity).await, in_us, "US {entity}");
        assert_eq!(count(&app, UK_REALM, &uk, entity).await, in_uk, "UK {entity}");
    }
}

#[tokio::test]
async fn names_are_unique_over_customers_and_vendors() {
    let app = App::start().await;
    for (company, realm) in [(US_COMPANY, US_REALM), (UK_COMPANY, UK_REALM)] {
        let token = app.connect(company).await.access;
        let mut names = HashSet::new();
        let mut ids = HashSet::new();
        for entity in ["Customer", "Vendor"] {
            for row in rows(&app, realm, &token, entity).await {
                assert!(
                    names.insert(row["DisplayName"].as_str().unwrap().to_lowercase()),
                    "{}",
                    row["DisplayName"]
                );
                assert!(ids.insert(row["Id"].as_str().unwrap().to_owned()), "{}", row["Id"]);
            }
        }
    }
}

#[tokio::test]
async fn references_lead_somewhere() {
    let app = App::start().await;
    let links = [
        ("Customer", "/SalesTermRef/value", "Term"),
        ("Customer", "/PaymentMethodRef/value", "PaymentMethod"),
        ("Customer", "/DefaultTaxCodeRef/value", "TaxCode"),
        ("Customer", "/ParentRef/value", "Customer"),
        ("Vendor", "/TermRef/value", "Term"),
        ("Account", "/ParentRef/value", "Account"),
        ("TaxRate", "/AgencyRef/value", "TaxAgency"),
        ("TaxCode", "/SalesTaxRateList/TaxRateDetail/0/TaxRateRef/value", "TaxRate"),
        ("TaxCode", "/PurchaseTaxRateList/TaxRateDetail/0/TaxRateRef/value", "TaxRate"),
        ("Item", "/IncomeAccountRef/value", "Account"),
        ("Item", "/AssetAccountRef/value", "Account"),
        ("Item", "/SalesTaxCodeRef/value", "TaxCode"),
    ];
    for (company, realm) in [(US_COMPANY, US_REALM), (UK_COMPANY, UK_REALM)] {
        let token = app.connect(company).await.access;
        for (from, pointer, to) in links {
            let targets: HashSet<String> = rows(&app, realm, &token, to)
                .await
                .iter()
                .map(|row| row["Id"].as_str().unwrap().to_owned())
                .collect();
            for row in rows(&app, realm, &token, from).await {
                if let Some(target) = row.pointer(pointer).and_then(Value::as_str) {
                    assert!(targets.contains(target), "{from} {} {pointer}", row["Id"]);
                }
            }
        }
    }
}

#[tokio::test]
async fn the_uk_codes_carry_their_rates() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let rates = rows(&app, UK_REALM, &token, "TaxRate").await;
    let value =
        |id: &Value| rates.iter().find(|rate| rate["Id"] == *id).unwrap()["RateValue"].as_f64().unwrap();
    let list = |code: &Value, list: &str| -> Vec<f64> {
        code[list]["TaxRateDetail"]
            .as_array()
            .unwrap()
            .iter()
            .map(|detail| value(&detail["TaxRateRef"]["value"]))
            .collect()
    };
    let codes = rows(&app, UK_REALM, &token, "TaxCode").await;
    for (name, sales, purchases) in [
        ("20.0% S", vec![20.0], vec![20.0]),
        ("5.0% R", vec![5.0], vec![5.0]),
        ("0.0% Z", vec![0.0], vec![0.0]),
        ("Exempt", vec![0.0], vec![0.0]),
        ("No VAT", vec![0.0], vec![0.0]),
        ("20.0% RC", vec![0.0], vec![20.0, -20.0]),
    ] {
        let code = codes.iter().find(|code| code["Name"] == name).unwrap();
        assert_eq!(
            (list(code, "SalesTaxRateList"), list(code, "PurchaseTaxRateList")),
            (sales, purchases),
            "{name}"
        );
    }
}

#[tokio::test]
async fn some_names_are_hostile() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let names: Vec<String> = rows(&app, UK_REALM, &token, "Customer")
        .await
        .iter()
        .map(|row| row["DisplayName"].as_str().unwrap().to_owned())
        .collect();
    for wanted in
        ["<script>alert(1)</script> & Sons", "=SUM(1)", "O'Malley's Chandlery", "شركة الميناء للتجارة"]
    {
        assert!(names.iter().any(|name| name == wanted), "{wanted}");
    }
    assert!(names.iter().any(|name| name.chars().count() > 80));
}
