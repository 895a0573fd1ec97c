//! Uninstalling: everything of a connection is erased, after somebody has typed whose.

use protocol::ids::IntegrationId;
use protocol::message::{Answer, FaultKind};
use protocol::notification::Event as Logged;

use super::intents::{existing, let_go, may_connect};
use super::machine::{Event, State};
use super::{ConnectionRow, step};
use crate::error::Refusal;
use crate::state::{App, Visitor};
use crate::store::Db;
use crate::store::audit::{Action, NewLine};
use crate::store::notifications::NewEvent;

/// Erases a connection with all that belongs to it and revokes its token; what is kept is the log of
/// what happened. Records and mappings are out of sight at once and off the disk a little later. `typed` must name the integration or the company.
pub async fn uninstall(
    db: &mut Db<'_>,
    app: &App,
    who: &Visitor,
    (integration, typed): (&IntegrationId, &str),
) -> Result<Answer, Refusal> {
    may_connect(who)?;
    let row = existing(db, who, integration).await?;
    let name = app.catalogue.integration(integration).map(|entry| entry.name.as_str());
    if !is_meant(&row, name, typed) {
        return Err(FaultKind::Invalid.into());
    }
    if row.state == State::Available && row.company_id.is_none() {
        return Err(FaultKind::NotNow.into());
    }
    let_go(db, app, (&row, &who.name), "uninstalled").await?;
    db.erase_belongings(row.id).await?;
    step(db, row.id, Event::Uninstalled).await?;
    let (event, by, now) = (&Logged::Uninstalled, Some(who.name.as_str()), app.clock.now());
    db.notify(NewEvent { tenant: row.tenant, integration, event, by, now }).await?;
    db.add_audit(&NewLine::by_visitor(who, Action::Uninstalled, integration.as_str()), now).await?;
    app.wake.revocations.notify_one();
    app.wake.erasures.notify_one();
    Ok(Answer::Nothing)
}

/// Whether the person typed what is to be erased. Small and large letters are no matter of safety.
fn is_meant(row: &ConnectionRow, integration: Option<&str>, typed: &str) -> bool {
    let typed = typed.trim().to_lowercase();
    let company = row.company.as_ref().map(|company| company.name.as_str());
    !typed.is_empty()
        && integration.into_iter().chain(company).any(|name| name.trim().to_lowercase() == typed)
}
