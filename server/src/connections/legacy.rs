//! Connections that were made under OAuth 1.0a: loaded with what the old system knew, and moved, by a visitor
//! who connects again or by ourselves with the old credentials.

use protocol::notification::Event as Logged;
use protocol::store::CompanySettings;

use super::guard::{Chosen, Hand, settle};
use super::machine::{Event, Off, State};
use super::{ConnectionRow, Kept, Pair, place, step};
use crate::configuration;
use crate::legacy::row::{Credentials, Entry};
use crate::providers::CompanyFacts;
use crate::state::App;
use crate::store::audit::NewLine;
use crate::store::legacy::{NewLegacy, SealedCredentials};
use crate::store::notifications::NewEvent;
use crate::store::{Db, StoreError};
use crate::vault::{Secret, UnsealError};

const TOKEN: &str = "legacy.token";
const SECRET: &str = "legacy.secret";

/// Waits for its upgrade, also while somebody signs in for that.
pub(crate) fn is_legacy(state: State) -> bool {
    matches!(state, State::Legacy { .. } | State::Authorizing { from: Off::Legacy { .. }, .. })
}

/// Loads a line that was found to be new, or to say something else than before.
pub(crate) async fn load_legacy(
    db: &mut Db<'_>,
    app: &App,
    (row, entry): (&ConnectionRow, &Entry),
    by: NewLine<'_>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let told = db.legacy_deadline(row.id).await?;
    db.set_legacy_company(row.id, &entry.company_id, &facts(&entry.company_name)).await?;
    step(db, row.id, Event::LegacyLoaded { deadline: entry.deadline }).await?;
    let sealed = entry.credentials.as_ref().map(|credentials| sealed(app, row, credentials));
    let new = NewLegacy {
        connection: row.id,
        company_id: &entry.company_id,
        deadline: entry.deadline,
        content: entry.content(),
        credentials: sealed,
        now,
    };
    db.put_legacy(&new).await?;
    if let Some(books) = db.books(row.tenant, &row.integration).await? {
        configuration::adopt(db, app, &books, (&entry.values, &entry.decisions)).await?;
    }
    // A connection that waits already is told of again when it has another deadline.
    if told != Some(entry.deadline) {
        let event = Logged::UpgradeRequired { company: entry.company_name.clone(), deadline: entry.deadline };
        let (tenant, integration) = (row.tenant, &row.integration);
        db.notify(NewEvent { tenant, integration, event: &event, by: None, now }).await?;
    }
    db.add_audit(&NewLine { tenant: Some(row.tenant), ..by }, now).await
}

/// What is known of a company before anybody has asked the provider.
fn facts(name: &str) -> CompanyFacts {
    CompanyFacts {
        name: name.to_owned(),
        legal_name: None,
        country: None,
        home_currency: None,
        edition: None,
        settings: CompanySettings::default(),
    }
}

/// The generation that credentials are sealed under is the moment at which they were loaded.
fn sealed(app: &App, row: &ConnectionRow, credentials: &Credentials) -> SealedCredentials {
    let generation = app.clock.now().0;
    SealedCredentials {
        token: app.vault.seal(&place(row, TOKEN, generation), &credentials.token),
        secret: app.vault.seal(&place(row, SECRET, generation), &credentials.token_secret),
        digest: credentials.digest(),
        generation,
    }
}

/// Opens the old credentials: token and secret.
pub(crate) fn unseal_legacy(
    app: &App,
    row: &ConnectionRow,
    sealed: &SealedCredentials,
) -> Result<(Secret, Secret), UnsealError> {
    Ok((
        app.vault.unseal(&place(row, TOKEN, sealed.generation), &sealed.token)?,
        app.vault.unseal(&place(row, SECRET, sealed.generation), &sealed.secret)?,
    ))
}

/// Keeps what a connection was moved to by ourselves. Its company was seen to be the one that was loaded.
pub(crate) async fn keep_moved(
    db: &mut Db<'_>,
    app: &App,
    (registration, company): (&str, &CompanyFacts),
    (row, pair): (&ConnectionRow, &Pair),
) -> Result<Kept, StoreError> {
    // Whoever connected, switched off or uninstalled meanwhile has decided otherwise.
    let Some(row) = db.connection(row.id).await?.filter(|now| is_legacy(now.state)) else {
        return Ok(Kept::GivenUp);
    };
    let Some(company_id) = row.company_id.clone() else { return Ok(Kept::GivenUp) };
    if db.company_is_live(registration, &company_id, Some(row.id)).await? {
        return Ok(Kept::InUse);
    }
    let chosen = Chosen { registration, company_id: &company_id, company, pair };
    settle(db, app, (&row, Hand::Own), &chosen).await
}
