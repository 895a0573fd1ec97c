//! What is to be seen of a tenant, read in one snapshot for all who watch it.

use std::collections::HashMap;
use std::sync::Arc;

use protocol::ids::EventSeq;
use protocol::import::ImportSnapshot;
use protocol::notification::Notification;
use protocol::store::Connection;

use crate::connections::{self, TenantConnection};
use crate::imports;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::ids::{SessionId, TenantId, VisitorId};
use crate::store::notifications::Reader;
use crate::store::portals::Names;
use crate::store::sessions::Standing;

/// As many entries as the tray shows at first.
const TRAY: u16 = 30;

/// A connection as this visitor sees it: only who began an attempt may decide about its company.
pub(super) fn seen_by(connection: &TenantConnection, visitor: VisitorId) -> Connection {
    let mut view = connection.view.clone();
    if let Some(decision) = &mut view.decision {
        decision.mine = connection.decider == Some(visitor);
    }
    view
}

/// A tenant at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// What stands around all else; nothing when the tenant is gone.
    pub names: Names,
    /// One for each integration.
    pub connections: Vec<TenantConnection>,
    /// Running imports, and the last finished one of each connection.
    pub imports: Vec<ImportSnapshot>,
    /// The newest entries of the log, newest first, all as unread.
    pub latest: Vec<Notification>,
    /// What those who are signed in have read.
    pub readers: HashMap<VisitorId, Reader>,
    /// Who is signed in, and how those sessions stand.
    pub sessions: HashMap<SessionId, Standing>,
}

impl View {
    /// The newest entry of the log.
    pub fn newest(&self) -> EventSeq {
        self.latest.first().map(|entry| entry.seq).unwrap_or_default()
    }

    /// The entries after one, oldest first; none when some of them are no longer in the window.
    pub fn events_after(&self, cursor: EventSeq) -> Option<Vec<Notification>> {
        let whole = self.latest.len() < usize::from(TRAY)
            || self.latest.last().is_some_and(|oldest| oldest.seq <= cursor);
        whole.then(|| self.latest.iter().rev().filter(|entry| entry.seq > cursor).cloned().collect())
    }
}

/// Reads a tenant as it stands.
pub(super) async fn read(app: &Shared, tenant: TenantId) -> Result<View, StoreError> {
    let (now, parts) = (app.clock.now(), Arc::clone(app));
    app.store
        .read(move |mut db| {
            Box::pin(async move {
                let sessions = db.sessions_of_tenant(tenant, now).await?;
                Ok(View {
                    names: db.names_of(tenant).await?.unwrap_or_default(),
                    connections: connections::view(&mut db, &parts, tenant).await?,
                    imports: imports::view(&mut db, tenant).await?,
                    latest: db.newest_events(tenant, TRAY).await?,
                    readers: db.readers(tenant).await?,
                    sessions: sessions.into_iter().collect(),
                })
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ids::{IntegrationId, Moment};
    use protocol::notification::Event;

    fn log(seqs: std::ops::RangeInclusive<u64>) -> View {
        let entry = |seq| Notification {
            seq: EventSeq(seq),
            at: Moment(0),
            integration: IntegrationId::new("quickbooks-online").expect("an id"),
            event: Event::Disconnected,
            by: None,
            read: false,
        };
        View { latest: seqs.rev().map(entry).collect(), ..View::default() }
    }

    #[test]
    fn a_window_gives_exactly_what_follows_the_cursor() {
        let seqs = |events: Vec<Notification>| events.iter().map(|e| e.seq.0).collect::<Vec<_>>();
        assert_eq!(log(5..=9).events_after(EventSeq(6)).map(seqs), Some(vec![7, 8, 9]));
        assert_eq!(log(5..=9).events_after(EventSeq(2)).map(seqs), Some(vec![5, 6, 7, 8, 9]));
    }

    #[test]
    fn a_full_window_that_misses_entries_gives_nothing() {
        assert_eq!(log(70..=99).events_after(EventSeq(69)), None);
        assert!(log(70..=99).events_after(EventSeq(70)).is_some());
    }
}
