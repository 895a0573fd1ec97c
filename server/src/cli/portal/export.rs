//! `patchbay portal export`: before a portal goes, what its organisations have here.

use super::super::{Sentence, say};
use crate::clock::Clock;
use crate::portals::{self, PortalError};
use crate::store::Store;
use crate::store::audit::{Action, NewLine};

pub(super) async fn run(store: &Store, id: String) -> Result<(), Sentence> {
    let (portal, now) = (id.clone(), Clock::system().now());
    let noted = store.write::<_, PortalError, _>(move |mut db| {
        Box::pin(async move {
            portals::known(&mut db, &portal).await?;
            Ok(db.add_audit(&NewLine::by_operator(&portal, Action::PortalExported, "ndjson"), now).await?)
        })
    });
    noted.await?;
    // One snapshot, an organisation at a time: what is written at once is one organisation's.
    let written = store.read::<_, Sentence, _>(move |mut db| {
        Box::pin(async move {
            for tenant in db.tenants(Some(&id)).await? {
                for line in db.export_tenant(&id, &tenant.external_id).await? {
                    say(&line)?;
                }
            }
            Ok(())
        })
    });
    written.await
}
