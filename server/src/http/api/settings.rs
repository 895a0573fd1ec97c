//! `/api/v1/connections/{id}/configuration` and `/mappings/{table}`: what was saved in the store, for
//! the portal's backend to work by.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::mapping::MappingTable;
use protocol::schema::{FieldEntry, FieldValue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::body::JSON;
use super::connections::{cursor_schema, find, limit_schema, limited, named, no_cursor};
use super::key::Key;
use super::problem::Problem;
use super::table::{Route, Shape, Verb};
use crate::clock::rfc3339;
use crate::portal_records::kind::Kind;
use crate::state::Shared;
use crate::store::api_keys::Scope;
use crate::store::books::Books;
use crate::store::mappings::decided::DecidedRow;
use crate::store::{Db, StoreError};

/// A saved configuration.
#[derive(Serialize, ToSchema, Default)]
struct Configuration {
    /// Counts from 1; 0 while nothing was saved.
    version: u32,
    /// Who saved it.
    saved_by: Option<String>,
    #[schema(format = DateTime)]
    saved_at: Option<String>,
    /// By the field's key; records by the provider's id. A field without a value is left out.
    values: BTreeMap<String, Value>,
}

/// The value of a field.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Value {
    Switch(bool),
    Number(i32),
    Text(String),
}

/// A page of mapping rows.
#[derive(Serialize, ToSchema)]
struct Mappings {
    /// By the portal's ids.
    mappings: Vec<Mapping>,
    /// Ask again with `after` set to this for those that follow; nothing when these were the last.
    next: Option<String>,
}

/// A mapping row.
#[derive(Serialize, ToSchema)]
struct Mapping {
    /// The portal's id of its record.
    source: String,
    /// `confirmed`, `create_new` and `ignored` were decided; `suggested`, `needs_review`, `conflict`, `broken`
    /// and `unmatched` were not, or hold no more.
    state: String,
    /// The provider's id of what it is, or would be, mapped to.
    target: Option<String>,
    /// Who decided.
    decided_by: Option<String>,
    #[schema(format = DateTime)]
    decided_at: Option<String>,
}

/// What a page is asked for by.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    after: Option<String>,
    limit: Option<u32>,
}

pub(super) fn routes() -> Vec<Route> {
    let configuration = named(Route::new(Verb::Get, "/connections/{id}/configuration", configuration))
        .needs(Scope::Read)
        .about(
            "The saved configuration",
            "The newest version of the company that is, or was last, connected.",
        )
        .gives(StatusCode::OK, "The configuration.", Some(Shape::of::<Configuration>(JSON)));
    let mappings = named(Route::new(Verb::Get, "/connections/{id}/mappings/{table}", mappings))
        .needs(Scope::Read)
        .about("Mappings of one kind of records", "By the portal's ids, a page at a time.")
        .parameter("table", "Which of the portal's records are mapped.", table_schema())
        .query("after", "The `next` of the page before.", cursor_schema())
        .query("limit", "How many at most.", limit_schema())
        .gives(StatusCode::OK, "A page.", Some(Shape::of::<Mappings>(JSON)))
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "`invalid`: a part of the address breaks a rule.");
    vec![configuration, mappings]
}

fn table_schema() -> Object {
    let words = MappingTable::ALL.map(|table| Kind::of(table).kept());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

async fn configuration(
    State(app): State<Shared>,
    key: Key,
    Path(id): Path<String>,
) -> Result<Json<Configuration>, Problem> {
    let read = app.store.read::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            let Some(books) = books(&mut db, &key, &id).await? else { return Ok(None) };
            Ok(db.configuration(&books).await?)
        })
    });
    let shown = read.await?.map(|saved| Configuration {
        version: saved.version,
        saved_by: Some(saved.stamp.by),
        saved_at: Some(rfc3339(saved.stamp.at)),
        values: saved.values.into_iter().map(|FieldEntry { key, value }| (key, plain(value))).collect(),
    });
    Ok(Json(shown.unwrap_or_default()))
}

async fn mappings(
    State(app): State<Shared>,
    key: Key,
    Path((id, table)): Path<(String, String)>,
    Query(wish): Query<Wish>,
) -> Result<Json<Mappings>, Problem> {
    let (table, limit) = (named_table(&table)?, limited(wish.limit)?);
    let after = wish.after.map(|after| source(&after).ok_or_else(no_cursor)).transpose()?;
    let read = app.store.read::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            let Some(books) = books(&mut db, &key, &id).await? else { return Ok(Vec::new()) };
            // One more than asked for says whether there are more.
            let from = (after.as_deref().unwrap_or_default(), limit + 1);
            Ok(db.mappings_after(&books, table, from).await?)
        })
    });
    let mut rows = read.await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| URL_SAFE_NO_PAD.encode(&row.source));
    Ok(Json(Mappings { mappings: rows.into_iter().map(mapping).collect(), next }))
}

/// The books of the connection's present or last company; none while it never had one.
pub(super) async fn books(db: &mut Db<'_>, key: &Key, id: &str) -> Result<Option<Books>, Problem> {
    let row = find(db, key, id).await?.row;
    let books: Result<_, StoreError> = db.books(row.tenant, &row.integration).await;
    Ok(books?)
}

fn named_table(word: &str) -> Result<MappingTable, Problem> {
    let found = MappingTable::ALL.into_iter().find(|table| Kind::of(*table).kept() == word);
    let kinds = || MappingTable::ALL.map(|table| Kind::of(table).kept()).join(", ");
    found.ok_or_else(|| Problem::invalid(format!("the kind must be one of {}.", kinds())))
}

fn source(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

fn plain(value: FieldValue) -> Value {
    match value {
        FieldValue::Switch(on) => Value::Switch(on),
        FieldValue::Number(number) => Value::Number(number),
        FieldValue::Text(text) | FieldValue::Record(text) => Value::Text(text),
    }
}

fn mapping(row: DecidedRow) -> Mapping {
    let DecidedRow { source, state, target, by, at } = row;
    Mapping { source, state, target, decided_by: by, decided_at: at.map(rfc3339) }
}
