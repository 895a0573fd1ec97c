//! `GET` and `POST /query`: a statement, and the page that it finds.

use axum::{
    Json,
    extract::Query,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};

use super::Caller;
use crate::{
    quickbooks::{
        company::at_the_books,
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
    at_the_books(move || caller.found(&statement)).await
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
    fn found(&self, statement: &Statement) -> Response {
        let books = self.company.books();
        let (answer, entity) = match run(statement, &*books) {
            Ok(found) => (self.written(&found), found.entity()),
            Err(fault) => return self.answer(Err(fault)),
        };
        let restless = entity.filter(|_| books.is_restless());
        drop(books);
        if let Some(entity) = restless {
            self.company.books_mut().was_read(entity, self.play.clock.now());
        }
        answer
    }

    fn written(&self, found: &Found<'_>) -> Response {
        Json(Answer { response: found, time: self.play.clock.stamp() }).into_response()
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(rename = "QueryResponse")]
    response: &'a Found<'a>,
    time: String,
}

impl Found<'_> {
    /// The entity of which a page was read.
    fn entity(&self) -> Option<&'static str> {
        match self {
            Self::Count(_) => None,
            Self::Rows { entity, .. } => Some(entity),
        }
    }
}

impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut response = serializer.serialize_map(None)?;
        match self {
            Self::Count(count) => response.serialize_entry("totalCount", count)?,
            Self::Rows { rows, .. } if rows.is_empty() => {}
            Self::Rows { entity, rows, start, total } => {
                response.serialize_entry(entity, rows)?;
                response.serialize_entry("maxResults", &rows.len())?;
                if !matches!(*entity, "CompanyInfo" | "Preferences") {
                    response.serialize_entry("startPosition", start)?;
                    if let Some(total) = total {
                        response.serialize_entry("totalCount", total)?;
                    }
                }
            }
        }
        response.end()
    }
}
