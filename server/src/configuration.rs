//! The configuration of a connection: opened, drafted, saved in versions, never lost.
//!
//! Everything here belongs to the books (connection and company) that a visitor's tenant has at an
//! integration; there is no other way to name a connection.

pub mod draft;
pub mod schema;
pub mod validate;

mod adopt;
mod export;
mod links;
mod present;
mod review;
mod save;

use std::collections::{BTreeMap, HashMap};

use protocol::WINDOW_LIMIT;
use protocol::ids::IntegrationId;
use protocol::import::List;
use protocol::mapping::{MappingChoice, MappingQuery};
use protocol::message::{Answer, FaultKind};
use protocol::record::RecordQuery;
use protocol::schema::{Change, ChosenRecord, Configuration, Draft, FieldEntry, FieldKind, FieldValue};
use protocol::store::Stamp;

use crate::error::Refusal;
use crate::state::{App, Visitor};
use crate::store::books::Books;
use crate::store::configurations::Saved;
use crate::store::ids::ConnectionId;
use crate::store::mappings::{Laid, list_of};
use crate::store::records::PickedRecord;
use crate::store::{Db, StoreError};
pub(crate) use adopt::adopt;
pub use export::export;
use links::links;
use review::{Judged, judged};
pub use review::{Standing, review, review_tenant, standing};
pub use save::save;
use schema::Schema;

/// Most changes of one draft: what fits into a frame, with room to spare.
const DRAFT_LIMIT: usize = 2000;

type Picked = HashMap<(List, String), PickedRecord>;

/// The configuration with all that is needed to draw it.
pub async fn open(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
) -> Result<Answer, Refusal> {
    let (books, schema) = found(db, app, who, integration).await?;
    Ok(Answer::Configuration(Box::new(drawn(db, &books, schema, who).await?)))
}

/// Keeps a visitor's unsaved changes, or drops them.
pub async fn keep_draft(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
    draft: Option<Draft>,
) -> Result<Answer, Refusal> {
    allow(who.permissions.configure)?;
    let (books, schema) = found(db, app, who, integration).await?;
    match draft.filter(|draft| !draft.changes.is_empty()) {
        Some(draft) => {
            check_shapes(schema, &draft.changes)?;
            db.keep_draft(&books, who.visitor, &draft, app.clock.now()).await?;
        }
        None => db.drop_draft(&books, who.visitor).await?,
    }
    Ok(Answer::Nothing)
}

/// A window of imported records.
pub async fn read_records(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
    query: &RecordQuery,
) -> Result<Answer, Refusal> {
    bounded(query.limit, &query.search)?;
    let (books, _) = found(db, app, who, integration).await?;
    let mut window = db.record_window(&books, query).await?;
    links(db, app, &books).await?.put(query.list, &mut window.rows);
    Ok(Answer::Records(window))
}

/// A window of mapping rows.
pub async fn read_mappings(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
    query: &MappingQuery,
) -> Result<Answer, Refusal> {
    bounded(query.limit, &query.search)?;
    let (books, _) = found(db, app, who, integration).await?;
    let laid = laid(db, &books, who, query).await?;
    let mut window = db.mapping_window(&books, query, &laid).await?;
    let targets = window.rows.iter_mut().filter_map(|row| row.target.as_mut());
    links(db, app, &books).await?.put(list_of(query.table), targets);
    Ok(Answer::Mappings(window))
}

/// What the visitor's kept draft decides of a table, where a query asks by it.
async fn laid(
    db: &mut Db<'_>,
    books: &Books,
    who: &Visitor,
    query: &MappingQuery,
) -> Result<Laid, StoreError> {
    if query.state.is_none() && !query.drafted {
        return Ok(Laid::default());
    }
    let draft = db.draft(books, who.visitor).await?;
    let changes = draft.map(|draft| draft.changes).unwrap_or_default();
    let sorted = draft::sort(&[], &changes);
    let rows = sorted.rows.into_iter().filter(|(table, ..)| *table == query.table);
    let accepts = sorted.accepts.iter().find(|(table, _)| *table == query.table);
    Ok(Laid {
        rows: rows.map(|(_, source, choice)| (source, choice)).collect(),
        at_least: accepts.map(|(_, at_least)| *at_least),
    })
}

/// Who saved last, and when.
pub async fn saved(
    db: &mut Db<'_>,
    connection: ConnectionId,
    company: &str,
) -> Result<Option<Stamp>, StoreError> {
    db.configuration_stamp(connection, company).await
}

fn allow(right: bool) -> Result<(), Refusal> {
    if right { Ok(()) } else { Err(FaultKind::NotAllowed.into()) }
}

fn bounded(limit: u16, search: &str) -> Result<(), Refusal> {
    if limit <= WINDOW_LIMIT && search.len() <= 200 { Ok(()) } else { Err(FaultKind::Invalid.into()) }
}

/// The visitor's books at an integration, and its page.
async fn found<'a>(
    db: &mut Db<'_>,
    app: &'a App,
    who: &Visitor,
    integration: &IntegrationId,
) -> Result<(Books, &'a Schema), Refusal> {
    allow(who.permissions.view)?;
    let entry = app.catalogue.integration(integration).ok_or(FaultKind::NotFound)?;
    let books = db.books(who.tenant, integration).await?.ok_or(FaultKind::NotNow)?;
    Ok((books, &entry.sections))
}

/// Every change names a field that takes its value, and there are not too many.
fn check_shapes(schema: &Schema, changes: &[Change]) -> Result<(), Refusal> {
    let good = |change: &Change| match change {
        Change::Field { key, value } => schema.field(key).is_some_and(|field| {
            value
                .as_ref()
                .map_or(!matches!(field.kind, FieldKind::Mapping(_)), |value| validate::takes(field, value))
        }),
        Change::Map { source, choice, .. } => {
            let target = match choice {
                MappingChoice::Link(target) => target.as_str(),
                _ => "1",
            };
            [source, target].iter().all(|id| (1..=200).contains(&id.len()))
        }
        Change::AcceptSuggestions { at_least, .. } => *at_least <= 100,
    };
    if changes.len() <= DRAFT_LIMIT && changes.iter().all(good) {
        Ok(())
    } else {
        Err(FaultKind::Invalid.into())
    }
}

async fn drawn(
    db: &mut Db<'_>,
    books: &Books,
    schema: &Schema,
    who: &Visitor,
) -> Result<Configuration, StoreError> {
    let saved = db.configuration(books).await?;
    let draft = db.draft(books, who.visitor).await?;
    let (version, saved, values) = match saved {
        Some(Saved { version, values, stamp }) => (version, Some(stamp), values),
        None => (0, None, schema.defaults.clone()),
    };
    let changes = draft.as_ref().map(|draft| draft.changes.as_slice()).unwrap_or_default();
    let picked = picked(db, books, &named(schema, &values, changes)).await?;
    let Judged { page, tables, problems } = judged(db, books, schema, (&values, &picked)).await?;
    let chosen = picked.into_iter().map(|((list, _), found)| ChosenRecord { list, record: found.record });
    let (chosen, sections) = (chosen.collect(), page.sections);
    Ok(Configuration { version, saved, sections, values, chosen, tables, problems, draft })
}

/// The records that values and changes name, by list.
fn named<'a>(
    schema: &'a Schema,
    values: &'a [FieldEntry],
    changes: &'a [Change],
) -> BTreeMap<List, Vec<&'a str>> {
    let mut ids: BTreeMap<List, Vec<&str>> = BTreeMap::new();
    let of_fields = changes.iter().filter_map(|change| match change {
        Change::Field { key, value } => Some((key, value.as_ref()?)),
        _ => None,
    });
    for (key, value) in values.iter().map(|entry| (&entry.key, &entry.value)).chain(of_fields) {
        let kind = schema.field(key).map(|field| &field.kind);
        if let (Some(FieldKind::Picker { list, .. }), FieldValue::Record(id)) = (kind, value) {
            ids.entry(*list).or_default().push(id);
        }
    }
    for change in changes {
        if let Change::Map { table, choice: MappingChoice::Link(target), .. } = change {
            ids.entry(list_of(*table)).or_default().push(target);
        }
    }
    ids
}

async fn picked(
    db: &mut Db<'_>,
    books: &Books,
    ids: &BTreeMap<List, Vec<&str>>,
) -> Result<Picked, StoreError> {
    let mut all = HashMap::new();
    for (list, ids) in ids {
        let found = db.picked(books, *list, ids).await?;
        all.extend(found.into_iter().map(|one| ((*list, one.record.id.clone()), one)));
    }
    Ok(all)
}
