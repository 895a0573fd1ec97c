//! What a line meets in the database: a connection to be loaded, one that stays as it is, or a rule.

use super::row::Entry;
use crate::connections::is_legacy;
use crate::connections::machine::State;
use crate::state::App;
use crate::store::connections::ConnectionRow;
use crate::store::{Db, StoreError};

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is loaded for the first time.
    New,
    /// It was loaded before, and says something else now.
    Changed,
    /// It says what it said before.
    Unchanged,
    /// What the connection is today is left alone, for this reason.
    LeftAlone(&'static str),
    /// It cannot be taken, for this reason.
    Wrong(String),
}

pub(super) async fn judge(db: &mut Db<'_>, app: &App, entry: &Entry) -> Result<Standing, StoreError> {
    if db.portal(&entry.portal).await?.is_none() {
        return Ok(Standing::Wrong(format!("there is no portal {:?}", entry.portal)));
    }
    let row = match db.tenant(&entry.portal, &entry.tenant).await? {
        Some(tenant) => db.connection_of(tenant, &entry.integration).await?,
        None => None,
    };
    if let Some(reason) = row.as_ref().and_then(left_alone) {
        return Ok(Standing::LeftAlone(reason));
    }
    if taken(db, app, entry, row.as_ref()).await? {
        let company = &entry.company_id;
        return Ok(Standing::Wrong(format!(
            "company_id {company} belongs to another tenant's connection: one company belongs to one"
        )));
    }
    let before = match &row {
        Some(row) if is_legacy(row.state) => db.legacy_content(row.id).await?,
        _ => None,
    };
    Ok(match before {
        Some(content) if content == entry.content() => Standing::Unchanged,
        Some(_) => Standing::Changed,
        None => Standing::New,
    })
}

/// Why the connection stays as it is.
fn left_alone(row: &ConnectionRow) -> Option<&'static str> {
    match row.state {
        State::Available | State::Legacy { .. } => None,
        State::Authorizing { .. } => Some("somebody signs in just now; load it again in ten minutes"),
        State::Disconnected => Some("it was switched off"),
        State::ReconnectRequired { .. } => {
            Some("it is connected under OAuth 2.0, and waits to be connected again")
        }
        _ => Some("it is connected under OAuth 2.0 already"),
    }
}

/// Whether somebody else has the company, or waits for it.
async fn taken(
    db: &mut Db<'_>,
    app: &App,
    entry: &Entry,
    row: Option<&ConnectionRow>,
) -> Result<bool, StoreError> {
    let own = row.map(|row| row.id);
    if db.legacy_company_is_taken(&entry.integration, &entry.company_id, own).await? {
        return Ok(true);
    }
    match app.registrations.of(&entry.integration) {
        Some(registration) => db.company_is_live(&registration.id, &entry.company_id, own).await,
        None => Ok(false),
    }
}
