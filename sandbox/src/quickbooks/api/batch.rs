//! `POST /batch` (facts 3.6): up to thirty wishes, one after the other, each with its own answer or fault.

use axum::{extract::Query, response::Response};
use serde_json::{Map, Value, json};

use super::{Caller, Manner, object, under};
use crate::quickbooks::{
    books::{
        Books,
        refusals::{business, required, unsupported},
    },
    company::at_the_books,
    faults::Service,
    query::{parse, run},
    shapes::{Shape, shape},
};

/// So many items may be sent at once.
const MOST: usize = 30;

/// Does all that is asked, in its order. Nothing of it happens when there is too much: Intuit's fault for that is
/// open, here it is 6000.
pub(crate) async fn batch(caller: Caller, Query(manner): Query<Manner>, body: String) -> Response {
    let work = move |books: &mut Books, caller: &Caller| {
        let items = items(&object(&body)?)?;
        let answers: Vec<Value> = items.iter().map(|item| caller.item(books, item)).collect();
        Ok(under("BatchItemResponse", Value::Array(answers)))
    };
    at_the_books(move || caller.once(manner.requestid.as_deref(), work)).await
}

fn items(body: &Map<String, Value>) -> Result<Vec<Map<String, Value>>, Service> {
    let items = body.get("BatchItemRequest").and_then(Value::as_array);
    let items = items.ok_or_else(|| required("BatchItemRequest"))?;
    if items.len() > MOST {
        return Err(business(&format!("A batch has at most {MOST} items, and {} were sent.", items.len())));
    }
    Ok(items.iter().map(|item| item.as_object().cloned().unwrap_or_default()).collect())
}

impl Caller {
    /// One item's answer under its `bId`.
    fn item(&self, books: &mut Books, item: &Map<String, Value>) -> Value {
        let mut answer = match self.done(books, item) {
            Ok(answer) => answer,
            Err(fault) => json!({ "Fault": fault.fault() }),
        };
        answer["bId"] = item.get("bId").cloned().unwrap_or_default();
        answer
    }

    fn done(&self, books: &mut Books, item: &Map<String, Value>) -> Result<Value, Service> {
        if item.get("bId").is_none_or(|id| id.is_null() || id == "") {
            return Err(required("bId"));
        }
        if let Some(statement) = item.get("Query").and_then(Value::as_str) {
            let statement = parse(statement, &self.play.terms())?;
            let found = run(&statement, books)?;
            return Ok(under("QueryResponse", serde_json::to_value(&found).unwrap_or_default()));
        }
        let (shape, body) = item.iter().find_map(entity).ok_or_else(|| unsupported("batch"))?;
        let record = self.write(books, shape, item.get("operation").and_then(Value::as_str), body)?;
        Ok(under(shape.name, record))
    }
}

/// The part of an item that is named like an entity.
fn entity<'a>((name, value): (&String, &'a Value)) -> Option<(&'static Shape, &'a Map<String, Value>)> {
    Some((shape(name)?, value.as_object()?))
}
