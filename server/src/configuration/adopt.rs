//! What an old system knew is taken over as if it had been saved here: values as the first version, decisions
//! about mappings as made by hand. What a person has saved or decided here is never overwritten.

use protocol::mapping::{MappingChoice, MappingTable};
use protocol::schema::{Change, FieldEntry};
use protocol::store::Stamp;

use crate::legacy::BY;
use crate::state::App;
use crate::store::books::Books;
use crate::store::configurations::Saved;
use crate::store::mappings::Decisions;
use crate::store::{Db, StoreError};

/// Takes over values and decisions. Whether the records they name are there is seen by the next import.
pub(crate) async fn adopt(
    db: &mut Db<'_>,
    app: &App,
    books: &Books,
    (values, decisions): (&[FieldEntry], &[(MappingTable, String, MappingChoice)]),
) -> Result<(), StoreError> {
    if !values.is_empty() {
        save(db, app, books, values).await?;
    }
    for table in MappingTable::ALL {
        let of_table = decisions.iter().filter(|(of, ..)| *of == table);
        let rows: Vec<(&str, &MappingChoice)> =
            of_table.map(|(_, source, choice)| (source.as_str(), choice)).collect();
        decide(db, app, books, (table, rows)).await?;
    }
    Ok(())
}

async fn save(db: &mut Db<'_>, app: &App, books: &Books, values: &[FieldEntry]) -> Result<(), StoreError> {
    let Some(entry) = app.catalogue.integration(books.integration()) else { return Ok(()) };
    let before = db.configuration(books).await?;
    if before.as_ref().is_some_and(|saved| saved.stamp.by != BY) {
        return Ok(());
    }
    let named = |key: &str| values.iter().any(|value| value.key == key);
    let mut all: Vec<FieldEntry> =
        entry.sections.defaults.iter().filter(|default| !named(&default.key)).cloned().collect();
    all.extend_from_slice(values);
    if before.as_ref().is_some_and(|saved| saved.values == all) {
        return Ok(());
    }
    let changes: Vec<Change> = values
        .iter()
        .map(|entry| Change::Field { key: entry.key.clone(), value: Some(entry.value.clone()) })
        .collect();
    let version = before.map_or(0, |saved| saved.version) + 1;
    let stamp = Stamp { by: BY.to_owned(), at: app.clock.now() };
    db.save_configuration(books, &Saved { version, values: all, stamp }, &changes).await
}

async fn decide(
    db: &mut Db<'_>,
    app: &App,
    books: &Books,
    (table, mut rows): (MappingTable, Vec<(&str, &MappingChoice)>),
) -> Result<(), StoreError> {
    let sources: Vec<&str> = rows.iter().map(|(source, _)| *source).collect();
    let by_people = db.decided_by_others(books, table, (&sources, BY)).await?;
    rows.retain(|(source, _)| !by_people.iter().any(|decided| decided == source));
    if rows.is_empty() {
        return Ok(());
    }
    db.decide(books, Decisions { table, rows: &rows, by: BY, now: app.clock.now() }).await
}
