//! Connections as a tenant sees them: one for each integration of the catalogue.

use protocol::ids::{IntegrationId, Revision};
use protocol::store::{Company, CompanyDecision, Connection, ConnectionState};

use super::ConnectionRow;
use crate::configuration;
use crate::imports;
use crate::providers::CompanyFacts;
use crate::state::App;
use crate::store::decisions::DecisionRow;
use crate::store::ids::{TenantId, VisitorId};
use crate::store::{Db, StoreError};

/// A connection as its tenant sees it, and who may answer the company guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantConnection {
    /// The same for every visitor, but for `decision.mine`, which is false here.
    pub view: Connection,
    /// Whose session may decide; none when nothing is asked.
    pub decider: Option<VisitorId>,
}

/// All connections of a tenant, also those that were never made.
pub async fn view(db: &mut Db<'_>, app: &App, tenant: TenantId) -> Result<Vec<TenantConnection>, StoreError> {
    let rows = db.connections(tenant).await?;
    let mut views = Vec::new();
    for entry in app.catalogue.entries() {
        views.push(match rows.iter().find(|row| row.integration == entry.id) {
            Some(row) => existing(db, app, row).await?,
            None => TenantConnection { view: never(app, &entry.id), decider: None },
        });
    }
    Ok(views)
}

fn never(app: &App, integration: &IntegrationId) -> Connection {
    Connection {
        integration: integration.clone(),
        revision: Revision(0),
        state: ConnectionState::Available,
        company: None,
        decision: None,
        settings_kept: false,
        connected: None,
        last_failure: None,
        lists: Vec::new(),
        saved: None,
        environment: environment(app, integration, None),
        subscription_ended: false,
        idle_end: None,
        hard_end: None,
        revocation: None,
    }
}

async fn existing(db: &mut Db<'_>, app: &App, row: &ConnectionRow) -> Result<TenantConnection, StoreError> {
    let now = app.clock.now();
    let decision = db.decision(row.id).await?.filter(|decision| decision.expires > now);
    let decider = decision.as_ref().map(|decision| decision.visitor);
    let (lists, saved) = match &row.company_id {
        Some(company) => {
            (imports::ages(db, row.id, company).await?, configuration::saved(db, row.id, company).await?)
        }
        None => (Vec::new(), None),
    };
    let view = Connection {
        integration: row.integration.clone(),
        revision: Revision(row.revision),
        state: row.state.into(),
        company: row.company_id.as_deref().zip(row.company.as_ref()).map(company),
        decision: decision.map(|decision| question(row, decision)),
        settings_kept: row.company_id.is_some() && !row.live,
        connected: row.connected.clone(),
        last_failure: row.last_failure,
        lists,
        saved,
        environment: environment(app, &row.integration, row.registration.as_deref()),
        subscription_ended: row.subscription_ended,
        idle_end: row.tokens.as_ref().and_then(|tokens| tokens.refresh_expires),
        hard_end: row.tokens.as_ref().and_then(|tokens| tokens.hard_expires),
        revocation: if row.live { None } else { db.last_revocation(row.id).await? },
    };
    Ok(TenantConnection { view, decider })
}

fn environment(app: &App, integration: &IntegrationId, registration: Option<&str>) -> String {
    registration
        .and_then(|id| app.registrations.get(id))
        .or_else(|| app.registrations.of(integration))
        .map(|registration| registration.environment.clone())
        .unwrap_or_default()
}

fn company((id, facts): (&str, &CompanyFacts)) -> Company {
    let tail = id.len().saturating_sub(4);
    Company {
        name: facts.name.clone(),
        legal_name: facts.legal_name.clone(),
        country: facts.country.clone(),
        home_currency: facts.home_currency.clone(),
        edition: facts.edition.clone(),
        settings: facts.settings.clone(),
        id_tail: id.get(tail..).unwrap_or_default().to_owned(),
    }
}

fn question(row: &ConnectionRow, decision: DecisionRow) -> CompanyDecision {
    CompanyDecision {
        before: row.company.as_ref().map(|facts| facts.name.clone()).unwrap_or_default(),
        chosen: decision.company.name,
        mine: false,
        expires: decision.expires,
    }
}
