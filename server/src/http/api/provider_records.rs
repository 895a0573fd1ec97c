//! `GET /api/v1/connections/{id}/records/{list}`: what was imported, as a feed. All of it first, and from
//! its last cursor on what changed since.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::import::List;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::body::JSON;
use super::connections::{cursor_schema, named, no_cursor};
use super::key::Key;
use super::problem::Problem;
use super::settings::books;
use super::shown::{list_named, word};
use super::table::{Route, Shape, Verb};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::api_keys::Scope;
use crate::store::records::feed::{Changed, Extent, Place};

/// Records on a page when nobody says how many, and at most.
const USUAL: u32 = 200;
const MOST: u32 = 1000;

/// What a page is asked for by.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    after: Option<String>,
    limit: Option<u32>,
}

/// A part of a list, in the order in which its records changed.
#[derive(Serialize, ToSchema)]
struct RecordFeed {
    /// What there is, or what changed after `after`. A record that changed again comes again.
    records: Vec<ProviderRecord>,
    /// What to send as `after` next time; keep it where you keep the records.
    cursor: String,
    /// Whether there are more already.
    more: bool,
}

/// A record of the provider's.
#[derive(Serialize, ToSchema)]
struct ProviderRecord {
    /// The provider's id.
    id: String,
    /// Its name, at most 300 bytes on one line.
    name: String,
    /// Account number or code.
    number: Option<String>,
    /// What it is, in the provider's words, for example an account's type.
    kind: Option<String>,
    /// What tells two of a name apart.
    detail: Option<String>,
    /// E-mail address in lower case.
    email: Option<String>,
    /// Tax rate in basis points.
    rate: Option<i64>,
    /// Whether it is in use at the provider.
    active: bool,
    /// Whether it is gone at the provider; the object is as it was last seen.
    gone: bool,
    /// The object as the provider gave it.
    #[schema(value_type = Option<Object>)]
    object: Option<Box<RawValue>>,
}

/// A cursor, opened. Its text is ours to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    connection: String,
    list: String,
    company: String,
    epoch: String,
    change: i64,
    id: String,
    begun: i64,
}

pub(super) fn route() -> Route {
    let limit = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MOST));
    named(Route::new(Verb::Get, "/connections/{id}/records/{list}", read))
        .needs(Scope::Read)
        .about(
            "Records of the provider",
            "Of the company that is, or was last, connected, as they were imported. Without `after` all that there are; \
             with the `cursor` of the answer before what follows, and once `more` is false whatever changed since: \
             none is left out, whatever is imported meanwhile. A page ends after 4 MiB of objects as well.",
        )
        .parameter("list", "Which list; those of the connection that have been read.", list_schema())
        .query("after", "The `cursor` of the answer before.", cursor_schema())
        .query("limit", "How many at most.", limit.default(Some(USUAL.into())).build())
        .gives(StatusCode::OK, "A page.", Some(Shape::of::<RecordFeed>(JSON)))
        .refuses(StatusCode::BAD_REQUEST, "`cursor_elsewhere`: the cursor is of another connection or list.")
        .refuses(StatusCode::CONFLICT, "`disconnected`: no company was ever connected.")
        .refuses(
            StatusCode::GONE,
            "`cursor_gone`: the cursor is of another company, or of before everything was erased. Begin again without \
             `after`.",
        )
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "`invalid`: a part of the address breaks a rule.")
}

/// The company is no list: it is shown with its connection.
fn lists() -> impl Iterator<Item = List> {
    List::ALL.into_iter().filter(|list| *list != List::Company)
}

fn list_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(lists().map(word))).build()
}

async fn read(
    State(app): State<Shared>,
    key: Key,
    Path((id, list)): Path<(String, String)>,
    Query(wish): Query<Wish>,
) -> Result<Json<RecordFeed>, Problem> {
    let list = list_named(&list).filter(|list| *list != List::Company).ok_or_else(unknown_list)?;
    let limit = wish.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid(format!("limit must be 1 to {MOST}.")));
    }
    let after = wish.after.map(|after| opened(&after).ok_or_else(no_cursor)).transpose()?;
    let found = app.store.read::<_, Problem, _>(move |mut db| {
        Box::pin(async move {
            let books = books(&mut db, &key, &id).await?.ok_or_else(never_connected)?;
            let extent = db.feed_extent(&books, list).await?;
            let from = Cursor::from(after, (&id, word(list), books.company()), extent)?;
            let (page, more) = db.changed_after(&books, list, (&from.place(), limit)).await?;
            Ok((from, page, more))
        })
    });
    let (from, page, more) = found.await?;
    feed(from, page, more).map(Json)
}

impl Cursor {
    /// Where to go on: at the cursor that was sent, or at the beginning.
    fn from(
        sent: Option<Self>,
        (connection, list, company): (&str, &str, &str),
        extent: Option<Extent>,
    ) -> Result<Self, Problem> {
        let Extent { epoch, newest } = extent.unwrap_or(Extent { epoch: String::new(), newest: 0 });
        let Some(sent) = sent else {
            let [connection, list, company] = [connection, list, company].map(str::to_owned);
            return Ok(Self {
                connection,
                list,
                company,
                epoch,
                change: 0,
                id: String::new(),
                begun: newest,
            });
        };
        if sent.connection != connection || sent.list != list {
            return Err(elsewhere());
        }
        // A list that nobody had read had nothing to leave out.
        let unread = sent.epoch.is_empty() && sent.change == 0;
        if sent.company != company || (sent.epoch != epoch && !unread) || sent.change > newest {
            return Err(gone());
        }
        Ok(Self { epoch, ..sent })
    }

    fn place(&self) -> Place {
        Place { change: self.change, id: self.id.clone(), begun: self.begun }
    }

    fn text(&self) -> String {
        // Texts and numbers: nothing that JSON cannot write.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

fn opened(text: &str) -> Option<Cursor> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

fn feed(from: Cursor, page: Vec<Changed>, more: bool) -> Result<RecordFeed, Problem> {
    let cursor = match page.last() {
        Some(last) => Cursor { change: last.change, id: last.provider_id.clone(), ..from },
        None => from,
    };
    let records = page.into_iter().map(shown).collect::<Result<_, _>>()?;
    Ok(RecordFeed { records, cursor: cursor.text(), more })
}

fn shown(row: Changed) -> Result<ProviderRecord, StoreError> {
    let object = row.body.map(RawValue::from_string).transpose();
    Ok(ProviderRecord {
        object: object.map_err(|_| StoreError::Unreadable("record"))?,
        id: row.provider_id,
        name: row.name,
        number: row.number,
        kind: row.kind,
        detail: row.detail,
        email: row.email,
        rate: row.rate,
        active: row.active,
        gone: row.vanished,
    })
}

fn unknown_list() -> Problem {
    let words: Vec<_> = lists().map(word).collect();
    Problem::invalid(format!("The list is one of {}.", words.join(", ")))
}

fn never_connected() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "disconnected",
        "No company was ever connected, so nothing was imported.",
    )
}

fn elsewhere() -> Problem {
    let detail = "This cursor is of another connection or list: each goes on from its own.";
    Problem::new(StatusCode::BAD_REQUEST, "cursor_elsewhere", detail)
}

fn gone() -> Problem {
    let detail =
        "This cursor is of another company, or of before everything was erased: begin again without after.";
    Problem::new(StatusCode::GONE, "cursor_gone", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(epoch: &str, newest: i64) -> Extent {
        Extent { epoch: epoch.to_owned(), newest }
    }

    #[test]
    fn a_cursor_goes_on_where_it_was_made_and_nowhere_else() {
        let place = ("c1", "customers", "9341");
        let fresh = Cursor::from(None, place, Some(extent("e1", 7))).unwrap();
        let read = Cursor { change: 5, id: "58".to_owned(), ..fresh };
        assert_eq!((read.begun, opened(&read.text())), (7, Some(read.clone())));
        let goes_on = |place, extent| Cursor::from(Some(read.clone()), place, extent);
        assert_eq!(goes_on(place, Some(extent("e1", 9))), Ok(read.clone()));
        assert_eq!(goes_on(("c2", "customers", "9341"), Some(extent("e1", 9))), Err(elsewhere()));
        assert_eq!(goes_on(("c1", "suppliers", "9341"), Some(extent("e1", 9))), Err(elsewhere()));
        assert_eq!(goes_on(("c1", "customers", "9342"), Some(extent("e1", 9))), Err(gone()));
        assert_eq!(goes_on(place, Some(extent("e2", 9))), Err(gone()), "everything was erased in between");
        assert_eq!(goes_on(place, Some(extent("e1", 4))), Err(gone()), "the database is an older one");
        assert_eq!(goes_on(place, None), Err(gone()));
    }

    #[test]
    fn a_cursor_of_a_list_that_nobody_had_read_goes_on_when_it_is() {
        let place = ("c1", "customers", "9341");
        let fresh = Cursor::from(None, place, None).unwrap();
        let later = Cursor::from(Some(fresh.clone()), place, Some(extent("e1", 3)));
        assert_eq!(later, Ok(Cursor { epoch: "e1".to_owned(), ..fresh }));
    }

    #[test]
    fn in_02_numbers_of_an_object_are_written_digit_by_digit() {
        let body = r#"{"Balance":12345678901234567890.120,"Rate":1E-7,"Huge":1e309,"Zero":-0.00}"#;
        let row = Changed {
            change: 1,
            provider_id: "1".to_owned(),
            name: "A".to_owned(),
            number: None,
            kind: None,
            detail: None,
            email: None,
            rate: None,
            active: true,
            vanished: false,
            body: Some(body.to_owned()),
        };
        let written = serde_json::to_string(&shown(row).unwrap()).unwrap();
        assert!(written.contains(body), "{written}");
    }
}
