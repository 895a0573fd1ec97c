//! What is known of one integration.

use protocol::ids::IntegrationId;
use protocol::import::ImportSnapshot;
use protocol::store::{Connection, ConnectionState, Integration, Permissions};

use super::Live;
use crate::signals::{Signal, memo};

impl Live {
    /// One entry of the catalogue.
    pub fn integration(self, id: IntegrationId) -> Signal<Option<Integration>> {
        let find = move |all: &Vec<Integration>| all.iter().find(|i| i.id == id).cloned();
        memo(move || self.integrations.with(&find))
    }

    /// The connection of one integration.
    pub fn connection(self, id: IntegrationId) -> Signal<Option<Connection>> {
        let find = move |all: &Vec<Connection>| all.iter().find(|c| c.integration == id).cloned();
        memo(move || self.connections.with(&find))
    }

    /// The name of an integration, as it is at this moment.
    pub fn name(self, id: &IntegrationId) -> String {
        let find = |all: &Vec<Integration>| all.iter().find(|i| i.id == *id).map(|i| i.name.clone());
        self.integrations.with(find).unwrap_or_default()
    }

    /// The id of the entry at this place of the catalogue.
    pub fn id_at(self, place: u64) -> Option<IntegrationId> {
        let place = usize::try_from(place).ok()?;
        self.integrations.with_untracked(|all| all.get(place).map(|i| i.id.clone()))
    }

    /// Where the connection of an integration stands.
    pub fn state(self, id: IntegrationId) -> Signal<ConnectionState> {
        let find = move |all: &Vec<Connection>| all.iter().find(|c| c.integration == id).map(|c| c.state);
        memo(move || self.connections.with(&find).unwrap_or(ConnectionState::Available))
    }

    /// What the visitor may do.
    pub fn may(self) -> Permissions {
        self.session.with(|session| session.as_ref().map(|s| s.permissions).unwrap_or_default())
    }

    /// The running or last import of one integration.
    pub fn import(self, id: IntegrationId) -> Signal<Option<ImportSnapshot>> {
        let find = move |all: &Vec<ImportSnapshot>| all.iter().find(|i| i.integration == id).cloned();
        memo(move || self.imports.with(&find))
    }
}
