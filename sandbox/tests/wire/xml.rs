//! Facts 3.2: answers are XML unless JSON is asked for, and say the same in both.

use reqwest::{Response, header::ACCEPT};
use roxmltree::{Document, Node};
use sandbox::{UK_COMPANY, UK_REALM, US_COMPANY, US_REALM};
use serde_json::{Value, json};

use crate::app::{App, ID, SECRET};

const NAMESPACE: &str = "http://schema.intuit.com/finance/v3";

async fn ask(app: &App, token: &str, path: &str, accept: &str) -> Response {
    app.get(path).bearer_auth(token).header(ACCEPT, accept).send().await.unwrap()
}

fn kind(answer: &Response) -> &str {
    answer.headers()["content-type"].to_str().unwrap()
}

/// Holds an element against the JSON that says the same: attributes, text and children, nothing more or less.
fn assert_same(element: Node<'_, '_>, json: &Value, at: &str) {
    assert_eq!(element.tag_name().namespace(), Some(NAMESPACE), "{at}");
    let children: Vec<_> = element.children().filter(Node::is_element).collect();
    let Value::Object(fields) = json else {
        let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
        assert_eq!(element.text().unwrap_or_default(), text, "{at}");
        return assert!(children.is_empty(), "{at}");
    };
    let mut expected = 0;
    for (name, value) in fields {
        let at = format!("{at}/{name}");
        let named: Vec<_> =
            children.iter().filter(|child| child.tag_name().name() == name).copied().collect();
        match value {
            Value::Array(members) => {
                assert_eq!(named.len(), members.len(), "{at}");
                named.iter().zip(members).for_each(|(child, member)| assert_same(*child, member, &at));
            }
            _ if name == "value" => assert_eq!(element.text(), value.as_str(), "{at}"),
            _ if name.starts_with(char::is_lowercase) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(element.attribute(name.as_str()), Some(text.as_str()), "{at}");
            }
            _ => {
                assert_eq!(named.len(), 1, "{at}");
                assert_same(named[0], value, &at);
            }
        }
        expected += named.len();
    }
    assert_eq!(children.len(), expected, "{at}");
}

#[tokio::test]
async fn json_is_given_to_those_who_ask_for_it() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let path = format!("/v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
    let with_format = format!("{path}?minorversion=75&format=json");
    for (path, accept, expected) in [
        (&path, "application/json", "application/json"),
        (&path, "application/json, text/plain, */*", "application/json"),
        (&path, "text/html, Application/JSON;q=0.9", "application/json"),
        (&with_format, "*/*", "application/json"),
        (&path, "*/*", "application/xml;charset=UTF-8"),
        (&path, "application/xml", "application/xml;charset=UTF-8"),
    ] {
        assert_eq!(kind(&ask(&app, &token, path, accept).await), expected, "{path} {accept}");
    }
    let bare = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = bare.get(app.at(&path)).bearer_auth(&token).send().await.unwrap();
    assert_eq!(kind(&answer), "application/xml;charset=UTF-8");
    assert!(answer.headers().contains_key("intuit_tid") && answer.headers().contains_key("qbo-version"));
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn every_record_says_the_same_in_both_formats() {
    let app = App::start().await;
    let lists = "Customer Vendor Account Item TaxCode TaxRate TaxAgency Term PaymentMethod CompanyInfo \
                 Preferences";
    for (company, realm) in [(US_COMPANY, US_REALM), (UK_COMPANY, UK_REALM)] {
        let token = app.connect(company).await.access;
        for entity in lists.split_ascii_whitespace() {
            let path =
                format!("/v3/company/{realm}/query?query=SELECT%20*%20FROM%20{entity}%20MAXRESULTS%201000");
            let json: Value = ask(&app, &token, &path, "application/json").await.json().await.unwrap();
            let xml = ask(&app, &token, &path, "*/*").await.text().await.unwrap();
            let document = Document::parse(&xml).unwrap();
            let response = document.root_element().first_element_child().unwrap();
            assert!(json["QueryResponse"]["maxResults"].as_u64().unwrap() > 0);
            assert_same(response, &json["QueryResponse"], entity);
        }
    }
}

#[tokio::test]
async fn a_document_has_intuits_frame() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let path = format!("/v3/company/{UK_REALM}/taxcode/3");
    let xml = ask(&app, &token, &path, "*/*").await.text().await.unwrap();
    assert!(
        xml.starts_with(r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse xmlns="#)
    );
    let document = Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("time").unwrap().len()), ("IntuitResponse", 29));
    let code = root.first_element_child().unwrap();
    assert_eq!((code.attribute("domain"), code.attribute("sparse")), (Some("QBO"), Some("false")));
    let names: Vec<_> = code.children().map(|child| child.tag_name().name()).collect();
    assert_eq!(names[..4], ["Id", "SyncToken", "MetaData", "Name"]);
}

#[tokio::test]
async fn counts_and_empty_pages_are_attributes_alone() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    for (statement, expected) in [
        ("SELECT COUNT(*) FROM Term", r#"<QueryResponse totalCount="6"/>"#),
        ("SELECT * FROM Term WHERE Name = 'nobody'", "<QueryResponse/>"),
    ] {
        let request = app.get(&format!("/v3/company/{UK_REALM}/query")).query(&[("query", statement)]);
        let answer = request.bearer_auth(&token).header(ACCEPT, "*/*").send().await.unwrap();
        let xml = answer.text().await.unwrap();
        assert!(xml.contains(expected), "{xml}");
    }
}

#[tokio::test]
async fn hostile_names_stay_text() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let path = format!("/v3/company/{UK_REALM}/query?query=SELECT%20*%20FROM%20Customer%20MAXRESULTS%201000");
    let xml = ask(&app, &token, &path, "*/*").await.text().await.unwrap();
    assert!(xml.contains("<DisplayName>&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons</DisplayName>"));
    assert!(!xml.contains("<script"));
}

#[tokio::test]
async fn a_body_that_is_no_document_is_refused_after_the_token() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let send = async |token: &str| {
        let request = app.http.post(app.at(&format!("/v3/company/{UK_REALM}/customer"))).bearer_auth(token);
        let request = request.header("content-type", "application/xml").body("<Customer><DisplayName>");
        request.send().await.unwrap()
    };
    assert_ne!(send("short").await.status(), 400);
    let refused = send(&token).await;
    assert_eq!(refused.status(), 400);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(
        (&body["Fault"]["type"], &body["Fault"]["Error"][0]["code"]),
        (&json!("ValidationFault"), &json!("2010"))
    );
}

#[tokio::test]
async fn other_endpoints_speak_json_whatever_is_accepted() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)];
    let request = app.http.post(app.at("/oauth2/v1/tokens/bearer")).basic_auth(ID, Some(SECRET));
    let answer = request.header(ACCEPT, "application/xml").form(&fields).send().await.unwrap();
    assert_eq!(kind(&answer), "application/json;charset=utf-8");
    let jwks = app.get("/op/v1/jwks").header(ACCEPT, "*/*").send().await.unwrap();
    assert!(kind(&jwks).starts_with("application/json"));
}
