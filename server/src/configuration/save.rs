//! Saving: a draft becomes a version, in one transaction with the decisions it holds.

use std::collections::BTreeMap;

use protocol::ids::IntegrationId;
use protocol::mapping::{MappingChoice, MappingTable};
use protocol::message::{Answer, FaultKind};
use protocol::notification::Event;
use protocol::schema::{Draft, SaveConflict};
use protocol::store::Stamp;

use super::draft::{Sorted, latest, sort};
use super::{allow, check_shapes, drawn, found, named, picked, review};
use crate::error::Refusal;
use crate::mapping::rematch_among;
use crate::state::{App, Visitor};
use crate::store::Db;
use crate::store::audit::{Action, NewLine};
use crate::store::books::Books;
use crate::store::configurations::Saved;
use crate::store::mappings::{Acceptance, Decisions};
use crate::store::notifications::NewEvent;

/// Saves a draft made on the newest version; one made on an older version is told what came between,
/// and nothing of either is lost.
pub async fn save(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    integration: &IntegrationId,
    draft: Draft,
) -> Result<Answer, Refusal> {
    allow(who.permissions.configure)?;
    let (books, schema) = found(db, app, who, integration).await?;
    if !books.live() {
        return Err(FaultKind::NotNow.into());
    }
    check_shapes(schema, &draft.changes)?;
    let before = db.configuration(&books).await?;
    let version = before.as_ref().map_or(0, |saved| saved.version);
    if draft.base != version {
        return conflict(db, &books, draft.base, before).await;
    }
    let values = before.map_or_else(|| schema.defaults.clone(), |saved| saved.values);
    let sorted = sort(&values, &draft.changes);
    check_records(db, &books, schema, &draft).await?;
    let decided = decide(db, app, who, &books, &sorted).await?;
    let stamp = Stamp { by: who.name.clone(), at: app.clock.now() };
    let saved = Saved { version: version + 1, values: sorted.values, stamp };
    db.save_configuration(&books, &saved, &latest(&draft.changes)).await?;
    db.drop_draft(&books, who.visitor).await?;
    review(db, app, &books).await?;
    let object = format!("{integration}: version {}", saved.version);
    let line = NewLine::by_visitor(who, Action::ConfigurationSaved, &object);
    db.add_audit(&line, saved.stamp.at).await?;
    let event = Event::ConfigurationSaved { version: saved.version, changes: sorted.fields + decided };
    let (by, now) = (Some(who.name.as_str()), saved.stamp.at);
    db.notify(NewEvent { tenant: who.tenant, integration, event: &event, by, now }).await?;
    Ok(Answer::Saved(Box::new(drawn(db, &books, schema, who).await?)))
}

async fn conflict(
    db: &mut Db<'_>,
    books: &Books,
    base: u32,
    newest: Option<Saved>,
) -> Result<Answer, Refusal> {
    // A base that never was is not somebody else's save.
    let newest = newest.filter(|saved| saved.version > base).ok_or(FaultKind::Invalid)?;
    let theirs = latest(&db.changes_since(books, base).await?);
    Ok(Answer::Conflict(Box::new(SaveConflict { version: newest.version, saved: newest.stamp, theirs })))
}

/// Every record that the draft names is one of this company's.
async fn check_records(
    db: &mut Db<'_>,
    books: &Books,
    schema: &super::Schema,
    draft: &Draft,
) -> Result<(), Refusal> {
    let ids = named(schema, &[], &draft.changes);
    let known = picked(db, books, &ids).await?;
    let all = ids.iter().flat_map(|(list, ids)| ids.iter().map(|id| (*list, (*id).to_owned())));
    if all.into_iter().all(|key| known.contains_key(&key)) { Ok(()) } else { Err(FaultKind::Invalid.into()) }
}

/// Writes the decisions of a draft, and matches again what was given back. Answers how many rows
/// were decided.
async fn decide(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    books: &Books,
    sorted: &Sorted,
) -> Result<u32, Refusal> {
    let now = app.clock.now();
    let mut decided = 0;
    let mut by_table: BTreeMap<MappingTable, Vec<(&str, &MappingChoice)>> = BTreeMap::new();
    for (table, source, choice) in &sorted.rows {
        by_table.entry(*table).or_default().push((source, choice));
    }
    for (table, rows) in &by_table {
        let sources: Vec<&str> = rows.iter().map(|(source, _)| *source).collect();
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if db.sources_known(books, *table, &sources).await? < count {
            return Err(FaultKind::Invalid.into());
        }
        let mut claims = db.targets_of(books, *table, &sources).await?;
        db.decide(books, Decisions { table: *table, rows, by: &who.name, now }).await?;
        claims.extend(db.targets_of(books, *table, &sources).await?);
        rematch_among(db, books, *table, &sources).await?;
        db.settle_claims(books, *table, &claims).await?;
        db.settle_broken(books, *table).await?;
        decided += count;
    }
    for (table, at_least) in &sorted.accepts {
        let by_hand = by_table.get(table).map(Vec::as_slice).unwrap_or_default();
        let except: Vec<&str> = by_hand.iter().map(|(source, _)| *source).collect();
        let accepted = Acceptance { table: *table, at_least: *at_least, except: &except, by: &who.name, now };
        decided += db.accept_suggestions(books, accepted).await?;
    }
    Ok(decided)
}
