//! `GET` and `POST /query`: a statement, and the page that it finds.

use axum::{extract::Query, response::Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Caller, under};
use crate::{
    quickbooks::{
        company::at_the_books,
        faults::Service,
        query::{Found, Selection, Statement, parse, run},
    },
    state::Play,
};

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    query: String,
}

/// `GET /query?query=…`
pub(crate) async fn query_by_get(caller: Caller, Query(asked): Query<Asked>) -> Response {
    answer(caller, &asked.query).await
}

/// `POST /query` with the statement as body, whatever the content type says.
pub(crate) async fn query_by_post(caller: Caller, statement: String) -> Response {
    answer(caller, &statement).await
}

async fn answer(caller: Caller, text: &str) -> Response {
    let statement = match parse(text, &caller.play.terms()) {
        Ok(statement) => statement,
        Err(fault) => return caller.answer(Err(fault)),
    };
    if statement.selection != Selection::Count {
        dawdle(&caller.play).await;
    }
    at_the_books(move || caller.answer(caller.found(&statement))).await
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

impl Caller {
    /// What a statement finds, and what the company does after somebody has read a page of it.
    pub(super) fn found(&self, statement: &Statement) -> Result<Value, Service> {
        let found = run(statement, &*self.company.books())?;
        if let Found::Rows { entity, .. } = &found
            && self.company.books().is_restless()
        {
            self.company.books_mut().was_read(entity, self.play.clock.now());
        }
        Ok(under("QueryResponse", response(found)))
    }
}

pub(super) fn response(found: Found) -> Value {
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
