//! Which format an answer of the Accounting API has (facts 3.2): JSON for those who ask for it, otherwise XML.
//! Handlers answer in JSON alone. Bodies in XML become JSON before a handler sees them.

use std::sync::Arc;

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, response::Parts};
use serde_json::{Map, Value, json};

use super::{
    API,
    clock::Clock,
    faults::{Gateway, Service},
    refusals::{Wording, emptied},
    xml,
};
use crate::state::Play;

const JSON: &str = "application/json";
const XML: HeaderValue = HeaderValue::from_static("application/xml;charset=UTF-8");
const QBO_VERSION: HeaderName = HeaderName::from_static("qbo-version");
/// A build's number of the kind that Intuit sends.
const VERSION: HeaderValue = HeaderValue::from_static("2075.101");

/// Gives every answer of the Accounting API its format, and every refusal the wording that was chosen for it.
pub(crate) async fn answers(State(play): State<Arc<Play>>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with(API);
    let json = asks_for_json(request.headers(), request.uri());
    let response = next.run(request).await;
    let refusals = play.settings().refusals;
    if is_bare_404(&response) {
        let (parts, body) = refusals.unknown_path().into_parts();
        return Response::from_parts(merged(response, parts), body);
    }
    if !api {
        return response;
    }
    let gateway = response.extensions().get::<Gateway>().copied();
    let response = match gateway {
        Some(Gateway::Throttled) => refusals.with_retry_after(response, &play.clock),
        Some(Gateway::Closed) => response,
        None => versioned(response),
    };
    match gateway.map_or(Wording::Asked, |gateway| refusals.wording(gateway)) {
        Wording::Empty => emptied(response),
        Wording::Xml => in_xml(response, &play.clock).await,
        Wording::Asked if !json => in_xml(response, &play.clock).await,
        Wording::Asked | Wording::Json => response,
    }
}

/// Any `Accept` that names JSON, or `format=json` in the address.
fn asks_for_json(headers: &HeaderMap, uri: &Uri) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    accepted.into_iter().any(|value| value.to_ascii_lowercase().contains(JSON))
        || query.any(|(name, value)| name == "format" && value.eq_ignore_ascii_case("json"))
}

/// What handlers and the fallback say of what is not there.
fn is_bare_404(response: &Response) -> bool {
    response.status() == StatusCode::NOT_FOUND && response.body().size_hint().exact() == Some(0)
}

/// The head of an answer with what another one adds to it.
fn merged(response: Response, other: Parts) -> Parts {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(other.headers);
    parts
}

fn versioned(mut response: Response) -> Response {
    response.headers_mut().insert(QBO_VERSION, VERSION);
    response
}

/// The same answer in XML. What is not whole, or is no object in JSON, goes out as it is: somebody wanted it so.
async fn in_xml(response: Response, clock: &Clock) -> Response {
    let whole = response.body().size_hint().exact().is_some();
    if !whole || !is_of(response.headers(), &[JSON]) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(answer) = serde_json::from_slice::<Map<String, Value>>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, XML);
    Response::from_parts(parts, Body::from(xml::write(capitalised(answer, clock))))
}

/// The gateway's envelope has the form of the service's when it is written in XML.
fn capitalised(answer: Map<String, Value>, clock: &Clock) -> Map<String, Value> {
    let Some(fault) = answer.get("fault") else { return answer };
    let error = &fault["error"][0];
    let error = json!({ "code": error["code"], "Message": error["message"], "Detail": error["detail"] });
    let fault = json!({ "type": fault["type"], "Error": [error] });
    Map::from_iter([("Fault".to_owned(), fault), ("time".to_owned(), clock.stamp().into())])
}

/// A request whose body, if it was XML, is JSON. Statements are no documents, whatever their type says.
pub(crate) async fn body_in_json(request: Request) -> Result<Request, Service> {
    let path = request.uri().path().to_owned();
    if !is_of(request.headers(), &["application/xml", "text/xml"]) || path.ends_with("/query") {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let json = document(&path, &bytes).ok_or_else(|| Service::unreadable("xml"))?;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    Ok(Request::from_parts(parts, Body::from(Value::Object(json).to_string())))
}

/// The fields of a document whose root is what the path is about.
fn document(path: &str, bytes: &[u8]) -> Option<Map<String, Value>> {
    let (root, fields) = xml::read(str::from_utf8(bytes).ok()?).ok()?;
    let expected = match path.rsplit('/').next()? {
        "batch" => "IntuitBatchRequest",
        entity => entity,
    };
    root.eq_ignore_ascii_case(expected).then_some(fields)
}

fn is_of(headers: &HeaderMap, kinds: &[&str]) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    kinds.iter().any(|kind| essence.eq_ignore_ascii_case(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_becomes_the_json_of_its_entity() {
        let read = async |path: &'static str, kind: &'static str, body: &'static str| {
            let request = Request::post(path).header(header::CONTENT_TYPE, kind).body(Body::from(body));
            let (parts, body) =
                body_in_json(request.unwrap()).await.map_err(|fault| fault.code)?.into_parts();
            let kind = parts.headers[header::CONTENT_TYPE].to_str().unwrap().to_owned();
            Ok((kind, String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap()))
        };
        let json = |body: &str| Ok((JSON.to_owned(), body.to_owned()));
        let customer = "<Customer xmlns=\"http://schema.intuit.com/finance/v3\"><Notes>n</Notes></Customer>";
        for kind in ["application/xml", "text/xml; charset=utf-8", "Application/XML"] {
            assert_eq!(read("/v3/company/1/customer", kind, customer).await, json(r#"{"Notes":"n"}"#));
        }
        assert_eq!(read("/v3/company/1/vendor", "text/xml", customer).await, Err("2010"));
        assert_eq!(read("/v3/company/1/customer", "text/xml", "<Customer>").await, Err("2010"));
        let untouched = Ok(("text/xml".to_owned(), "SELECT * FROM Item".to_owned()));
        assert_eq!(read("/v3/company/1/query", "text/xml", "SELECT * FROM Item").await, untouched);
        let batch = "<IntuitBatchRequest><BatchItemRequest bId=\"1\" operation=\"create\">\
                     <Term><Name>T</Name></Term></BatchItemRequest></IntuitBatchRequest>";
        let (_, batch) = read("/v3/company/1/batch", "text/xml", batch).await.unwrap();
        let expected =
            json!({ "BatchItemRequest": [{ "bId": "1", "operation": "create", "Term": { "Name": "T" } }] });
        assert_eq!(serde_json::from_str::<Value>(&batch).unwrap(), expected);
    }
}
