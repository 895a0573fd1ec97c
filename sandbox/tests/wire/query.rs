//! Facts 3.3: statements, pages, counts and the two faults.

use sandbox::{UK_REALM, US_COMPANY, US_REALM};
use serde_json::{Value, json};

use crate::app::App;

async fn ids(app: &App, token: &str, statement: &str) -> Vec<String> {
    let (status, body) = app.query(UK_REALM, token, statement).await;
    assert_eq!(status, 200, "{statement}: {body}");
    let rows = body["QueryResponse"].as_object().unwrap().values().find_map(Value::as_array);
    let id = |row: &Value| row["Id"].as_str().unwrap().to_owned();
    rows.map_or_else(Vec::new, |rows| rows.iter().map(id).collect())
}

#[tokio::test]
async fn pages_join_to_the_whole_list() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let mut all = Vec::new();
    for start in [1, 101, 201, 301] {
        let statement = format!("SELECT * FROM Customer ORDERBY Id STARTPOSITION {start} MAXRESULTS 100");
        all.extend(ids(&app, &token, &statement).await);
    }
    assert_eq!(all.len(), 240);
    let numbers: Vec<u32> = all.iter().map(|id| id.parse().unwrap()).collect();
    assert!(numbers.is_sorted());
}

#[tokio::test]
async fn a_page_says_where_it_starts_and_how_long_it_is() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let (_, body) =
        app.query(UK_REALM, &token, "SELECT * FROM Vendor STARTPOSITION 71 MAXRESULTS 1000").await;
    let response = &body["QueryResponse"];
    assert_eq!(
        (&response["startPosition"], &response["maxResults"], response.get("totalCount")),
        (&json!(71), &json!(10), None)
    );
    let (_, body) = app.query(UK_REALM, &token, "select * from taxRate").await;
    assert_eq!(body["QueryResponse"]["totalCount"], 13);
    assert!(body["QueryResponse"]["TaxRate"].is_array());
}

#[tokio::test]
async fn nothing_found_is_an_empty_object() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    for statement in
        ["SELECT * FROM Customer STARTPOSITION 241", "SELECT * FROM Invoice", "SELECT * FROM Class"]
    {
        let (status, body) = app.query(UK_REALM, &token, statement).await;
        assert_eq!((status, &body["QueryResponse"]), (200, &json!({})), "{statement}");
    }
}

#[tokio::test]
async fn a_count_is_only_a_number() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let cases = [
        ("SELECT COUNT(*) FROM Customer", 240),
        ("select count(*) from customer startposition 1 maxresults 1000", 240),
        ("SELECT COUNT(*) FROM Customer WHERE Active IN (true, false)", 243),
        ("SELECT COUNT(*) FROM Customer WHERE Active = false", 3),
        ("SELECT COUNT(*) FROM Vendor", 80),
        ("SELECT COUNT(*) FROM Department", 0),
    ];
    for (statement, count) in cases {
        let (_, body) = app.query(UK_REALM, &token, statement).await;
        assert_eq!(body["QueryResponse"], json!({ "totalCount": count }), "{statement}");
    }
}

#[tokio::test]
async fn inactive_rows_show_when_they_are_asked_for() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    assert_eq!(ids(&app, &token, "SELECT * FROM TaxCode").await.len(), 6);
    assert_eq!(ids(&app, &token, "SELECT * FROM TaxCode WHERE Active IN (true, false)").await.len(), 7);
    assert_eq!(ids(&app, &token, "SELECT * FROM TaxCode WHERE Active = false").await, ["9"]);
}

#[tokio::test]
async fn conditions_pick_by_id_name_and_reference() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let cases = [
        ("SELECT * FROM TaxCode WHERE Id IN ('3', '5')", vec!["3", "5"]),
        ("SELECT * FROM TaxCode WHERE Id = '4'", vec!["4"]),
        ("SELECT * FROM Account WHERE AccountType = 'accounts receivable'", vec!["24"]),
        (
            "SELECT * FROM TaxRate WHERE RateValue > 5 AND RateValue <= '20' ORDER BY Id DESC",
            vec!["12", "2", "1"],
        ),
        ("SELECT * FROM Term WHERE Name LIKE 'net %' AND DueDays < 15", vec!["5"]),
    ];
    for (statement, expected) in cases {
        assert_eq!(ids(&app, &token, statement).await, expected, "{statement}");
    }
    let (_, body) = app
        .query(UK_REALM, &token, r"SELECT * FROM Customer WHERE DisplayName = 'O\'Malley\'s Chandlery'")
        .await;
    assert_eq!(body["QueryResponse"]["maxResults"], 1);
}

#[tokio::test]
async fn a_field_list_gives_whole_objects_marked_sparse() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let (_, body) = app.query(UK_REALM, &token, "SELECT *, Sku FROM Item WHERE Id = '2'").await;
    let item = &body["QueryResponse"]["Item"][0];
    assert_eq!(
        (&item["Sku"], &item["sparse"], &item["Type"]),
        (&json!("ROP-10"), &json!(true), &json!("Inventory"))
    );
}

#[tokio::test]
async fn company_info_and_preferences_can_be_queried() {
    let app = App::start().await;
    let token = app.connect(US_COMPANY).await.access;
    let (_, body) = app.query(US_REALM, &token, "select * from companyInfo").await;
    let response = body["QueryResponse"].as_object().unwrap();
    assert_eq!(response["CompanyInfo"][0]["LegalName"], "Craig's Design and Landscaping Services");
    assert!(response.len() == 2 && response.contains_key("maxResults"), "{response:?}");
    let (_, body) = app.query(US_REALM, &token, "SELECT * FROM Preferences").await;
    assert_eq!(body["QueryResponse"]["Preferences"][0]["TaxPrefs"]["UsingSalesTax"], true);
}

#[tokio::test]
async fn a_posted_statement_is_the_body() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    for kind in ["application/text", "text/plain"] {
        let request = app.http.post(app.at(&format!("/v3/company/{UK_REALM}/query"))).bearer_auth(&token);
        let request =
            request.header("content-type", kind).body("SELECT * FROM PaymentMethod ORDER BY Name DESC");
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(body["QueryResponse"]["PaymentMethod"][0]["Name"], "Direct Debit");
    }
}

/// What a statement is refused with: code, message and detail.
async fn refusal(app: &App, token: &str, statement: &str) -> (String, String, String) {
    let (status, body) = app.query(UK_REALM, token, statement).await;
    assert_eq!((status, &body["Fault"]["type"]), (400, &json!("ValidationFault")), "{statement}: {body}");
    assert!(body["time"].is_string());
    let error = &body["Fault"]["Error"][0];
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    (text("code"), text("Message"), text("Detail"))
}

#[tokio::test]
async fn what_is_no_statement_is_4000_with_its_place() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let cases = [
        ("", r#"Encountered "<EOF>" at line 0, column 0."#),
        (
            "select * from Purchase wher TxnDate > '2026-01-01'",
            r#"Encountered " <IDENTIFIER> "TxnDate "" at line 1, column 29."#,
        ),
        (
            "SELECT * FROM Customer\nWHERE Id = '1'\n  OR Id = '2'",
            r#"Encountered " <OR> "OR "" at line 3, column 3."#,
        ),
        (
            "SELECT * FROM Customer WHERE DisplayName = 'O''Malley'",
            r#"Encountered " <STRING> "\'Malley\' "" at line 1, column 47."#,
        ),
        (
            "SELECT * FROM Customer WHERE Id # 1",
            r##"Invalid content. Lexical error at line 1, column 33.  Encountered: "#" (35), after : """##,
        ),
    ];
    for (statement, detail) in cases {
        let (code, message, told) = refusal(&app, &token, statement).await;
        assert_eq!((code.as_str(), message.as_str()), ("4000", "Error parsing query"), "{statement}");
        assert_eq!(told, format!("QueryParserError: {detail}"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_4001() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let cases = [
        ("SELECT * FROM vendor WHERE NoSuchField = '1'", "Property NoSuchField not found for Entity Vendor"),
        ("SELECT * FROM Customer WHERE CustomerTypeRef = '1'", "property 'CustomerTypeRef' is not queryable"),
        (
            "SELECT * FROM Purchase WHERE NoSuchField = '1'",
            "Property NoSuchField not found for Entity Purchase",
        ),
        ("SELECT * FROM Purchase WHERE PrivateNote = 'x'", "property 'PrivateNote' is not queryable"),
        ("SELECT * FROM Nothing", "Metadata not found for Entity: Nothing"),
        ("SELECT * FROM Customer WHERE Id > '5'", "operator '>' is not supported for property 'Id'"),
        ("SELECT * FROM Vendor STARTPOSITION 0", "value 0 is too small. Min allowed value is 1"),
        ("SELECT * FROM Vendor MAXRESULTS 1001", "value 1001 is too large. Max allowed value is 1000"),
    ];
    for (statement, detail) in cases {
        let (code, message, told) = refusal(&app, &token, statement).await;
        assert_eq!((code.as_str(), message.as_str()), ("4001", "Invalid query"), "{statement}");
        assert_eq!(told, format!("QueryValidationError: {detail}"));
    }
}

#[tokio::test]
async fn times_compare_whatever_their_offset() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let (_, body) = app.query(UK_REALM, &token, "SELECT * FROM Customer WHERE Id = '1'").await;
    assert_eq!(
        body["QueryResponse"]["Customer"][0]["MetaData"]["LastUpdatedTime"],
        "2021-07-28T08:42:36-07:00"
    );
    let since = |sign: &str, time: &str| {
        format!("SELECT * FROM Customer WHERE Id = '1' AND metadata.lastUpdatedTime {sign} '{time}'")
    };
    for (sign, time) in [
        ("=", "2021-07-28T15:42:36Z"),
        ("=", "2021-07-28T21:12:36.000+05:30"),
        ("=", "2021-07-28T08:42:36"),
        (">", "2021-07-28"),
        ("<", "2021-07-29"),
    ] {
        assert_eq!(ids(&app, &token, &since(sign, time)).await, ["1"], "{sign} {time}");
    }
    assert!(ids(&app, &token, &since(">", "2021-07-28T15:42:36Z")).await.is_empty());
}

#[tokio::test]
async fn what_was_created_is_before_the_current_date() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let statement = "SELECT COUNT(*) FROM Customer WHERE MetaData.CreateTime < CURRENT_DATE";
    let (_, body) = app.query(UK_REALM, &token, statement).await;
    assert_eq!(body["QueryResponse"]["totalCount"], 240);
    let (_, body) = app.query(UK_REALM, &token, &statement.replace('<', ">=")).await;
    assert_eq!(body["QueryResponse"]["totalCount"], 0);
}

#[tokio::test]
async fn references_compare_by_what_is_inside() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    for (statement, count) in [
        ("SELECT COUNT(*) FROM Customer WHERE CurrencyRef = 'gbp'", 240),
        ("SELECT COUNT(*) FROM Customer WHERE PrimaryEmailAddr = 'Accounts@FairhavenStonemasons.example'", 1),
        ("SELECT COUNT(*) FROM Customer WHERE PrimaryEmailAddr LIKE '%@FAIRHAVEN%'", 2),
    ] {
        let (_, body) = app.query(UK_REALM, &token, statement).await;
        assert_eq!(body["QueryResponse"]["totalCount"], count, "{statement}");
    }
}

#[tokio::test]
async fn the_disputed_corners_are_switches() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    assert_eq!(ids(&app, &token, "SELECT * FROM TaxCode WHERE NOT Active").await, ["9"]);
    assert_eq!(ids(&app, &token, "SELECT * FROM TaxCode WHERE Id != '3' MAXRESULTS 2").await, ["4", "5"]);
    let strict = json!({ "dialect": { "negation": false, "bare_numbers": false, "large_pages": "cap" } });
    let standing = app.http.post(app.at("/sandbox/control")).json(&strict).send().await.unwrap();
    let standing: Value = standing.json().await.unwrap();
    assert_eq!(standing["dialect"]["letters"], "all");
    for (condition, detail) in [
        ("Id != '3'", r#"QueryParserError: Encountered " "!=" "!= "" at line 1, column 32."#),
        ("Hidden > 0", r#"QueryParserError: Encountered " ">" "> "" at line 1, column 36."#),
    ] {
        let (_, _, told) = refusal(&app, &token, &format!("SELECT * FROM TaxCode WHERE {condition}")).await;
        assert_eq!(told, detail);
    }
    assert_eq!(ids(&app, &token, "SELECT * FROM Customer MAXRESULTS 5000").await.len(), 240);
}
