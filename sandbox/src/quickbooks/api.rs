//! The Accounting API (facts 3): who may ask, and the answers in Intuit's shapes.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    bearer,
    company::Company,
    faults::{Service, unauthenticated, unauthorised},
    grants::Closed,
    query::{Found, Selection, parse, run},
    shapes::shape,
};
use crate::state::{Play, held};

/// The scope that opens the Accounting API.
pub(crate) const ACCOUNTING: &str = "com.intuit.quickbooks.accounting";
/// The shortest and the longest thing that the gateway takes for a token.
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 40..=4096;

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    query: String,
}

/// `GET /query?query=…`
pub(crate) async fn query_by_get(
    State(play): State<Arc<Play>>,
    Path(realm): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    answer(&play, &realm, &headers, &asked.query).await
}

/// `POST /query` with the statement as body, whatever the content type says.
pub(crate) async fn query_by_post(
    State(play): State<Arc<Play>>,
    Path(realm): Path<String>,
    headers: HeaderMap,
    statement: String,
) -> Response {
    answer(&play, &realm, &headers, &statement).await
}

/// `GET /preferences`
pub(crate) async fn preferences(
    State(play): State<Arc<Play>>,
    Path(realm): Path<String>,
    headers: HeaderMap,
) -> Response {
    match admit(&play, &realm, &headers) {
        Ok(company) => one(&play, "Preferences", company.rows("Preferences").first()),
        Err(refusal) => *refusal,
    }
}

/// `GET /{entity}/{id}`; the company's own facts are read by its realm.
pub(crate) async fn read(
    State(play): State<Arc<Play>>,
    Path((realm, entity, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let company = match admit(&play, &realm, &headers) {
        Ok(company) => company,
        Err(refusal) => return *refusal,
    };
    // Paths are in lower case; anything else is no path of Intuit's.
    let known = shape(&entity).filter(|_| !entity.contains(|letter: char| letter.is_ascii_uppercase()));
    let Some(shape) = known else { return StatusCode::NOT_FOUND.into_response() };
    let wanted = |row: &&Value| match shape.name {
        "CompanyInfo" => id == realm,
        _ => row.get("Id").and_then(Value::as_str) == Some(&id),
    };
    one(&play, shape.name, company.rows(shape.name).iter().find(wanted))
}

fn one(play: &Play, entity: &str, row: Option<&Value>) -> Response {
    let Some(row) = row else {
        return Service::missing().answer(StatusCode::BAD_REQUEST, &play.clock);
    };
    Json(json!({ entity: row, "time": play.clock.stamp() })).into_response()
}

async fn answer(play: &Play, realm: &str, headers: &HeaderMap, text: &str) -> Response {
    let company = match admit(play, realm, headers) {
        Ok(company) => company,
        Err(refusal) => return *refusal,
    };
    let found = match parse(text, &play.terms()) {
        Ok(statement) => {
            if statement.selection != Selection::Count {
                dawdle(play).await;
            }
            run(&statement, company)
        }
        Err(fault) => Err(fault),
    };
    match found {
        Ok(found) => {
            Json(json!({ "QueryResponse": response(found), "time": play.clock.stamp() })).into_response()
        }
        Err(fault) => fault.answer(StatusCode::BAD_REQUEST, &play.clock),
    }
}

/// A page takes as long as was asked for, and waits while queries are paused.
async fn dawdle(play: &Play) {
    let latency = play.settings().latency;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let mut paused = play.paused.subscribe();
    // The sender lives as long as the sandbox, so this ends when queries go on.
    let _ = paused.wait_for(|paused| !paused).await;
}

fn response(found: Found) -> Value {
    let (entity, rows, start, total) = match found {
        Found::Count(count) => return json!({ "totalCount": count }),
        Found::Rows { entity, rows, start, total } => (entity, rows, start, total),
    };
    let mut response = Map::new();
    if rows.is_empty() {
        return Value::Object(response);
    }
    let single = matches!(entity, "CompanyInfo" | "Preferences");
    response.insert("maxResults".to_owned(), json!(rows.len()));
    response.insert(entity.to_owned(), Value::Array(rows));
    if !single {
        response.insert("startPosition".to_owned(), json!(start));
        if let Some(total) = total {
            response.insert("totalCount".to_owned(), json!(total));
        }
    }
    Value::Object(response)
}

/// The company behind the path, if there is one and the token opens it; otherwise the gateway's refusal.
fn admit(play: &Play, realm: &str, headers: &HeaderMap) -> Result<&'static Company, Box<Response>> {
    let refuse = |malformed| Box::new(unauthenticated(&play.clock, malformed));
    let token = bearer(headers).ok_or_else(|| refuse(true))?;
    if !TOKEN_LENGTH.contains(&token.len()) {
        return Err(refuse(true));
    }
    let now = play.clock.now();
    let grants = held(&play.grants);
    let grant = grants
        .open(token, now)
        .map_err(|closed| refuse(closed == Closed::Unknown && !token.starts_with("eyJ")))?;
    let company = play.company(realm).ok_or_else(|| Box::new(StatusCode::NOT_FOUND.into_response()))?;
    let consent = &grant.consent;
    let fits =
        consent.realm.as_deref() == Some(realm) && consent.scopes.iter().any(|scope| scope == ACCOUNTING);
    if fits { Ok(company) } else { Err(Box::new(unauthorised(&play.clock))) }
}
