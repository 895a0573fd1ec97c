//! `GET /cdc` (facts 3.7): everything of some entities that changed since a moment.

use axum::{extract::Query, response::Response};
use serde::Deserialize;
use serde_json::json;

use super::Caller;
use crate::quickbooks::{books::changes::Since, company::at_the_books};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    #[serde(default)]
    entities: String,
    #[serde(default)]
    changed_since: String,
}

pub(crate) async fn cdc(caller: Caller, Query(asked): Query<Asked>) -> Response {
    at_the_books(move || {
        let since = Since::read(&asked.entities, &asked.changed_since, caller.play.clock.now());
        let changes = since.map(|since| caller.company.books().changes(&since));
        caller.answer(changes.map(|changes| json!({ "CDCResponse": [{ "QueryResponse": changes }] })))
    })
    .await
}
