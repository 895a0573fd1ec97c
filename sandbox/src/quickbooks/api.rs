//! The Accounting API (facts 3): who may ask, and from an address to the books and back.

mod batch;
mod cdc;
mod pages;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{FromRequestParts, Path, Query},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(crate) use self::{
    batch::batch,
    cdc::cdc,
    pages::{query_by_get, query_by_post},
};
use super::{
    bearer,
    books::{
        Books, Order,
        refusals::{unknown_property, unsupported},
    },
    company::{Company, at_the_books},
    faults::{Service, unauthenticated, unauthorised},
    grants::Closed,
    query::Records,
    shapes::{Shape, shape},
};
use crate::state::{Play, held};

/// The scope that opens the Accounting API.
pub(crate) const ACCOUNTING: &str = "com.intuit.quickbooks.accounting";
/// The shortest and the longest thing that the gateway takes for a token.
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 40..=4096;

/// An app that may ask a company's books.
pub(crate) struct Caller {
    play: Arc<Play>,
    company: Arc<Company>,
    /// The client that the token was given to.
    app: String,
}

/// What may stand behind the question mark of a write; the rest says nothing here.
#[derive(Default, Deserialize)]
pub(crate) struct Manner {
    operation: Option<String>,
    requestid: Option<String>,
}

/// The parts of a path below the company.
#[derive(Deserialize)]
pub(crate) struct Record {
    entity: String,
    id: String,
}

#[derive(Deserialize)]
pub(crate) struct List {
    entity: String,
}

impl FromRequestParts<Arc<Play>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, play: &Arc<Play>) -> Result<Self, Response> {
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, play).await;
        let realm = path.ok().and_then(|Path(mut path)| path.remove("realm")).unwrap_or_default();
        admit(play, &realm, &parts.headers).map_err(|refusal| *refusal)
    }
}

/// `GET /preferences`; nothing else is read without an Id.
pub(crate) async fn read_single(caller: Caller, Path(List { entity }): Path<List>) -> Response {
    if entity != "preferences" {
        return StatusCode::NOT_FOUND.into_response();
    }
    at_the_books(move || {
        let record = caller.company.books().single("Preferences").map(Cow::into_owned);
        caller.answer(one("Preferences", record))
    })
    .await
}

/// `GET /{entity}/{id}`; the company's own facts are read by its realm.
pub(crate) async fn read(caller: Caller, Path(Record { entity, id }): Path<Record>) -> Response {
    let Some(shape) = addressed(&entity) else { return StatusCode::NOT_FOUND.into_response() };
    at_the_books(move || caller.answer(one(shape.name, caller.record(shape, &id)))).await
}

/// `POST /{entity}`: create, full and sparse update; what else is asked for by `operation` is refused.
pub(crate) async fn write(
    caller: Caller,
    Path(List { entity }): Path<List>,
    Query(manner): Query<Manner>,
    body: String,
) -> Response {
    let Some(shape) = addressed(&entity) else { return StatusCode::NOT_FOUND.into_response() };
    let work = move |books: &mut Books, caller: &Caller| {
        let record = caller.write(books, shape, manner.operation.as_deref(), &object(&body)?)?;
        Ok(under(shape.name, record))
    };
    at_the_books(move || caller.once(manner.requestid.as_deref(), work)).await
}

impl Caller {
    fn record(&self, shape: &Shape, id: &str) -> Option<Value> {
        let books = self.company.books();
        let found = match shape.name {
            "CompanyInfo" if id == self.company.realm => books.single("CompanyInfo"),
            "CompanyInfo" => None,
            name => books.get(name, id),
        };
        found.map(Cow::into_owned)
    }

    fn write(
        &self,
        books: &mut Books,
        shape: &'static Shape,
        operation: Option<&str>,
        body: &Map<String, Value>,
    ) -> Result<Value, Service> {
        if !shape.is_played() {
            // Transactions are not played here; that they cannot be written is said in the service's own words.
            return Err(unsupported(operation.unwrap_or("create")));
        }
        books.write(&Order { shape, operation, body, now: self.play.clock.now(), inside: false })
    }

    /// Does something once for each `requestid` of an app, and answers what was answered first.
    fn once(
        &self,
        request: Option<&str>,
        work: impl FnOnce(&mut Books, &Self) -> Result<Value, Service>,
    ) -> Response {
        let mut books = self.company.books_mut();
        let Some(request) = request.filter(|request| !request.is_empty()) else {
            let answer = work(&mut books, self);
            drop(books);
            return self.answer(answer);
        };
        match books.replays().first(&self.app, request) {
            Ok(Some(first)) => return in_json(first),
            Ok(None) => {}
            Err(fault) => return self.answer(Err(fault)),
        }
        match work(&mut books, self) {
            Ok(answer) => {
                let answer = self.timed(answer).to_string();
                books.replays().remember(&self.app, request, &answer);
                in_json(answer)
            }
            Err(fault) => self.answer(Err(fault)),
        }
    }

    fn answer(&self, answer: Result<Value, Service>) -> Response {
        match answer {
            Ok(answer) => Json(self.timed(answer)).into_response(),
            Err(fault) => fault.answer(StatusCode::BAD_REQUEST, &self.play.clock),
        }
    }

    /// Every answer ends with the time at which it was given.
    fn timed(&self, mut answer: Value) -> Value {
        answer["time"] = json!(self.play.clock.stamp());
        answer
    }
}

/// An answer that is JSON already.
fn in_json(answer: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

fn one(entity: &str, record: Option<Value>) -> Result<Value, Service> {
    record.map(|record| under(entity, record)).ok_or_else(Service::missing)
}

/// An object with one property. `json!` would copy what is put into it, and answers can be large.
fn under(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

/// Paths are in lower case; anything else is no path of Intuit's.
fn addressed(entity: &str) -> Option<&'static Shape> {
    shape(entity).filter(|_| !entity.contains(|letter: char| letter.is_ascii_uppercase()))
}

/// The object in a body; what is none is 2010, as Intuit answers for all that its parser refuses.
fn object(body: &str) -> Result<Map<String, Value>, Service> {
    serde_json::from_str(body).map_err(|_| unknown_property())
}

/// Who asks for the company behind the path, if there is one and the token opens it; otherwise the gateway's refusal.
fn admit(play: &Arc<Play>, realm: &str, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
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
    if !fits {
        return Err(Box::new(unauthorised(&play.clock)));
    }
    Ok(Caller { play: Arc::clone(play), company, app: consent.client.clone() })
}
