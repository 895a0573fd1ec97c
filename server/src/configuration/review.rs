//! What a configuration comes to as a whole, and what follows from that for its connection.

use protocol::mapping::{MappingTable, TableCounts};
use protocol::schema::{FieldEntry, Problem, ProblemCause};

use super::present::Present;
use super::schema::Schema;
use super::validate::{Look, problems};
use super::{Picked, named, picked};
use crate::connections;
use crate::state::App;
use crate::store::books::Books;
use crate::store::ids::TenantId;
use crate::store::{Db, StoreError};

/// What a configuration comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// It was saved, and nothing required is missing.
    pub complete: bool,
    /// What it names is gone, or of the wrong kind, or claimed twice, so often.
    pub problems: u32,
}

/// Looks at the whole configuration. None for an integration that is no longer in the catalogue.
pub async fn standing(db: &mut Db<'_>, app: &App, books: &Books) -> Result<Option<Standing>, StoreError> {
    let Some(schema) = app.catalogue.integration(books.integration()).map(|entry| &entry.sections) else {
        return Ok(None);
    };
    let saved = db.configuration(books).await?;
    let values = saved.as_ref().map_or(&schema.defaults, |saved| &saved.values);
    let picked = picked(db, books, &named(schema, values, &[])).await?;
    let found = judged(db, books, schema, (values, &picked)).await?.problems;
    let missing =
        |problem: &&Problem| matches!(problem.cause, ProblemCause::Missing | ProblemCause::Undecided);
    // Where there is nothing to configure nobody is asked to save it.
    let decided = saved.is_some() || schema.sections.is_empty();
    let complete = decided && !found.iter().filter(missing).any(|problem| problem.blocks);
    // What only warns asks for nobody's attention: the page shows it, and the connection works.
    let broken = |problem: &&Problem| {
        let cause = problem.cause;
        problem.blocks
            && matches!(cause, ProblemCause::Broken | ProblemCause::WrongKind | ProblemCause::Conflict)
    };
    let problems = u32::try_from(found.iter().filter(broken).count()).unwrap_or(u32::MAX);
    Ok(Some(Standing { complete, problems }))
}

/// Looks at the whole configuration and moves the connection's state accordingly: after a save, and
/// after an import, which may have brought or taken away what it names.
pub async fn review(db: &mut Db<'_>, app: &App, books: &Books) -> Result<(), StoreError> {
    let Some(standing) = standing(db, app, books).await? else { return Ok(()) };
    connections::configured(db, app, books.connection(), standing).await
}

/// Looks at all configurations of a tenant, whose own records have changed.
pub async fn review_tenant(db: &mut Db<'_>, app: &App, tenant: TenantId) -> Result<(), StoreError> {
    for books in db.books_of_tenant(tenant).await? {
        review(db, app, &books).await?;
    }
    Ok(())
}

/// A configuration, looked at as a whole.
pub(super) struct Judged {
    /// The page, as far as there is something to decide.
    pub(super) page: Schema,
    /// Counts of every table.
    pub(super) tables: Vec<TableCounts>,
    /// What stands in the way, or only warns.
    pub(super) problems: Vec<Problem>,
}

pub(super) async fn judged(
    db: &mut Db<'_>,
    books: &Books,
    schema: &Schema,
    (values, picked): (&[FieldEntry], &Picked),
) -> Result<Judged, StoreError> {
    let mut tables = Vec::new();
    for table in MappingTable::ALL {
        tables.push(db.table_counts(books, table).await?);
    }
    let rate_mismatches = db.rate_mismatches(books).await?;
    let page = Present::read(db, books).await?.page(schema, &tables);
    let problems = problems(&page, &Look { values, picked, tables: &tables, rate_mismatches });
    Ok(Judged { page, tables, problems })
}
