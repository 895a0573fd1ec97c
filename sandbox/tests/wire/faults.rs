//! Facts 3.4: both envelopes in both formats, and the choices that Intuit leaves.

use reqwest::{Response, header::ACCEPT};
use roxmltree::Document;
use sandbox::{Failure, NotFound, Refusals, RetryAfter, UK_REALM, US_REALM, Wording};
use serde_json::json;

use crate::app::App;

async fn ask(app: &App, token: &str, path: &str, accept: &str) -> Response {
    app.get(path).bearer_auth(token).header(ACCEPT, accept).send().await.unwrap()
}

/// Type, code, element and texts of a fault in XML.
fn fault(xml: &str) -> (String, String, Option<String>, Vec<String>) {
    let document = Document::parse(xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("time").unwrap().len(), 29);
    let fault = root.first_element_child().unwrap();
    let error = fault.first_element_child().unwrap();
    assert_eq!((fault.tag_name().name(), error.tag_name().name()), ("Fault", "Error"));
    let texts = error.children().map(|child| child.text().unwrap_or_default().to_owned()).collect();
    let attribute = |name: &str| error.attribute(name).map(str::to_owned);
    let kind = fault.attribute("type").unwrap().to_owned();
    (kind, attribute("code").unwrap(), attribute("element"), texts)
}

#[tokio::test]
async fn a_fault_of_the_service_is_written_in_both_formats() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let path = format!("/v3/company/{UK_REALM}/customer/77777");
    let answer = ask(&app, &token, &path, "*/*").await;
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key("qbo-version")), (400, true));
    let (kind, code, element, texts) = fault(&answer.text().await.unwrap());
    assert_eq!((kind.as_str(), code.as_str(), element.as_deref()), ("ValidationFault", "610", Some("")));
    assert_eq!(texts[0], "Object Not Found");
    assert!(
        texts[1].starts_with("Object Not Found : Something you're trying to use has been made inactive.")
    );
    let body: serde_json::Value = ask(&app, &token, &path, "application/json").await.json().await.unwrap();
    assert_eq!(
        body["Fault"]["Error"][0],
        json!({ "Message": texts[0], "Detail": texts[1], "code": "610", "element": "" })
    );
}

#[tokio::test]
async fn a_fault_of_the_gateway_takes_the_services_form_in_xml() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let info = |realm: &str| format!("/v3/company/{realm}/companyinfo/{realm}");
    let closed = ask(&app, "short", &info(UK_REALM), "*/*").await;
    assert_eq!((closed.status().as_u16(), closed.headers().contains_key("intuit_tid")), (401, true));
    let (kind, code, element, texts) = fault(&closed.text().await.unwrap());
    assert_eq!((kind.as_str(), code.as_str(), element), ("AUTHENTICATION", "3200", None));
    let message = "message=AuthenticationFailed; errorCode=003200; statusCode=401";
    assert_eq!(texts, [message, "Malformed bearer token: too short or too long"]);
    let foreign = ask(&app, &token, &info(US_REALM), "*/*").await;
    assert_eq!(foreign.status(), 403);
    let (kind, code, _, texts) = fault(&foreign.text().await.unwrap());
    assert_eq!((kind.as_str(), code.as_str()), ("SERVICE", "3100"));
    assert_eq!(texts, ["message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"]);
}

#[tokio::test]
async fn a_fault_of_the_gateway_may_be_xml_although_json_was_asked_for() {
    let app = App::start().await;
    let path = format!("/v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
    let refused = async |closed: Wording, accept: &str| {
        app.sandbox.control().set_refusals(Refusals { closed, ..Refusals::default() });
        let answer = ask(&app, "short", &path, accept).await;
        assert_eq!(answer.status(), 401);
        let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        (kind.unwrap_or_default(), answer.text().await.unwrap())
    };
    let (kind, body) = refused(Wording::Xml, "application/json").await;
    assert_eq!((kind.as_str(), fault(&body).1.as_str()), ("application/xml;charset=UTF-8", "3200"));
    let (kind, body) = refused(Wording::Json, "application/xml").await;
    assert!(kind == "application/json" && body.starts_with('{'), "{kind} {body}");
    assert_eq!(refused(Wording::Empty, "application/json").await, (String::new(), String::new()));
}

#[tokio::test]
async fn an_unknown_path_or_realm_is_a_page_or_nothing() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let unknown = [
        "/v3/company/1/companyinfo/1".to_owned(),
        format!("/v3/company/{UK_REALM}/nonsense/1"),
        "/v3".to_owned(),
    ];
    for not_found in [NotFound::Html, NotFound::Empty] {
        app.sandbox.control().set_refusals(Refusals { not_found, ..Refusals::default() });
        for path in &unknown {
            let answer = ask(&app, &token, path, "application/json").await;
            assert_eq!((answer.status().as_u16(), answer.headers().contains_key("intuit_tid")), (404, true));
            let html =
                answer.headers().get("content-type").is_some_and(|kind| kind == "text/html;charset=utf-8");
            let body = answer.text().await.unwrap();
            assert_eq!(
                (html, body.contains("<h1>Not Found</h1>")),
                (not_found == NotFound::Html, html),
                "{path}"
            );
            assert!(html || body.is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn an_injected_failure_is_worded_like_a_real_one() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let path = format!("/v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
    app.sandbox.control().fail(Failure::new("/companyinfo", 500, 1));
    let answer = ask(&app, &token, &path, "*/*").await;
    assert_eq!(answer.status(), 500);
    assert_eq!(fault(&answer.text().await.unwrap()).0, "SystemFault");
    let retry_after = RetryAfter::Negative;
    app.sandbox.control().set_refusals(Refusals {
        throttled: Wording::Xml,
        retry_after,
        ..Refusals::default()
    });
    app.sandbox.control().fail(Failure::new("/companyinfo", 429, 1));
    let answer = ask(&app, &token, &path, "application/json").await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "-1"));
    assert_eq!(fault(&answer.text().await.unwrap()).1, "3001");
}

#[tokio::test]
async fn an_injected_400_has_a_body_like_every_400_of_the_service() {
    let app = App::start().await;
    let token = app.connect_uk().await.access;
    let path = format!("/v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
    app.sandbox.control().fail(Failure::new("/companyinfo", 400, 1));
    let answer = ask(&app, &token, &path, "*/*").await;
    assert_eq!(answer.status(), 400);
    let (kind, code, ..) = fault(&answer.text().await.unwrap());
    assert_eq!((kind.as_str(), code.as_str()), ("ValidationFault", "2010"));
}
